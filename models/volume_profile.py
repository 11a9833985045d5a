"""What volume to expect, by session and within it, from trailing sessions only."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

STATISTICS = ("mean", "median")


def intraday_profile(volumes: ArrayLike, sessions: int = 20) -> NDArray[np.float64]:
    """Share of a session's volume by minute: the mean of the shares of the last sessions.

    Every session counts alike, however much it traded; a session without any volume says nothing
    and is passed over. Known before the session that follows the last row, for which it is meant.

    Args:
        volumes: [T x M] shares by session and minute, oldest first, no NaN.
        sessions: at most so many of the last ones.

    Returns:
        [M] shares, non-negative, summing to one.

    Raises:
        ValueError: a negative or NaN volume, or no session with volume.
    """
    table = np.asarray(volumes, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"volumes must be sessions x minutes, not of shape {table.shape}")
    used = _trailing(table, sessions)
    totals = used.sum(axis=1)
    traded = totals > 0.0
    if not traded.any():
        raise ValueError(f"volumes: none of the last {len(used)} sessions has any volume")
    mean = (used[traded] / totals[traded, None]).mean(axis=0)
    return np.asarray(mean / mean.sum())


def expected_volume(volumes: ArrayLike, sessions: int = 20, statistic: str = "median") -> float:
    """Volume to expect of the next session: the median or mean of the last ones.

    The median does not rise with a single rush; sessions without volume count.

    Args:
        volumes: [T] shares by session, oldest first, no NaN.
        sessions: at most so many of the last ones.
        statistic: "median" or "mean".

    Returns:
        Shares.

    Raises:
        ValueError: no session, a negative or NaN volume, or an unknown statistic.
    """
    series = np.asarray(volumes, dtype=np.float64)
    if series.ndim != 1:
        raise ValueError(f"volumes must be one value a session, not of shape {series.shape}")
    if statistic not in STATISTICS:
        raise ValueError(f"statistic must be one of {', '.join(STATISTICS)}, not {statistic!r}")
    used = _trailing(series, sessions)
    return float(np.median(used) if statistic == "median" else np.mean(used))


def _trailing(volumes: NDArray[np.float64], sessions: int) -> NDArray[np.float64]:
    if sessions < 1:
        raise ValueError(f"sessions must be 1 or more, not {sessions}")
    used = volumes[-sessions:]
    if not used.size:
        raise ValueError("volumes: there is no session before this one")
    if not np.isfinite(used).all() or (used < 0.0).any():
        raise ValueError("volumes must be finite and non-negative")
    return used
