"""From wanted positions to whole lots, with the smallest tracking error that the budget allows."""

from __future__ import annotations

from functools import cache

import numpy as np

# A position that is exact but for rounding error keeps its last share.
_EXACT = 1e-9
# So many funds are weighed against each other, the dearest lots first: 4,096 combinations.
MOST_CHOICES = 12
# With the dearest lot below this share of the budget no choice matters, and the solver's last
# digits, which differ between machines, must not decide one.
FINE = 2e-4


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
    if lot == 0.0:
        return np.asarray(wanted, dtype=np.float64).copy()
    down = np.where(fixed, wanted, np.floor(wanted / lot + _EXACT) * lot)
    # A position that needs no rounding has nothing to choose.
    rest = np.where(fixed, 0.0, wanted - down)
    free = np.flatnonzero(rest > _EXACT * lot)
    if not len(free) or lot * float(prices[free].max()) < FINE * budget:
        return down
    if len(free) > MOST_CHOICES:
        free = np.sort(free[np.argsort(-prices[free], kind="stable")[:MOST_CHOICES]])
    added = _combinations(len(free)) * (lot * prices[free])
    within = float(down @ prices) + added.sum(axis=1) <= budget
    within[0] = True
    gradient = (covariance @ ((down - wanted) * prices))[free]
    local = covariance[np.ix_(free, free)]
    missed = 2.0 * (added @ gradient) + ((added @ local) * added).sum(axis=1)
    best = int(np.argmin(np.where(within, missed, np.inf)))
    shares = down.copy()
    shares[free] += lot * _combinations(len(free))[best]
    return shares


@cache
def _combinations(size: int) -> np.ndarray:
    """[2^size x size] of zeros and ones, all zeros first."""
    numbers = np.arange(2**size)[:, None]
    return np.asarray((numbers >> np.arange(size)) & 1, dtype=np.float64)
