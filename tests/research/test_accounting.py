"""The books: what the tables say must add up, session by session."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from feeds.market import MarketData
from feeds.trading_prices import trading_bars
from research.config import RunConfig
from research.run import RunResult, run


def replay(result: RunResult, cash: float) -> tuple[pd.DataFrame, pd.Series]:
    """Positions and cash by session from the initial cash and the fills alone."""
    equity, fills = result.tables["equity"], result.tables["fills"]
    signed = fills["shares"].where(fills["side"] == "buy", -fills["shares"])
    # The portfolio was built before the first row.
    days = sorted({*fills["date"], *equity["date"]})
    positions = (
        fills.assign(signed=signed)
        .pivot_table(index="date", columns="ticker", values="signed", aggfunc="sum")
        .reindex(days)
        .fillna(0.0)
        .cumsum()
    )
    flows = -(signed * fills["price"]) - fills["commission"]
    paid = flows.groupby(fills["date"]).sum().reindex(days).fillna(0.0).cumsum()
    return positions.loc[equity["date"]], cash + paid.loc[equity["date"]]


def closes(market: MarketData, positions: pd.DataFrame) -> pd.DataFrame:
    prices = {}
    for ticker in positions.columns:
        bars = trading_bars(market, ticker)
        prices[ticker] = pd.Series(bars.close, bars.dates.strftime("%Y-%m-%d"))
    return pd.DataFrame(prices).reindex(positions.index)


def check_books(market: MarketData, result: RunResult, initial: float = 1e7) -> None:
    equity = result.tables["equity"].set_index("date")
    positions, cash = replay(result, initial)
    np.testing.assert_allclose(equity["cash"], cash, rtol=1e-12, atol=0.005)
    held = (positions * closes(market, positions)).fillna(0.0).sum(axis=1)
    np.testing.assert_allclose(equity["cash"] + held, equity["value"], rtol=1e-8)
    assert (equity["cash"] >= 0).all()
    assert (positions >= 0).all().all()
    assert (positions == positions.round()).all().all()
    weights = result.tables["weights"].groupby("date")["weight"].sum()
    np.testing.assert_allclose(weights, 1.0, rtol=1e-12)


def test_the_books_add_up(small_market: MarketData, small_run: RunResult) -> None:
    assert len(small_run.tables["fills"]) > 50
    check_books(small_market, small_run)


@pytest.mark.parametrize("cash", [5_000.0, 5e9])
def test_the_books_add_up_for_tiny_and_huge_accounts(
    small_market: MarketData, make_config: Callable[..., RunConfig], cash: float
) -> None:
    """Tiny: whole shares bind. Huge: the volume limit binds and orders span sessions."""
    result = run(small_market, make_config(account__cash=cash))
    check_books(small_market, result, cash)
    fills = result.tables["fills"]
    assert (fills["participation"] <= 0.10 + 1e-12).all()
    if cash > 1e9:
        assert fills.groupby("parent_id").size().max() > 1


def test_fills_say_what_they_paid(small_run: RunResult) -> None:
    fills = small_run.tables["fills"]
    sign = np.where(fills["side"] == "buy", 1.0, -1.0)
    paid_bps = sign * (fills["price"] / fills["reference_price"] - 1.0) * 1e4
    np.testing.assert_allclose(paid_bps, fills["half_spread_bps"] + fills["impact_bps"], atol=1e-8)
    np.testing.assert_allclose(fills["notional"], fills["shares"] * fills["price"])
    np.testing.assert_allclose(
        fills["commission"], np.maximum(1.0, fills["notional"] * 0.5e-4), rtol=1e-9
    )


def test_every_fill_belongs_to_an_order_of_an_earlier_close(small_run: RunResult) -> None:
    orders, fills = small_run.tables["orders"], small_run.tables["fills"]
    assert orders["order_id"].is_unique
    joined = fills.merge(orders, on="order_id", suffixes=("", "_order"))
    assert len(joined) == len(fills)
    assert (joined["date"] > joined["date_order"]).all()
    filled = fills.groupby("order_id")["shares"].sum()
    np.testing.assert_array_equal(
        filled.reindex(orders["order_id"]).fillna(0.0), orders["filled_shares"]
    )


def test_sells_reach_the_market_before_buys(small_run: RunResult) -> None:
    for _, day in small_run.tables["orders"].groupby("date", sort=False):
        sides = day["side"].tolist()
        assert sides == sorted(sides, reverse=True)  # "sell" > "buy"


def test_orders_bring_the_targets(small_run: RunResult) -> None:
    weights = small_run.tables["weights"]
    decisions = small_run.tables["decisions"]
    days = small_run.tables["equity"]["date"].tolist()
    plans = small_run.tables["transitions"].set_index("decision_id")["sessions"]
    assert plans.max() > 1
    for decided, rows in decisions[decisions["date"] >= days[0]].groupby("date"):
        ends = days.index(decided) + max(plans[decided], 1)
        if ends >= len(days):
            continue
        held = weights[weights["date"] == days[ends]].set_index("ticker")["weight"]
        wanted = rows.set_index("ticker")["target_weight"]
        # A day's relative drift, whole shares and the cash buffer stand between the two.
        assert np.abs(held.reindex(wanted.index) - wanted).max() < 0.02, decided


def test_late_listings_join_after_a_year(small_run: RunResult) -> None:
    weights = small_run.tables["weights"].query("ticker == 'XLC' and weight > 0")
    decisions = small_run.tables["decisions"].query("ticker == 'XLC' and target_weight > 0")
    assert weights["date"].min() > decisions["date"].min() > "2019-06-01"
