"""What a decision knows of benchmark and risk before any view: the stage that no signal changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.covariance import ledoit_wolf
from models.style import style_residual_pct, style_weights

MIN_STYLE_SESSIONS = 63


@dataclass(frozen=True)
class RiskInputs:
    """Benchmark weights and risk of the sectors that can be held; n of N sectors.

    Attributes:
        held: [N] which sectors have enough returns to be held.
        benchmark: [n] style-analysis weights, non-negative, sum one.
        covariance: [n x n] daily, of sector less benchmark returns.
        style_residual_pct: annualised deviation of the benchmark from its style portfolio.
    """

    held: np.ndarray
    benchmark: np.ndarray
    covariance: np.ndarray
    style_residual_pct: float


def risk_inputs(
    sector_prices: np.ndarray, benchmark_prices: np.ndarray, style_window: int
) -> RiskInputs:
    """Known at the close of the last row.

    A sector takes part once it has `style_window` returns, or as many as the oldest has.

    Args:
        sector_prices: [T x N] total-return closes; NaN before listing.
        benchmark_prices: [T] total-return closes.
        style_window: trailing sessions looked at.

    Raises:
        ValueError: no sector has 63 returns yet.
    """
    available = np.isfinite(sector_prices[-style_window - 1 :][::-1])
    # Sessions since the last gap, that is since listing.
    returns = np.where(available.all(axis=0), len(available), available.argmin(axis=0)) - 1
    window = min(style_window, int(returns.max()))
    if window < MIN_STYLE_SESSIONS:
        raise ValueError(
            f"the decision core needs {MIN_STYLE_SESSIONS} returns of at least one sector and has "
            f"{max(window, 0)}; start later"
        )
    held = returns >= window
    prices = sector_prices[-window - 1 :, held]
    closes = benchmark_prices[-window - 1 :]
    benchmark_returns = closes[1:] / closes[:-1] - 1.0
    sector_returns = prices[1:] / prices[:-1] - 1.0
    weights = style_weights(benchmark_returns, sector_returns)
    return RiskInputs(
        held=held,
        benchmark=weights,
        covariance=ledoit_wolf(sector_returns - benchmark_returns[:, None]).covariance,
        style_residual_pct=style_residual_pct(benchmark_returns, sector_returns, weights),
    )
