"""Brinson-Fachler effects of one session after another, and the benchmark weights behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class BrinsonEffects:
    """What each sector added to the return over the benchmark, each [T x N].

    Attributes:
        allocation: weight away from the benchmark's, times the sector's return over the benchmark.
        selection: benchmark weight times what was held in the sector over the sector.
        interaction: both at once.
    """

    allocation: np.ndarray
    selection: np.ndarray
    interaction: np.ndarray


def brinson_fachler(
    weights: np.ndarray,
    held_returns: np.ndarray,
    benchmark_weights: np.ndarray,
    benchmark_returns: np.ndarray,
) -> BrinsonEffects:
    """Effects that sum, session by session, to `weights x held - benchmark weights x benchmark`.

    allocation  = (w - b) (r_b - R_b),  selection = b (r_p - r_b),
    interaction = (w - b) (r_p - r_b),  R_b = sum of b r_b

    Brinson & Fachler (1985), "Measuring Non-US Equity Portfolio Performance", Journal of Portfolio
    Management 11(3), doi:10.3905/jpm.1985.409005. Selection is left apart from the interaction.

    Args:
        weights: [T x N] portfolio weights w at the start of each session; rows sum to one.
        held_returns: [T x N] simple return r_p of what the portfolio held in each sector.
        benchmark_weights: [T x N] benchmark weights b at the start; rows sum to one.
        benchmark_returns: [T x N] simple return r_b of each sector.

    Raises:
        ValueError: shapes differ, a value is not finite, or weights do not sum to one.
    """
    arrays = (weights, held_returns, benchmark_weights, benchmark_returns)
    if len({array.shape for array in arrays}) != 1:
        raise ValueError(f"shapes differ: {', '.join(str(array.shape) for array in arrays)}")
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("weights and returns must be finite; give 0 where nothing is held")
    for name, rows in (("portfolio", weights), ("benchmark", benchmark_weights)):
        wrong = np.abs(rows.sum(axis=1) - 1.0) > 1e-9
        if wrong.any():
            row = int(wrong.argmax())
            raise ValueError(f"{name} weights of row {row} sum to {rows[row].sum():.9f}, not to 1")
    total = (benchmark_weights * benchmark_returns).sum(axis=1, keepdims=True)
    active = weights - benchmark_weights
    chosen = held_returns - benchmark_returns
    return BrinsonEffects(
        allocation=active * (benchmark_returns - total),
        selection=benchmark_weights * chosen,
        interaction=active * chosen,
    )


def drifted_weights(known: np.ndarray, returns: np.ndarray) -> np.ndarray:
    """Weights at every close when they are set now and then and drift in between, [T x N].

    Args:
        known: [T x N] weights set at the close of a row, summing to one; rows of NaN elsewhere.
        returns: [T x N] simple returns up to the close of each row; NaN counts as unlisted and
            needs a weight of zero.

    Returns:
        Weights at the close of each row, after its return; NaN before the first known row.

    Raises:
        ValueError: a weight stands on a sector that has no return.
    """
    weights = np.full(known.shape, np.nan)
    current = np.full(known.shape[1], np.nan)
    for row in range(len(known)):
        if np.isfinite(known[row]).all():
            current = known[row]
        elif np.isfinite(current).all():
            unlisted = np.isnan(returns[row])
            if (unlisted & (current != 0.0)).any():
                raise ValueError(f"row {row}: a sector with a weight has no return")
            grown = current * (1.0 + np.where(unlisted, 0.0, returns[row]))
            current = grown / grown.sum()
        weights[row] = current
    return weights
