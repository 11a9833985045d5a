"""Splitting a number of shares in whole lots, so that the parts sum to it exactly."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.compiled import compiled, inlined

# A number of lots that is whole but for rounding error counts as whole.
LOT_EXACT = 1e-9

Array = NDArray[np.float64]


def split(shares: float, weights: ArrayLike, lot: float = 1.0) -> Array:
    """Split an order in proportion to weights, in whole lots.

    The cumulative path is rounded to the nearest lot (half a lot up) and its steps are the
    children, so that after every slot what is done is within half a lot of the exact path. The
    children add up to the order exactly, in whatever order they are added.

    Args:
        shares: the order, non-negative and a multiple of the lot.
        weights: [S] non-negative, of any positive sum.
        lot: smallest number of shares traded; 0 for any fraction.

    Returns:
        [S] shares, non-negative.

    Raises:
        ValueError: an argument outside what is said above, by name.
    """
    parts = np.asarray(weights, dtype=np.float64)
    if parts.ndim != 1 or not np.isfinite(parts).all() or (parts < 0.0).any():
        raise ValueError(f"weights must be finite and non-negative in one dimension, not {parts}")
    if not parts.sum() > 0.0:
        raise ValueError("weights must have a positive sum")
    check_order(shares, lot)
    return in_proportion(float(shares), parts, float(lot))


def check_order(shares: float, lot: float) -> None:
    """Refuse with a ValueError shares that are negative, not finite or no multiple of the lot."""
    if not 0.0 <= lot < math.inf:
        raise ValueError(f"lot must be non-negative and finite, not {lot}")
    if not 0.0 <= shares < math.inf:
        raise ValueError(f"shares must be non-negative and finite, not {shares}")
    if lot and abs(shares / lot - round(shares / lot)) > LOT_EXACT * max(shares / lot, 1.0):
        raise ValueError(f"shares must be a multiple of the lot of {lot}, not {shares}")


@inlined
def reached(shares: float, wanted: float, digit: float, lot: float) -> float:
    """Shares that should be done, `wanted`, in whole lots and in multiples of `digit`."""
    if lot > 0.0:
        wanted = math.floor(wanted / lot + 0.5 + LOT_EXACT) * lot
    return float(min(np.rint(wanted / digit) * digit, shares))


@compiled
def children_of(shares: float, path: Array, lot: float) -> Array:
    """Steps of a cumulative path rounded to lots, its end set to all of the shares.

    Args:
        shares: the order.
        path: [S] shares that should be done after each slot, non-decreasing.
        lot: smallest number of shares traded; 0 for any fraction.

    Returns:
        [S] shares, non-negative, summing exactly to the order.
    """
    children = np.empty(len(path))
    # Multiples of the order's own last binary digit add up without rounding.
    digit = np.spacing(shares)
    done = 0.0
    for slot in range(len(path)):
        after = max(reached(shares, path[slot], digit, lot), done)
        if slot == len(path) - 1:
            after = shares
        children[slot] = after - done
        done = after
    return children


@inlined
def path_in_proportion(shares: float, weights: Array, lot: float, paths: Array, row: int) -> None:
    """Fill paths[row] with the shares that should be done after each of S slots; see `split`."""
    whole = 0.0
    for weight in weights:
        whole += weight
    digit = np.spacing(shares) if len(weights) > 1 else 0.0
    part, done = 0.0, 0.0
    for slot in range(len(weights) - 1):
        part += weights[slot]
        done = max(reached(shares, shares * (part / whole), digit, lot), done)
        paths[row, slot] = done
    paths[row, len(weights) - 1] = shares


@compiled
def in_proportion(shares: float, weights: Array, lot: float) -> Array:
    """`split` without its checks."""
    paths, children = np.empty((1, len(weights))), np.empty(len(weights))
    path_in_proportion(shares, weights, lot, paths, 0)
    done = 0.0
    for slot in range(len(weights)):
        children[slot] = paths[0, slot] - done
        done = paths[0, slot]
    return children


def whole_lots(shares: ArrayLike, lot: float) -> Array:
    """Rounded down to lots; unchanged with a lot of 0. Same shape."""
    given = np.asarray(shares, dtype=np.float64)
    return np.floor(given / lot + LOT_EXACT) * lot if lot else given
