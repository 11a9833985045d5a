"""Checks of one ticker's daily bars: sessions, cells, prices, volume, unadjusted splits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from feeds.problems import Problem
from feeds.sessions import nyse_calendar
from feeds.tables import Table
from feeds.validation import (
    check_columns,
    check_date_order,
    check_duplicate_dates,
    listed,
    parse_dates,
    parse_numbers,
)
from feeds.validation_actions import NO_ACTIONS, Actions
from feeds.validation_jumps import check_spikes, check_split_jumps

PRICES = ("open", "high", "low", "close")
BAR_COLUMNS = (*PRICES, "adj_close", "volume")

RANGE_TOLERANCE = 1e-6
"""Relative room for open and close outside [low, high].

The real files of 1993-2024 need none. Vendors that deliver adjusted or single-precision prices
round each column on its own: single precision is good to 6e-8, six significant decimals of a price
of a dollar to 5e-7. A genuine fault is a cent or more, thus above 1e-5 for any price under $1,000.
"""

Cells = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Bars:
    """One ticker's parsed bars.

    Attributes:
        ticker: its name.
        table: where it came from.
        dates: one date a record (ns), NaT where unreadable.
        cells: BAR_COLUMNS -> float64 array of the same length, NaN where empty or unreadable.
    """

    ticker: str
    table: Table
    dates: pd.DatetimeIndex
    cells: Cells


def validate_bars(
    table: Table, ticker: str, *, full: bool, actions: Actions = NO_ACTIONS
) -> tuple[Bars | None, list[Problem]]:
    """Parse one ticker's table and run every check on it.

    Args:
        table: columns date, open, high, low, close, adj_close, volume.
        ticker: its name.
        full: True where open, high, low and volume are needed; otherwise they may be empty
            throughout (a close-only series), but not in part.
        actions: the folder's splits and cash dividends.

    Returns:
        The bars (None when a column is missing) and all problems; bars with an ERROR among
        the problems must not be used.
    """
    problems = check_columns(table, ("date", *BAR_COLUMNS))
    if problems:
        return None, problems
    dates, problems = parse_dates(table)
    cells: Cells = {}
    for column in BAR_COLUMNS:
        cells[column], bad = parse_numbers(table, column)
        problems += bad
    bars = Bars(ticker, table, dates, cells)
    problems += check_duplicate_dates(table, dates)
    problems += check_date_order(table, dates)
    problems += check_sessions(table, dates)
    faults = check_high_low(bars) + check_volume(bars)
    for column in needed_columns(bars, full=full):
        faults += check_empty_cells(bars, column)
    for column in (*PRICES, "adj_close"):
        faults += check_positive(bars, column)
    for column in ("open", "close"):
        faults += check_range(bars, column)
    faults += check_spikes(table, dates, cells, {fault.row for fault in faults})
    bad_rows = {fault.row for fault in faults}
    faults += check_split_jumps(table, ticker, dates, cells, actions, bad_rows)
    return bars, problems + faults


def check_sessions(table: Table, dates: pd.DatetimeIndex) -> list[Problem]:
    """Dates that are no NYSE session, and sessions missing between the first and last date."""
    calendar = nyse_calendar()
    known = dates.notna()
    extra = np.flatnonzero(known & ~dates.isin(calendar))
    problems = listed(
        table,
        extra,
        lambda i: f"{dates[i]:%Y-%m-%d} ({dates[i]:%A}) is not an NYSE session",
        "correct the date or remove the row",
    )
    held = dates[known & dates.isin(calendar)]
    if held.empty:
        return problems
    expected = calendar[(calendar >= held.min()) & (calendar <= held.max())]
    missing = np.flatnonzero(~expected.isin(held))
    if not len(missing):
        return problems
    gaps = np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1)
    below = {int(np.argmax(dates == expected[gap[-1] + 1])): expected[gap] for gap in gaps}
    # Rows with a wrong date, reported above, stand for the sessions missing at their place.
    placed = np.flatnonzero(dates.isin(calendar))
    wrong = {i: i - 1 - placed[placed < i].max(initial=-1) for i in below}
    below = {i: gap for i, gap in below.items() if len(gap) > wrong[i]}

    def what(i: int) -> str:
        gap = below[i]
        if len(gap) == 1:
            return f"the NYSE session {gap[0]:%Y-%m-%d} is missing above this row"
        span = f"{gap[0]:%Y-%m-%d} to {gap[-1]:%Y-%m-%d}"
        return f"{len(gap)} NYSE sessions ({span}) are missing above this row"

    return problems + listed(table, sorted(below), what, "add the missing rows")


def needed_columns(bars: Bars, *, full: bool) -> tuple[str, ...]:
    """Columns that may not hold an empty cell; see `validate_bars` for `full`."""
    optional = bars.table.frame[["open", "high", "low", "volume"]]
    return BAR_COLUMNS if full or optional.notna().to_numpy().any() else ("close", "adj_close")


def check_empty_cells(bars: Bars, column: str) -> list[Problem]:
    """Empty cells of one column; wholly blank rows are left to the check of their date."""
    empty = bars.table.frame[column].isna().to_numpy()
    if empty.any():
        empty = empty & ~bars.table.frame.isna().to_numpy().all(axis=1)
    mend = "fill in the value or download the file again"
    return listed(bars.table, np.flatnonzero(empty), lambda _: f"{column} is empty", mend)


def check_positive(bars: Bars, column: str) -> list[Problem]:
    """Prices of zero or below in one column."""
    price = bars.cells[column]
    return listed(
        bars.table,
        np.flatnonzero(price <= 0),
        lambda i: f"{column} is {price[i]:.10g}, not above zero",
        "correct the price",
    )


def check_high_low(bars: Bars) -> list[Problem]:
    """Highs below the low of the same session."""
    high, low = bars.cells["high"], bars.cells["low"]
    return listed(
        bars.table,
        np.flatnonzero(_quoted(bars) & (high < low)),
        lambda i: f"high {high[i]:.10g} is below low {low[i]:.10g}",
        "exchange or correct the two prices",
    )


def check_range(bars: Bars, column: str) -> list[Problem]:
    """Opens or closes outside [low, high], beyond RANGE_TOLERANCE."""
    high, low, price = bars.cells["high"], bars.cells["low"], bars.cells[column]
    sound = _quoted(bars) & (high >= low) & (price > 0)
    outside = (price > high * (1 + RANGE_TOLERANCE)) | (price < low * (1 - RANGE_TOLERANCE))
    return listed(
        bars.table,
        np.flatnonzero(sound & outside),
        lambda i: (
            f"{column} {price[i]:.10g} is outside the session's range {low[i]:.10g} to "
            f"{high[i]:.10g}"
        ),
        "correct the row; all four prices must have the same adjustment",
    )


def check_volume(bars: Bars) -> list[Problem]:
    """Negative volumes; zero is allowed (no trade in that session)."""
    volume = bars.cells["volume"]
    return listed(
        bars.table,
        np.flatnonzero(volume < 0),
        lambda i: f"volume is {volume[i]:.10g}, below zero",
        "correct the volume",
    )


def _quoted(bars: Bars) -> NDArray[np.bool_]:
    """Records whose high and low are both positive numbers."""
    sound: NDArray[np.bool_] = (bars.cells["high"] > 0) & (bars.cells["low"] > 0)
    return sound
