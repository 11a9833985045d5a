from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from feeds.directory import check_directory
from feeds.minute_bars import DailyBar, make_minute_bars
from feeds.minute_files import read_minute_bars
from feeds.problems import DataError

DAYS = [pd.Timestamp("2019-03-01"), pd.Timestamp("2019-03-04")]
NAMES = ("open", "high", "low", "close", "volume")
MADE = {day: make_minute_bars(DailyBar("XLK", day, 10, 11, 9, 10.5, 9_999), 1) for day in DAYS}


def frame() -> pd.DataFrame:
    """Two sessions, the second without its first two minutes."""
    parts = []
    for day, skipped in zip(DAYS, (0, 2), strict=True):
        bars = MADE[day]
        times = day + pd.to_timedelta(570 + bars.minute, unit="min")
        columns = {name: getattr(bars, name) for name in NAMES}
        parts.append(pd.DataFrame({"time": times, **columns}).iloc[skipped:])
    return pd.concat(parts, ignore_index=True)


def write(root: Path, table: pd.DataFrame) -> Path:
    (root / "minute").mkdir()
    text = table.assign(time=table["time"].dt.strftime("%Y-%m-%d %H:%M"))
    text.to_csv(root / "minute" / "XLK.csv", index=False)
    return root / "minute" / "XLK.csv"


def assert_read(root: Path) -> None:
    sessions = read_minute_bars(root, "XLK")
    assert list(sessions) == DAYS
    for day, skipped in zip(DAYS, (0, 2), strict=True):
        for name in ("minute", *NAMES):
            expected = getattr(MADE[day], name)[skipped:]
            np.testing.assert_array_equal(getattr(sessions[day], name), expected)


def test_csv_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path, frame())
    assert_read(tmp_path)


def write_parquet(root: Path, time: str) -> None:
    import duckdb

    (root / "minute").mkdir()
    with duckdb.connect() as connection:
        connection.register("bars", frame())
        path = str(root / "minute" / "XLK.parquet")
        bars = connection.sql("FROM bars").project(f"{time} AS time, * EXCLUDE (time)")
        bars.write_parquet(path)


@pytest.mark.parametrize("time", ["time", "strftime(time, '%Y-%m-%d %H:%M')"])
def test_parquet_too(tmp_path: Path, time: str) -> None:
    write_parquet(tmp_path, time)
    assert_read(tmp_path)


def test_times_with_a_zone_are_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path, "time::TIMESTAMPTZ")
    with pytest.raises(DataError, match=r"minute/XLK.parquet: the times carry a time zone; store"):
        read_minute_bars(tmp_path, "XLK")


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (5, "time", "2019-03-01 9h33", "row 5: time is '2019-03-01 9h33', not YYYY-MM-DD HH:MM"),
        (5, "time", "", "row 5: time is"),
        (2, "time", "2019-03-01 09:29", "row 2: 09:29 is outside the session"),
        (2, "time", "2019-02-24 09:30", "row 2: 2019-02-24 (Sunday) is not an NYSE session"),
        (6, "time", "2019-03-01 09:30", "row 6: 2019-03-01 09:30 does not follow 2019-03-01 09:33"),
        (7, "close", "20", "row 7: close 20 is outside the range"),
        (7, "open", "0", "row 7: open is 0, not above zero"),
        (8, "volume", "-3", "row 8: volume is -3, below zero"),
        (8, "volume", "", "row 8: volume is empty"),
        (9, "high", "dear", "row 9: "),
    ],
)
def test_a_bad_row_is_named(
    tmp_path: Path, row: int, column: str, value: str, message: str
) -> None:
    path = write(tmp_path, frame())
    lines = path.read_text().splitlines()
    cells = lines[row - 1].split(",")
    cells[lines[0].split(",").index(column)] = value
    lines[row - 1] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError) as caught:
        read_minute_bars(tmp_path, "XLK")
    assert str(caught.value).startswith(f"minute/XLK.csv, {message}")
    assert "\n" not in str(caught.value)


def test_missing_file_and_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"minute/XLK.csv: the file is missing; add it"):
        read_minute_bars(tmp_path, "XLK")
    write(tmp_path, frame().drop(columns="low"))
    with pytest.raises(DataError, match=r"minute/XLK.csv, row 1: column 'low' is missing"):
        read_minute_bars(tmp_path, "XLK")


def test_data_check_reads_minutes_too(tmp_path: Path) -> None:
    table = frame()
    table.loc[3, "close"] = 99.0
    write(tmp_path, table)
    (tmp_path / "etf").mkdir()
    found = [problem for problem in check_directory(tmp_path) if "minute" in problem.file]
    assert [(problem.file, problem.row) for problem in found] == [("minute/XLK.csv", 5)]
