from __future__ import annotations

import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from market_folder import FIRST, LAST, set_cell, write_folder

from feeds.directory import check_directory, load_directory
from feeds.market import BAR_FIELDS, MarketData
from feeds.problems import DataError, Severity
from feeds.sessions import nyse_sessions
from models.universe import BOND_ETFS, MACRO_SERIES, SECTORS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "market")


def to_parquet(root: Path, *, typed: bool) -> None:
    """Rewrite every CSV file as Parquet, its dates as dates (`typed`) or as text."""
    for path in list(root.rglob("*.csv")):
        save_parquet(pd.read_csv(path, parse_dates=["date"] if typed else []), path)
        path.unlink()


def save_parquet(frame: pd.DataFrame, beside: Path) -> None:
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.table("frame").write_parquet(str(beside.with_suffix(".parquet")))


def test_default_universe_in_order(folder: Path) -> None:
    market = load_directory(folder)
    present = [ticker for ticker in SECTORS if ticker != "XLRE"]
    assert market.tickers == ["SPY", *present, "HYG", "TLT"]
    assert list(market.macro) == ["BAMLH0A0HYM2", "DGS10"]
    assert market.sessions.equals(nyse_sessions(FIRST, LAST))
    assert market.source == "market"
    assert not market.synthetic


def test_every_cell_arrives_on_its_session(folder: Path) -> None:
    market = load_directory(folder)
    for ticker in ("SPY", "XLC", "TLT"):
        raw = pd.read_csv(folder / f"etf/{ticker}.csv", parse_dates=["date"], index_col="date")
        for field in BAR_FIELDS:
            column = "adj_close" if field == "total_return_close" else field
            got = getattr(market, field)[ticker]
            assert got.loc[raw.index].equals(raw[column].astype(float).rename(ticker))
            assert got[got.index < raw.index[0]].isna().all()


def test_macro_keeps_observation_dates_and_leaves_empty_cells_out(folder: Path) -> None:
    market = load_directory(folder)
    raw = pd.read_csv(folder / "macro/DGS10.csv", parse_dates=["date"], index_col="date")["value"]
    assert raw.isna().sum() == 1
    pd.testing.assert_series_equal(
        market.macro["DGS10"],
        raw.dropna().rename("DGS10"),
        check_index_type=False,
        check_names=False,
    )


def test_chosen_tickers_only_and_no_other_file_is_opened(folder: Path) -> None:
    (folder / "etf/XLE.csv").write_text("damaged")
    (folder / "macro/DGS10.csv").write_text("damaged")
    market = load_directory(folder, tickers=["XLK", "SPY", "XLK"], macro=["BAMLH0A0HYM2"])
    assert market.tickers == ["XLK", "SPY"]
    assert list(market.macro) == ["BAMLH0A0HYM2"]


def test_without_the_benchmark_the_longest_ticker_gives_the_sessions(folder: Path) -> None:
    market = load_directory(folder, tickers=["XLC", "HYG"], macro=[])
    assert market.sessions[0] == pd.Timestamp(FIRST)
    assert market.close["XLC"].first_valid_index() == pd.Timestamp("2020-03-02")


def test_asked_for_and_absent_is_an_error(folder: Path) -> None:
    with pytest.raises(DataError, match=r"etf/VGT.csv: the file is missing; add it") as caught:
        load_directory(folder, tickers=["SPY", "VGT"], macro=["MOVE"])
    assert [p.file for p in caught.value.problems] == ["etf/VGT.csv", "macro/MOVE.csv"]


def test_a_series_without_a_lag_is_an_error_only_when_asked_for(folder: Path) -> None:
    (folder / "macro/NFCI.csv").write_text((folder / "macro/DGS10.csv").read_text())
    assert "NFCI" not in load_directory(folder).macro
    with pytest.raises(DataError, match=r"no publication lag .*feeds/publication.py"):
        load_directory(folder, macro=["NFCI"])


def test_no_ticker_at_all_is_an_error(folder: Path) -> None:
    with pytest.raises(DataError, match="no ticker to read"):
        load_directory(folder, tickers=[], macro=[])


def test_source_is_the_folders_name_never_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert load_directory(Path()).source == "market"


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(folder: Path) -> None:
    digest = load_directory(folder).digest
    for path in folder.rglob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_directory(folder).digest == digest


@pytest.mark.parametrize("typed", [True, False])
def test_parquet_and_csv_are_the_same_market(tmp_path: Path, typed: bool) -> None:
    folder = write_folder(tmp_path / "odd [a*b?] 'name")
    from_csv = load_directory(folder)
    to_parquet(folder, typed=typed)
    from_parquet = load_directory(folder)
    assert not list(folder.rglob("*.csv"))
    assert from_parquet.digest == from_csv.digest
    assert [p.severity for p in check_directory(folder)] == [Severity.NOTE]


def test_parquet_faults_name_the_record(folder: Path) -> None:
    set_cell(folder / "etf/XLK.csv", 30, "volume", "-4")
    to_parquet(folder, typed=True)
    (folder / "etf/SPY.parquet").write_bytes(b"PAR1 but not really")
    (folder / "etf/XLE.parquet").write_bytes(b"")
    sound = duckdb.read_parquet(str(folder / "etf/XLB.parquet")).df()
    save_parquet(sound.assign(date=sound["date"].dt.tz_localize("UTC")), folder / "etf/XLU.x")
    save_parquet(sound.iloc[:0], folder / "etf/XLV.x")
    found = {p.file: p for p in check_directory(folder) if p.severity is Severity.ERROR}
    assert list(found) == [f"etf/{t}.parquet" for t in ("SPY", "XLE", "XLK", "XLU", "XLV")]
    assert "not Parquet" in found["etf/SPY.parquet"].what
    assert str(folder) not in found["etf/SPY.parquet"].what
    assert "empty" in found["etf/XLE.parquet"].what
    assert found["etf/XLK.parquet"].row == 29
    assert "time zone" in found["etf/XLU.parquet"].what
    assert "header without" in found["etf/XLV.parquet"].what


# ---- real data ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(real_data_dir: Path) -> MarketData:
    return load_directory(real_data_dir)


def total_return_pct(market: MarketData, ticker: str, year: int) -> float:
    prices = market.total_return_close[ticker]
    return 100 * float(prices[str(year)].iloc[-1] / prices[str(year - 1)].iloc[-1] - 1)


@pytest.mark.realdata
@pytest.mark.parametrize(("ticker", "pct"), [("SPY", -18.18), ("XLK", -27.73), ("XLE", 64.32)])
def test_known_total_returns_of_2022(real: MarketData, ticker: str, pct: float) -> None:
    assert total_return_pct(real, ticker, 2022) == pytest.approx(pct, abs=0.01)


@pytest.mark.realdata
def test_known_high_yield_spreads(real: MarketData) -> None:
    spread = real.macro["BAMLH0A0HYM2"]
    assert spread[pd.Timestamp("2020-03-23")] == 10.87
    assert spread.max() == 21.82
    assert spread.idxmax() == pd.Timestamp("2008-12-15")


@pytest.mark.realdata
def test_real_folder_has_no_error_and_its_notes_are_known(
    real: MarketData, real_data_dir: Path
) -> None:
    assert set(real.tickers) == {"SPY", *SECTORS, *BOND_ETFS}
    assert set(real.macro) == set(MACRO_SERIES)
    assert real.sessions.equals(nyse_sessions("1993-01-29", "2024-12-31"))
    found = check_directory(real_data_dir)
    assert [str(p) for p in found if p.severity is Severity.ERROR] == []
    kinds = {re.sub(r"^\S+ starts on \S+,", "starts", p.what) for p in found}
    assert kinds == {
        "starts after the market's (SPY) first session",
        "no publication lag is known for this series, so it is not read",
    }
    assert np.isnan(real.close["XLC"][pd.Timestamp("2018-06-18")])
    assert real.close["XLC"][pd.Timestamp("2018-06-19")] == 49.96
