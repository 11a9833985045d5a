"""Checks that every table shares: columns, dates, numbers. Each names file, row and mend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from feeds.problems import Problem, Severity
from feeds.tables import Table

Positions = NDArray[np.intp]


def listed(
    table: Table,
    positions: Iterable[int],
    what: Callable[[int], str],
    mend: str,
    severity: Severity = Severity.ERROR,
) -> list[Problem]:
    """One problem a record.

    Args:
        table: where the records stand.
        positions: 0-based positions of the bad records.
        what: position -> what is wrong there.
        mend: what the user can do.
        severity: of each of them.
    """
    return [Problem(table.file, table.row(i), what(i), mend, severity) for i in positions]


def check_columns(table: Table, needed: Sequence[str]) -> list[Problem]:
    """Missing columns, and needed columns that stand twice. Further columns are allowed."""
    present = [str(column) for column in table.frame.columns]
    problems = []
    for column in needed:
        alike = [name for name in present if name.strip().lower() == column and name != column]
        if column not in present:
            header = ",".join(needed)
            mend = f"rename '{alike[0]}' to '{column}'" if alike else f"the columns are {header}"
            problems.append(Problem(table.file, 1, f"column '{column}' is missing", mend))
        elif present.count(column) > 1 or f"{column}.1" in present:
            what = f"column '{column}' stands twice"
            problems.append(Problem(table.file, 1, what, "remove one of the two"))
    return problems


def parse_dates(table: Table) -> tuple[pd.DatetimeIndex, list[Problem]]:
    """The `date` column as time-zone-naive midnights (ns), NaT where it is not a date."""
    column = table.frame["date"]
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        zoned, mend = "the dates carry a time zone", "store plain dates without a time zone"
        nothing = pd.DatetimeIndex([pd.NaT] * len(column)).as_unit("ns")
        return nothing, [Problem(table.file, 0, zoned, mend)]
    if not pd.api.types.is_datetime64_dtype(column.dtype):
        text = column.where(column.isna(), column.astype(str))
        column = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    days = column.where(column == column.dt.normalize())
    # Years outside nanoseconds (a typed 0202 or 9999) become NaT here and are named as written.
    inside = (days >= pd.Timestamp.min.ceil("D")) & (days <= pd.Timestamp.max.floor("D"))
    dates = pd.DatetimeIndex(days.where(inside)).as_unit("ns")
    raw = table.frame["date"]

    def what(i: int) -> str:
        return f"'{raw.iloc[i]}' is not a date" if pd.notna(raw.iloc[i]) else "the date is empty"

    mend = "write it as YYYY-MM-DD, or remove the row"
    return dates, listed(table, np.flatnonzero(dates.isna()), what, mend)


def parse_numbers(table: Table, column: str) -> tuple[NDArray[np.float64], list[Problem]]:
    """A column as float64, NaN where the cell is empty; text and infinities are problems."""
    raw = table.frame[column]
    if pd.api.types.is_bool_dtype(raw.dtype):
        raw = raw.astype(str)
    values = pd.to_numeric(raw, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = (np.isnan(values) & raw.notna().to_numpy()) | np.isinf(values)
    problems = listed(
        table,
        np.flatnonzero(bad),
        lambda i: f"{column} is '{raw.iloc[i]}', not a finite number",
        "correct the cell",
    )
    return np.where(bad, np.nan, values), problems


def check_duplicate_dates(table: Table, dates: pd.DatetimeIndex) -> list[Problem]:
    """Dates that stood in an earlier row already."""
    repeated = np.flatnonzero(dates.duplicated() & dates.notna())
    first = {date: i for i, date in reversed(list(enumerate(dates)))} if len(repeated) else {}
    return listed(
        table,
        repeated,
        lambda i: f"{dates[i]:%Y-%m-%d} stands in row {table.row(first[dates[i]])} already",
        "remove one of the two rows",
    )


def check_date_order(table: Table, dates: pd.DatetimeIndex) -> list[Problem]:
    """Rows whose date is before the date of the row above; one problem for a newest-first file."""
    known = np.flatnonzero(dates.notna())
    days = dates.asi8[known]
    falls = np.flatnonzero(np.diff(days) < 0) + 1
    mend = "sort the rows by date, oldest first"
    if len(falls) > 1 and len(falls) == len(days) - 1:
        return [Problem(table.file, table.row(0), "the newest row stands first", mend)]
    above = dict(zip(known[falls], known[falls - 1], strict=True))
    return listed(
        table,
        known[falls],
        lambda i: f"{dates[i]:%Y-%m-%d} stands below {dates[above[i]]:%Y-%m-%d}",
        mend,
    )
