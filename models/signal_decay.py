"""How long a reading of stress lasts."""

from __future__ import annotations

import math

import numpy as np


def signal_half_life(features: np.ndarray, lag: int = 20) -> float:
    """Sessions in which stress is expected to fall back by half.

    From the pooled autocorrelation of the features at `lag` sessions, around zero because they are
    standardised changes: lag ln 2 / -ln(autocorrelation).

    Args:
        features: [T x K], known at the last row; rows with a NaN are left out.
        lag: sessions.

    Returns:
        Infinite where the autocorrelation is one or more, `lag` / 4 where it is not positive or
        there are too few rows to tell.
    """
    now, before = features[lag:], features[:-lag]
    known = np.isfinite(now).all(axis=1) & np.isfinite(before).all(axis=1)
    square = float((before[known] ** 2).sum())
    if square == 0.0:
        return lag / 4.0
    correlation = float((now[known] * before[known]).sum()) / square
    if correlation >= 1.0:
        return math.inf
    # A sixteenth left after `lag` sessions is the fastest decay that is told from none.
    return lag * math.log(2.0) / -math.log(max(correlation, 1.0 / 16.0))
