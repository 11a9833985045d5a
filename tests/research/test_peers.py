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
from research.peers import peer_table
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


@pytest.mark.parametrize("name", ["SectorMomentum", "TenMonthTrend", "CreditRelativeValue"])
def test_without_history_the_benchmark_is_held_and_said(
    small_market: MarketData, make_config: Callable[..., RunConfig], name: str
) -> None:
    # The market begins in January 2015.
    config = make_config(
        strategy__name=name, strategy__params={}, period__start="2015-06-01",
        period__end="2016-02-29",
    )  # fmt: skip
    result = run(small_market, config)
    first = result.tables["decisions"].query("date <= '2015-09-01'")
    assert set(first["ticker"]) == {"SPY"}
    assert (first["target_weight"] == 1.0).all()
    assert first["reason"].str.startswith("benchmark: ").all()
    if name == "CreditRelativeValue":
        return  # the spread itself needs more than this run has
    # XLRE lists in October 2015: the others go ahead without it.
    later = result.tables["decisions"].query("date == '2016-02-01'").set_index("ticker")
    assert "SPY" not in later.index
    assert later.loc["XLRE", "target_weight"] == 0.0
    assert later.loc["XLRE", "reason"] == "no history yet"


def test_credit_relative_value_decides_weekly(peer: Callable[..., RunResult]) -> None:
    weights = decided(peer("CreditRelativeValue"))
    days = pd.DatetimeIndex(weights.index)
    weeks = days.isocalendar()
    assert not weeks[["year", "week"]].duplicated().any()
    assert len(days) > 80
    assert ((weights > 0).sum(axis=1) == 3).mean() > 0.95


def test_credit_relative_value_holds_the_three_cheapest(
    peer: Callable[..., RunResult], small_market: MarketData
) -> None:
    weights = decided(peer("CreditRelativeValue"))
    closes = small_market.total_return_close[[*SECTORS]]
    # Published a session after it was observed.
    spread = small_market.macro["BAMLH0A0HYM2"].reindex(closes.index).shift(1)
    for day in ("2018-05-07", "2019-06-03", "2019-09-03"):
        # The last close of each week, this one for its own.
        table = closes.assign(spread=spread).loc[:day]
        weekly = table.groupby(table.index.to_period("W-SUN")).tail(1).tail(26)
        known = weekly.drop(columns="spread").dropna(axis=1)
        slope, intercept = np.polyfit(weekly["spread"], known, 1)
        cheap = 1.0 - known.iloc[-1] / (intercept + slope * weekly["spread"].iloc[-1])
        assert set(weights.columns[weights.loc[day] > 0]) == set(cheap.nlargest(3).index)


def test_a_feed_without_the_spread_is_refused(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    cerebro, _ = assemble(
        small_market, make_config(strategy__name="CreditRelativeValue", strategy__params={})
    )
    cerebro.datas = [data for data in cerebro.datas if not hasattr(data.lines, "composite")]
    with pytest.raises(ValueError, match="high_yield_spread"):
        cerebro.run()


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("SectorMomentum", {"count": 0}),
        ("SectorMomentum", {"skip": 252}),
        ("TenMonthTrend", {"months": 1}),
        ("CreditRelativeValue", {"weeks": 2}),
    ],
)
def test_parameters_that_mean_nothing_are_refused(
    peer: Callable[..., RunResult], name: str, params: dict[str, int]
) -> None:
    with pytest.raises(ValueError, match="must be"):
        peer(name, **params)


def disturbed(market: MarketData, after: str) -> MarketData:
    """Another future for every fund on its own, so that rankings change too."""
    rng = np.random.default_rng(8)
    later = market.sessions > pd.Timestamp(after)
    scale = np.ones(market.close.shape)
    steps = rng.standard_normal((int(later.sum()), scale.shape[1]))
    scale[later] = np.exp(0.02 * steps.cumsum(axis=0))
    frames = {
        name: getattr(market, name) * scale
        for name in ("open", "high", "low", "close", "total_return_close")
    }
    frames["volume"] = market.volume * np.where(later, 1.7, 1.0)[:, None]
    macro = {
        name: series.where(series.index <= pd.Timestamp(after), series + rng.random())
        for name, series in market.macro.items()
    }
    return replace(market, **frames, macro=macro)


def same_until(first: RunResult, second: RunResult, last: str) -> None:
    for table in ("decisions", "parents", "fills", "equity"):
        one, two = (
            result.tables[table][result.tables[table]["date"].astype(str) <= last]
            for result in (first, second)
        )
        if table == "parents":
            ended = one["until"].astype(str) <= last
            one, two = one[ended], two[two["until"].astype(str) <= last]
        pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("name", ["BuyAndHold", *PEERS])
def test_the_future_changes_nothing_before_it(
    peer: Callable[..., RunResult],
    small_market: MarketData,
    name: str,
) -> None:
    after = "2019-03-15"
    first, second = peer(name), peer(name, disturbed(small_market, after))
    same_until(first, second, after)
    assert not first.tables["equity"].equals(second.tables["equity"])
    if name in ("SectorMomentum", "TenMonthTrend", "CreditRelativeValue"):
        # Rankings do change later: what is equal above is not equal by construction.
        assert not decided(first).equals(decided(second))


@pytest.mark.parametrize("name", PEERS)
def test_nothing_is_missed_when_the_future_is_cut_off(
    make_config: Callable[..., RunConfig], small_market: MarketData, name: str
) -> None:
    config = make_config(strategy__name=name, strategy__params={}, period__end="2019-03-15")
    whole, cut = (
        run(market, config) for market in (small_market, small_market.until("2019-03-15"))
    )
    for table in ("decisions", "parents", "fills", "equity"):
        pd.testing.assert_frame_equal(whole.tables[table], cut.tables[table])


QUICK = {"horizon": 20, "training_window": 500, "min_rows": 200}


def test_foresight_depends_on_the_future(
    peer: Callable[..., RunResult], small_market: MarketData
) -> None:
    # The decision of 1 March sees twenty sessions ahead, that of 1 February only to 4 March.
    after = "2019-03-15"
    knowing = peer("PerfectForesight", **QUICK)
    other = peer("PerfectForesight", disturbed(small_market, after), **QUICK)
    first, second = decided(knowing), decided(other)
    pd.testing.assert_series_equal(first.loc["2019-02-01"], second.loc["2019-02-01"])
    assert (first.loc["2019-03-01"] - second.loc["2019-03-01"]).abs().sum() > 0.01
    # It leans to what will do best, within the budget.
    outcome = total_return(small_market, "2019-03-01", -20) / total_return(
        small_market, "2019-03-01", 0
    )
    rows = knowing.tables["decisions"].query("date == '2019-03-01'").set_index("ticker")
    tilts = rows["target_weight"] - rows["benchmark_weight"]
    assert tilts.corr(outcome.reindex(tilts.index), method="spearman") > 0.5


def test_foresight_beats_the_rotation_before_and_after_costs(
    peer: Callable[..., RunResult],
) -> None:
    knowing, rotation = (peer(name, **QUICK) for name in ("PerfectForesight", "BondStressRotation"))
    assert knowing.metrics["information_ratio"] > 1.0
    assert knowing.metrics["information_ratio"] > rotation.metrics["information_ratio"]
    # The paper portfolio follows the decisions at their own closes and at no cost.
    before_costs = [
        result.tables["equity"]["paper"].iloc[-1] / result.tables["equity"]["paper"].iloc[0]
        for result in (knowing, rotation)
    ]
    assert before_costs[0] > before_costs[1]


def test_foresight_says_what_it_is(peer: Callable[..., RunResult]) -> None:
    quick = {"horizon": 20, "training_window": 500, "min_rows": 200}
    notices = peer("PerfectForesight", **quick).manifest["notices"]
    assert any(line.startswith("PERFECT FORESIGHT") for line in notices)


def test_nobody_can_configure_what_foresight_knows(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    config = make_config(strategy__name="PerfectForesight", strategy__params={"outcomes": "all"})
    with pytest.raises(ValueError, match=r"strategy.params.outcomes"):
        assemble(small_market, config)


@pytest.mark.parametrize("name", ["BuyAndHold", *PEERS, "PerfectForesight", "LargeShift"])
def test_unknown_parameters_are_refused(
    small_market: MarketData,
    make_config: Callable[..., RunConfig],
    name: str,
) -> None:
    config = make_config(strategy__name=name, strategy__params={"topp": 3})
    with pytest.raises(ValueError, match=r"strategy.params.topp"):
        assemble(small_market, config)


def test_the_table_has_every_peer_over_the_same_period(
    small_market: MarketData, make_config: Callable[..., RunConfig], small_run: RunResult
) -> None:
    told: list[str] = []
    table = peer_table(small_market, make_config(), small_run, told.append)
    assert table["strategy"].tolist() == ["BondStressRotation", *told]
    assert [name for name in told if "FORESIGHT" in name] == ["PERFECT FORESIGHT (upper bound)"]
    lines = table.set_index("strategy")
    assert lines.loc["BondStressRotation", "alpha_pct"] == small_run.metrics["alpha_pct"]
    momentum = run(small_market, make_config(strategy__name="SectorMomentum", strategy__params={}))
    found = lines.loc["sector momentum, 12-1 months"]
    assert found.to_dict() == {name: momentum.metrics[name] for name in found.index}
    equity = momentum.tables["equity"]["value"]
    assert found["total_return_pct"] == pytest.approx(100 * (equity.iloc[-1] / equity.iloc[0] - 1))
    # The benchmark through the broker lags itself by its cash buffer and costs only.
    assert abs(lines.loc["SPY", "alpha_pct"]) < 0.2
    assert lines.loc["SPY", "tracking_error_pct"] < 0.2
    assert (lines["alpha_low_pct"] <= lines["alpha_high_pct"]).all()
