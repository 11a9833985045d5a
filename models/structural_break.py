"""Did a slope change once, and when? The largest Chow test over all break dates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# Share of the rows at either end in which no break is looked for (Andrews 1993, section 5).
TRIM = 0.15
# Rows of a block and between candidate breaks; none is dated closer than that anyway.
STEP = 21


@dataclass(frozen=True)
class Break:
    """The most likely single change of a slope.

    Attributes:
        row: last row before the change.
        before, after: slopes of the sums over the horizon, before and after.
        statistic: the largest F over the candidate rows.
        p_value: of no change at any row; NaN with fewer than ten candidates.
    """

    row: int
    before: float
    after: float
    statistic: float
    p_value: float


def slope_break(
    one_period: np.ndarray,
    predictor: np.ndarray,
    horizon: int,
    rng: np.random.Generator,
    draws: int = 499,
) -> Break:
    """Test one change of the slope at an unknown row, the intercept being constant.

    Andrews (1993), doi:10.2307/2951764: sup-F over the middle 70 % of the rows, which is also the
    first step of Bai & Perron (1998), doi:10.2307/2998540. Overlap is avoided as in Hodrick (1992,
    1B): one-period returns are regressed on the mean of the last `horizon` predictors, whose
    slope times the horizon is that of the sums on the predictor where predictability is linear.
    The p-value is from the fixed-regressor bootstrap (Hansen 2000,
    doi:10.1016/S0304-4076(99)00068-8) with a normal multiplier a block of 21 rows, which is right
    also where variance and predictor change over time and returns revert within a block; Andrews'
    critical value (8.68 at 5 %) is not.

    Args:
        one_period: [T] return from row t - 1 to row t, no NaN; row 0 is not used.
        predictor: [T] known at row t, no NaN.
        horizon: h.
        rng: source of the multipliers.
        draws: of the bootstrap.
    """
    total = np.concatenate([[0.0], predictor.cumsum()])
    x = (total[horizon:-1] - total[: -horizon - 1]) / horizon
    y = one_period[horizon:]
    rows = len(x)
    design = np.column_stack([np.ones(rows), x])
    inverse = np.linalg.inv(design.T @ design)
    residuals = y - design @ (inverse @ (design.T @ y))
    ends = np.arange(STEP, rows, STEP)
    inside = (ends >= TRIM * rows) & (ends <= (1.0 - TRIM) * rows)
    if inside.sum() < 10:
        return Break(-1, math.nan, math.nan, math.nan, math.nan)
    starts = np.concatenate([[0], ends])
    # Sums by block are all that the statistic and its bootstrap need.
    moments = np.add.reduceat(np.column_stack([x, x * x]), starts, axis=0).cumsum(axis=0)[:-1]
    left = moments[inside]
    # What is left of x * (row <= break) once constant and x are taken out.
    power = left[:, 1] - np.einsum("ki,ij,kj->k", left, inverse, left)
    scores = np.add.reduceat(np.column_stack([residuals, x * residuals]), starts, axis=0)
    reached = scores[:, 1].cumsum()[:-1][inside]
    gain = reached**2 / power
    best = int(gain.argmax())
    rest = float(residuals @ residuals) - float(gain[best])
    multipliers = rng.standard_normal((draws, len(starts)))
    drawn = _drawn_gain(scores, inverse, left, inside, power, multipliers)
    change = float(reached[best] / power[best])
    slope = float((inverse @ (design.T @ y))[1])
    after = slope - change * float((inverse @ left[best])[1])
    return Break(
        row=horizon - 1 + int(ends[inside][best]),
        before=horizon * (after + change),
        after=horizon * after,
        statistic=float(gain[best]) / (rest / (rows - 3)),
        p_value=float((1 + (drawn >= gain[best]).sum()) / (1 + draws)),
    )


def _drawn_gain(
    scores: np.ndarray,
    inverse: np.ndarray,
    left: np.ndarray,
    inside: np.ndarray,
    power: np.ndarray,
    multipliers: np.ndarray,
) -> np.ndarray:
    """[draws] largest gain in squared error with the blocks' scores times standard normals."""
    refit = multipliers @ scores @ inverse
    reached = (multipliers * scores[:, 1]).cumsum(axis=1)[:, :-1][:, inside] - refit @ left.T
    return np.asarray((reached**2 / power).max(axis=1))
