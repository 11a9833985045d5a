"""The sector database: round trip, versions, views against pandas, bad files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sector_market import QUICK, with_another_future

from feeds import sector_database
from feeds.bond_stress import market_stress
from feeds.cache import open_cache
from feeds.market import MarketData
from feeds.market_regimes import RULE, market_regimes
from feeds.recessions import recession_table
from feeds.sector_database import (
    Load,
    SectorDatabaseError,
    build_database,
    default_database_path,
    open_database,
    resolve_load,
)
from models.regime_statistics import days_in_state, spells

CODE = "code one"


@pytest.fixture(scope="module")
def market(make_market: Callable[..., MarketData]) -> MarketData:
    return make_market(seed=5, first="2016-01-04", last="2018-12-31", late={"XLC": "2018-06-19"})


@pytest.fixture(scope="module")
def database(market: MarketData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two loads: the market, and the same with another last half-year."""
    path = tmp_path_factory.mktemp("database") / "sectors.duckdb"
    assert build_database(market, path, CODE, QUICK) == Load(1, added=True)
    other = with_another_future(market, pd.Timestamp("2018-06-29"), 7)
    assert build_database(other, path, CODE, QUICK) == Load(2, added=True)
    return path


@pytest.fixture
def connection(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(database) as opened:
        yield opened


def dated(frame: pd.DataFrame, column: str = "session") -> pd.DataFrame:
    return frame.assign(**{column: pd.to_datetime(frame[column])})


def wide(
    connection: duckdb.DuckDBPyConnection, sql: str, columns: str, values: str
) -> pd.DataFrame:
    frame = dated(connection.execute(sql).df())
    return frame.pivot_table(
        index="session", columns=columns, values=values, dropna=False, observed=False
    )


def test_prices_and_total_returns_come_back(
    connection: duckdb.DuckDBPyConnection, market: MarketData
) -> None:
    for name in ("open", "high", "low", "close", "volume"):
        found = wide(connection, "SELECT * FROM prices WHERE load_id = 1", "ticker", name)
        expected = getattr(market, name)[list(found.columns)]
        np.testing.assert_array_equal(found, expected)
    sql = "SELECT * FROM total_returns WHERE load_id = 1"
    returns = wide(connection, sql, "ticker", "daily_return")
    expected = market.total_return_close[list(returns.columns)].pct_change(fill_method=None)
    np.testing.assert_allclose(returns, expected, atol=1e-7)
    levels = wide(connection, sql, "ticker", "index_level")
    assert levels.loc["2018-06-19", "XLC"] == 100.0
    assert levels.loc[:"2018-06-18", "XLC"].isna().all()
    stored = connection.execute("SELECT count(*) FROM prices WHERE isnan(volume)").fetchone()
    assert stored == (0,)


def test_stress_sources_and_regimes_come_back(
    connection: duckdb.DuckDBPyConnection, market: MarketData
) -> None:
    features, sources = market_stress(market, QUICK.stress)
    regimes, fits = market_regimes(market, features, sources, QUICK, lambda _: None)
    found = wide(connection, "SELECT * FROM stress WHERE load_id = 1", "feature", "value")
    known = features.dropna(how="all")
    np.testing.assert_array_equal(found, known[list(found.columns)])
    assert set(found.columns) == set(features.columns)
    stored = dated(connection.execute("SELECT * FROM stress_sources WHERE load_id = 1").df())
    pivoted = stored.pivot_table(
        index="session", columns="channel", values="source", aggfunc="first"
    )
    named = sources.reindex(pivoted.index)[list(pivoted.columns)]
    assert (pivoted.fillna("") == named).all(axis=None)
    assert (sources.drop(pivoted.index) == "").all(axis=None)
    order = ["method", "session"]
    back = dated(
        connection.execute("SELECT * EXCLUDE (load_id) FROM regimes WHERE load_id = 1").df()
    )
    pd.testing.assert_frame_equal(
        back.sort_values(order, ignore_index=True)[list(regimes.columns)],
        regimes.sort_values(order, ignore_index=True),
        check_dtype=False,
        check_exact=True,
    )
    fitted = connection.execute(
        "SELECT * EXCLUDE (load_id) FROM regime_fits WHERE load_id = 1"
    ).df()
    assert len(fitted) == len(fits) > 0
    np.testing.assert_array_equal(fitted["variance_turbulent"], fits["variance_turbulent"])
    listed = dated(
        dated(connection.execute("SELECT * FROM recessions").df(), "first_day"), "last_day"
    )
    np.testing.assert_array_equal(listed["first_day"], recession_table()["first_day"])


def test_drawdowns_and_relative_strength_are_those_of_pandas(
    connection: duckdb.DuckDBPyConnection, market: MarketData
) -> None:
    closes = market.total_return_close
    found = wide(connection, "SELECT * FROM drawdowns WHERE load_id = 1", "ticker", "drawdown_pct")
    expected = 100.0 * (closes / closes.cummax() - 1.0)
    np.testing.assert_allclose(found, expected[list(found.columns)], atol=1e-5)
    sql = "SELECT * FROM relative_strength WHERE load_id = 1"
    strength = wide(connection, sql, "ticker", "relative_strength")
    assert "SPY" not in strength
    assert "HYG" not in strength
    ratio = closes[list(strength.columns)].div(closes["SPY"], axis=0)
    np.testing.assert_allclose(strength, ratio / ratio.bfill().iloc[0], rtol=1e-6)
    change = wide(connection, sql, "ticker", "change_252_pct")
    np.testing.assert_allclose(change, 100.0 * (ratio / ratio.shift(252) - 1.0), atol=1e-4)
    below = wide(connection, sql, "ticker", "below_252_high_pct")
    high = ratio.rolling(252, min_periods=1).max()
    np.testing.assert_allclose(below, 100.0 * (ratio / high - 1.0), atol=1e-4)


def test_returns_by_regime_are_those_of_the_session_after(
    connection: duckdb.DuckDBPyConnection, market: MarketData
) -> None:
    regimes = dated(connection.execute("SELECT * FROM regimes WHERE load_id = 1").df())
    found = connection.execute("SELECT * FROM sector_regime_returns WHERE load_id = 1").df()
    returns = market.total_return_close.pct_change(fill_method=None)
    cells = 0
    for method, mine in regimes.groupby("method"):
        returned = found[found["method"] == method]
        held = mine.set_index("session")["regime"].sort_index().shift()
        for regime in held.dropna().unique():
            for ticker in ("XLK", "XLC"):
                ahead = (returns[ticker] - returns["SPY"])[held == regime].dropna()
                cell = returned.query("regime == @regime and ticker == @ticker")
                assert len(cell) == (len(ahead) > 0)
                if len(ahead) < 2:
                    continue
                row = cell.iloc[0]
                cells += 1
                assert row["sessions"] == len(ahead)
                assert row["relative_pct_per_year"] == pytest.approx(25200 * ahead.mean(), abs=1e-4)
                deviation = ahead.std(ddof=1)
                assert row["relative_volatility_pct"] == pytest.approx(
                    100 * np.sqrt(252) * deviation, rel=1e-4
                )
                assert row["relative_t"] == pytest.approx(
                    ahead.mean() / deviation * np.sqrt(len(ahead)), abs=1e-4
                )
                assert row["sessions_ahead_pct"] == pytest.approx(100 * (ahead > 0).mean())
    assert cells > 8


def test_sectors_count_from_their_redefinition_on(
    make_market: Callable[..., MarketData], tmp_path: Path
) -> None:
    early = make_market(seed=2, first="2002-03-01", last="2002-12-31")
    path = tmp_path / "sectors.duckdb"
    build_database(early, path, CODE, replace(QUICK, channels=()))
    with open_database(path) as opened:
        first = opened.execute("SELECT min(session) FROM newest_relative_strength").fetchone()
        kinds = opened.execute("SELECT DISTINCT kind FROM newest_instruments").fetchall()
    assert str(first[0]) == "2002-07-01"  # type: ignore[index]
    assert {row[0] for row in kinds} == {"benchmark", "sector", "bond fund"}


def test_days_in_state_and_spells_are_those_of_the_model(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    regimes = dated(connection.execute("SELECT * FROM newest_regimes").df())
    days = dated(connection.execute("SELECT * FROM newest_days_in_state").df())
    runs = connection.execute("SELECT * FROM newest_regime_spells").df()
    for method, mine in regimes.groupby("method"):
        names = mine.sort_values("session")["regime"].tolist()
        counted = days[days["method"] == method].sort_values("session")
        assert counted["days_in_state"].tolist() == days_in_state(names).tolist()
        expected = spells(names)
        found = runs[runs["method"] == method].sort_values("spell")
        assert found["regime"].tolist() == expected["regime"].tolist()
        assert found["sessions"].tolist() == expected["sessions"].tolist()
        assert found["sessions"].sum() == len(names)
    assert (regimes["method"] == RULE).any()


def test_the_same_load_adds_nothing(database: Path, market: MarketData) -> None:
    before = database.read_bytes()
    renamed = replace(market, source="the same from elsewhere")
    assert build_database(renamed, database, CODE, QUICK) == Load(1, added=False)
    assert database.read_bytes() == before


def test_changed_data_code_or_settings_add_a_load_and_keep_the_old(
    make_market: Callable[..., MarketData], tmp_path: Path
) -> None:
    path = tmp_path / "new folder" / "sectors.duckdb"
    small = make_market(seed=8, first="2016-01-04", last="2017-06-30")
    plain = replace(QUICK, channels=())
    older = "SELECT * FROM regimes WHERE load_id = 1 ORDER BY session"
    assert build_database(small, path, CODE, plain) == Load(1, added=True)
    with open_database(path) as opened:
        kept = opened.execute(older).df()
    shorter = small.until(pd.Timestamp("2017-05-31"))
    strict = replace(plain, rule=replace(plain.rule, enter=0.9))
    assert build_database(shorter, path, CODE, plain) == Load(2, added=True)
    assert build_database(shorter, path, "code two", plain) == Load(3, added=True)
    assert build_database(shorter, path, "code two", strict) == Load(4, added=True)
    assert build_database(small, path, CODE, plain) == Load(1, added=False)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    with open_database(path) as opened:
        pd.testing.assert_frame_equal(opened.execute(older).df(), kept)
        assert resolve_load(opened, None) == 4
        assert resolve_load(opened, 2) == 2
        with pytest.raises(SectorDatabaseError, match="load 9: the database holds loads 1 to 4"):
            resolve_load(opened, 9)
        newest = opened.execute("SELECT max(session) FROM newest_prices").fetchone()
        first = opened.execute("SELECT max(session) FROM prices WHERE load_id = 1").fetchone()
        loads = opened.execute("SELECT * FROM loads ORDER BY load_id").df()
    assert (str(newest[0]), str(first[0])) == ("2017-05-31", "2017-06-30")  # type: ignore[index]
    assert loads["digest"].tolist() == [small.digest, *[shorter.digest] * 3]
    assert loads["sessions"].tolist() == [len(small.sessions), *[len(shorter.sessions)] * 3]


def garbage(path: Path) -> None:
    path.write_bytes(b"date,open\n2016-01-04,1\n" * 500)


def truncated(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def damaged_header(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:12288] = bytes(8192)
    path.write_bytes(bytes(content))


def cache_of_downloads(path: Path) -> None:
    path.unlink()
    with open_cache(path):
        pass


def sqlite_file(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE loads (load_id INTEGER)")
    other.close()


def older_format(path: Path) -> None:
    with duckdb.connect(str(path)) as opened:
        opened.execute("UPDATE format SET name = 'bellwether sector database 0'")


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (garbage, "damaged or no DuckDB file"),
        (truncated, "damaged or no DuckDB file"),
        (empty, "damaged or no DuckDB file"),
        (damaged_header, "damaged or no DuckDB file"),
        (cache_of_downloads, "no sector database of this version"),
        (sqlite_file, "damaged or no DuckDB file"),
        (older_format, "no sector database of this version"),
    ],
)
def test_a_damaged_or_foreign_file_is_one_line_and_stays_as_it_is(
    spoil: Callable[[Path], None], line: str, database: Path, market: MarketData, tmp_path: Path
) -> None:
    path = tmp_path / "sectors.duckdb"
    path.write_bytes(database.read_bytes())
    spoil(path)
    content = path.read_bytes()
    with pytest.raises(SectorDatabaseError, match=line) as refusal:
        build_database(market, path, CODE, QUICK)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    with pytest.raises(SectorDatabaseError, match=line), open_database(path) as opened:
        opened.execute("SELECT sum(close), count(volume) FROM prices").fetchall()
    assert path.read_bytes() == content


def test_the_log_of_a_deleted_database_does_not_spoil_a_new_one(
    make_market: Callable[..., MarketData], tmp_path: Path
) -> None:
    log = tmp_path / "sectors.duckdb.wal"
    log.write_bytes(b"left behind" * 100)
    small = make_market(seed=8, first="2016-01-04", last="2016-06-30")
    path = tmp_path / "sectors.duckdb"
    build_database(small, path, CODE, replace(QUICK, channels=()))
    assert not log.exists()
    with open_database(path) as opened:
        assert resolve_load(opened, None) == 1


def test_a_writer_that_is_killed_leaves_the_loads_that_were_there(
    database: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sectors.duckdb"
    path.write_bytes(database.read_bytes())
    write = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1]); c.execute('BEGIN');"
        "c.execute('INSERT INTO prices SELECT 3, * EXCLUDE (load_id) FROM prices');"
        "print('written', flush=True); input()"
    )
    command = [sys.executable, "-c", write, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        writer.kill()
    with open_database(path) as opened:
        assert opened.execute("SELECT max(load_id) FROM prices").fetchone() == (2,)
        assert opened.execute("SELECT count(*) FROM loads").fetchone() == (2,)


def test_no_file_is_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(SectorDatabaseError, match="no sector database"),
        open_database(tmp_path / "absent.duckdb"),
    ):
        pass


def test_a_file_in_use_is_one_line(database: Path, market: MarketData, tmp_path: Path) -> None:
    path = tmp_path / "sectors.duckdb"
    path.write_bytes(database.read_bytes())
    hold = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    command = [sys.executable, "-c", hold, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SectorDatabaseError, match="in use by another process"):
            build_database(market, path, "code two", QUICK)
        holder.communicate("\n")


def test_what_fails_half_way_leaves_nothing(
    database: Path, market: MarketData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = replace(QUICK, channels=())
    monkeypatch.setattr(sector_database, "LOADED", ("prices", "no such table"))
    fresh = tmp_path / "fresh.duckdb"
    with pytest.raises(KeyError):
        build_database(market, fresh, CODE, plain)
    assert list(tmp_path.iterdir()) == []
    held = tmp_path / "held.duckdb"
    held.write_bytes(database.read_bytes())
    with pytest.raises(KeyError):
        build_database(market, held, "code two", plain)
    with open_database(held) as opened:
        assert opened.execute("SELECT count(*) FROM loads").fetchone() == (2,)
        assert opened.execute("SELECT max(load_id) FROM prices").fetchone() == (2,)


def test_the_default_place_is_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_database_path().name == "sectors.duckdb"
    assert default_database_path().parent.name == "bellwether"
