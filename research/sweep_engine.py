"""The seam between a sweep and what simulates it: one protocol, two engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

import numpy as np

from feeds.market import MarketData
from research.config import ConfigError
from research.sweep_cache import StageCache
from research.sweep_configurations import Configurations

# Beside the values: what every engine says about the trading of one configuration, as
# research.metrics defines it.
TRADING_FIGURES = ("turnover_pct_per_year", "cost_bps_per_year", "orders", "fills")
# Engine -> module:class; a module is imported when its engine is asked for.
ENGINES = {
    "kernel": "research.sweep_kernel:KernelEngine",
    "cerebro": "research.sweep_cerebro:CerebroEngine",
}


@dataclass(frozen=True)
class BatchResult:
    """What a batch of C configurations was worth on the T closes of one window.

    Attributes:
        dates: [T] sessions, datetime64[D]; the first is the close before the measured period, at
            which the portfolio was built.
        benchmark: [T] total-return price of the benchmark, dollars; only its ratios are used.
        values: [C x T] portfolio value at each close, dollars, net of every cost.
        figures: name in TRADING_FIGURES -> [C].
    """

    dates: np.ndarray
    benchmark: np.ndarray
    values: np.ndarray
    figures: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        count, sessions = self.values.shape
        if self.dates.shape != (sessions,) or self.benchmark.shape != (sessions,):
            raise ValueError("dates, benchmark and values have different sessions")
        if tuple(self.figures) != TRADING_FIGURES:
            raise ValueError(f"figures must be {TRADING_FIGURES}, not {tuple(self.figures)}")
        if any(figure.shape != (count,) for figure in self.figures.values()):
            raise ValueError("each figure needs one number a configuration")
        if not (np.isfinite(self.values).all() and (self.values > 0.0).all()):
            row = int((~(self.values > 0.0) | ~np.isfinite(self.values)).any(axis=1).argmax())
            raise ValueError(f"configuration {row} of the batch has a value that is not positive")


class Engine(Protocol):
    """Simulates configurations on a market.

    Attributes:
        name: as on the command line.
        batch: configurations of one call that make its fixed cost small.
        shares: names of the stages (research/sweep_stages.py) that it takes from the cache.
    """

    name: str
    batch: int
    shares: frozenset[str]

    def run_batch(
        self, market: MarketData, configs: Configurations, shared: StageCache
    ) -> BatchResult:
        """Run configurations that differ in no `data` or `period` key.

        Results do not depend on what else is in the batch, in the cache or in the process.

        Args:
            market: to the end of the window or beyond; nothing after `period.end` is read.
            configs: a sequence of RunConfig, and by `column` an array of each key.
            shared: stages that were computed before.

        Raises:
            ConfigError: a configuration that cannot run.
            RefusedError: the broker refused an order; the whole batch is void.
        """
        ...


def engine_named(name: str) -> Engine:
    """The engine of that name. ConfigError when there is none or it is not installed."""
    if name not in ENGINES:
        raise ConfigError(f"engine {name}: unknown; known: {', '.join(ENGINES)}")
    module, _, cls = ENGINES[name].partition(":")
    try:
        engine: Engine = getattr(import_module(module), cls)()
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"engine {name} needs the module {error.name}, which is not installed"
        ) from None
    return engine
