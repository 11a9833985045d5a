"""What the run is held beside: a choice with hindsight, a placebo, and perfect foresight."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from feeds.bond_stress import market_stress
from feeds.market import MarketData
from models.performance import daily_returns
from models.placebo import shuffled_blocks
from research.config import RunConfig, StrategySection
from research.run import RunResult, run

ROTATION, FORESIGHT = "BondStressRotation", "PerfectForesight"
# What somebody might have tried: features, horizons and penalties around the published ones.
SPACE: dict[str, tuple[Any, ...]] = {
    "features": ("credit_60,rates_60", "credit_60", "rates_60", "quality_60,curve_60"),
    "horizon": (40, 60),
    "penalty": (0.3, 3.0),
}
PLACEBOS = 5
# A year of stress stays together; what it leads does not.
PLACEBO_BLOCK = 252
Step = Callable[[str], Any]


def candidates(config: RunConfig) -> list[RunConfig]:
    """The configuration itself and every combination of SPACE; none beside another strategy."""
    if config.strategy.name != ROTATION:
        return []
    combinations = [
        dict(zip(SPACE, values, strict=True)) for values in itertools.product(*SPACE.values())
    ]
    return [config, *(with_params(config, params) for params in combinations)]


def with_params(config: RunConfig, params: dict[str, Any]) -> RunConfig:
    """The configuration with some of its strategy's parameters replaced."""
    strategy = StrategySection(
        name=config.strategy.name, params={**config.strategy.params, **params}
    )
    return config.model_copy(update={"strategy": strategy})


def with_strategy(config: RunConfig, name: str) -> RunConfig:
    """The configuration with another strategy at its defaults."""
    return config.model_copy(update={"strategy": StrategySection(name=name)})


def candidate_runs(market: MarketData, config: RunConfig, on_step: Step) -> list[RunResult]:
    """A run of every candidate over the configured period."""
    chosen = candidates(config)
    results = []
    for number, candidate in enumerate(chosen, start=1):
        on_step(f"candidate {number} of {len(chosen)}")
        results.append(run(market, candidate))
    return results


def active_table(results: list[RunResult]) -> np.ndarray:
    """[T x C] daily active returns of the runs, those that stand at the benchmark left out."""
    columns = [active_returns(result) for result in results]
    return np.column_stack([column for column in columns if column.std() > 0.0])


def active_returns(result: RunResult) -> np.ndarray:
    """[T] daily return less the benchmark's."""
    equity = result.tables["equity"]
    value, benchmark = (equity[name].to_numpy(dtype=float) for name in ("value", "benchmark"))
    return np.asarray(daily_returns(value) - daily_returns(benchmark))


def placebo_runs(market: MarketData, config: RunConfig, on_step: Step) -> list[RunResult]:
    """Runs on stress that happened at other times; see models.placebo."""
    features, _ = market_stress(market, config.stress.model())
    rng = np.random.default_rng(config.seed)
    results = []
    for number in range(1, PLACEBOS + 1):
        on_step(f"placebo {number} of {PLACEBOS}")
        moved = shuffled_blocks(features.to_numpy(dtype=np.float64), PLACEBO_BLOCK, rng)
        stress = pd.DataFrame(moved, features.index, features.columns)
        results.append(run(market, config, stress=stress))
    return results
