"""Factor files: what is read, and what is refused with file, row and mend."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from feeds.factor_file import read_factor_file
from feeds.problems import DataError

GOOD = "date,Mkt-RF,HML,RF\n20190102,0.50,-0.20,0.010\n20190103,-2.45,1.20,0.010\n"


def written(folder: Path, text: str, name: str = "factors.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_percent_becomes_decimal_and_both_dates_are_read(tmp_path: Path) -> None:
    factors = read_factor_file(written(tmp_path, GOOD), "percent")
    iso = GOOD.replace("20190102", "2019-01-02").replace("20190103", "2019-01-03")
    pd.testing.assert_frame_equal(factors, read_factor_file(written(tmp_path, iso), "percent"))
    assert list(factors.index) == [pd.Timestamp("2019-01-02"), pd.Timestamp("2019-01-03")]
    assert list(factors.columns) == ["Mkt-RF", "HML", "RF"]
    assert factors.loc["2019-01-03", "Mkt-RF"] == pytest.approx(-0.0245)


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "factors.parquet"
    duckdb.sql(f"COPY (SELECT DATE '2019-01-02' AS date, 0.01 AS m) TO '{path}' (FORMAT parquet)")
    assert read_factor_file(path).loc["2019-01-02", "m"] == 0.01


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("day,m\n20190102,0.01\n", "no column date"),
        ("date,RF\n20190102,0.01\n", "there is no factor"),
        ("date,m\n20190102,0.01\n2019-13-01,0.01\n", r"row 3: date 2019-13-01 is no day"),
        ("date,m\n20190103,0.01\n20190102,0.01\n", r"row 3: date 2019-01-02 is not later"),
        ("date,m\n20190102,0.01\n20190102,0.01\n", r"row 3: date 2019-01-02 is not later"),
        ("date,m\n20190102,0.01\n20190103,\n", r"row 3: m is nan, no number"),
        ("date,m\n20190102,0.01\n20190103,inf\n", r"row 3: m is inf, no number"),
        ("date,m\n20190102,abc\n20190103,0.1\n", r"row 2: m is abc, no number"),
        ("date,m\n20190102,0.01,3\n", "more cells than the header"),
        (GOOD, 'Mkt-RF moves by 1.77 a day; say that the unit is "percent"'),
    ],
)
def test_bad_files_are_refused_by_row(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as refused:
        read_factor_file(written(tmp_path, text))
    assert "factors.csv" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_wrong_units_kinds_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='say that the unit is "decimal"'):
        read_factor_file(written(tmp_path, "date,m\n20190102,0.01\n20190103,0.01\n"), "percent")
    with pytest.raises(DataError, match=r"factors\.txt: it is no table"):
        read_factor_file(written(tmp_path, GOOD, "factors.txt"))
    with pytest.raises(DataError, match="cannot be read"):
        read_factor_file(tmp_path / "absent.csv")
    with pytest.raises(ValueError, match="give one of decimal, percent"):
        read_factor_file(written(tmp_path, GOOD), "bps")
