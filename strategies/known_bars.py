"""What a data has shown up to its current bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.covariance import fund_covariance

LIQUIDITY_SESSIONS = 60
# Backtrader counts days from 0001-01-01 as day 1.
UNIX_EPOCH = 719163


def history_of(data: Any, line: str) -> np.ndarray:
    """A line's values up to the current bar, warm-up included when the feed carries one, [t]."""
    if hasattr(data, "past"):
        return np.asarray(data.past(line))
    return np.array(getattr(data.lines, line).get(size=len(data)), dtype=np.float64)


def matrix(datas: Sequence[Any], line: str, rows: int) -> np.ndarray:
    """[rows x N] a line of each data, aligned at the current bar; NaN before it begins."""
    values = np.full((rows, len(datas)), np.nan)
    for column, data in enumerate(datas):
        known = history_of(data, line)[-rows:]
        if len(known):
            values[-len(known) :, column] = known
    return values


def return_covariance(datas: Sequence[Any]) -> np.ndarray:
    """[N x N] of daily log returns as known now; see models.covariance.fund_covariance."""
    return fund_covariance(
        [history_of(data, "close") if len(data) else np.empty(0) for data in datas]
    )


def liquidity_of(data: Any) -> tuple[float, float]:
    """Mean dollar volume and daily volatility of the last 60 bars, known at the current one.

    From the feed's own lines where it has them (they reach back before the first bar); NaN before
    the first bar.
    """
    if not len(data):
        return np.nan, np.nan
    if hasattr(data.lines, "dollar_adv"):
        return data.dollar_adv[0], data.volatility[0]
    size = min(LIQUIDITY_SESSIONS, len(data))
    closes = np.array(data.close.get(size=size))
    dollars = closes * np.array(data.volume.get(size=size))
    moves = np.diff(np.log(closes))
    return float(dollars.mean()), float(moves.std(ddof=1)) if size > 2 else np.nan
