"""Minute bars from a data folder, read and validated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from feeds.minute_bars import MINUTES, MinuteBars
from feeds.problems import DataError, Problem
from feeds.sessions import nyse_calendar
from feeds.tables import Table, find_table, read_table
from feeds.validation import check_columns, listed, parse_numbers

PRICES = ("open", "high", "low", "close")
COLUMNS = (*PRICES, "volume")
FIRST_MINUTE = 9 * 60 + 30
TIME_FORMAT = "%Y-%m-%d %H:%M"


def read_minute_bars(root: Path, ticker: str) -> dict[pd.Timestamp, MinuteBars]:
    """Every session of `minute/<TICKER>.csv` or `.parquet` under a data folder.

    Columns: time (New York, YYYY-MM-DD HH:MM, when the minute begins, 09:30 to 15:59), open, high,
    low, close (dollars) and volume (shares). A minute without trades may be missing; nothing is
    filled in.

    Args:
        root: the data folder.
        ticker: its name.

    Returns:
        Session -> bars, in order.

    Raises:
        DataError: the file is missing or has a row that cannot be true; every problem is in it.
    """
    file, problems = find_table(root, f"minute/{ticker}")
    if file is None and not problems:
        what, mend = "the file is missing", "add it as CSV or Parquet"
        problems = [Problem(f"minute/{ticker}.csv", 0, what, mend)]
    table, found = read_table(root, file) if file else (None, [])
    problems += found
    if table is not None:
        problems += check_columns(table, ("time", *COLUMNS))
    if table is None or problems:
        raise DataError(problems)
    times, problems = _parse_times(table)
    if len(times) < len(table.frame):
        raise DataError(problems)
    cells = {}
    for column in COLUMNS:
        cells[column], found = parse_numbers(table, column)
        problems += found + _check_empty(table, column)
    problems += _check_order(table, times) + _check_cells(table, cells)
    if problems:
        raise DataError(sorted(problems))
    return _sessions(times, cells)


def _parse_times(table: Table) -> tuple[pd.DatetimeIndex, list[Problem]]:
    column = table.frame["time"]
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        zoned, mend = "the times carry a time zone", "store New York times without a zone"
        return pd.DatetimeIndex([]), [Problem(table.file, 0, zoned, mend)]
    if pd.api.types.is_datetime64_dtype(column):
        times = pd.DatetimeIndex(column)
    else:
        times = pd.DatetimeIndex(pd.to_datetime(column, format=TIME_FORMAT, errors="coerce"))
    unread = listed(
        table,
        np.flatnonzero(times.isna()),
        lambda i: f"time is {column.iloc[i]!r}, not YYYY-MM-DD HH:MM",
        "correct the time (New York, without zone)",
    )
    minute = _minute_of_session(times)
    outside = np.asarray(times.notna()) & ((minute < 0) | (minute >= MINUTES))
    closed = np.asarray(times.notna() & ~times.normalize().isin(nyse_calendar()))
    seconds = np.asarray(times.notna() & (times != times.floor("min")))
    problems = unread + listed(
        table,
        np.flatnonzero(outside & ~closed),
        lambda i: f"{times[i]:%H:%M} is outside the session of 09:30 to 15:59",
        "remove the row, or give New York time",
    )
    problems += listed(
        table,
        np.flatnonzero(closed),
        lambda i: f"{times[i]:%Y-%m-%d} ({times[i]:%A}) is not an NYSE session",
        "correct the time or remove the row",
    )
    problems += listed(
        table,
        np.flatnonzero(seconds),
        lambda i: f"{times[i]} is not a whole minute",
        "give the minute at which the bar begins",
    )
    return times, problems


def _check_empty(table: Table, column: str) -> list[Problem]:
    empty = np.flatnonzero(table.frame[column].isna().to_numpy())
    return listed(table, empty, lambda _: f"{column} is empty", "fill in the value or remove it")


def _check_order(table: Table, times: pd.DatetimeIndex) -> list[Problem]:
    stamps = times.to_numpy("datetime64[ns]")
    wrong = np.flatnonzero(stamps[1:] <= stamps[:-1]) + 1
    return listed(
        table,
        wrong,
        lambda i: f"{times[i]:%Y-%m-%d %H:%M} does not follow {times[i - 1]:%Y-%m-%d %H:%M}",
        "sort the rows by time and remove repeated ones",
    )


def _check_cells(table: Table, cells: dict[str, NDArray[np.float64]]) -> list[Problem]:
    problems: list[Problem] = []
    for column in PRICES:
        problems += _check_price(table, column, cells[column], cells["low"], cells["high"])
    volume = cells["volume"]
    return problems + listed(
        table,
        np.flatnonzero(volume < 0.0),
        lambda i: f"volume is {volume[i]:.10g}, below zero",
        "correct the volume",
    )


def _check_price(
    table: Table,
    column: str,
    price: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> list[Problem]:
    def outside(i: int) -> str:
        return f"{column} {price[i]:.10g} is outside the range {low[i]:.10g} to {high[i]:.10g}"

    return listed(
        table,
        np.flatnonzero(price <= 0.0),
        lambda i: f"{column} is {price[i]:.10g}, not above zero",
        "correct the price",
    ) + listed(
        table,
        np.flatnonzero((price > 0.0) & ((price > high) | (price < low))),
        outside,
        "correct the row",
    )


def _minute_of_session(times: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Minutes since 09:30; NaN where the time is unknown."""
    return np.asarray(times.hour * 60.0 + times.minute - FIRST_MINUTE, dtype=np.float64)


def _sessions(
    times: pd.DatetimeIndex, cells: dict[str, NDArray[np.float64]]
) -> dict[pd.Timestamp, MinuteBars]:
    days = times.normalize()
    sessions, starts = np.unique(days.to_numpy("datetime64[ns]"), return_index=True)
    minute = _minute_of_session(times).astype(np.int64)
    return {
        pd.Timestamp(session): MinuteBars(
            minute[start:stop], **{name: values[start:stop] for name, values in cells.items()}
        )
        for session, start, stop in zip(sessions, starts, [*starts[1:], len(times)], strict=True)
    }
