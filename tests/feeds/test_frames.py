from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_folder import bars, close_only, write_folder

from feeds.directory import load_directory
from feeds.frames import from_frames
from feeds.market import MarketData
from feeds.problems import DataError


def frame(seed: int, first: str = "2020-01-02", last: str = "2020-04-30") -> pd.DataFrame:
    table = bars(seed, first, last)
    return table.set_index(pd.DatetimeIndex(table.pop("date")))


def frames_of(market: MarketData) -> dict[str, pd.DataFrame]:
    columns = {"adj_close": "total_return_close"} | {
        name: name for name in ("open", "high", "low", "close", "volume")
    }
    return {
        ticker: pd.DataFrame(
            {column: getattr(market, name)[ticker] for column, name in columns.items()}
        ).dropna(how="all")
        for ticker in market.tickers
    }


def test_memory_and_folder_give_the_same_market(tmp_path: Path) -> None:
    market = load_directory(write_folder(tmp_path))
    again = from_frames(frames_of(market), market.macro)
    assert again.digest == market.digest
    assert again.source == "memory"


def test_any_tickers_without_adj_close() -> None:
    one = frame(1).drop(columns="adj_close")
    market = from_frames({"AAA": one}, source="two lines", synthetic=True)
    assert market.tickers == ["AAA"]
    assert market.total_return_close["AAA"].equals(market.close["AAA"])
    assert (market.source, market.synthetic) == ("two lines", True)


def test_longest_ticker_gives_the_sessions_and_late_ones_wait() -> None:
    market = from_frames({"AAA": frame(1, "2020-02-03"), "BBB": frame(2)})
    assert market.sessions[0] == pd.Timestamp("2020-01-02")
    assert market.close["AAA"].first_valid_index() == pd.Timestamp("2020-02-03")
    assert market.tickers == ["AAA", "BBB"]


def test_benchmark_gives_the_sessions_although_shorter() -> None:
    market = from_frames({"AAA": frame(1), "SPY": frame(2, "2020-02-03")})
    assert market.sessions[0] == pd.Timestamp("2020-02-03")
    assert market.close["AAA"].notna().all()


def test_close_only_is_allowed_for_what_is_not_traded() -> None:
    market = from_frames({"SPY": frame(1), "BND": close_only(frame(2))})
    assert market.open["BND"].isna().all()
    assert market.close["BND"].notna().all()
    with pytest.raises(DataError, match="XLK, row 1: high is empty"):
        from_frames({"SPY": frame(1), "XLK": close_only(frame(2))})


def test_own_lags_admit_own_series() -> None:
    series = pd.Series([1.0, np.nan, 2.0], index=pd.date_range("2020-01-06", periods=3))
    market = from_frames({"AAA": frame(1)}, {"OWN": series}, publication_lags={"OWN": 3})
    assert market.macro["OWN"].tolist() == [1.0, 2.0]
    assert market.publication_lags == {"OWN": 3}
    with pytest.raises(DataError, match="OWN: no publication lag"):
        from_frames({"AAA": frame(1)}, {"OWN": series})


def test_all_faults_of_all_frames_are_said_with_positions() -> None:
    one, two = frame(1), frame(2)
    one.loc[one.index[4], "close"] = -1.0
    two = two.drop(index=two.index[9])
    text = pd.Series(["low", "1"], index=pd.date_range("2020-01-06", periods=2))
    with pytest.raises(DataError) as caught:
        from_frames({"AAA": one, "BBB": two, "CCC": frame(3).iloc[:0]}, {"DGS10": text})
    errors = [(p.file, p.row) for p in caught.value.problems if p.severity == "error"]
    assert errors == [("AAA", 5), ("BBB", 10), ("CCC", 0), ("DGS10", 1)]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: f.reset_index(drop=True), "not a DatetimeIndex; index it by session"),
        (lambda f: f.tz_localize("UTC"), "time zone"),
        (lambda f: f.set_axis(f.index + pd.Timedelta(hours=16)), "row 1: .* is not a date"),
        (lambda f: f.drop(columns="volume"), "column 'volume' is missing"),
        (lambda f: f.drop(columns="close"), "column 'close' is missing"),
        (lambda f: pd.concat([f, f["close"]], axis=1), "column 'close' stands twice"),
        (lambda f: f.rename(columns={"open": "Open"}), "rename 'Open' to 'open'"),
        (lambda f: f.iloc[::-1], "newest row stands first"),
    ],
)
def test_unusable_frames(damage, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=message):
        from_frames({"AAA": damage(frame(1))})


@settings(deadline=None, max_examples=30)
@given(first=st.integers(0, 60), length=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_inputs_are_never_changed_and_values_survive(first: int, length: int, seed: int) -> None:
    given_frame = frame(seed).iloc[first : first + length]
    before = given_frame.copy(deep=True)
    market = from_frames({"AAA": given_frame})
    pd.testing.assert_frame_equal(given_frame, before)
    assert market.sessions.equals(given_frame.index.as_unit("ns"))
    assert market.close["AAA"].to_list() == given_frame["close"].to_list()
