"""Where to go from what is warned of, as a run records it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from feeds.market import MarketData
from feeds.synthetic import SyntheticConfig, synthetic_market
from research.config import RunConfig, load_config
from research.run import RunResult, run

EAGER = {"warning_level": 0.52, "warning_lift": 0.04}


@pytest.fixture(scope="module")
def leading_market() -> MarketData:
    """Ten years in which stress leads the sectors by 40 sessions."""
    return synthetic_market(SyntheticConfig(seed=3, last="2014-12-31"))


@pytest.fixture(scope="module")
def warned_run(leading_market: MarketData) -> RunResult:
    settings = load_config(
        period__start=date(2011, 1, 1),
        period__end=date(2012, 12, 31),
        strategy__params=EAGER,
    )
    return run(leading_market, settings)


def test_every_opening_and_every_decision_under_a_warning_brings_a_ranking(
    warned_run: RunResult,
) -> None:
    found = warned_run.tables["recommendations"]
    warnings = warned_run.tables["warnings"]
    standing = warnings[warnings["open"]]
    opened = set(standing.loc[standing["sessions_open"] == 0, "date"])
    decided = set(warned_run.tables["decisions"]["date"]) & set(standing["date"])
    first = warned_run.tables["equity"]["date"].iloc[0]
    measured = found[found["date"] >= first]
    named = standing.groupby("date")["ticker"].agg(set)
    # Where every classic defensive is itself warned of there may be nowhere to go.
    due = {day for day in opened | decided if not named[day] >= {"XLU", "XLP", "XLV"}}
    assert len(due) > 3
    assert due <= set(measured["date"]) <= opened | decided
    for day, places in measured.groupby("date"):
        warned = set(standing.loc[standing["date"] == day, "ticker"])
        assert set(places["warned"].iloc[0].split(",")) == warned
        assert not warned & set(places["ticker"])
        assert places["rank"].tolist() == list(range(1, len(places) + 1))
        assert (places["score"].dropna().diff().dropna() <= 0).all()


def test_analogues_lie_in_the_past_and_do_not_overlap(warned_run: RunResult) -> None:
    found = warned_run.tables["recommendations"]
    assert (found["analogue_count"] > 0).any()
    for _, place in found[found["analogue_count"] > 0].iterrows():
        days = pd.DatetimeIndex(sorted(place["analogue_dates"].split(",")))
        assert np.busday_count(days[-1].date(), date.fromisoformat(place["date"])) >= 20
        assert len(days) == place["analogue_count"]


def test_recommendations_do_not_depend_on_what_comes_later(
    leading_market: MarketData, warned_run: RunResult
) -> None:
    settings = load_config(
        period__start=date(2011, 1, 1), period__end=date(2011, 12, 30), strategy__params=EAGER
    )
    cut = leading_market.until(pd.Timestamp("2011-12-30"))
    found = run(cut, settings).tables["recommendations"]
    whole = warned_run.tables["recommendations"]
    assert len(found) > 3
    same = whole[whole["date"] <= "2011-12-30"].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, same, check_exact=True)


def test_a_quiet_run_has_an_empty_table(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    settings = make_config(
        period__end=date(2018, 6, 29),
        strategy__params={"training_window": 500, "min_rows": 200, "warning_level": 0.99},
    )
    found = run(small_market, settings).tables["recommendations"]
    assert len(found) == 0
    assert list(found.columns) == ["date", "warned"]
