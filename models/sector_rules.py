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


def cheapness(prices: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """How far each price lies below what the credit spread says, [W x N], [W] -> [N].

    Least squares of each price on a constant and the spread; one less the last price over the last
    fitted one: 0.02 is 2 % below the line, that is cheap. Klein (2013), "Equity Sector Rotation
    via Credit Relative Value", NAAIM Wagner Award. NaN where a price or a spread is missing, the
    spread does not move, or the line is not above nought.

    Args:
        prices: weekly closes, oldest first.
        spread: high-yield spread at the same closes, in any unit.
    """
    rows = len(spread)
    if rows < 3 or not np.isfinite(spread).all() or np.ptp(spread) == 0.0:
        return np.full(prices.shape[1], np.nan)
    design = np.column_stack([np.ones(rows), spread])
    known = np.isfinite(prices).all(axis=0)
    values = np.where(known, prices, 0.0)
    fitted = (design @ np.linalg.lstsq(design, values, rcond=None)[0])[-1]
    usable = known & (fitted > 0.0)
    return np.where(usable, 1.0 - values[-1] / np.where(usable, fitted, 1.0), np.nan)


def week_ends(days: np.ndarray, weeks: int) -> np.ndarray:
    """Rows of the last session of each of the last `weeks` weeks, Monday to Sunday.

    The last row stands for its own week, however young; fewer rows where history is short.

    Args:
        days: [T] sessions as datetime64[D], increasing.
        weeks: how many, 1 or more.
    """
    # Day 0, 1 January 1970, is a Thursday.
    number = (days.astype(np.int64) + 3) // 7
    ends = np.flatnonzero(np.diff(number))
    return np.append(ends, len(days) - 1)[-weeks:]


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """Equal weights in the `count` highest known scores, [N] -> [N]; the first of equals wins.

    With fewer known scores those share everything; with none the weights are zero.
    """
    known = np.flatnonzero(np.isfinite(scores))
    chosen = known[np.argsort(-scores[known], kind="stable")][:count]
    weights = np.zeros(len(scores))
    weights[chosen] = 1.0 / max(len(chosen), 1)
    return weights
