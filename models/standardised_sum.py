"""The average correlation of many series without their pairs: from the sum of all of them."""

from __future__ import annotations

import numpy as np


def standardised_sum(returns: np.ndarray) -> np.ndarray:
    """[T] sum over columns of [T x N] returns, each centred and of length one.

    Sums of parts of the columns add up, so that many need not be in memory together.

    Raises:
        ValueError: a column without deviation (named by its number).
    """
    centred = returns - returns.mean(axis=0)
    norms = np.sqrt((centred**2).sum(axis=0))
    flat = np.flatnonzero(~(norms > 1e-12 * np.abs(returns).max(axis=0)))
    if len(flat):
        raise ValueError(f"column {flat[0]}: its returns are all equal or not finite")
    return np.asarray((centred / norms).sum(axis=1))


def average_of_sum(total: np.ndarray, count: int) -> float:
    """Mean correlation of all pairs of `count` columns whose `standardised_sum` is `total`."""
    return float((float((total**2).sum()) - count) / (count * (count - 1.0)))
