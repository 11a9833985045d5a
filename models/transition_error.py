"""Tracking error while the portfolio moves from one set of weights to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from models.performance import SESSIONS_PER_YEAR, stationary_blocks
from models.warning_quality import Estimate


def transition_sessions(
    decisions: Sequence[int], drift: np.ndarray, tolerance: float, after: int = 20
) -> np.ndarray:
    """Which sessions belong to a transition, [T] of bool.

    A decision at the close of session d is traded from session d + 1. Its transition is d + 1 to
    the first close at which the drift is within tolerance, and `after` sessions more; transitions
    may overlap. One that the record's end or the next decision meets first goes on: the drift is
    then the one from the newer target.

    Args:
        decisions: rows of decisions, 0..T-1.
        drift: [T] distance of the weights from their target at each close, for example half the sum
            of absolute differences; must be known (not NaN) from the first decision on.
        tolerance: distance that counts as arrived, in the same unit.
        after: sessions added.

    Raises:
        ValueError: a decision outside the record, a negative or unknown tolerance, or a drift that
            is NaN after a decision (its row named).
    """
    count = len(drift)
    if not tolerance >= 0.0:
        raise ValueError(f"tolerance: {tolerance} must be zero or more")
    moving = np.zeros(count, dtype=bool)
    if not len(decisions):
        return moving
    if min(decisions) < 0 or max(decisions) >= count:
        raise ValueError(f"decisions: a row outside 0..{count - 1}")
    unknown = np.flatnonzero(np.isnan(drift[min(decisions) + 1 :]))
    if len(unknown):
        raise ValueError(f"drift: row {min(decisions) + 1 + int(unknown[0])} is not known")
    arrived = np.flatnonzero(drift <= tolerance)
    for decision in decisions:
        later = arrived[np.searchsorted(arrived, decision + 1) :]
        end = int(later[0]) + after if len(later) else count
        moving[decision + 1 : end + 1] = True
    return moving


def transition_tracking_error(
    active: np.ndarray,
    moving: np.ndarray,
    rng: np.random.Generator,
    draws: int = 2000,
    mean_block: float = 20.0,
    level: float = 0.95,
) -> Estimate:
    """Annualised deviation (ddof 1) of the active return over the marked sessions, percent.

    The interval is the basic one of log deviations from a stationary bootstrap of the whole
    record, marks and returns drawn together: a deviation's errors are of its own size, and the log
    makes that even. NaN with fewer than two marked sessions.

    Args:
        active: [T] active returns by session (close to close, as simple returns).
        moving: [T] marks, as from `transition_sessions`.
        rng: source of the draws.
        draws: bootstrap samples.
        mean_block: mean length of their blocks, sessions.
        level: of the interval.

    Raises:
        ValueError: lengths that differ, or a marked return that is not finite (its row named).
    """
    if active.shape != moving.shape:
        raise ValueError(f"active has {active.shape} values, moving {moving.shape}")
    unknown = np.flatnonzero(moving & ~np.isfinite(active))
    if len(unknown):
        raise ValueError(f"active: row {int(unknown[0])} is not finite")
    if moving.sum() < 2:
        return Estimate(math.nan, math.nan, math.nan)
    marked = active[moving]
    annual = math.sqrt(SESSIONS_PER_YEAR) * 100.0
    value = float(marked.std(ddof=1)) * annual
    centred = np.where(moving, active, 0.0) - np.where(moving, marked.mean(), 0.0)
    table = np.stack([moving.astype(float), centred, centred**2], axis=1)
    running = np.concatenate([np.zeros((1, 3)), np.concatenate([table, table]).cumsum(axis=0)])
    first, lengths = stationary_blocks(len(active), draws, mean_block, rng)
    number, total, squares = (running[first + lengths] - running[first]).sum(axis=1).T
    usable = number >= 2.0
    variance = (squares[usable] - total[usable] ** 2 / number[usable]) / (number[usable] - 1.0)
    drawn = np.sqrt(np.maximum(variance, 0.0)) * annual
    if value == 0.0 or not (drawn > 0.0).all():
        return Estimate(value, math.nan, math.nan)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    return Estimate(value, float(value * value / high), float(value * value / low))
