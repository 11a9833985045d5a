"""A CSV or Parquet file of factor returns that the user gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from feeds.problems import DataError, Problem
from feeds.tables import Table, read_table

RISK_FREE = "RF"
"""The column of this name is the risk-free return and no factor."""

UNITS = {"decimal": 1.0, "percent": 0.01}
# No published daily factor moves by a fifth of its value as a rule; in percent, all do.
_TOO_LARGE = 0.2
_TOO_SMALL = 0.0002


def read_factor_file(path: Path, unit: str = "decimal") -> pd.DataFrame:
    """Read daily factor returns.

    The first line names the columns: `date` (YYYY-MM-DD or YYYYMMDD, strictly increasing) and one
    for each factor; `RF` is taken as the risk-free return of the session.

    Args:
        path: a `.csv` or `.parquet` file.
        unit: of every column, "decimal" (0.01 is one percent) or "percent".

    Returns:
        Simple returns as decimals by date, [T x K], no NaN.

    Raises:
        feeds.problems.DataError: the file cannot be used; file, row and mend are named.
        ValueError: another unit.
    """
    if unit not in UNITS:
        raise ValueError(f"unit {unit!r}: give one of {', '.join(UNITS)}")
    if path.suffix not in {".csv", ".parquet"}:
        raise DataError([Problem(path.name, 0, "it is no table", "give a .csv or .parquet file")])
    table, problems = read_table(path.parent, path.name)
    if table is None:
        raise DataError(problems)
    frame = table.frame
    if "date" not in frame:
        raise _refusal(table, None, "there is no column date", "name the first column date")
    names = [str(name) for name in frame.columns if name != "date"]
    if not [name for name in names if name != RISK_FREE]:
        raise _refusal(table, None, "there is no factor", "give a column for each factor")
    values = frame[names].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    _check_values(table, names, values)
    days = _dates(table)
    factors = pd.DataFrame(values * UNITS[unit], days, names)
    _check_unit(table, factors, unit)
    return factors


def _dates(table: Table) -> pd.DatetimeIndex:
    dates = table.frame["date"]
    if not pd.api.types.is_datetime64_any_dtype(dates):
        text = dates.astype(str).str.strip().str.replace("-", "", regex=False)
        dates = pd.to_datetime(text, format="%Y%m%d", errors="coerce")
    missing = dates.isna().to_numpy()
    if missing.any():
        row = int(missing.argmax())
        given = table.frame["date"].iloc[row]
        raise _refusal(table, row, f"date {given} is no day", "write YYYY-MM-DD or YYYYMMDD")
    days = pd.DatetimeIndex(dates, name="date")
    later = np.r_[True, days[1:] > days[:-1]]
    if not later.all():
        row = int(np.argmin(later))
        raise _refusal(
            table,
            row,
            f"date {days[row].date()} is not later than the one before",
            "sort the rows by date and give each day once",
        )
    return days


def _check_values(table: Table, names: list[str], values: np.ndarray) -> None:
    unusable = ~np.isfinite(values)
    if unusable.any():
        row, column = np.argwhere(unusable)[0]
        given = table.frame[names[column]].iloc[row]
        raise _refusal(
            table, row, f"{names[column]} is {given}, no number", "give every value or cut the row"
        )


def _check_unit(table: Table, factors: pd.DataFrame, unit: str) -> None:
    """A factor in the wrong unit would give a loading a hundred times too small or large."""
    for name in factors.columns.drop(RISK_FREE, errors="ignore"):
        size = float(np.sqrt((factors[name] ** 2).mean()))
        if unit == "decimal" and size > _TOO_LARGE:
            raise _refusal(
                table, None, f"{name} moves by {size:.2f} a day", 'say that the unit is "percent"'
            )
        if unit == "percent" and 0.0 < size < _TOO_SMALL:
            raise _refusal(
                table,
                None,
                f"{name} moves by {100.0 * size:.4f} % a day",
                'say that the unit is "decimal"',
            )


def _refusal(table: Table, position: int | np.integer | None, what: str, mend: str) -> DataError:
    row = 0 if position is None else table.row(position)
    return DataError([Problem(table.file, row, what, mend)])
