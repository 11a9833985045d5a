"""From wanted positions to whole lots, with the smallest tracking error that the budget allows."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled, inlined

# A position that is exact but for rounding error keeps its last share.
_EXACT = 1e-9
# So many funds are weighed against each other, the dearest lots first: 4,096 combinations.
MOST_CHOICES = 12
# With the dearest lot below this share of the budget no choice matters, and the solver's last
# digits, which differ between machines, must not decide one.
FINE = 2e-4


@inlined
def round_in_place(
    wanted: np.ndarray,
    prices: np.ndarray,
    fixed: np.ndarray,
    covariance: np.ndarray,
    budget: float,
    lot: float,
) -> None:
    """The lots just below or above what is wanted that track it best within the budget.

    Of all combinations of rounding down and up the one with the smallest e' Sigma e, e being the
    dollars by which each position misses; cash misses by the rest. With more than twelve positions
    to round, the twelve with the dearest lots are chosen so and the others rounded down; all are
    where every lot is below 0.02 % of the budget.

    Args:
        wanted: [N] shares, non-negative, any fraction; replaced by the lots.
        prices: [N] dollars a share, positive.
        fixed: [N] 1 for positions that stay as wanted, whole or not, otherwise 0.
        covariance: [N x N] of returns (not of relative returns: cash counts by what it misses).
        budget: dollars that all positions together may take; rounding everything down is allowed
            whatever it takes.
        lot: smallest number of shares traded; 0 for any fraction, which changes nothing.
    """
    if lot == 0.0:
        return
    choices, dearest = 0, 0.0
    for index in range(len(wanted)):
        if fixed[index] == 0.0 and _rest(wanted[index], lot) > 0.0:
            choices += 1
            dearest = max(dearest, lot * prices[index])
    if dearest >= FINE * budget and choices:
        _choose_lots(wanted, prices, fixed, covariance, budget, lot, choices)
        return
    for index in range(len(wanted)):
        if fixed[index] == 0.0:
            wanted[index] = math.floor(wanted[index] / lot + _EXACT) * lot


@compiled
def _choose_lots(
    wanted: np.ndarray,
    prices: np.ndarray,
    fixed: np.ndarray,
    covariance: np.ndarray,
    budget: float,
    lot: float,
    choices: int,
) -> None:
    """The best lots where they matter; `choices` positions need rounding."""
    free, down = np.empty(choices, dtype=np.int64), wanted.copy()
    place = 0
    for index in range(len(wanted)):
        if fixed[index] == 0.0:
            if _rest(wanted[index], lot) > 0.0:
                free[place] = index
                place += 1
            down[index] = math.floor(wanted[index] / lot + _EXACT) * lot
    if choices > MOST_CHOICES:
        free = np.sort(free[np.argsort(-prices[free], kind="mergesort")[:MOST_CHOICES]])
    up = best_subset(down, wanted, prices, free, covariance, budget, lot)
    wanted[:] = down
    for place in range(len(free)):
        if up >> place & 1:
            wanted[free[place]] += lot


@inlined
def _rest(wanted: float, lot: float) -> float:
    """What rounding down takes away; 0 where a position needs no rounding."""
    rest = wanted - math.floor(wanted / lot + _EXACT) * lot
    return rest if rest > _EXACT * lot else 0.0


@compiled
def best_subset(
    down: np.ndarray,
    wanted: np.ndarray,
    prices: np.ndarray,
    free: np.ndarray,
    covariance: np.ndarray,
    budget: float,
    lot: float,
) -> int:
    """The positions to round up, bit k standing for `free[k]`.

    All subsets in the order of the Gray code: one lot changes at a time, so that the squared error
    is brought up to date instead of worked out anew.
    """
    count = len(free)
    spent = 0.0
    for index in range(len(down)):
        spent += down[index] * prices[index]
    # gradient[k] is half the derivative of the error by the dollars in free[k].
    gradient, lots = np.zeros(count), np.empty(count)
    for place in range(count):
        lots[place] = lot * prices[free[place]]
        for index in range(len(down)):
            missed = (down[index] - wanted[index]) * prices[index]
            gradient[place] += covariance[free[place], index] * missed
    best, lowest, error, subset = 0, 0.0, 0.0, 0
    for step in range(1, 1 << count):
        place = 0
        while not step >> place & 1:
            place += 1
        subset ^= 1 << place
        change = lots[place] if subset >> place & 1 else -lots[place]
        row = covariance[free[place]]
        error += change * (2.0 * gradient[place] + row[free[place]] * change)
        for other in range(count):
            gradient[other] += row[free[other]] * change
        if error < lowest and spent + _worth(lots, subset) <= budget:
            best, lowest = subset, error
    return best


@inlined
def _worth(lots: np.ndarray, subset: int) -> float:
    """Dollars of the lots that are in the subset."""
    total = 0.0
    for place in range(len(lots)):
        if subset >> place & 1:
            total += lots[place]
    return total
