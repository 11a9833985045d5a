"""A sweep that was read, checked and given its market: ready to run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from feeds.market import BAR_FIELDS, MarketData
from research.assemble import LEAD_IN_SESSIONS, trading_span
from research.config import ConfigError, RunConfig, load_config
from research.run import code_version
from research.sources import load_market
from research.sweep_cache import StageCache
from research.sweep_cerebro import check_strategy
from research.sweep_config import SweepConfig, load_sweep
from research.sweep_configurations import varied
from research.sweep_engine import engine_named
from research.sweep_evaluate import Job
from research.sweep_folds import make_folds
from research.sweep_identity import PARAMS
from research.sweep_space import Axis, axes_of


@dataclass(frozen=True)
class Study:
    """A sweep that is ready to run.

    Attributes:
        sweep: what is searched.
        base: the configuration that is varied, its period the sweep's window.
        market: to the end of the window, nothing later.
        axes: checked dimensions.
        job: engine, folds and objective.
        sweep_id: hash of sweep, base, data, code and engine: names the folder.
        sessions: daily returns in the window.
    """

    sweep: SweepConfig
    base: RunConfig
    market: MarketData
    axes: list[Axis]
    job: Job
    sweep_id: str
    sessions: int

    @property
    def keys(self) -> tuple[str, ...]:
        """section.key of each axis."""
        return tuple(axis.key for axis in self.axes)

    def size(self, first_rows: Sequence[object]) -> int:
        """Configurations in all; with an adaptive sampler at most so many."""
        sampler = self.sweep.sampler
        return sampler.samples if sampler.method == "optuna" else len(first_rows)


def open_study(
    path: Path, source: str | None = None, engine: str = "kernel", burn_test_set: bool = False
) -> Study:
    """Read and check a sweep's file, its base configuration and its market.

    Args:
        path: TOML file of the sweep.
        source: of the market, instead of the base configuration's.
        engine: see research.sweep_engine.ENGINES.
        burn_test_set: allow a window in the test period.

    Raises:
        ConfigError: see load_sweep, axes_of and check_strategy.
        feeds.problems.DataError: the data cannot be used.
    """
    sweep = load_sweep(path, burn_test_set)
    base = load_config(
        path.parent / sweep.config,
        period__start=sweep.window.start,
        period__end=sweep.window.end,
        **({} if source is None else {"data__source": source}),
    )
    return make_study(sweep, base, load_market(base.data), engine)


def make_study(
    sweep: SweepConfig, base: RunConfig, market: MarketData, engine: str = "kernel"
) -> Study:
    """As open_study, from what was read already; `base` has the window as its period."""
    engine_named(engine)
    axes = axes_of(sweep.space, base)
    market = _as_of(market, pd.Timestamp(sweep.window.end))
    shared = StageCache()
    for axis in axes:
        for value in axis.extremes() if axis.key.startswith(PARAMS) else []:
            try:
                check_strategy(market, varied(base, {axis.key: value}), shared)
            except ConfigError as error:
                raise ConfigError(f"space.{axis.key} = {value!r}: {error}") from None
    first, last = trading_span(market, base)
    # The lead-in is not measured, and the close it ends with is where the first return starts.
    returns = len(market.sessions[(market.sessions >= first) & (market.sessions <= last)])
    returns -= LEAD_IN_SESSIONS
    folds = tuple(make_folds(returns, sweep.window))
    content = (sweep.model_dump_json(), base.identity(), market.digest, code_version(), engine)
    return Study(
        sweep=sweep,
        base=base,
        market=market,
        axes=axes,
        job=Job(engine, folds, sweep.objective),
        sweep_id=hashlib.sha256("\0".join(content).encode()).hexdigest()[:12],
        sessions=returns,
    )


def _as_of(market: MarketData, last: pd.Timestamp) -> MarketData:
    """Nothing after `last` is even in memory, nor a fund that listed later."""
    market = market.until(last)
    listed = market.close.columns[market.close.notna().any()]
    return replace(market, **{name: getattr(market, name)[listed] for name in BAR_FIELDS})
