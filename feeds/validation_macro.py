"""Checks of one macro series: observations, holes, an early end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from feeds.problems import Problem, Severity
from feeds.sessions import nyse_calendar
from feeds.tables import DOWNLOAD_AGAIN, Table
from feeds.validation import (
    check_columns,
    check_date_order,
    check_duplicate_dates,
    listed,
    parse_dates,
    parse_numbers,
)
from models.universe import MACRO_SERIES

PLAUSIBLE = {"MOVE": (1.0, 1000.0)}
PLAUSIBLE_PERCENT = (-10.0, 100.0)
"""Bounds that no value of the series ever came near: percent, and MOVE in basis points a year."""

HOLE_SESSIONS = 5
"""Sessions without an observation that are still ordinary (weekly series, holidays)."""


@dataclass(frozen=True)
class Observations:
    """One parsed macro series.

    Attributes:
        series_id: its name.
        table: where it came from.
        series: float64 by observation date (ns); days without an observation are left out.
    """

    series_id: str
    table: Table
    series: pd.Series


def validate_macro(table: Table, series_id: str) -> tuple[Observations | None, list[Problem]]:
    """Parse one series (date, value) and run every check that needs no other file.

    Returns:
        The observations (None when a column is missing or nothing is observed) and all problems;
        a series with an ERROR among them must not be used.
    """
    problems = check_columns(table, ("date", "value"))
    if problems:
        return None, problems
    dates, problems = parse_dates(table)
    values, bad = parse_numbers(table, "value")
    problems += bad
    problems += check_duplicate_dates(table, dates) + check_date_order(table, dates)
    observed = np.flatnonzero(dates.notna() & ~np.isnan(values))
    if not len(observed):
        what = "it has no observation"
        return None, [*problems, Problem(table.file, 0, what, DOWNLOAD_AGAIN)]
    problems += check_holes(table, dates, observed) + check_plausible(table, series_id, values)
    series = pd.Series(values[observed], index=dates[observed], name=series_id)
    return Observations(series_id, table, series), problems


def check_plausible(
    table: Table, series_id: str, values: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> list[Problem]:
    """Values of the known series outside what they can be; NaN is no observation."""
    if series_id not in MACRO_SERIES:
        return []
    low, high = PLAUSIBLE.get(series_id, PLAUSIBLE_PERCENT)
    wrong = np.flatnonzero((values < low) | (values > high))
    return listed(
        table,
        wrong,
        lambda i: f"{series_id} is {values[i]:g}, outside {low:g} to {high:g}",
        "correct the value, or leave it empty when there was none",
    )


def check_holes(
    table: Table, dates: pd.DatetimeIndex, observed: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> list[Problem]:
    """Stretches of more than HOLE_SESSIONS sessions between two consecutive observations.

    Args:
        table: where the series stands.
        dates: one date a record.
        observed: positions of the records that hold an observation.
    """
    calendar = nyse_calendar()
    days = dates[observed]
    between = calendar.searchsorted(days[1:]) - calendar.searchsorted(days[:-1], side="right")
    holes = np.flatnonzero(between > HOLE_SESSIONS) + 1
    where = {int(observed[i]): int(i) for i in holes}
    return listed(
        table,
        where,
        lambda i: (
            f"no observation on {between[where[i] - 1]} sessions after "
            f"{days[where[i] - 1]:%Y-%m-%d}, until {days[where[i]]:%Y-%m-%d}"
        ),
        "add the missing observations if the vendor has them",
        Severity.NOTE,
    )


def check_early_end(one: Observations, last_session: pd.Timestamp) -> list[Problem]:
    """A last observation more than HOLE_SESSIONS sessions before the market's last session."""
    calendar = nyse_calendar()
    last = one.series.index.max()
    late = calendar.searchsorted(last_session) - calendar.searchsorted(last, side="right") + 1
    if late <= HOLE_SESSIONS:
        return []
    what = f"it ends on {last:%Y-%m-%d}, {late} sessions before the market's last session"
    mend = f"add observations up to {last_session:%Y-%m-%d}, or expect its fallback to be used"
    row = one.table.row(len(one.table.frame) - 1)
    return [Problem(one.table.file, row, what, mend, Severity.NOTE)]
