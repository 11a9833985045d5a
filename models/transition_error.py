"""Tracking error while the portfolio moves from one set of weights to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from models.performance import SESSIONS_PER_YEAR
from models.warning_quality import Estimate

BATCHES = 6


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
    active: np.ndarray, moving: np.ndarray, level: float = 0.95
) -> Estimate:
    """Annualised deviation (ddof 1) of the active return over the marked sessions, percent.

    The interval is that of the log deviation by batch means: the record is cut into six equal
    stretches, and the mean influences of the stretches, about independent whatever happens within
    one, give a t interval with five degrees of freedom (Ibragimov & Mueller 2010,
    doi:10.1198/jbes.2009.08046). Volatility clusters for months, so that a bootstrap of blocks of
    weeks holds the truth far too seldom (`benchmarks/interval_coverage.py`). NaN with fewer than
    two marked sessions or a record that cannot be cut; the ends alone are NaN where the marked
    returns do not move.

    Args:
        active: [T] active returns by session (close to close, as simple returns).
        moving: [T] marks, as from `transition_sessions`.
        level: of the interval.

    Raises:
        ValueError: lengths that differ, or a marked return that is not finite (its row named).
    """
    if active.shape != moving.shape:
        raise ValueError(f"active has {active.shape} values, moving {moving.shape}")
    unknown = np.flatnonzero(moving & ~np.isfinite(active))
    if len(unknown):
        raise ValueError(f"active: row {int(unknown[0])} is not finite")
    if moving.sum() < 2 or len(active) < BATCHES:
        return Estimate(math.nan, math.nan, math.nan)
    marked = active[moving]
    deviation = float(marked.std(ddof=1))
    value = deviation * math.sqrt(SESSIONS_PER_YEAR) * 100.0
    if not deviation > 1e-12 * float(np.abs(marked).max()):
        return Estimate(value, math.nan, math.nan)
    influence = np.zeros(len(active))
    influence[moving] = ((marked - marked.mean()) ** 2 / deviation**2 - 1.0) / 2.0
    batches = [float(part.sum()) for part in np.array_split(influence, BATCHES)]
    error = float(np.std(batches, ddof=1)) * math.sqrt(BATCHES) / len(marked)
    reach = float(stats.t.ppf(0.5 + level / 2.0, BATCHES - 1)) * error
    return Estimate(value, value * math.exp(-reach), value * math.exp(reach))
