"""The live source against a local server that speaks the vendors' formats."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from vendor_server import VendorServer

from feeds.cache import open_cache
from feeds.fred import fetch_series
from feeds.market import MarketData
from feeds.retry import RetryPolicy, SourceError
from feeds.yahoo import TICKERS, Vendors, last_complete_session, load_yahoo, pull
from models.universe import MACRO_SERIES, SECTORS

NOW = pd.Timestamp("2003-12-31 22:00", tz="UTC")


@pytest.fixture(scope="module")
def history(make_market: Callable[..., MarketData]) -> MarketData:
    return make_market(first="2003-01-02", last="2003-12-31", late={"XLC": "2003-06-02"})


def serve(history: MarketData) -> VendorServer:
    running = VendorServer()
    for ticker in TICKERS:
        source = ticker if ticker in history.tickers else "IEF"
        frame = pd.DataFrame(
            {n: getattr(history, n)[source] for n in ("open", "high", "low", "close", "volume")}
        )
        frame["adj_close"] = history.total_return_close[source].round(6)
        running.bars[ticker] = frame.dropna()
    running.macro = {name: series for name, series in history.macro.items() if name != "MOVE"}
    move = history.macro["MOVE"]
    running.bars["^MOVE"] = pd.DataFrame(
        dict.fromkeys(("open", "high", "low", "close", "adj_close"), move) | {"volume": 0 * move}
    )
    return running


@pytest.fixture
def server(history: MarketData) -> Iterator[VendorServer]:
    running = serve(history)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def filled(history: MarketData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds everything."""
    running = serve(history)
    path = tmp_path_factory.mktemp("cache") / "m.duckdb"
    load_yahoo(path, vendors_of(running, []))
    running.stop()
    return path


@pytest.fixture
def cache(filled: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(filled, tmp_path / "m.duckdb"))


def vendors_of(server: VendorServer, waits: list[float]) -> Vendors:
    return Vendors(
        fred_url=f"{server.url}/graph/fredgraph.csv",
        session=server.session,
        retry=RetryPolicy(sleep=waits.append),
        now=lambda: NOW,
    )


def make_stale(path: Path, *names: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for name in names:
            connection.execute("DELETE FROM loads WHERE name = ?", [name])


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def vendors(server: VendorServer, waits: list[float]) -> Vendors:
    return vendors_of(server, waits)


def later(vendors: Vendors, when: str) -> Vendors:
    moment = pd.Timestamp(when, tz="UTC")
    return Vendors(vendors.fred_url, vendors.session, vendors.retry, lambda: moment)


def dump(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [
            *connection.execute("FROM prices ORDER BY ALL").fetchall(),
            *connection.execute("FROM macro ORDER BY ALL").fetchall(),
        ]


def test_the_market_arrives_as_the_vendors_sent_it(
    history: MarketData, vendors: Vendors, waits: list[float], tmp_path: Path
) -> None:
    market = load_yahoo(tmp_path / "m.duckdb", vendors)
    assert market.sessions.equals(history.sessions)
    assert market.source == "yahoo"
    assert market.notices == ()
    for name in ("open", "high", "low", "close", "volume"):
        pd.testing.assert_frame_equal(
            getattr(market, name)[history.tickers], getattr(history, name), rtol=1e-6
        )
    pd.testing.assert_frame_equal(
        market.total_return_close[history.tickers], history.total_return_close, rtol=1e-6
    )
    assert set(market.macro) == set(MACRO_SERIES)
    for series_id, series in history.macro.items():
        np.testing.assert_allclose(market.macro[series_id], series, rtol=1e-6)
    assert market.close["XLC"].first_valid_index() == pd.Timestamp("2003-06-02")
    assert waits == []


def test_a_second_run_asks_nobody_and_is_the_same(
    server: VendorServer, vendors: Vendors, tmp_path: Path
) -> None:
    path = tmp_path / "m.duckdb"
    first = load_yahoo(path, vendors)
    server.requests.clear()
    second = load_yahoo(path, vendors)
    assert server.requests == []
    assert second.digest == first.digest


def test_offline_the_cache_serves_and_says_until_when(
    server: VendorServer, vendors: Vendors, cache: Path
) -> None:
    first = load_yahoo(cache, vendors)
    offline = later(vendors, "2004-03-01 22:00")
    server.stop()
    server.stop = lambda: None  # type: ignore[method-assign]
    market = load_yahoo(cache, offline)
    assert market.digest == first.digest
    (notice,) = market.notices
    assert "no connection" in notice
    assert "2003-12-31" in notice


def test_offline_with_an_empty_cache_is_one_clear_line(
    server: VendorServer, vendors: Vendors, tmp_path: Path, waits: list[float]
) -> None:
    server.stop()
    server.stop = lambda: None  # type: ignore[method-assign]
    with pytest.raises(SourceError, match=r"no connection.*data pull") as error:
        load_yahoo(tmp_path / "m.duckdb", vendors)
    assert "\n" not in str(error.value)
    # One series was tried to the end, the others not at all.
    assert len(waits) == vendors.retry.tries - 1


@pytest.mark.parametrize("fault", ["429", "500", "cut", "html", "empty"])
@pytest.mark.parametrize("name", ["XLK", "DGS10", "MOVE"])
def test_a_passing_fault_is_outlasted(
    server: VendorServer,
    vendors: Vendors,
    waits: list[float],
    cache: Path,
    fault: str,
    name: str,
) -> None:
    make_stale(cache, name)
    # yfinance asks a second time by itself, with another cookie, after an HTTP error.
    server.faults["^MOVE" if name == "MOVE" else name] = [fault, fault]
    market = load_yahoo(cache, vendors)
    assert market.notices == ()
    assert 1 <= len(waits) <= 2
    if (fault, name) == ("429", "DGS10"):
        assert waits[0] == 7.0  # what Retry-After asked for


@pytest.mark.parametrize("fault", ["429", "500", "cut", "html", "empty", "half", "unknown"])
@pytest.mark.parametrize("name", ["XLF", "BAA10Y"])
def test_a_lasting_fault_never_harms_what_is_cached(
    server: VendorServer, vendors: Vendors, cache: Path, fault: str, name: str
) -> None:
    before = dump(cache)
    make_stale(cache, name)
    server.always[name] = fault
    market = load_yahoo(cache, vendors)
    (notice,) = market.notices
    assert notice.startswith(f"not updated: {name} (")
    assert "\n" not in notice
    assert dump(cache) == before


def test_pull_downloads_everything_and_says_what_failed(
    server: VendorServer, vendors: Vendors, cache: Path
) -> None:
    server.always["XLF"] = "500"
    results = dict(pull(cache, vendors))
    assert list(results) == [*TICKERS, *MACRO_SERIES]
    assert {name for name, reason in results.items() if reason} == {"XLF"}


def test_a_fund_that_cannot_be_updated_ends_the_market_where_it_ends(
    server: VendorServer, vendors: Vendors, tmp_path: Path
) -> None:
    path = tmp_path / "m.duckdb"
    load_yahoo(path, later(vendors, "2003-11-28 23:00"))
    server.always["XLU"] = "500"
    market = load_yahoo(path, vendors)
    assert market.sessions[-1] == pd.Timestamp("2003-11-28")
    assert market.notices[0].startswith("not updated: XLU (")


def test_spreads_that_the_vendor_forgot_stay_in_the_cache(
    server: VendorServer, vendors: Vendors, cache: Path
) -> None:
    whole = load_yahoo(cache, vendors).macro["BAMLH0A0HYM2"]
    recent = server.macro["BAMLH0A0HYM2"].iloc[-100:] + 0.01  # and restated what it still serves
    server.macro["BAMLH0A0HYM2"] = recent
    make_stale(cache, "BAMLH0A0HYM2")
    kept = load_yahoo(cache, vendors).macro["BAMLH0A0HYM2"]
    pd.testing.assert_series_equal(kept.iloc[:-100], whole.iloc[:-100])
    np.testing.assert_allclose(kept.iloc[-100:], recent)


def test_adjustment_restates_a_funds_whole_past(
    server: VendorServer, vendors: Vendors, cache: Path
) -> None:
    before = load_yahoo(cache, vendors).total_return_close["XLK"]
    server.bars["XLK"]["adj_close"] *= 0.99
    make_stale(cache, "XLK")
    after = load_yahoo(cache, vendors).total_return_close["XLK"]
    np.testing.assert_allclose(after, before * 0.99, rtol=1e-6)


def test_damaged_prices_are_refused_with_their_place(
    server: VendorServer, vendors: Vendors, cache: Path
) -> None:
    before = dump(cache)
    server.bars["XLE"].iloc[50, server.bars["XLE"].columns.get_loc("low")] = -1.0
    make_stale(cache, "XLE")
    (notice,) = load_yahoo(cache, vendors).notices
    assert "XLE, row 51" in notice
    assert dump(cache) == before


def test_missing_observations_are_no_observations(
    server: VendorServer,
) -> None:
    server.macro["DGS10"] = server.macro["DGS10"].copy()
    server.macro["DGS10"].iloc[10:13] = np.nan
    series = fetch_series("DGS10", f"{server.url}/graph/fredgraph.csv")
    assert len(series) == len(server.macro["DGS10"]) - 3


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2024-07-05 20:15", "2024-07-03"),  # 16:15 in New York: not final yet
        ("2024-07-05 20:45", "2024-07-05"),
        ("2024-07-05 13:00", "2024-07-03"),  # the 4th is a holiday
        ("2024-07-07 12:00", "2024-07-05"),  # a Sunday
    ],
)
def test_an_unfinished_session_is_left_out(now: str, last: str) -> None:
    assert last_complete_session(pd.Timestamp(now, tz="UTC")) == pd.Timestamp(last)


def test_todays_unfinished_bar_is_not_stored(
    server: VendorServer, vendors: Vendors, tmp_path: Path
) -> None:
    market = load_yahoo(tmp_path / "m.duckdb", later(vendors, "2003-12-31 15:00"))
    assert market.sessions[-1] == pd.Timestamp("2003-12-30")


HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"


def test_a_cache_in_use_is_one_clear_line(vendors: Vendors, tmp_path: Path) -> None:
    path = tmp_path / "m.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SourceError, match=r"m\.duckdb is in use by another process"):
            load_yahoo(path, vendors)
        holder.communicate("\n")


def test_a_damaged_cache_is_one_clear_line(vendors: Vendors, tmp_path: Path) -> None:
    path = tmp_path / "m.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(SourceError, match=r"m\.duckdb is damaged; delete it"):
        load_yahoo(path, vendors)


KILLED = """
import os, sys
import pandas as pd
from feeds.cache import open_cache, MarketCache
from pathlib import Path

note = MarketCache._note
def die(self, name, *rest):
    if name == "XLB":
        os._exit(9)  # in the middle of a transaction, rows written, not committed
    note(self, name, *rest)
MarketCache._note = die
days = pd.bdate_range("2024-01-01", periods=3, name="date")
bars = pd.DataFrame({c: 2.0 for c in "open high low close adj_close volume".split()}, index=days)
with open_cache(Path(sys.argv[1])) as cache:
    for ticker in ("XLK", "XLB"):
        cache.replace_prices(ticker, bars, pd.Timestamp("2024-01-04"))
"""


def test_a_killed_download_leaves_a_usable_cache(tmp_path: Path) -> None:
    path = tmp_path / "m.duckdb"
    days = pd.bdate_range("2024-01-01", periods=2, name="date")
    columns = ["open", "high", "low", "close", "adj_close", "volume"]
    old = pd.DataFrame(1.0, index=days, columns=columns)
    with open_cache(path) as cache:
        cache.replace_prices("XLB", old, pd.Timestamp("2024-01-03"))
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=root, check=False)
    assert done.returncode == 9
    with open_cache(path) as cache:
        assert len(cache.prices("XLK")) == 3
        np.testing.assert_array_equal(cache.prices("XLB").to_numpy(), old.to_numpy())
        assert cache.loaded_at("XLB") == pd.Timestamp("2024-01-03")


def test_every_ticker_and_series_is_asked_for_once(
    server: VendorServer, vendors: Vendors, tmp_path: Path
) -> None:
    load_yahoo(tmp_path / "m.duckdb", vendors)
    expected = [*TICKERS, *("^MOVE" if name == "MOVE" else name for name in MACRO_SERIES)]
    assert sorted(server.requests) == sorted(expected)
    assert set(SECTORS) < set(server.requests)
