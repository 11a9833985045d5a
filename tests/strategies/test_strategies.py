"""The strategies in a plain Backtrader set-up, without the project's own assembly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from analyzers.active_return import ActiveReturn
from analyzers.equity import Equity
from analyzers.trades import Trades
from analyzers.weights import Weights
from feeds.bond_stress import bond_stress_feed, market_stress
from feeds.market import MarketData
from models.performance import active_metrics
from models.stress import StressConfig
from models.universe import SECTORS
from sizers.target_weight import TargetWeight
from strategies.bond_stress_rotation import BondStressRotation
from strategies.buy_and_hold import BuyAndHold
from strategies.rebalancing import Rebalancing

PARAMS = {"horizon": 20, "training_window": 300, "min_rows": 100, "style_window": 120}


def pandas_feed(market: MarketData, ticker: str) -> bt.feeds.PandasData:
    ratio = market.total_return_close[ticker] / market.close[ticker]
    frame = pd.DataFrame(
        {
            **{n: getattr(market, n)[ticker] * ratio for n in ("open", "high", "low", "close")},
            "volume": market.volume[ticker],
        }
    ).dropna()
    return bt.feeds.PandasData(dataname=frame)


class LateRotation(BondStressRotation):
    """Starts deciding once plain feeds, which carry no warm-up, have enough bars."""

    def next(self) -> None:
        if len(self.getdatabyname("SPY")) > 400:
            super().next()


def plain_cerebro(market: MarketData, strategy: type[bt.Strategy], **params: Any) -> bt.Cerebro:
    cerebro = bt.Cerebro(stdstats=False)
    for ticker in ("SPY", *SECTORS):
        cerebro.adddata(pandas_feed(market, ticker), name=ticker)
    features, _ = market_stress(market, StressConfig(window=300, min_history=120))
    feed = bond_stress_feed(features, market.sessions[0], market.sessions[-1])
    cerebro.adddata(feed, name="bond stress")
    cerebro.addstrategy(strategy, **params)
    cerebro.broker.setcash(1e6)
    return cerebro


def test_the_rotation_runs_on_backtraders_own_feeds_and_broker(
    make_market: Callable[..., MarketData],
) -> None:
    market = make_market(last="2017-12-29", late={"XLC": "2016-06-01"})
    cerebro = plain_cerebro(market, LateRotation, **PARAMS)
    cerebro.addsizer(TargetWeight)
    for analyzer in (Equity, ActiveReturn, Weights, Trades):
        cerebro.addanalyzer(analyzer, _name=analyzer.__name__.lower())
    strategy = cerebro.run()[0]
    equity = strategy.analyzers.equity.get_analysis()
    trades = strategy.analyzers.trades.get_analysis()
    assert len(trades["fills"]) > 50
    assert {order["status"] for order in trades["orders"]} == {"completed"}
    # Backtrader's own broker reports no cost parts: unknown is None, not zero.
    assert trades["fills"][0]["half_spread_bps"] is None
    assert trades["fills"][0]["commission"] == 0.0
    assert equity["value"][-1] == pytest.approx(strategy.broker.getvalue())
    weights = pd.DataFrame(strategy.analyzers.weights.get_analysis())
    np.testing.assert_allclose(weights.groupby("date")["weight"].sum(), 1.0, rtol=1e-12)
    assert weights.query("ticker == 'XLC' and weight > 0")["date"].min() > "2016-11-01"
    wealth, benchmark = np.array(equity["value"]), np.array(equity["benchmark"])
    assert strategy.analyzers.activereturn.get_analysis() == active_metrics(
        wealth, benchmark, 20050103
    )


def test_the_stock_sizer_is_refused(make_market: Callable[..., MarketData]) -> None:
    cerebro = plain_cerebro(make_market(last="2015-03-31"), BondStressRotation)
    with pytest.raises(TypeError, match="needs a sizer that trades to target weights"):
        cerebro.run()


@pytest.mark.parametrize("strategy", [BondStressRotation, BuyAndHold])
def test_unknown_parameters_are_refused(
    make_market: Callable[..., MarketData], strategy: type[bt.Strategy]
) -> None:
    cerebro = plain_cerebro(make_market(last="2015-03-31"), strategy, horizn=3)
    cerebro.addsizer(TargetWeight)
    with pytest.raises(TypeError, match="horizn"):
        cerebro.run()


def test_an_unknown_feature_is_named(make_market: Callable[..., MarketData]) -> None:
    cerebro = plain_cerebro(
        make_market(last="2015-03-31"), BondStressRotation, features="credit_60,gold_60"
    )
    cerebro.addsizer(TargetWeight)
    with pytest.raises(ValueError, match="no feed has the lines credit_60, gold_60"):
        cerebro.run()


@pytest.mark.parametrize("strategy", [BondStressRotation, BuyAndHold])
def test_every_parameter_is_documented(strategy: type[bt.Strategy]) -> None:
    text = f"{strategy.__doc__}{Rebalancing.__doc__}"
    assert "see Rebalancing" in (strategy.__doc__ or "")
    for name in strategy.params._getkeys():
        assert f"{name} (" in text, name


def test_buy_and_hold_trades_at_inception_only(make_market: Callable[..., MarketData]) -> None:
    cerebro = plain_cerebro(make_market(last="2015-12-31"), BuyAndHold)
    cerebro.addsizer(TargetWeight, cash_buffer=0.0)
    cerebro.addanalyzer(Trades, _name="trades")
    strategy = cerebro.run()[0]
    fills = strategy.analyzers.trades.get_analysis()["fills"]
    assert {fill["ticker"] for fill in fills} == {"SPY"}
    assert len(fills) <= 2
    assert fills[-1]["date"] <= "2015-01-06"
