"""Well-known rules that pick sectors, as pure functions: momentum, trend, credit relative value."""

from __future__ import annotations

import numpy as np


def momentum(prices: np.ndarray, formation: int = 252, skip: int = 21) -> np.ndarray:
    """Return from `formation` sessions ago to `skip` sessions ago, [T x N] -> [N].

    Twelve months less the last one, which reverses: Moskowitz & Grinblatt (1999), "Do Industries
    Explain Momentum?", doi:10.1111/0022-1082.00146; Jegadeesh (1990) for the skipped month. NaN
    where a fund has no price then. Known at the close of the last row.
    """
    if len(prices) <= formation or not 0 <= skip < formation:
        return np.full(prices.shape[1], np.nan)
    return np.asarray(prices[-1 - skip] / prices[-1 - formation] - 1.0)


def above_average(month_ends: np.ndarray, months: int = 10) -> np.ndarray:
    """Whether the last month-end close is above the mean of the last `months`, [M x N] -> [N].

    Faber (2007), "A Quantitative Approach to Tactical Asset Allocation", Journal of Wealth
    Management 9(4), doi:10.3905/jwm.2007.674809. False where a month is missing.
    """
    if len(month_ends) < months:
        return np.zeros(month_ends.shape[1], dtype=bool)
    recent = month_ends[-months:]
    return np.asarray(recent[-1] > recent.mean(axis=0))


def cheapness(log_prices: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """How far each price lies below what the credit spread says, in residual deviations, [N].

    Least squares of each log price on a constant and the spread; the last row's residual over the
    residuals' standard deviation (two degrees of freedom lost), sign turned: positive is cheap.
    Credit relative value after Klein (2013), NAAIM Wagner Award: 26 weekly closes. NaN where a
    price is missing, the spread does not move, or every residual is nought.

    Args:
        log_prices: [W x N], oldest first.
        spread: [W] high-yield spread, in any unit.
    """
    rows = len(spread)
    design = np.column_stack([np.ones(rows), spread])
    if rows < 3 or not np.isfinite(spread).all() or np.ptp(spread) == 0.0:
        return np.full(log_prices.shape[1], np.nan)
    known = np.isfinite(log_prices).all(axis=0)
    values = np.where(known, log_prices, 0.0)
    coefficients = np.linalg.lstsq(design, values, rcond=None)[0]
    residuals = values - design @ coefficients
    deviation = np.sqrt((residuals**2).sum(axis=0) / (rows - 2))
    usable = known & (deviation > 1e-12)
    scaled = residuals[-1] / np.where(usable, deviation, 1.0)
    return np.where(usable, -scaled, np.nan)


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """Equal weights in the `count` highest known scores, [N] -> [N]; the first of equals wins.

    With fewer known scores those share everything; with none the weights are zero.
    """
    known = np.flatnonzero(np.isfinite(scores))
    chosen = known[np.argsort(-scores[known], kind="stable")][:count]
    weights = np.zeros(len(scores))
    weights[chosen] = 1.0 / max(len(chosen), 1)
    return weights
