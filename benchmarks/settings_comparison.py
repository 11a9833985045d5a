"""What the published settings are worth against their neighbours, up to 2019.

Whole runs, all costs, on 2003-2019: each row changes one setting. Prints the net information ratio
with its halves, alpha with its Newey-West t, tracking error, turnover and cost. A flat table is the
good one: it says that the published row was not the lucky spike.

`python -m benchmarks.settings_comparison --data FOLDER` appends to results/published/trials.jsonl.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from feeds.directory import load_directory
from models.performance import information_ratio
from research.config import load_config
from research.run import code_version, run
from research.trials import Trial, record_trials

FIRST, LAST, SECOND_HALF = date(2003, 1, 1), date(2019, 12, 31), "2011-07-01"
TRIALS = Path(__file__).resolve().parents[1] / "results" / "published" / "trials.jsonl"
SETTINGS: dict[str, dict[str, Any]] = {
    "as published": {},
    "risk aversion 1": {"risk_aversion": 1.0},
    "risk aversion 20": {"risk_aversion": 20.0},
    "penalty 3": {"penalty": 3.0},
    "training window 1,260": {"training_window": 1260},
    "sectors within 0.10 of the benchmark": {"max_active_weight": 0.10},
    "a decision turns over 0.25 at most": {"max_turnover": 0.25},
    "style window 126": {"style_window": 126},
}
SHOWN = (
    "information_ratio", "ir_first_half", "ir_second_half", "alpha_pct", "alpha_t_hac",
    "tracking_error_pct", "turnover_pct_per_year", "cost_bps_per_year",
)  # fmt: skip


def measure(folder: Path, params: dict[str, Any]) -> tuple[dict[str, float | None], str]:
    """Figures of one run, and the digest of its data."""
    market = load_directory(folder).until(pd.Timestamp(LAST))
    config = load_config(period__start=FIRST, period__end=LAST)
    strategy = config.strategy.model_copy(update={"params": config.strategy.params | params})
    result = run(market, config.model_copy(update={"strategy": strategy}))
    equity = result.tables["equity"].set_index("date")
    active = equity["value"].pct_change() - equity["benchmark"].pct_change()
    halves = {
        "ir_first_half": active[active.index < SECOND_HALF].dropna(),
        "ir_second_half": active[active.index >= SECOND_HALF],
    }
    figures = {name: result.metrics.get(name) for name in SHOWN}
    figures |= {name: information_ratio(half.to_numpy()) for name, half in halves.items()}
    rounded = {n: None if value is None else round(value, 4) for n, value in figures.items()}
    return rounded, market.digest


def main() -> None:
    """Run, print, log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    with ProcessPoolExecutor(2) as workers:
        results = list(workers.map(partial(measure, parser.parse_args().data), SETTINGS.values()))
    table = Table(
        "setting", "IR", "to 6.2011", "from 7.2011", "alpha %", "t", "TE %", "turnover %", "cost bp"
    )
    trials = []
    for (name, params), (figures, digest) in zip(SETTINGS.items(), results, strict=True):
        table.add_row(name, *("" if v is None else f"{v:.2f}" for v in figures.values()))
        # The same setting of another core is another trial.
        content = {**params, "code": code_version()[:12]}
        trials.append(Trial("settings", name, content, str(FIRST), str(LAST), digest, figures))
    Console(width=140).print(table)
    Console().print(f"{record_trials(TRIALS, trials)} new trials in the log")


if __name__ == "__main__":
    main()
