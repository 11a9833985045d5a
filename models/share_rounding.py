"""From wanted positions to whole lots, with the smallest tracking error that the budget allows."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled

# A position that is exact but for rounding error keeps its last share.
_EXACT = 1e-9
# So many funds are weighed against each other, the dearest lots first: 4,096 combinations.
MOST_CHOICES = 12
# With the dearest lot below this share of the budget no choice matters, and the solver's last
# digits, which differ between machines, must not decide one.
FINE = 2e-4


@compiled
def round_shares(
    wanted: np.ndarray,
    prices: np.ndarray,
    fixed: np.ndarray,
    covariance: np.ndarray,
    budget: float,
    lot: float = 1.0,
) -> np.ndarray:
    """The lots just below or above what is wanted that track it best within the budget.

    Of all combinations of rounding down and up the one with the smallest e' Sigma e, e being the
    dollars by which each position misses; cash misses by the rest. With more than twelve positions
    to round, the twelve with the dearest lots are chosen so and the others rounded down; all are
    where every lot is below 0.02 % of the budget.

    Args:
        wanted: [N] shares, non-negative, any fraction.
        prices: [N] dollars a share, positive.
        fixed: [N] positions that stay as wanted, whole or not.
        covariance: [N x N] of returns (not of relative returns: cash counts by what it misses).
        budget: dollars that all positions together may take; rounding everything down is allowed
            whatever it takes.
        lot: smallest number of shares traded; 0 for any fraction, which returns what is wanted.

    Returns:
        [N] shares.
    """
    shares = wanted.copy()
    if lot == 0.0:
        return shares
    free = np.empty(len(wanted), dtype=np.int64)
    choices, dearest = 0, 0.0
    for index in range(len(wanted)):
        if not fixed[index]:
            shares[index] = math.floor(wanted[index] / lot + _EXACT) * lot
            # A position that needs no rounding has nothing to choose.
            if wanted[index] - shares[index] > _EXACT * lot:
                free[choices] = index
                choices += 1
                dearest = max(dearest, lot * prices[index])
    if choices == 0 or dearest < FINE * budget:
        return shares
    if choices > MOST_CHOICES:
        order = np.argsort(-prices[free[:choices]], kind="mergesort")[:MOST_CHOICES]
        free[:MOST_CHOICES] = np.sort(free[:choices][order])
        choices = MOST_CHOICES
    up = best_subset(shares, wanted, prices, free[:choices], covariance, budget, lot)
    for place in range(choices):
        if up >> place & 1:
            shares[free[place]] += lot
    return shares


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
        if error < lowest:
            total = spent
            for other in range(count):
                if subset >> other & 1:
                    total += lots[other]
            if total <= budget:
                best, lowest = subset, error
    return best
