"""One run: from a market and a config to the tables, the figures and the folder."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd

from feeds.market import MarketData
from models.stress_sources import CHANNELS
from models.universe import BENCHMARK, SECTORS
from research.assemble import assemble
from research.attribution import attribution_table
from research.attribution_books import trading_closes
from research.config import RunConfig
from research.metrics import Metrics, run_metrics
from research.notices import run_notices
from research.results_folder import write_folder, write_json, write_parquet
from research.warning_metrics import warning_metrics

PROJECT = Path(__file__).resolve().parent.parent
CODE_FOLDERS = (
    "analyzers", "brokers", "feeds", "models", "reports", "research", "sizers", "strategies",
)  # fmt: skip
PACKAGES = ("backtrader", "duckdb", "numpy", "pandas", "quantstats", "scipy")


class RefusedError(RuntimeError):
    """The broker refused an order: sizing is broken, the run is void."""


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes:
        run_id: hash of config, data and code.
        tables: equity, weights, decisions, orders, fills; see the results folder's README.
        metrics: figures by name with unit.
        manifest: what the run was made from.
        relative: [sessions x sectors] log price of each sector less the benchmark's, from before
            the run's first session to its last, by ISO date.
        closes: [sessions x tickers] closes at which the engine values funds and benchmark.
    """

    run_id: str
    tables: dict[str, pd.DataFrame]
    metrics: Metrics
    manifest: dict[str, Any]
    relative: pd.DataFrame
    closes: pd.DataFrame


@cache
def code_version() -> str:
    """SHA-256 over the package's Python files and templates, by relative name."""
    hasher = hashlib.sha256()
    for folder in CODE_FOLDERS:
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.suffix in {".py", ".j2"}:
                hasher.update(path.relative_to(PROJECT).as_posix().encode())
                hasher.update(path.read_bytes())
    return hasher.hexdigest()


def run_identity(market: MarketData, config: RunConfig) -> str:
    """Twelve hexadecimal digits: the same config, data and code give the same."""
    content = "\0".join((config.identity(), market.digest, code_version()))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def run(
    market: MarketData,
    config: RunConfig,
    on_session: Callable[[], None] | None = None,
    on_orders: Callable[[str, list[dict[str, Any]]], None] | None = None,
    stress: pd.DataFrame | None = None,
) -> RunResult:
    """Run the configured strategy over the configured period.

    `on_session()` is called at every close, `on_orders(date, rows)` at those with working orders.
    `stress` replaces the market's own stress features: for placebos.

    Raises:
        ConfigError: period or strategy do not fit.
        RefusedError: the broker refused an order.
    """
    cerebro, sources = assemble(market, config, on_session, on_orders, stress)
    strategy = cerebro.run()[0]
    tables = _tables(strategy)
    refused = tables["orders"].query("status in ('margin', 'rejected')")
    if len(refused):
        row = refused.iloc[0]
        raise RefusedError(
            f"{len(refused)} orders refused, first {row['order_id']} ({row['status']}); "
            "please report it with the run's configuration"
        )
    metrics = run_metrics(
        tables["equity"],
        tables["weights"],
        tables["decisions"],
        tables["parents"],
        tables["orders"],
        tables["fills"],
        config.seed,
    )
    relative = _relative(market, tables)
    metrics |= warning_metrics(tables["warnings"], relative, config.seed)
    run_id = run_identity(market, config)
    notices = [*market.notices, *run_notices(config, tables, sources)]
    manifest = _manifest(run_id, market, config, tables["equity"], sources, notices)
    closes = trading_closes(market, [BENCHMARK, *SECTORS])
    return RunResult(run_id, tables, metrics, manifest, relative, closes)


def write_run(
    result: RunResult, root: Path, write_pages: Callable[[Path], object] | None = None
) -> Path:
    """Write the run's folder under `root`; `write_pages(folder)` adds the pages to it."""

    def fill(folder: Path) -> None:
        write_json(folder / "manifest.json", result.manifest)
        write_json(folder / "metrics.json", result.metrics)
        attribution = attribution_table(result.tables, result.closes)
        for name, table in {**result.tables, "attribution": attribution}.items():
            write_parquet(folder / f"{name}.parquet", table)
        if write_pages is not None:
            write_pages(folder)

    return write_folder(root, result.run_id, fill)


def _tables(strategy: bt.Strategy) -> dict[str, pd.DataFrame]:
    analyzers = strategy.analyzers
    equity = pd.DataFrame(analyzers.equity.get_analysis())
    shortfall = analyzers.shortfall.get_analysis()
    # What the decisions would have earned at their own closes and at no cost.
    paper = pd.DataFrame(shortfall["paper"]).set_index("date")["paper_value"]
    equity["paper"] = paper.loc[equity["date"]].to_numpy()
    trades = analyzers.trades.get_analysis()
    decisions = pd.DataFrame(strategy.decision_rows)
    following = dict(zip(equity["date"], equity["date"].shift(-1), strict=True))
    decisions.insert(2, "acts_from", decisions["date"].map(following))
    return {
        "equity": equity,
        "weights": pd.DataFrame(analyzers.weights.get_analysis()),
        "warnings": pd.DataFrame(analyzers.warnings.get_analysis()),
        "transitions": _table(strategy, "transition_rows", ["decision_id"]),
        "recommendations": _table(strategy, "recommendation_rows", ["date", "warned"]),
        "decisions": decisions,
        "parents": pd.DataFrame(
            shortfall["orders"], columns=list(analyzers.shortfall.order_columns)
        ),
        "monitor": pd.DataFrame(
            analyzers.monitor.get_analysis(), columns=list(analyzers.monitor.columns)
        ),
        "orders": pd.DataFrame(trades["orders"], columns=list(analyzers.trades.order_columns)),
        "fills": pd.DataFrame(trades["fills"], columns=list(analyzers.trades.fill_columns)),
    }


def _table(strategy: bt.Strategy, name: str, columns: list[str]) -> pd.DataFrame:
    """Rows that the strategy kept; without any (or in another strategy) just these columns."""
    rows = getattr(strategy, name, [])
    return pd.DataFrame(rows, columns=None if rows else columns)


def _relative(market: MarketData, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Log total-return price of each sector less the benchmark's, to the run's last session."""
    closes = market.total_return_close.loc[: tables["equity"]["date"].iloc[-1]]
    sectors = [ticker for ticker in SECTORS if ticker in closes]
    logs = np.log(closes[sectors].to_numpy()) - np.log(closes[[BENCHMARK]].to_numpy())
    return pd.DataFrame(logs, pd.DatetimeIndex(closes.index).strftime("%Y-%m-%d"), sectors)


def _manifest(
    run_id: str,
    market: MarketData,
    config: RunConfig,
    equity: pd.DataFrame,
    sources: pd.DataFrame,
    notices: list[str],
) -> dict[str, Any]:
    content = config.model_dump(mode="json")
    # Where the data lie is nobody's business but the user's; their digest says what they are.
    content["data"]["source"] = market.source
    return {
        "run_id": run_id,
        "config": content,
        "data": {
            "source": market.source,
            "synthetic": market.synthetic,
            "digest": market.digest,
            "first_session": str(market.sessions[0].date()),
            "last_session": str(market.sessions[-1].date()),
            "stress_sources": {
                channel: {
                    str(name or "none"): int(count)
                    for name, count in sources[channel].value_counts().items()
                }
                for channel in CHANNELS
            },
        },
        "period": {
            "built": equity["date"].iloc[0],
            "start": equity["date"].iloc[1],
            "end": equity["date"].iloc[-1],
        },
        "benchmark": BENCHMARK,
        "code_version": code_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "notices": notices,
    }
