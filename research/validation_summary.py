"""Luck, power and origin of a validation: what validation.json holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from feeds.market import MarketData
from models.backtest_overfitting import backtest_overfitting
from models.reality_check import reality_check, superior_ability
from models.track_record import Returns, power_table
from research.alternatives import active_returns, active_table
from research.config import RunConfig
from research.run import RunResult
from research.scorecard import deflated
from research.trials import Trial

BLOCKS = 16


def validation_summary(
    market: MarketData,
    config: RunConfig,
    earlier: RunConfig | None,
    result: RunResult,
    trials: Sequence[Trial],
    tried: Sequence[RunResult],
) -> dict[str, Any]:
    """What validation.json holds, None where something is not known or infinite.

    Args:
        market: the market.
        config: what is judged.
        earlier: the same over the development period, if there is one.
        result: the run that is judged.
        trials: evaluated before.
        tried: runs of the candidates over the evaluated period.
    """
    against = deflated(result, trials)
    period = result.manifest["period"]
    years = (len(result.tables["equity"]) - 1) / 252.0
    return {
        "run_id": result.run_id,
        "source": market.source,
        "synthetic": market.synthetic,
        "strategy": config.strategy.name,
        "period": {"start": period["start"], "end": period["end"]},
        "development": None
        if earlier is None
        else {"start": str(earlier.period.start), "end": str(earlier.period.end)},
        "years": years,
        "trials": len(trials),
        "deflated": {
            name: _finite(getattr(against, name))
            for name in (
                "expected_maximum_annual", "deflated", "probabilistic", "minimum_years",
                "minimum_years_deflated", "independent_trials", "trials",
            )
        },
        **_luck(config, tried),
        "power": [
            {
                "ratio_annual": row.ratio_annual,
                "years": list(row.years),
                "power": row.power,
            }
            for row in power_table(years=years, shape=_shape(result))
        ],
        "notices": result.manifest["notices"],
    }  # fmt: skip


def _luck(config: RunConfig, tried: Sequence[RunResult]) -> dict[str, Any]:
    """Overfitting and data snooping among the candidates; None without any."""
    if len(tried) < 2:
        return {"overfitting": None, "reality_check": None}
    active = active_table(list(tried))
    over = backtest_overfitting(active, BLOCKS)
    white = reality_check(active, np.random.default_rng(config.seed))
    hansen = superior_ability(active, np.random.default_rng(config.seed))
    return {
        "overfitting": {
            "configurations": active.shape[1],
            "blocks": BLOCKS,
            "probability": over.probability,
            "probability_of_loss": over.probability_of_loss,
            "slope": over.slope.value,
            "slope_low": over.slope.low,
            "slope_high": over.slope.high,
        },
        "reality_check": {
            "configurations": active.shape[1],
            "white_p": white.p_value,
            "spa_lower_p": hansen.lower,
            "spa_consistent_p": hansen.consistent,
            "spa_upper_p": hansen.upper,
        },
    }


def _shape(result: RunResult) -> Returns:
    active = active_returns(result)
    if not active.std() > 0.0:
        return Returns()
    return Returns(
        skewness=float(stats.skew(active)), kurtosis=float(stats.kurtosis(active, fisher=False))
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
