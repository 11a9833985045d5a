"""All benchmarks: prints a table, writes results/bench.json."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore", message="invalid escape sequence")

import backtrader as bt  # noqa: E402
import pandas as pd  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from analyzers.active_return import ActiveReturn  # noqa: E402
from analyzers.equity import Equity  # noqa: E402
from analyzers.trades import Trades  # noqa: E402
from analyzers.weights import Weights  # noqa: E402
from benchmarks import sweep  # noqa: E402
from benchmarks.plain_backtrader import frames, run_plain  # noqa: E402
from benchmarks.timing import Shares, paired_ratio, seconds  # noqa: E402
from brokers.simulated import ImpactBroker  # noqa: E402
from feeds.array_feed import ArrayFeed  # noqa: E402
from feeds.market import MarketData  # noqa: E402
from models.universe import SECTORS_REDEFINED  # noqa: E402
from research import assemble  # noqa: E402
from research.config import RunConfig, load_config  # noqa: E402
from research.results_folder import write_json  # noqa: E402
from research.run import run  # noqa: E402
from research.sources import load_market  # noqa: E402
from strategies.bond_stress_rotation import BondStressRotation  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
PAIRS = 9
# Sessions before the first decision of the longest run: the style analysis needs 63 returns.
WARM_UP = 63


def run_ours(market: MarketData, config: RunConfig) -> bt.Strategy:
    """Feeds, stress channels, strategy, broker and every analyzer of a published run."""
    cerebro, _ = assemble.assemble(market, config)
    return cerebro.run()[0]


def time_shares(market: MarketData, config: RunConfig) -> dict[str, float]:
    """Exclusive share of the run's time by part, percent; the rest is Backtrader's own loop."""
    methods: dict[tuple[type, str], str] = {
        (BondStressRotation, "next"): "strategy",
        (ImpactBroker, "next"): "broker",
        (ImpactBroker, "submit"): "broker",
        (ArrayFeed, "preload"): "feeds",
        (ArrayFeed, "advance"): "feeds",
    }
    for analyzer in (ActiveReturn, Equity, Trades, Weights):
        methods |= {(analyzer, name): "analyzers" for name in ("_next", "_notify_order", "_stop")}
    shares = Shares()
    with shares.clocked(methods):
        start = time.perf_counter()
        cerebro, _ = assemble.assemble(market, config)
        shares.seconds["feeds"] += time.perf_counter() - start
        total = time.perf_counter() - start + seconds(cerebro.run)
    parts = {name: 100.0 * spent / total for name, spent in shares.seconds.items()}
    return parts | {"Backtrader's loop": 100.0 - sum(parts.values())}


def default_job_seconds() -> float:
    """The default command in a process of its own, pages included."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "run_backtest.py", "--out", folder]
        return seconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True))


def validate_seconds() -> float:
    """The scorecard of the published run in a process of its own, page included."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "run_backtest.py", "validate", "--out", folder]
        return seconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True))


def walk_forward_seconds(market: MarketData, config: RunConfig) -> float:
    """All years that the market allows, monthly decisions with every fit, no pages."""
    funds = market.sessions[market.sessions.searchsorted(pd.Timestamp(SECTORS_REDEFINED)) :]
    first = funds[assemble.LEAD_IN_SESSIONS + WARM_UP].date()
    last = market.sessions[-1].date()
    period = config.period.model_copy(update={"start": first, "end": last})
    whole = config.model_copy(update={"period": period})
    return seconds(lambda: run(market, whole))


def record(value: float, unit: str, target: float, least: bool = False) -> dict[str, Any]:
    """One row of bench.json; the target is an upper bound, or the least that must be reached."""
    holds = value >= target if least else value <= target
    return {"value": round(value, 3), "unit": unit, "target": target, "holds": holds}


def sweep_rows(rivals: dict[str, float], source: str) -> dict[str, dict[str, Any]]:
    """Rows of the sweep; see benchmarks/sweep.py."""
    one, two = (sweep.whole_sweep(source, sweep.SOME, workers) for workers in (1, 2))
    few, many = (sweep.whole_sweep(source, count, 2) for count in (sweep.FEW, sweep.MANY))
    times = "times"
    return {
        "sweep_vs_vectorbt": record(rivals["vectorbt"], times, 50.0, least=True),
        "sweep_vs_backtrader": record(rivals["backtrader"], times, 10_000.0, least=True),
        "sweep_two_processes": record(
            one["evaluated_s"] / two["evaluated_s"], times, 1.8, least=True
        ),
        "sweep_end_to_end_per_s": record(sweep.MANY / many["total_s"], "1/s", 500.0, least=True),
        "sweep_memory_100000_vs_10000": record(many["memory_mb"] / few["memory_mb"], "ratio", 1.25),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="synthetic", help="synthetic or a folder")
    config = load_config(data__source=parser.parse_args().data)
    market = load_market(config.data)
    bars = frames(market, *assemble.trading_span(market, config))
    ratio = paired_ratio(lambda: run_ours(market, config), lambda: run_plain(bars), PAIRS)
    rows: dict[str, dict[str, Any]] = {
        "run_vs_plain_backtrader": record(ratio, "ratio", 1.0),
        "default_job_s": record(default_job_seconds(), "s", 15.0),
        "walk_forward_s": record(walk_forward_seconds(market, config), "s", 20.0),
        "validate_s": record(validate_seconds(), "s", 60.0),
    }
    rivals = sweep.against_rivals(market, config.data.source)
    rows |= sweep_rows(rivals, config.data.source)
    table = Table("benchmark", "value", "unit", "target", "holds", title=market.source)
    for name, row in rows.items():
        verdict = "yes" if row["holds"] else "NO"
        # The smaller of value and target stands on the left where the row holds.
        bound = "<=" if (row["value"] <= row["target"]) == row["holds"] else ">="
        table.add_row(
            name, f"{row['value']:,.3f}", row["unit"], f"{bound} {row['target']:,}", verdict
        )
    console = Console()
    console.print(table)
    parts = time_shares(market, config)
    split = ", ".join(f"{name} {share:.0f} %" for name, share in sorted(parts.items()))
    console.print(f"share of a five-year run: {split}")
    console.print(
        "kernel against Backtrader with the project's own fast feeds and full costs (the same "
        f"numbers): {rivals['cerebro engine']:,.0f} times"
    )
    (ROOT / "results").mkdir(exist_ok=True)
    write_json(ROOT / "results" / "bench.json", rows)


if __name__ == "__main__":
    main()
