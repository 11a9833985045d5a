"""Tables of a sector database's regimes, against counts from the database itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from feeds.market import MarketData
from feeds.market_regimes import RegimeSettings
from feeds.sector_database import SectorDatabaseError, build_database, open_database
from models.markov_fit import MarkovConfig
from models.regimes import NO_READING, REGIMES, RegimeRule
from models.stress import StressConfig
from research.regime_report import refused_fits, regime_tables

SECTOR_RETURNS = "Return relative to the benchmark after each regime, % a year"
SETTINGS = RegimeSettings(
    stress=StressConfig(window=250, min_history=60),
    rule=RegimeRule(window=250, min_history=60),
    markov=MarkovConfig(min_history=60, starts=0, em_steps=3),
    channels=("credit", "rates"),
)


@pytest.fixture(scope="module")
def database(
    make_market: Callable[..., MarketData], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Load 1 spans a recession; load 2 has searches that cannot converge and another end."""
    path = tmp_path_factory.mktemp("report") / "sectors.duckdb"
    market = make_market(seed=4, first="2006-01-03", last="2009-12-31")
    build_database(market, path, "code", SETTINGS)
    hurried = replace(SETTINGS, markov=replace(SETTINGS.markov, max_iterations=1, em_steps=0))
    build_database(market.until(pd.Timestamp("2009-06-30")), path, "code", hurried)
    return path


def regimes_by_rule(database: Path) -> pd.Series:
    with open_database(database) as connection:
        frame = connection.execute(
            "SELECT session, regime FROM regimes WHERE load_id = 1 AND method = 'rule' "
            "ORDER BY session"
        ).df()
    return frame.set_index(pd.DatetimeIndex(frame["session"]))["regime"]


def test_the_rule_is_summarised(database: Path) -> None:
    tables = regime_tables(database, load_id=1)
    named = regimes_by_rule(database)
    summary = tables["Regimes by rule"].set_index("regime")
    assert summary.index.tolist() == list(REGIMES)
    counted = named.value_counts()
    for regime, sessions in summary["sessions"].items():
        assert sessions == counted.get(regime, 0)
    assert summary["share, %"].sum() == pytest.approx(100.0)
    matrix = tables["From one session to the next, by rule, %"].set_index("from / to")
    rows = matrix.sum(axis=1)[list(named[:-1].unique())]
    np.testing.assert_allclose(rows, 100.0)
    follows = named.shift(-1)[named == "calm"].dropna()
    assert matrix.loc["calm", "calm"] == pytest.approx(100.0 * (follows == "calm").mean())


def test_a_mean_of_a_few_sessions_is_left_out_and_their_number_shown(
    make_market: Callable[..., MarketData], tmp_path: Path
) -> None:
    path = tmp_path / "sectors.duckdb"
    market = make_market(seed=4, first="2016-01-04", last="2016-12-28")
    build_database(market, path, "code", replace(SETTINGS, channels=()))
    sectors = regime_tables(path)[SECTOR_RETURNS]
    counts = [column for column in sectors if column.endswith(", sessions")]
    assert 0 < sectors[counts].iloc[0].sum() < 21
    assert sectors.drop(columns=["sector", *counts]).isna().all(axis=None)


def test_sectors_show_counts(database: Path) -> None:
    sectors = regime_tables(database, load_id=1)[SECTOR_RETURNS]
    named = regimes_by_rule(database)
    assert sectors["sector"].str.startswith("XL").all()
    shown = [name for name in REGIMES if name != NO_READING]
    assert not any(NO_READING in column for column in sectors)
    for regime in shown:
        count = int((named[:-1] == regime).sum())
        assert (sectors[f"{regime}, sessions"] == count).all()
        assert sectors[regime].isna().all() == (count < 21)


def test_recessions_are_compared_session_by_session(database: Path) -> None:
    table = regime_tables(database, load_id=1)["Agreement with NBER recessions, in hindsight"]
    assert table["method"].tolist() == ["rule", "markov credit", "markov rates"]
    named = regimes_by_rule(database)
    read = named[named != NO_READING]
    # Of this market's sessions only 2008-01 to 2009-06 lie in a recession.
    inside = (read.index >= "2008-01-01") & (read.index <= "2009-06-30")
    signal = read.isin(["stress", "squeeze"]).to_numpy()
    row = table.iloc[0]
    assert row["sensitivity, %"] == pytest.approx(100.0 * signal[inside].mean())
    assert row["precision, %"] == pytest.approx(100.0 * inside[signal].mean())
    assert row["base rate, %"] == pytest.approx(100.0 * inside.mean())
    assert row["recessions met"] in {"0 of 1", "1 of 1"}


def test_refused_refits_are_counted_and_named(database: Path) -> None:
    title = "Turbulence by channel, Markov-switching"
    good, bad = regime_tables(database, 1)[title], regime_tables(database)[title]
    assert good["method"].tolist() == bad["method"].tolist() == ["markov credit", "markov rates"]
    lines = refused_fits(database)
    assert len(lines) == bad["of them refused"].sum() > good["of them refused"].sum()
    assert lines[0].startswith("markov credit, 2008-01-0")
    assert "no search from 1 starting points converged; no reading until a later refit" in lines[0]
    assert bad["first reading"].tolist() == ["none", "none"]
    assert bad["turbulent, %"].isna().all()
    assert len(refused_fits(database, 1)) == good["of them refused"].sum()


def test_a_database_of_the_rule_alone_has_tables_too(
    make_market: Callable[..., MarketData], tmp_path: Path
) -> None:
    path = tmp_path / "sectors.duckdb"
    market = make_market(seed=4, first="2016-01-04", last="2016-12-30", macro=())
    build_database(market, path, "code", replace(SETTINGS, channels=()))
    tables = regime_tables(path)
    # Bond funds alone give no sign of the slope, hence no regime.
    summary = tables["Regimes by rule"].set_index("regime")
    assert summary.loc[NO_READING, "share, %"] == 100.0
    assert len(tables["Turbulence by channel, Markov-switching"]) == 0
    assert tables["Agreement with NBER recessions, in hindsight"].loc[0, "sessions"] == 0
    assert refused_fits(path) == []


def test_a_synthetic_market_is_not_compared_with_recessions(
    make_market: Callable[..., MarketData], tmp_path: Path
) -> None:
    path = tmp_path / "sectors.duckdb"
    market = make_market(seed=4, first="2008-01-02", last="2008-12-31")
    build_database(replace(market, synthetic=True), path, "code", replace(SETTINGS, channels=()))
    assert not any("recession" in title for title in regime_tables(path))


def test_an_unknown_load_is_one_line(database: Path) -> None:
    with pytest.raises(SectorDatabaseError, match="load 7: the database holds loads 1 to 2"):
        regime_tables(database, 7)
