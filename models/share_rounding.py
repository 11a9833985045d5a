"""From wanted positions to whole lots, with the smallest tracking error that the budget allows."""

from __future__ import annotations

import numpy as np

# A position that is exact but for rounding error keeps its last share.
_EXACT = 1e-9


def round_shares(
    wanted: np.ndarray,
    prices: np.ndarray,
    fixed: np.ndarray,
    covariance: np.ndarray,
    budget: float,
    lot: float = 1.0,
) -> np.ndarray:
    """Lots just below or above what is wanted, so chosen that the portfolio tracks it closely.

    Starts with every position rounded down and takes the best change of one or two of them (up or
    down) that the budget allows, until none lowers e' Sigma e, e being the dollars by which each
    position misses and cash missing by the rest. Two-exchange local search: not always the optimum
    of the 2^N combinations, but one that no single change or pair of changes improves.

    Args:
        wanted: [N] shares, non-negative, any fraction.
        prices: [N] dollars a share, positive.
        fixed: [N] positions that stay as wanted, whole or not.
        covariance: [N x N] of returns (not of relative returns: cash counts by what it misses).
        budget: dollars that all positions together may take; rounding down is allowed to exceed it.
        lot: smallest number of shares traded; 0 for any fraction, which returns what is wanted.

    Returns:
        [N] shares.
    """
    if lot == 0.0:
        return np.asarray(wanted, dtype=np.float64).copy()
    lots = np.where(fixed, 0.0, np.floor(wanted / lot + _EXACT))
    shares = np.where(fixed, wanted, lots * lot)
    # A position that needs no rounding has nothing to choose.
    free = ~fixed & (wanted - shares > _EXACT * lot)
    step = np.where(free, lot * prices, 0.0)
    up = np.zeros(len(wanted), dtype=bool)
    gradient = covariance @ ((shares - wanted) * prices)
    spent = float(shares @ prices)
    both = ~np.eye(len(wanted), dtype=bool)
    for _ in range(4 * len(wanted)):
        signed = np.where(up, -step, step)
        alone = 2.0 * signed * gradient + signed * signed * np.diagonal(covariance)
        pairs = alone[:, None] + alone[None, :]
        pairs = pairs + 2.0 * (signed[:, None] * signed[None, :]) * covariance
        gains = np.where(both, pairs, alone[:, None])
        cost = np.where(both, signed[:, None] + signed[None, :], signed[:, None])
        possible = free[:, None] & free[None, :] & (spent + cost <= budget)
        gains = np.where(possible, gains, np.inf)
        first, second = divmod(int(np.argmin(gains)), len(wanted))
        if not gains[first, second] < 0.0:
            break
        for index in {first, second}:
            gradient = gradient + signed[index] * covariance[:, index]
            spent += float(signed[index])
            up[index] = not up[index]
    return shares + np.where(up, lot, 0.0)
