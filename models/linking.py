"""Linking daily effects so that they sum to a compounded active return."""

from __future__ import annotations

import numpy as np


def _log_slope(portfolio: np.ndarray, benchmark: np.ndarray) -> np.ndarray:
    """(ln(1+a) - ln(1+b)) / (a - b), and its limit 1 / (1+b) where they are equal."""
    gap = (portfolio - benchmark) / (1.0 + benchmark)
    same = gap == 0.0
    slope = np.where(same, 1.0, np.log1p(gap) / np.where(same, 1.0, gap))
    return np.asarray(slope / (1.0 + benchmark))


def linking_factors(
    portfolio: np.ndarray, benchmark: np.ndarray, periods: np.ndarray | None = None
) -> np.ndarray:
    """Factor of each session by which its effects are multiplied before they are added up, [T].

    k_t / K with k = (ln(1+R) - ln(1+B)) / (R - B) of a session and K the same of the whole period:
    Carino (1999), "Combining Attribution Effects Over Time", Journal of Performance Measurement
    3(4). Effects that sum to R - B in every session then sum to the compounded R - B.

    Args:
        portfolio: [T] simple returns above -1.
        benchmark: the same of the benchmark.
        periods: [T] label of the period of each session; each label is linked to its own compounded
            active return. None links everything at once.

    Raises:
        ValueError: a return is not finite or at most -1.
    """
    for name, returns in (("portfolio", portfolio), ("benchmark", benchmark)):
        bad = ~(np.isfinite(returns) & (returns > -1.0))
        if bad.any():
            row = int(bad.argmax())
            raise ValueError(f"{name} return of row {row} is {returns[row]}; it must lie above -1")
    labels = np.zeros(len(portfolio), dtype=np.int64) if periods is None else np.asarray(periods)
    factors = _log_slope(portfolio, benchmark)
    for label in np.unique(labels):
        mine = labels == label
        whole = [np.expm1(np.log1p(returns[mine]).sum()) for returns in (portfolio, benchmark)]
        factors[mine] /= _log_slope(np.array(whole[0]), np.array(whole[1]))
    return factors
