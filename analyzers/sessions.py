"""Which sessions count, and their dates from Backtrader's day numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

# Backtrader counts days from 0001-01-01 as day 1.
_UNIX_EPOCH = 719163


def measured(strategy: Any) -> bool:
    """Whether the current bar lies behind the strategy's `lead_in` bars (none if it has none)."""
    return len(strategy) > getattr(strategy, "lead_in", 0)


def session_dates(numbers: Sequence[float]) -> np.ndarray:
    """Backtrader day numbers to dates without time, datetime64[D], [T]."""
    days = np.floor(np.asarray(numbers, dtype=np.float64)).astype(np.int64) - _UNIX_EPOCH
    return np.asarray(days.astype("datetime64[D]"))
