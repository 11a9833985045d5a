"""What a data has shown up to its current bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

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
    """[N x N] of daily log returns, over the sessions that all datas have, at most 252.

    A data without bars has variance one and no covariance; with fewer than two sessions for each of
    the others they all count alike.
    """
    closes = [history_of(data, "close")[-253:] for data in datas if len(data)]
    rows = min(len(column) for column in closes)
    covariance = np.eye(len(datas))
    if rows > 2 * len(closes):
        prices = np.column_stack([column[-rows:] for column in closes])
        known = np.array([bool(len(data)) for data in datas])
        moves = np.diff(np.log(prices), axis=0)
        covariance[np.ix_(known, known)] = np.atleast_2d(np.cov(moves.T))
    return covariance


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
