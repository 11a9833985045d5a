"""Performance figures from a wealth curve and its benchmark.

Returns are simple and daily, annualised with 252 sessions; the risk-free rate is zero, so an excess
return is the return itself. Percent and basis points are in the names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

SESSIONS_PER_YEAR = 252.0
NORMAL_95 = 1.959963984540054
MIN_RETURNS = 20
# Draws held in memory at once: 200 draws of 20 years take about 50 MB.
_BOOTSTRAP_BATCH = 200


def daily_returns(value: np.ndarray) -> np.ndarray:
    """Simple returns, [T] -> [T-1]."""
    return np.asarray(value[1:] / value[:-1] - 1.0)


def newey_west_lags(observations: int) -> int:
    """floor(4 (T/100)^(2/9)), the rule of Newey & West (1994), doi:10.2307/2297912."""
    return math.floor(4.0 * math.pow(observations / 100.0, 2.0 / 9.0))


def regression_hac(y: np.ndarray, x: np.ndarray, lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Least squares of y on a constant and x, with Newey-West standard errors.

    Bartlett kernel, no small-sample correction (Newey & West 1987, doi:10.2307/1913610), equal to
    statsmodels' `fit(cov_type="HAC", cov_kwds={"maxlags": lags})`.

    Args:
        y: [T] regressand.
        x: [T] regressor.
        lags: truncation lag of the kernel.

    Returns:
        coefficients [2] (constant first) and their standard errors [2].
    """
    design = np.column_stack([np.ones(len(x)), x])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ y)
    scores = design * (y - design @ coefficients)[:, None]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1.0 - lag / (lags + 1.0)) * (cross + cross.T)
    covariance = inverse @ meat @ inverse
    return coefficients, np.sqrt(np.diag(covariance))


def information_ratio(active: np.ndarray) -> float:
    """Annualised mean over annualised deviation (ddof 1) of daily active returns, [T]."""
    deviation = float(active.std(ddof=1))
    if deviation == 0.0:
        return math.nan
    return float(active.mean() / deviation * math.sqrt(SESSIONS_PER_YEAR))


def stationary_bootstrap(
    observations: int, draws: int, mean_block: float, rng: np.random.Generator
) -> np.ndarray:
    """Row indices of the stationary bootstrap, [draws x observations].

    Blocks of geometric length start anywhere and wrap around: Politis & Romano (1994),
    doi:10.1080/01621459.1994.10476870.
    """
    starts = rng.random((draws, observations)) < 1.0 / mean_block
    starts[:, 0] = True
    origin = rng.integers(0, observations, size=(draws, observations))
    column = np.arange(observations)
    last_start = np.maximum.accumulate(np.where(starts, column, 0), axis=1)
    first = np.take_along_axis(origin, last_start, axis=1)
    return np.asarray((first + column - last_start) % observations)


def information_ratio_interval(
    active: np.ndarray, rng: np.random.Generator, draws: int = 2000, mean_block: float = 20.0
) -> tuple[float, float]:
    """95 % percentile interval of the information ratio by the stationary bootstrap."""
    ratios = np.empty(draws)
    for start in range(0, draws, _BOOTSTRAP_BATCH):
        size = min(_BOOTSTRAP_BATCH, draws - start)
        sampled = active[stationary_bootstrap(len(active), size, mean_block, rng)]
        deviation = sampled.std(axis=1, ddof=1)
        if not (deviation > 0.0).all():
            return math.nan, math.nan
        ratios[start : start + size] = sampled.mean(axis=1) / deviation
    ratios *= math.sqrt(SESSIONS_PER_YEAR)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def max_drawdown_pct(value: np.ndarray) -> float:
    """Deepest fall from a running maximum, percent, zero or negative."""
    return float((value / np.maximum.accumulate(value) - 1.0).min() * 100.0)


def curve_metrics(value: np.ndarray) -> dict[str, float | None]:
    """Figures of one wealth curve [T]: return, growth, volatility, Sharpe ratio, drawdown.

    Volatility and Sharpe ratio are None for a single return, the latter for a flat curve too.
    """
    returns = daily_returns(value)
    growth = value[-1] / value[0]
    years = len(returns) / SESSIONS_PER_YEAR
    volatility = sharpe = None
    if len(returns) > 1:
        deviation = float(returns.std(ddof=1))
        volatility = deviation * math.sqrt(SESSIONS_PER_YEAR) * 100.0
        if deviation > 0.0:
            sharpe = float(returns.mean() / deviation * math.sqrt(SESSIONS_PER_YEAR))
    return {
        "total_return_pct": float((growth - 1.0) * 100.0),
        "cagr_pct": float((growth ** (1.0 / years) - 1.0) * 100.0),
        "volatility_pct": volatility,
        "sharpe_ratio": sharpe,
        "max_drawdown_pct": max_drawdown_pct(value),
    }


def active_metrics(
    value: np.ndarray, benchmark: np.ndarray, seed: int
) -> Mapping[str, float | None]:
    """Figures of a wealth curve against its benchmark's, both [T] on the same sessions.

    alpha is the annualised intercept of strategy on benchmark returns with a Newey-West error;
    tracking error the annualised deviation (ddof 1) of the daily active return, strategy less
    benchmark; the information ratio its annualised mean over that, with a bootstrap interval drawn
    with `seed`. A figure that the data cannot give (fewer than 20 returns, no active return or a
    benchmark that does not move) is None.
    """
    strategy, market = daily_returns(value), daily_returns(benchmark)
    active = strategy - market
    names = (
        "alpha_pct", "alpha_se_pct", "alpha_t_hac", "alpha_low_pct", "alpha_high_pct",
        "alpha_hac_lags", "beta", "information_ratio", "information_ratio_low",
        "information_ratio_high", "tracking_error_pct", "active_return_pct",
    )  # fmt: skip
    metrics: dict[str, float | None] = dict.fromkeys(names)
    if len(active) < MIN_RETURNS:
        return metrics
    deviation = float(active.std(ddof=1))
    metrics["tracking_error_pct"] = deviation * math.sqrt(SESSIONS_PER_YEAR) * 100.0
    metrics["active_return_pct"] = float(active.mean() * SESSIONS_PER_YEAR * 100.0)
    if market.std() > 0.0:
        lags = newey_west_lags(len(active))
        (intercept, beta), (error, _) = regression_hac(strategy, market, lags)
        alpha, alpha_error = (100.0 * SESSIONS_PER_YEAR * x for x in (intercept, error))
        metrics["alpha_pct"] = float(alpha)
        metrics["alpha_se_pct"] = float(alpha_error)
        metrics["alpha_t_hac"] = float(alpha / alpha_error) if alpha_error > 0.0 else None
        metrics["alpha_low_pct"] = float(alpha - NORMAL_95 * alpha_error)
        metrics["alpha_high_pct"] = float(alpha + NORMAL_95 * alpha_error)
        metrics["alpha_hac_lags"] = lags
        metrics["beta"] = float(beta)
    if deviation > 0.0:
        low, high = information_ratio_interval(active, np.random.default_rng(seed))
        metrics["information_ratio"] = information_ratio(active)
        metrics["information_ratio_low"] = low
        metrics["information_ratio_high"] = high
    return metrics
