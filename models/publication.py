"""From observation dates to what was known at each session's close."""

from __future__ import annotations

import numpy as np
import pandas as pd


def known_at_close(
    observed: pd.Series,
    sessions: pd.DatetimeIndex,
    lag_sessions: int,
    max_stale_sessions: int,
) -> np.ndarray:
    """Latest published value at the close of each session.

    A value observed on date d is known from `lag_sessions` sessions after the first session on or
    after d. A holiday of the bond market therefore shows the day before's value, as a screen would.

    Args:
        observed: values by observation date, increasing, no NaN.
        sessions: the sessions, length T.
        lag_sessions: publication lag, >= 0.
        max_stale_sessions: sessions after which an unrenewed value is no longer quoted.

    Returns:
        [T] values in the series' own unit; NaN before the first publication and when the latest
        published value is older than `max_stale_sessions` sessions.
    """
    known = np.full(len(sessions), np.nan)
    first_usable = sessions.searchsorted(observed.index, side="left") + lag_sessions
    inside = first_usable < len(sessions)
    # Several observations may land on one session (a long week-end); assignment keeps the last.
    known[first_usable[inside]] = observed.to_numpy(dtype=np.float64)[inside]
    return carry_forward(known, max_stale_sessions)


def carry_forward(values: np.ndarray, limit: int) -> np.ndarray:
    """Repeat the last finite value for at most `limit` further rows; NaN beyond. [T] -> [T]."""
    rows = np.arange(len(values))
    last = np.maximum.accumulate(np.where(np.isfinite(values), rows, -1))
    fresh = (last >= 0) & (rows - last <= limit)
    carried = np.full(len(values), np.nan)
    carried[fresh] = values[last[fresh]]
    return carried
