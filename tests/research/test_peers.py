"""The peers through the project's own assembly, and perfect foresight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from feeds.market import MarketData
from models.universe import SECTORS
from research.assemble import assemble
from research.config import RunConfig
from research.run import RunResult, run

PEERS = ("EqualWeightSectors", "SectorMomentum", "TenMonthTrend", "CreditRelativeValue")


@pytest.fixture
def peer(
    small_market: MarketData,
    make_config: Callable[..., RunConfig],
) -> Callable[..., RunResult]:
    def make(name: str, market: MarketData = small_market, **params: Any) -> RunResult:
        return run(market, make_config(strategy__name=name, strategy__params=params))

    return make


def decided(result: RunResult) -> pd.DataFrame:
    rows = result.tables["decisions"]
    return rows.pivot_table(index="date", columns="ticker", values="target_weight").fillna(0.0)


def total_return(market: MarketData, day: str, back: int) -> pd.Series:
    closes = market.total_return_close[[*SECTORS]]
    row = closes.index.get_loc(pd.Timestamp(day))
    return closes.iloc[row - back]


def test_equal_weights(peer: Callable[..., RunResult]) -> None:
    weights = decided(peer("EqualWeightSectors"))
    # XLC lists in June 2018.
    assert set((weights.loc["2018-03-01"] > 0).value_counts().to_dict().values()) == {10, 1}
    np.testing.assert_allclose(weights.loc["2019-03-01"], 1 / 11)


def test_momentum_holds_the_three_best(
    peer: Callable[..., RunResult],
    small_market: MarketData,
) -> None:
    weights = decided(peer("SectorMomentum"))
    for day in ("2018-05-01", "2019-06-03"):
        gains = total_return(small_market, day, 21) / total_return(small_market, day, 252)
        best = gains.dropna().nlargest(3).index
        assert set(weights.columns[weights.loc[day] > 0]) == set(best)
        np.testing.assert_allclose(weights.loc[day, best], 1 / 3)


def test_the_trend_stays_in_cash_below_its_average(
    peer: Callable[..., RunResult],
    small_market: MarketData,
) -> None:
    result = peer("TenMonthTrend")
    weights = decided(result)
    ends = small_market.total_return_close[[*SECTORS]].resample("ME").last()
    for day in ("2018-05-01", "2019-06-03"):
        known = ends.loc[: pd.Timestamp(day) - pd.offsets.MonthEnd()].tail(10)
        full = known.dropna(axis=1)
        up = full.iloc[-1] > full.mean()
        expected = up / len(up)
        np.testing.assert_allclose(weights.loc[day].reindex(up.index), expected, atol=1e-12)
    cash = result.tables["equity"]["cash"] / result.tables["equity"]["value"]
    assert cash.max() > 0.2


def test_credit_relative_value_decides_weekly(peer: Callable[..., RunResult]) -> None:
    weights = decided(peer("CreditRelativeValue"))
    days = pd.DatetimeIndex(weights.index)
    weeks = days.isocalendar()
    assert not weeks[["year", "week"]].duplicated().any()
    assert len(days) > 80
    assert ((weights > 0).sum(axis=1) == 3).mean() > 0.95


def disturbed(market: MarketData, after: str) -> MarketData:
    rng = np.random.default_rng(8)
    later = market.sessions > pd.Timestamp(after)
    scale = np.ones((len(later), 1))
    scale[later] = np.exp(0.02 * rng.standard_normal((int(later.sum()), 1)).cumsum(axis=0))
    frames = {
        name: getattr(market, name) * scale
        for name in ("open", "high", "low", "close", "total_return_close")
    }
    macro = {
        name: series.where(series.index <= pd.Timestamp(after), series + rng.random())
        for name, series in market.macro.items()
    }
    return replace(market, **frames, macro=macro)


@pytest.mark.parametrize("name", PEERS)
def test_the_future_changes_nothing_before_it(
    peer: Callable[..., RunResult],
    small_market: MarketData,
    name: str,
) -> None:
    after = "2019-03-15"
    first, second = peer(name), peer(name, disturbed(small_market, after))
    for table in ("decisions", "parents", "fills", "equity"):
        one, two = (
            result.tables[table][result.tables[table]["date"].astype(str) <= after]
            for result in (first, second)
        )
        if table == "parents":
            ended = one["until"].astype(str) <= after
            one, two = one[ended], two[two["until"].astype(str) <= after]
        pd.testing.assert_frame_equal(one, two)
    assert not first.tables["equity"].equals(second.tables["equity"])


def test_foresight_sees_the_future_and_gains_by_it(
    peer: Callable[..., RunResult],
    small_market: MarketData,
) -> None:
    quick = {"horizon": 20, "training_window": 500, "min_rows": 200}
    knowing = peer("PerfectForesight", **quick)
    assert knowing.metrics["information_ratio"] > 1.0
    assert (
        knowing.metrics["information_ratio"]
        > peer("BondStressRotation", **quick).metrics["information_ratio"]
    )
    other = peer("PerfectForesight", disturbed(small_market, "2019-03-15"), **quick)
    first, second = (decided(result).loc["2019-02-01"] for result in (knowing, other))
    assert first.equals(second)  # everything fell alike: relative returns are as they were


def test_nobody_can_configure_what_foresight_knows(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    config = make_config(strategy__name="PerfectForesight", strategy__params={"outcomes": "all"})
    with pytest.raises(ValueError, match=r"strategy.params.outcomes"):
        assemble(small_market, config)


@pytest.mark.parametrize("name", [*PEERS, "PerfectForesight", "LargeShift"])
def test_unknown_parameters_are_refused(
    small_market: MarketData,
    make_config: Callable[..., RunConfig],
    name: str,
) -> None:
    config = make_config(strategy__name=name, strategy__params={"topp": 3})
    with pytest.raises(ValueError, match=r"strategy.params.topp"):
        assemble(small_market, config)
