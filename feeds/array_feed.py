"""A Backtrader feed that fills its lines from arrays in one go."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd


class ArrayFeed(bt.feed.DataBase):
    """Base of the feeds: whole columns in, no per-row indexing.

    The first `warmup` rows are history that a strategy may read with `past` but never trades:
    they lie before the feed's first bar.

    Params:
        columns (None): line name -> [T] values; missing lines stay NaN.
        dates (None): [T] sessions or, within them, minutes; increasing.
        warmup (0): rows before the first bar.
    """

    params = (
        ("columns", None),
        ("dates", None),
        ("warmup", 0),
        ("timeframe", bt.TimeFrame.Days),
    )

    def __init__(self) -> None:
        super().__init__()
        columns: Mapping[str, np.ndarray] = self.p.columns
        self._history = {name: _read_only(values) for name, values in columns.items()}
        self._session_numbers = _read_only(_backtrader_dates(self.p.dates))
        self._next_row = self.p.warmup
        self._buffers = list(self.lines.lines)
        self._preloaded = False

    def start(self) -> None:
        """Rewind, so that a Cerebro can run twice."""
        super().start()
        self._next_row = self.p.warmup
        self._preloaded = False

    def past(self, line: str) -> np.ndarray:
        """Read-only values of a line up to the current bar, warm-up included, [t]."""
        values = self._session_numbers if line == "datetime" else self._history[line]
        return values[: self.p.warmup + len(self)]

    def preload(self) -> None:
        """Fill every line's buffer at once; Backtrader's own loop would call `_load` per bar."""
        start = self.p.warmup
        length = len(self._session_numbers) - start
        for alias in self.getlinealiases():
            line = getattr(self.lines, alias)
            values = self._session_numbers if alias == "datetime" else self._history.get(alias)
            block = np.full(length, np.nan) if values is None else values[start:]
            line.array.frombytes(np.ascontiguousarray(block, dtype=np.float64).tobytes())
        self._next_row = len(self._session_numbers)
        self._preloaded = True
        self._peeked = self._session_numbers.tolist()
        self.home()

    def advance(self, size: int = 1, datamaster: Any = None, ticks: bool = True) -> None:
        """Move every line on, as Backtrader does, without two calls a line for it."""
        if datamaster is not None or not self._preloaded:
            super().advance(size, datamaster, ticks)
            return
        for line in self._buffers:
            line._idx += size
            line.lencount += size

    def advance_peek(self) -> float:
        """Session number of the next bar; infinite behind the last."""
        if not self._preloaded:
            return float(super().advance_peek())
        row = self.p.warmup + self._buffers[0].lencount
        return self._peeked[row] if row < len(self._peeked) else math.inf

    def _load(self) -> bool:
        """One bar, for a Cerebro that does not preload."""
        if self._next_row >= len(self._session_numbers):
            return False
        row = self._next_row
        self._next_row += 1
        self.lines.datetime[0] = self._session_numbers[row]
        for name, values in self._history.items():
            getattr(self.lines, name)[0] = values[row]
        return True

    def _tick_fill(self, force: bool = False) -> None:
        """Nothing: tick values only differ from the bar's in replay and live feeds."""

    def _tick_nullify(self) -> None:
        """Nothing, as in `_tick_fill`."""


def _read_only(values: np.ndarray) -> np.ndarray:
    view = np.asarray(values, dtype=np.float64).view()
    view.flags.writeable = False
    return view


def _backtrader_dates(dates: pd.DatetimeIndex) -> np.ndarray:
    """Backtrader counts days from 0001-01-01 as day 1 (its `date2num`). [T] -> [T]."""
    days = np.asarray(dates, dtype="datetime64[D]")
    minutes = (np.asarray(dates, dtype="datetime64[m]") - days).astype(np.int64)
    return np.asarray(days.astype(np.int64) + 719163 + minutes / 1440.0, dtype=np.float64)
