"""Orders, monitor and shortfall of whole runs: what they say must add up to the books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.frames import from_frames
from feeds.market import MarketData
from feeds.sessions import nyse_sessions
from feeds.trading_prices import trading_bars
from models.shortfall import PARTS
from models.universe import BENCHMARK, MACRO_SERIES, SECTORS
from research import assemble
from research.config import RunConfig
from research.run import RunResult, run
from tests.research.strange_markets import strange_market

QUICK = {"horizon": 20, "training_window": 500, "min_rows": 200, "risk_aversion": 1.0}


def check_execution(result: RunResult, market: MarketData) -> None:
    """What must hold for any run."""
    tables = result.tables
    parents, orders, fills = tables["parents"], tables["orders"], tables["fills"]
    monitor, equity = tables["monitor"], tables["equity"]
    assert parents["order_id"].is_unique
    assert orders["order_id"].is_unique
    # Children sum to their parent, and the four tables tell the same story.
    filled = fills.groupby("parent_id")["shares"].sum().reindex(parents["order_id"]).fillna(0.0)
    np.testing.assert_allclose(filled, parents["filled_shares"], rtol=1e-12)
    assert (parents["filled_shares"] <= parents["shares"] * (1 + 1e-12)).all()
    last = monitor.groupby("order_id").last()
    seen = parents.set_index("order_id").loc[last.index]
    np.testing.assert_allclose(last["filled_shares"], seen["filled_shares"], rtol=1e-12)
    np.testing.assert_allclose(
        monitor["filled_shares"] + monitor["remaining_shares"], monitor["shares"], rtol=1e-12
    )
    paid = (fills["shares"] * fills["price"]).groupby(fills["parent_id"]).sum()
    average = (paid / fills.groupby("parent_id")["shares"].sum()).reindex(parents["order_id"])
    np.testing.assert_allclose(average, parents["average_price"], rtol=1e-9)
    # Limits: volume of the session, cash, prices outside the bar only where it says so.
    bars = {name: trading_bars(market, name) for name in fills["ticker"].unique()}
    for ticker, mine in fills.groupby("ticker"):
        rows = bars[ticker].dates.get_indexer(pd.DatetimeIndex(mine["date"]))
        day = mine.groupby("date")["shares"].sum()
        cap = pd.Series(bars[ticker].volume[rows], mine["date"]).groupby(level=0).first() * 0.10
        assert (day <= cap * (1 + 1e-9)).all()
        outside = (mine["price"] > bars[ticker].high[rows]) | (
            mine["price"] < bars[ticker].low[rows]
        )
        np.testing.assert_array_equal(outside, mine["outside_bar"].astype(bool))
    assert (equity["cash"] >= 0.0).all()
    # The parts sum to the whole, and all orders to what the paper portfolio is ahead.
    parts = parents[[f"{part}_dollars" for part in PARTS]].sum(axis=1)
    np.testing.assert_allclose(
        parts, parents["shortfall_dollars"], atol=1e-9 * parents["value"].max()
    )
    gap = equity["paper"].iloc[-1] - equity["value"].iloc[-1]
    assert parents["shortfall_dollars"].sum() == pytest.approx(
        gap, abs=1e-9 * equity["value"].iloc[-1]
    )


ALGORITHMS = ("plan", "immediate", "twap", "vwap", "pov", "shortfall")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("leftover", ["carry", "cancel"])
def test_every_algorithm_adds_up(
    small_market: MarketData, make_config: Callable[..., RunConfig], algorithm: str, leftover: str
) -> None:
    params = QUICK | {"algorithm": algorithm, "leftover": leftover}
    config = make_config(strategy__params=params, account__cash=2e9)
    result = run(small_market, config)
    check_execution(result, small_market)
    parents = result.tables["parents"]
    assert len(parents) > 30
    unfilled = parents["filled_shares"] < parents["shares"]
    if leftover == "cancel" and algorithm == "immediate":
        assert unfilled.any()
        assert parents.loc[unfilled, "opportunity_dollars"].abs().max() > 0.0


@pytest.mark.parametrize("cash", [5_000.0, 5e10])
def test_tiny_and_huge_accounts_add_up(
    small_market: MarketData, make_config: Callable[..., RunConfig], cash: float
) -> None:
    check_execution(run(small_market, make_config(account__cash=cash)), small_market)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 10_000),
    st.floats(3.7, 10.0),
    st.sampled_from(ALGORITHMS),
    st.sampled_from(["carry", "cancel"]),
)
def test_strange_markets_add_up(
    make_config: Callable[..., RunConfig], seed: int, size: float, algorithm: str, leftover: str
) -> None:
    market = strange_market(seed)
    config = make_config(
        period__start="2018-03-01",
        period__end="2018-12-31",
        account__cash=10.0**size,
        stress__window=200,
        stress__min_history=60,
        strategy__params={
            "horizon": 20, "training_window": 200, "min_rows": 60, "style_window": 100,
            "risk_aversion": 1.0, "algorithm": algorithm, "leftover": leftover,
        },
    )  # fmt: skip
    check_execution(run(market, config), market)


class Killer(bt.Analyzer):
    """Cancels live child orders from outside, at random sessions."""

    params = (("seed", 0),)

    def __init__(self) -> None:
        self.killed = 0
        self._rng = np.random.default_rng(self.p.seed)

    def next(self) -> None:
        for order in list(self.strategy.broker.submitted):
            if self._rng.random() < 0.3:
                self.killed += bool(self.strategy.cancel(order) or True)

    def get_analysis(self) -> int:
        return self.killed


@pytest.mark.parametrize("seed", [1, 2])
def test_orders_killed_from_outside_leave_books_that_reconcile(
    small_market: MarketData, make_config: Callable[..., RunConfig], seed: int
) -> None:
    config = make_config(account__cash=5e8)
    cerebro, _ = assemble.assemble(small_market, config)
    cerebro.addanalyzer(Killer, _name="killer", seed=seed)
    strategy = cerebro.run()[0]
    assert strategy.analyzers.killer.get_analysis() > 20
    fills = pd.DataFrame(strategy.analyzers.trades.get_analysis()["fills"])
    signed = fills["shares"].where(fills["side"] == "buy", -fills["shares"])
    cash = 5e8 - float((signed * fills["price"]).sum() + fills["commission"].sum())
    assert strategy.broker.getcash() == pytest.approx(cash, abs=0.01)
    held = signed.groupby(fills["ticker"]).sum()
    for ticker, shares in held.items():
        data = strategy.getdatabyname(ticker)
        assert strategy.getposition(data).size == shares
    shortfall = strategy.analyzers.shortfall.get_analysis()
    rows, paper = pd.DataFrame(shortfall["orders"]), shortfall["paper"]
    gap = paper["paper_value"][-1] - paper["value"][-1]
    assert rows["shortfall_dollars"].sum() == pytest.approx(gap, abs=1e-9 * paper["value"][-1])
    filled = fills.groupby("parent_id")["shares"].sum().reindex(rows["order_id"]).fillna(0.0)
    np.testing.assert_allclose(filled, rows["filled_shares"])


def test_larger_accounts_pay_more_for_the_same_trades(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    costs = []
    for cash in (1e6, 1e7, 1e8, 1e9):
        config = make_config(
            account__cash=cash,
            strategy__name="LargeShift",
            strategy__params={"algorithm": "twap"},
            costs__commission_minimum=0.0,
        )
        costs.append(run(small_market, config).metrics["realised_order_cost_bps"])
    assert costs == sorted(costs)
    assert costs[-1] > 5 * costs[0]


def test_estimates_are_exact_where_nothing_varies(make_config: Callable[..., RunConfig]) -> None:
    """Constant volume and volatility known beforehand: what was expected is what is paid."""
    rng = np.random.default_rng(3)
    sessions = nyse_sessions("2016-01-04", "2019-12-31")
    names = (*SECTORS, "HYG", "IEF", "SHY")
    # Moves of one percent, up or down: the same deviation over any window but for its mean.
    signs = rng.choice([-1.0, 1.0], (len(sessions), len(names)))
    closes = dict(zip(names, (50.0 * np.exp(np.cumsum(0.01 * signs, axis=0))).T, strict=True))
    moves = np.diff(np.column_stack([closes[name] for name in SECTORS]), axis=0, prepend=50.0)
    closes[BENCHMARK] = 50.0 + moves.mean(axis=1).cumsum()
    bars = {
        name: pd.DataFrame(
            {"open": close, "high": close * 1.02, "low": close / 1.02, "close": close,
             "volume": 5e7 / close, "adj_close": close}, index=sessions,
        )
        for name, close in closes.items()
    }  # fmt: skip
    macro = {
        name: pd.Series(4 + 0.01 * rng.standard_normal(len(sessions)).cumsum(), index=sessions)
        for name in MACRO_SERIES
    }
    market = from_frames(bars, macro)
    config = make_config(
        strategy__name="LargeShift",
        strategy__params={"algorithm": "twap", "sessions": 4},
        costs__commission_minimum=0.0,
    )
    parents = run(market, config).tables["parents"]
    worked = parents[parents["reason"] == "shifted"]
    assert len(worked) >= 2
    np.testing.assert_allclose(
        worked["expected_cost_bps"], worked["realised_cost_bps"].astype(float), rtol=0.04
    )


def test_the_monitor_against_the_fills(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    params = QUICK | {"algorithm": "twap", "sessions": 4}
    result = run(small_market, make_config(strategy__params=params, account__cash=3e8))
    monitor, fills = result.tables["monitor"], result.tables["fills"]
    done = fills.pivot_table(index="parent_id", columns="date", values="shares", aggfunc="sum")
    done = done.fillna(0.0).cumsum(axis=1)
    for order_id, rows in monitor.groupby("order_id"):
        if order_id not in done.index:
            continue
        so_far = done.loc[order_id].reindex(rows["date"]).ffill().fillna(0.0)
        np.testing.assert_allclose(rows["filled_shares"], so_far)
        bars = trading_bars(small_market, rows["ticker"].iloc[0])
        days = bars.dates.get_indexer(pd.DatetimeIndex(rows["date"]))
        np.testing.assert_allclose(
            rows["participation"], rows["filled_shares"] / np.cumsum(bars.volume[days]), rtol=1e-9
        )
        assert (rows["arrival_price"] == bars.open[days[0]]).all()
        if len(rows) == 4 and rows["date"].iloc[0] > result.tables["equity"]["date"].iloc[0]:
            quarter = rows["shares"].iloc[0] / 4
            np.testing.assert_allclose(
                rows["scheduled_shares"], quarter * np.arange(1, 5), atol=0.51
            )
            assert rows["expected_sessions_left"].tolist() == [3, 2, 1, 0]


def test_a_restricted_fund_is_not_traded(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    config = make_config(account__restricted=["XLE"])
    tables = run(small_market, config).tables
    assert "XLE" not in set(tables["fills"]["ticker"])
    assert {"XLK", "XLF"} <= set(tables["fills"]["ticker"])


def test_fractions_leave_no_rounding_in_cash(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    config: Any = make_config(account__lot=0.0, account__cash=5_000.0)
    result = run(small_market, config)
    check_execution(result, small_market)
    parents = result.tables["parents"]
    assert (parents["shares"] % 1 > 0).any()
