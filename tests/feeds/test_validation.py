"""Each check sees its fault, names file, row and mend, and nothing else cries out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_folder import (
    bars,
    cell,
    close_only,
    row_of,
    scale_before,
    set_cell,
    set_line,
    write,
    write_folder,
)

from feeds.directory import check_directory, load_directory
from feeds.problems import DataError, Problem, Severity

XLK, SPY, TLT, HYG = "etf/XLK.csv", "etf/SPY.csv", "etf/TLT.csv", "etf/HYG.csv"
DGS10, ACTIONS = "macro/DGS10.csv", "actions.csv"
PRICES = ("open", "high", "low", "close", "adj_close")
ROW = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "market")


def errors(folder: Path) -> list[Problem]:
    return [p for p in check_directory(folder) if p.severity is Severity.ERROR]


def rename_column(path: Path, old: str, new: str) -> None:
    set_line(path, 1, path.read_text().splitlines()[0].replace(old, new))


def exchange(path: Path, row: int) -> None:
    lines = path.read_text().splitlines()
    lines[row - 1], lines[row] = lines[row], lines[row - 1]
    path.write_text("\n".join(lines) + "\n")


def reverse(path: Path) -> None:
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n")


def swap_high_low(path: Path) -> None:
    high, low = cell(path, ROW, "high"), cell(path, ROW, "low")
    set_cell(path, ROW, "high", low)
    set_cell(path, ROW, "low", high)


def append(path: Path, line: str) -> None:
    path.write_text(path.read_text() + line + "\n")


def test_sound_folder_has_only_the_late_listing_as_a_note(folder: Path) -> None:
    (late,) = check_directory(folder)
    assert late.severity is Severity.NOTE
    assert (late.file, late.row) == ("etf/XLC.csv", 2)
    assert "XLC starts on 2020-03-02" in late.what


FAULTS: dict[str, tuple[str, Callable[[Path], object], int, str, str]] = {
    "column missing": (
        XLK,
        lambda p: rename_column(p, "low", "bottom"),
        1,
        "'low' is m",
        "the col",
    ),
    "column in capitals": (
        XLK,
        lambda p: rename_column(p, ",close", ",Close"),
        1,
        "'close'",
        "rename",
    ),
    "column twice": (
        XLK,
        lambda p: rename_column(p, "volume", "volume,high"),
        1,
        "stands twice",
        "remove",
    ),
    "date unparsable": (XLK, lambda p: set_cell(p, ROW, "date", "13.2.2020"), ROW, "13.2.", "YYYY"),
    "date impossible": (
        XLK,
        lambda p: set_cell(p, ROW, "date", "2020-02-30"),
        ROW,
        "not a",
        "YYYY",
    ),
    "date out of bounds": (
        XLK,
        lambda p: set_cell(p, ROW, "date", "0202-02-13"),
        ROW,
        "0202",
        "YY",
    ),
    "date empty": (XLK, lambda p: set_cell(p, ROW, "date", ""), ROW, "date is empty", "remove"),
    "date with time": (
        XLK,
        lambda p: set_cell(p, ROW, "date", "2020-02-12 16:00"),
        ROW,
        "16:00",
        "YYYY-MM-DD",
    ),
    "blank line": (XLK, lambda p: set_line(p, ROW, ""), ROW, "date is empty", "remove"),
    "date twice": (
        XLK,
        lambda p: set_line(p, ROW, *[p.read_text().splitlines()[ROW - 1]] * 2),
        ROW + 1,
        f"stands in row {ROW} already",
        "remove",
    ),
    "dates unsorted": (XLK, lambda p: exchange(p, ROW), ROW + 1, "stands below", "sort"),
    "newest first": (XLK, reverse, 2, "the newest row stands first", "sort"),
    "session missing": (
        XLK,
        lambda p: set_line(p, row_of(p, "2020-03-16")),
        52,
        "the NYSE session 2020-03-16 is missing above",
        "add the missing",
    ),
    "holiday": (
        XLK,
        lambda p: set_line(p, 14, "2020-01-20,100,101,99,100,97,5", p.read_text().splitlines()[13]),
        14,
        "2020-01-20 (Monday) is not",
        "remove",
    ),
    "price zero": (XLK, lambda p: set_cell(p, ROW, "low", "0"), ROW, "low is 0, not", "correct"),
    "price negative": (XLK, lambda p: set_cell(p, ROW, "adj_close", "-3"), ROW, "-3", "correct"),
    "high below low": (XLK, swap_high_low, ROW, "is below low", "exchange"),
    "close above high": (
        XLK,
        lambda p: set_cell(p, ROW, "close", "130"),
        ROW,
        "close 130",
        "correct",
    ),
    "close far above high": (
        XLK,
        lambda p: set_cell(p, ROW, "close", "200"),
        ROW,
        "close 2",
        "corr",
    ),
    "open below low": (
        XLK,
        lambda p: set_cell(p, ROW, "open", "51"),
        ROW,
        "open 51 is out",
        "corr",
    ),
    "volume negative": (
        XLK,
        lambda p: set_cell(p, ROW, "volume", "-1"),
        ROW,
        "volume is -1",
        "corr",
    ),
    "number unparsable": (
        XLK,
        lambda p: set_cell(p, ROW, "close", "9o.1"),
        ROW,
        "'9o.1'",
        "correct",
    ),
    "number NA": (XLK, lambda p: set_cell(p, ROW, "close", "NA"), ROW, "close is 'NA'", "correct"),
    "number infinite": (XLK, lambda p: set_cell(p, ROW, "high", "inf"), ROW, "'inf'", "correct"),
    "cell empty": (
        XLK,
        lambda p: set_cell(p, ROW, "volume", ""),
        ROW,
        "volume is empty",
        "fill in",
    ),
    "traded close-only": (
        XLK,
        lambda p: [set_cell(p, ROW, c, "") for c in ("open",)],
        ROW,
        "open is empty",
        "fill in",
    ),
    "half a bond bar": (HYG, lambda p: set_cell(p, ROW, "low", ""), ROW, "low is empty", "fill in"),
    "short row": (
        XLK,
        lambda p: set_line(p, ROW, "2020-02-12,1,2,0.5,1,1"),
        ROW,
        "volume is",
        "fill",
    ),
    "long row": (
        XLK,
        lambda p: set_line(p, ROW, "2020-02-12,1,2,3,4,5,6,7"),
        ROW,
        "more cells",
        "mend",
    ),
    "quote open": (XLK, lambda p: set_cell(p, ROW, "open", '"100'), ROW, "never closed", "mend"),
    "no byte": (XLK, lambda p: p.write_bytes(b""), 0, "the file is empty", "download"),
    "header only": (
        XLK,
        lambda p: p.write_text(p.read_text().splitlines()[0] + "\n"),
        0,
        "a header without a single row",
        "download",
    ),
    "not UTF-8": (
        XLK,
        lambda p: p.write_bytes(p.read_bytes().replace(b"2020-02-12", b"2020-02-\xff2")),
        ROW,
        "not UTF-8",
        "save",
    ),
    "file missing": (XLK, lambda p: p.unlink(), 0, "the file is missing", "add it"),
    "folder in its place": (
        XLK,
        lambda p: (p.unlink(), p.mkdir()),
        0,
        "cannot be read",
        "readable",
    ),
    "two files": (
        XLK,
        lambda p: p.with_suffix(".parquet").write_bytes(b""),
        0,
        "etf/XLK.parquet stands beside it",
        "remove",
    ),
    "split": (
        XLK,
        lambda p: scale_before(p, ROW, 2.0, ("open", "high", "low", "close")),
        ROW,
        "close jumps like an unadjusted 2-for-1 split while adj_close does not",
        "divide earlier",
    ),
    "split in all": (
        XLK,
        lambda p: scale_before(p, ROW, 3.0, PRICES),
        ROW,
        "adj_close jumps like an unadjusted 3-for-1 split",
        "divide all",
    ),
    "reverse split": (HYG, lambda p: scale_before(p, ROW, 0.1, PRICES), ROW, "1-for-10", "divide"),
    "split 3-for-2": (TLT, lambda p: scale_before(p, ROW, 1.5, PRICES), ROW, "3-for-2", "divide"),
    "spike": (
        XLK,
        lambda p: [
            set_cell(p, ROW, column, str(1.45 * float(cell(p, ROW, column)))) for column in PRICES
        ],
        ROW,
        "close moves +4",
        "correct the cell",
    ),
    "ends early": (
        XLK,
        lambda p: p.write_text("\n".join(p.read_text().splitlines()[:-3]) + "\n"),
        81,
        "XLK ends on 2020-04-27, before the market's (SPY) last session 2020-04-30",
        "add its rows up to 2020-04-30",
    ),
    "macro column": (
        DGS10,
        lambda p: rename_column(p, "value", "DGS10"),
        1,
        "'value' is",
        "the col",
    ),
    "macro date": (DGS10, lambda p: set_cell(p, ROW, "date", "soon"), ROW, "'soon'", "YYYY-MM-DD"),
    "macro date twice": (
        DGS10,
        lambda p: set_line(p, ROW, *[p.read_text().splitlines()[ROW - 1]] * 2),
        ROW + 1,
        "already",
        "remove",
    ),
    "macro unsorted": (DGS10, lambda p: exchange(p, ROW), ROW + 1, "stands below", "sort"),
    "macro number": (
        DGS10,
        lambda p: set_cell(p, ROW, "value", "."),
        ROW,
        "value is '.'",
        "correct",
    ),
    "macro all empty": (
        DGS10,
        lambda p: p.write_text("date,value\n2020-01-02,\n2020-01-03,\n"),
        0,
        "it has no observation",
        "download",
    ),
    "macro no byte": (DGS10, lambda p: p.write_bytes(b""), 0, "the file is empty", "download"),
    "action column": (
        ACTIONS,
        lambda p: rename_column(p, "kind", "type"),
        1,
        "'kind' is",
        "the col",
    ),
    "action kind": (
        ACTIONS,
        lambda p: set_cell(p, 2, "kind", "gift"),
        2,
        "kind 'gift'",
        "write one",
    ),
    "action value": (
        ACTIONS,
        lambda p: set_cell(p, 2, "value", "-1"),
        2,
        "value is -1",
        "above zero",
    ),
    "action empty": (ACTIONS, lambda p: set_cell(p, 2, "value", ""), 2, "value is empty", "write"),
    "action text": (ACTIONS, lambda p: set_cell(p, 2, "value", "x"), 2, "value is 'x'", "correct"),
    "action date": (ACTIONS, lambda p: set_cell(p, 2, "date", "x"), 2, "'x' is not", "YYYY-MM-DD"),
    "action ticker": (ACTIONS, lambda p: set_cell(p, 2, "ticker", ""), 2, "ticker is", "write"),
    "action twice": (
        ACTIONS,
        lambda p: append(p, "2020-03-20,SPY,dividend,0.5"),
        4,
        "SPY has a dividend on 2020-03-20 above already",
        "remove",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_error_with_file_row_and_mend(folder: Path, fault: str) -> None:
    file, damage, row, what, mend = FAULTS[fault]
    damage(folder / file)
    (problem,) = errors(folder)
    assert (problem.file, problem.row) == (file, row)
    assert what in problem.what
    assert mend in problem.mend
    with pytest.raises(DataError) as caught:
        load_directory(folder)
    assert problem in caught.value.problems
    assert str(caught.value) == str(problem)


def test_all_faults_are_reported_not_only_the_first(folder: Path) -> None:
    chosen = ["number unparsable", "macro date", "action kind"]
    for fault in chosen:
        FAULTS[fault][1](folder / FAULTS[fault][0])
    set_cell(folder / XLK, 40, "volume", "-7")
    set_cell(folder / HYG, 50, "high", "1")
    set_line(folder / SPY, 60)
    (folder / "etf/XLU.csv").write_text("")
    expected = [
        ("actions.csv", 2),
        (HYG, 50),
        (SPY, 60),
        (XLK, ROW),
        (XLK, 40),
        ("etf/XLU.csv", 0),
        (DGS10, ROW),
    ]
    assert [(p.file, p.row) for p in errors(folder)] == expected
    with pytest.raises(DataError, match=r"and 6 more: run `data check`"):
        load_directory(folder)


def test_extra_cells_in_every_row_are_refused_not_shifted(folder: Path) -> None:
    header, *rows = (folder / XLK).read_text().splitlines()
    (folder / XLK).write_text("\n".join([header, *(row + ",1" for row in rows)]) + "\n")
    (problem,) = errors(folder)
    assert (problem.file, problem.row) == (XLK, 2)
    assert "more cells than the header" in problem.what


def test_a_fault_in_every_row_is_printed_in_full(folder: Path) -> None:
    rows = len((folder / XLK).read_text().splitlines()) - 1
    for row in range(2, rows + 2):
        set_cell(folder / XLK, row, "volume", "many")
    assert [problem.row for problem in errors(folder)] == list(range(2, rows + 2))


def test_a_long_gap_is_one_problem(folder: Path) -> None:
    path = folder / XLK
    first, last = row_of(path, "2020-02-03"), row_of(path, "2020-02-28")
    for _ in range(first, last + 1):
        set_line(path, first)
    (problem,) = errors(folder)
    assert problem.row == first
    assert "19 NYSE sessions (2020-02-03 to 2020-02-28) are missing" in problem.what


def test_prices_on_both_sides_of_a_long_gap_are_no_split(folder: Path) -> None:
    path = folder / XLK
    first, last = row_of(path, "2020-02-03"), row_of(path, "2020-02-28")
    for _ in range(first, last + 1):
        set_line(path, first)
    ratio = float(cell(path, first, "close")) / float(cell(path, first - 1, "close"))
    scale_before(path, first, 2.0 * ratio, PRICES)
    (problem,) = errors(folder)
    assert "sessions" in problem.what


def test_a_wrong_last_date_of_the_benchmark_accuses_no_other_file(folder: Path) -> None:
    path = folder / SPY
    set_cell(path, len(path.read_text().splitlines()), "date", "2020-06-30")
    assert {problem.file for problem in errors(folder)} == {SPY}


def test_range_tolerance_covers_rounding_and_no_more(folder: Path) -> None:
    path = folder / XLK
    high = float(cell(path, ROW, "high"))
    set_cell(path, ROW, "close", repr(high * (1 + 9e-7)))
    assert errors(folder) == []
    set_cell(path, ROW, "close", repr(high * (1 + 1.1e-6)))
    assert [problem.row for problem in errors(folder)] == [ROW]


@pytest.mark.parametrize("move", [0.75, 0.80, 1.17, 1.36])
def test_large_genuine_moves_are_not_splits(folder: Path, move: float) -> None:
    path = folder / XLK
    ratio = float(cell(path, ROW, "close")) / float(cell(path, ROW - 1, "close"))
    scale_before(path, ROW, ratio / move, PRICES)
    assert errors(folder) == []


def test_a_recorded_split_that_adj_close_carries_is_a_note(folder: Path) -> None:
    path = folder / XLK
    scale_before(path, ROW, 2.0, PRICES[:4])
    append(folder / ACTIONS, f"{cell(path, ROW, 'date')},XLK,split,2")
    notes = [p for p in check_directory(folder) if p.file == XLK]
    assert [(p.row, p.severity) for p in notes] == [(ROW, Severity.NOTE)]
    assert "as recorded in the actions" in notes[0].what
    load_directory(folder)


def test_a_recorded_split_does_not_excuse_a_falling_total_return(folder: Path) -> None:
    path = folder / XLK
    scale_before(path, ROW, 2.0, PRICES)
    append(folder / ACTIONS, f"{cell(path, ROW, 'date')},XLK,split,2")
    (problem,) = errors(folder)
    assert "adj_close jumps" in problem.what


def test_a_huge_recorded_dividend_is_no_split(folder: Path) -> None:
    path = folder / XLK
    scale_before(path, ROW, 2.0, PRICES[:4])
    paid = float(cell(path, ROW - 1, "close")) / 2
    append(folder / ACTIONS, f"{cell(path, ROW, 'date')},XLK,dividend,{paid}")
    assert errors(folder) == []


def test_bond_funds_may_end_early_and_macro_too_with_a_note(folder: Path) -> None:
    for file, kept in ((TLT, 60), (DGS10, 70)):
        lines = (folder / file).read_text().splitlines()
        (folder / file).write_text("\n".join(lines[:kept]) + "\n")
    found = {p.file: p for p in check_directory(folder) if p.file in (TLT, DGS10)}
    assert {p.severity for p in found.values()} == {Severity.NOTE}
    assert found[TLT].row == 60
    assert "TLT ends on 2020-03-26" in found[TLT].what
    assert found[DGS10].row == 70
    assert "it ends on 2020-04-09, 14 sessions before" in found[DGS10].what
    market = load_directory(folder)
    assert np.isnan(market.close["TLT"].iloc[-1])


@pytest.mark.parametrize(("dropped", "notes"), [(5, 0), (6, 1)])
def test_macro_end_and_holes_of_five_sessions_are_ordinary(
    folder: Path, dropped: int, notes: int
) -> None:
    lines = (folder / DGS10).read_text().splitlines()
    (folder / DGS10).write_text("\n".join(lines[:-dropped]) + "\n")
    hole = folder / "macro/BAMLH0A0HYM2.csv"
    for row in range(40, 40 + dropped):
        set_cell(hole, row, "value", "")
    found = [p for p in check_directory(folder) if p.file.startswith("macro/")]
    assert len(found) == 2 * notes
    if notes:
        assert f"no observation on {dropped} sessions after" in found[0].what
        assert found[0].row == 40 + dropped
    assert errors(folder) == []


def test_rows_beyond_the_benchmark_are_said_not_silently_dropped(folder: Path) -> None:
    lines = (folder / SPY).read_text().splitlines()
    (folder / SPY).write_text("\n".join(lines[:-2]) + "\n")
    notes = [p for p in check_directory(folder) if p.file == XLK]
    assert ["2 rows outside the market's" in p.what for p in notes] == [True]


def test_a_series_without_a_lag_is_a_note(folder: Path) -> None:
    (folder / "macro/NFCI.csv").write_text((folder / DGS10).read_text())
    (note,) = [p for p in check_directory(folder) if p.file == "macro/NFCI.csv"]
    assert note.severity is Severity.NOTE
    assert "feeds/publication.py" in note.mend


def test_a_missing_folder_is_one_problem(tmp_path: Path) -> None:
    (problem,) = check_directory(tmp_path / "nowhere")
    assert "no such folder" in problem.what
    with pytest.raises(DataError, match="no such folder"):
        load_directory(tmp_path / "nowhere")


def test_an_empty_folder_names_every_required_file(tmp_path: Path) -> None:
    assert len(check_directory(tmp_path)) == 10


ROWS = st.integers(2, 84)
NOT_NUMBERS = st.sampled_from(
    ["", "abc", "nan", "NaN", "inf", "-inf", "1.2.3", "True", "1 2", "$1"]
)


@st.composite
def corruptions(draw: st.DrawFn) -> tuple[str, Callable[[Path, int], str]]:
    """A column and a function (file, row) -> a cell that must not pass there."""
    kind = draw(st.sampled_from(["text", "sign", "volume", "range", "split", "date"]))
    if kind == "text":
        text = draw(NOT_NUMBERS)
        return draw(st.sampled_from([*PRICES, "volume"])), lambda path, row: text
    if kind == "sign":
        price = draw(st.floats(-1e9, 0))
        return draw(st.sampled_from(PRICES)), lambda path, row: repr(price)
    if kind == "volume":
        volume = draw(st.integers(-(10**9), -1))
        return "volume", lambda path, row: str(volume)
    if kind == "range":
        column, base, sign = draw(
            st.sampled_from(
                [
                    *((one, "high", 1) for one in ("open", "close", "low")),
                    *((one, "low", -1) for one in ("open", "close", "high")),
                ]
            )
        )
        step = draw(st.floats(1e-3, 10.0))
        return column, lambda path, row: repr(float(cell(path, row, base)) + sign * step)
    if kind == "split":
        ratio = draw(st.sampled_from([2, 3, 4, 5, 10, 1.5, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 0.1]))
        return "adj_close", lambda path, row: repr(float(cell(path, row, "adj_close")) * ratio)
    day = draw(st.dates().map(str) | st.text("0123456789-/", max_size=10))
    return "date", lambda path, row: day


@settings(deadline=None, max_examples=150)
@given(corruption=corruptions(), row=ROWS, ticker=st.sampled_from(["SPY", "XLK", "HYG"]))
def test_no_corrupted_cell_passes(
    corruption: tuple[str, Callable[[Path, int], str]], row: int, ticker: str
) -> None:
    column, damage = corruption
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for seed, one in enumerate(("SPY", "XLK", "HYG")):
            write(bars(seed), root / f"etf/{one}.csv")
        path = root / f"etf/{ticker}.csv"
        before = cell(path, row, column)
        after = damage(path, row)
        if after == before:
            return
        set_cell(path, row, column, after)
        with pytest.raises(DataError) as caught:
            load_directory(root, tickers=["SPY", "XLK", "HYG"], macro=[])
    found = [p for p in caught.value.problems if p.severity is Severity.ERROR]
    assert {p.file for p in found} == {f"etf/{ticker}.csv"}
    if column != "date":
        # A wrong first total return shows as the jump to the second.
        assert {row, row + 1} & {p.row for p in found}


def test_close_only_is_refused_where_the_ticker_is_traded(folder: Path) -> None:
    write(close_only(bars(4)), folder / XLK)
    assert {p.what.split()[0] for p in errors(folder)} == {"open", "high", "low", "volume"}
