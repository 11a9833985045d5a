"""Regimes of a whole market: causal from raw data to names, refits included."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sector_market import QUICK, with_another_future

from feeds.bond_stress import market_stress
from feeds.market import MarketData
from feeds.market_regimes import FIT_COLUMNS, REGIME_COLUMNS, RULE, market_regimes
from feeds.recessions import in_recession
from models.markov_regimes import MARKOV_REGIMES
from models.regime_statistics import agreement, regime_summary
from models.regimes import NO_READING, REGIMES, STRESSED

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"
RECORD = (DECISIONS / "0014-regimes.md").read_text(encoding="utf-8")


def regimes_of(market: MarketData) -> tuple[pd.DataFrame, pd.DataFrame]:
    features, sources = market_stress(market, QUICK.stress)
    return market_regimes(market, features, sources, QUICK, lambda _: None)


def test_one_row_a_session_and_method(make_market: Callable[..., MarketData]) -> None:
    market = make_market(seed=3, first="2016-01-04", last="2018-12-31")
    titles: list[str] = []
    features, sources = market_stress(market, QUICK.stress)
    regimes, fits = market_regimes(market, features, sources, QUICK, titles.append)
    assert titles == ["regimes by rule", "regimes: markov credit", "regimes: markov rates"]
    assert tuple(regimes.columns) == REGIME_COLUMNS
    assert tuple(fits.columns) == FIT_COLUMNS
    assert len(regimes) == 3 * len(market.sessions)
    assert not regimes.duplicated(["session", "method"]).any()
    rule = regimes[regimes["method"] == RULE]
    assert set(rule["regime"]) <= set(REGIMES)
    assert set(regimes.loc[regimes["method"] != RULE, "regime"]) <= set(MARKOV_REGIMES)
    read = regimes["regime"] != NO_READING
    assert regimes.loc[read, "score"].between(0.0, 1.0).all()
    assert read.groupby(regimes["method"]).any().all()


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_later_changes_an_earlier_regime_or_refit(
    seed: int, make_market: Callable[..., MarketData]
) -> None:
    market = make_market(seed=seed, first="2015-01-02", last="2018-12-31")
    last = market.sessions[700 + 5 * seed]
    regimes, fits = regimes_of(market)
    early, early_fits = regimes["session"] <= last, fits["session"] <= last
    assert early_fits.any()
    for other in (with_another_future(market, last, seed), market.until(last)):
        after, after_fits = regimes_of(other)
        pd.testing.assert_frame_equal(
            regimes[early].reset_index(drop=True),
            after[after["session"] <= last].reset_index(drop=True),
            check_exact=True,
        )
        pd.testing.assert_frame_equal(
            fits[early_fits].reset_index(drop=True),
            after_fits[after_fits["session"] <= last].reset_index(drop=True),
            check_exact=True,
            check_dtype=False,
        )
        assert not regimes.equals(after)


@pytest.mark.realdata
def test_the_rule_on_real_data_meets_both_recessions(real_market: MarketData) -> None:
    market = real_market.until(pd.Timestamp("2019-12-31"))
    features, sources = market_stress(market)
    settings = type(QUICK)(channels=())
    regimes, fits = market_regimes(market, features, sources, settings, lambda _: None)
    assert fits.empty
    named = regimes.set_index("session")["regime"]
    assert named["2008-10-10"] == "stress"
    assert named["2000-06-30"] == "squeeze"
    assert named["2006-11-15"] == "late cycle"
    assert named["2013-12-31"] == "calm"
    found = agreement(named.tolist(), in_recession(market.sessions), STRESSED, NO_READING)
    assert (found.recessions, found.recessions_met) == (2, 2)
    figures = (found.sensitivity, found.precision, found.specificity, found.base_rate)
    shown = " | ".join(f"{100.0 * one:.1f} %" for one in figures)
    assert f"| rule: stress or squeeze | {shown} | 2 of 2 |" in RECORD
    for name, row in regime_summary(named.tolist(), tuple(REGIMES)).iterrows():
        shown = f"{row['sessions']:,.0f} | {row['share_pct']:.1f} % | {row['spells']:.0f} | "
        shown += f"{row['mean_sessions']:.1f} | {row['median_sessions']:g} |"
        assert re.search(rf"^\| {name}[^|]* \| {re.escape(shown)}$", RECORD, re.M), shown
