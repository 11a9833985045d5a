"""Hand arithmetic on a few bars."""

from __future__ import annotations

import math
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from brokers.simulated import ImpactBroker
from feeds.bars import Bars
from models.costs import FREE, CostConfig
from models.orders import DuplicateOrderError

SPREAD_ONLY = CostConfig({"A": 10.0}, 10.0, 0.0, 0.0, 0.0, 1.0)
VOLATILITY = 0.02


def bars(
    name: str, opens: list[float], volume: list[float] | float = 1e6, volatility: float = VOLATILITY
) -> Bars:
    opens_ = np.array(opens)
    length = len(opens_)
    columns = {
        "open": opens_,
        "high": opens_ + 2.0,
        "low": opens_ - 2.0,
        "close": opens_ + 1.0,
        "volume": np.broadcast_to(np.asarray(volume, dtype=float), length).copy(),
        "volatility": np.full(length, volatility),
        "dollar_adv": np.full(length, 1e8),
    }
    return Bars(columns=columns, dates=pd.bdate_range("2024-01-01", periods=length), name=name)


class Script(bt.Strategy):
    """Sends what the test says: {bar number: [(name, size, exectype)]}."""

    params = (("orders", None),)

    def __init__(self) -> None:
        self.trail: list[tuple[str, str, float]] = []
        self.cash_by_bar: list[float] = []

    def next(self) -> None:
        self.cash_by_bar.append(self.broker.getcash())
        for name, size, exectype in self.p.orders.get(len(self), []):
            trade = self.buy if size > 0 else self.sell
            trade(data=self.getdatabyname(name), size=abs(size), exectype=exectype)

    def notify_order(self, order: Any) -> None:
        self.trail.append((order.data._name, order.getstatusname(), order.executed.size))


def execute(
    feeds: list[Bars], orders: dict[int, list[Any]], costs: CostConfig, cash: float
) -> tuple[Script, ImpactBroker]:
    cerebro = bt.Cerebro(stdstats=False)
    broker = ImpactBroker(costs=costs)
    broker.setcash(cash)
    cerebro.setbroker(broker)
    for feed in feeds:
        cerebro.adddata(feed, name=feed.p.name)
    cerebro.addstrategy(Script, orders=orders)
    return cerebro.run()[0], broker


MARKET, CLOSE = bt.Order.Market, bt.Order.Close


def test_a_market_order_fills_at_the_next_open() -> None:
    script, broker = execute(
        [bars("A", [10, 11, 12])], {1: [("A", 100, MARKET)]}, FREE, cash=10_000
    )
    assert script.cash_by_bar == [10_000, 10_000 - 1100, 10_000 - 1100]
    assert broker.getvalue() == 10_000 - 1100 + 100 * 13


def test_an_order_on_close_fills_at_the_next_close() -> None:
    script, _ = execute([bars("A", [10, 11, 12])], {1: [("A", 100, CLOSE)]}, FREE, cash=10_000)
    assert script.cash_by_bar == [10_000, 10_000 - 1200, 10_000 - 1200]


def test_the_half_spread_is_paid_both_ways() -> None:
    script, _ = execute(
        [bars("A", [10, 20, 20, 20])],
        {1: [("A", 100, MARKET)], 2: [("A", -100, MARKET)]},
        SPREAD_ONLY,
        cash=10_000,
    )
    # 10 bp of 20 dollars = 2 cents a share, twice.
    assert script.cash_by_bar[1] == pytest.approx(10_000 - 100 * 20.02, abs=1e-9)
    assert script.cash_by_bar[2] == pytest.approx(10_000 - 100 * 0.04, abs=1e-9)


def test_what_was_traded_before_still_presses() -> None:
    costs = CostConfig({}, 0.0, 1.0, 0.0, 0.0, 1.0, impact_memory=0.5, permanent_share=0.0)
    _, broker = execute(
        [bars("A", [10] * 8, volume=10_000)],
        {
            1: [("A", 400, MARKET)],
            2: [("A", 200, MARKET)],
            4: [("A", -300, MARKET)],
            5: [("A", -100, MARKET)],
        },
        costs,
        cash=1e6,
    )
    # Buys press on buys: 200 + 400/2. Then 400 decays to 400/4 = 100 bought, which does not press
    # on a sale; after it 300 - 100 = 200 sold, half of which presses on the next sale.
    pressing = [400, 200 + 200, 300, 100 + 100]
    found = [costs[0] for costs in broker._executions.values()]
    for cost, shares in zip(found, pressing, strict=True):
        assert cost.impact_bps == pytest.approx(1e4 * VOLATILITY * math.sqrt(shares / 10_000))
    assert [cost.participation for cost in found] == [0.04, 0.02, 0.03, 0.01]


def test_the_permanent_part_lasts_as_long_as_its_decision() -> None:
    costs = CostConfig({}, 0.0, 1.0, 0.0, 0.0, 1.0, impact_memory=0.0, permanent_share=0.25)
    cerebro = bt.Cerebro(stdstats=False)
    broker = ImpactBroker(costs=costs)
    broker.setcash(1e6)
    cerebro.setbroker(broker)
    cerebro.adddata(bars("A", [10] * 8, volume=10_000), name="A")

    class Decided(bt.Strategy):
        def next(self) -> None:
            orders = {1: (400, "one"), 2: (200, "one"), 3: (200, "two"), 4: (-100, "two")}
            if len(self) in orders:
                size, decision = orders[len(self)]
                trade = self.buy if size > 0 else self.sell
                trade(size=abs(size), decision_id=decision)

    cerebro.addstrategy(Decided)
    cerebro.run()
    # 400; 200 + 400/4; a new decision: 200; what was bought does not press on a sale.
    found = [costs[0] for costs in broker._executions.values()]
    bps = [1e4 * VOLATILITY * math.sqrt(shares / 10_000) for shares in (400, 300, 200, 100)]
    assert [cost.impact_bps for cost in found] == pytest.approx(bps)
    left = [1e4 * VOLATILITY * math.sqrt(shares / 10_000) for shares in (100, 150, 50, 0)]
    assert [cost.permanent_impact_bps for cost in found] == pytest.approx(left)


def test_an_order_id_trades_once() -> None:
    class Twice(bt.Strategy):
        def next(self) -> None:
            self.buy(size=1, order_id="2024-01-01-buy-A-1")

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.setbroker(ImpactBroker(costs=FREE))
    cerebro.adddata(bars("A", [10] * 4), name="A")
    cerebro.addstrategy(Twice)
    with pytest.raises(DuplicateOrderError, match="2024-01-01-buy-A-1 was sent before"):
        cerebro.run()


def test_a_fill_outside_the_bar_is_flagged() -> None:
    flat = bars("A", [10, 10, 10, 10], volume=10_000)
    wide = bars("B", [10, 10, 10, 10], volume=10_000)
    flat._history["high"], wide._history["high"] = np.full(4, 10.0), np.full(4, 11.0)
    _, broker = execute(
        [flat, wide], {1: [("A", 100, MARKET), ("B", 100, MARKET)]}, SPREAD_ONLY, cash=1e6
    )
    assert [c[0].outside_bar for c in broker._executions.values()] == [True, False]


def test_orders_of_one_fund_share_the_cap_of_a_bar() -> None:
    costs = CostConfig({}, 0.0, 0.0, 0.0, 0.0, 0.1)
    script, broker = execute(
        [bars("A", [10] * 5, volume=1000)],
        {1: [("A", 70, MARKET), ("A", 60, MARKET)]},
        costs,
        cash=1e5,
    )
    assert broker.getposition(script.data).size == 130
    taken = [round(c.participation * 1000) for bits in broker._executions.values() for c in bits]
    assert taken == [70, 30, 30]


def test_a_second_run_starts_afresh() -> None:
    cerebro = bt.Cerebro(stdstats=False)
    broker = ImpactBroker(costs=CostConfig({}, 0.0, 1.0, 0.0, 0.0, 1.0))
    cerebro.setbroker(broker)
    cerebro.adddata(bars("A", [10] * 5, volume=10_000), name="A")
    cerebro.addstrategy(Script, orders={1: [("A", 400, MARKET)], 2: [("A", 200, MARKET)]})
    found = []
    for _ in range(2):
        cerebro.run()
        found.append([bits[0] for bits in broker._executions.values()])
    assert len(found[0]) == 2
    assert found[0] == found[1]


def test_an_order_can_be_taken_back_at_the_close_that_sent_it() -> None:
    class Regret(bt.Strategy):
        def next(self) -> None:
            if len(self) == 1:
                order = self.buy(size=10)
                self.cancel(order)

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.setbroker(ImpactBroker(costs=FREE))
    cerebro.adddata(bars("A", [10] * 4), name="A")
    cerebro.addstrategy(Regret)
    strategy = cerebro.run()[0]
    assert strategy.position.size == 0


def test_impact_fades_by_sessions_whatever_the_bars() -> None:
    """195 minutes are half a session: the temporary part fades to 0.25^0.5."""
    costs = CostConfig({}, 0.0, 1.0, 0.0, 0.0, 1.0, impact_memory=0.25, permanent_share=0.0)
    minutes = bars("A", [10] * 200, volume=10_000)
    minutes.p.timeframe, minutes.p.compression = bt.TimeFrame.Minutes, 1
    minutes._timeframe, minutes._compression = bt.TimeFrame.Minutes, 1
    _, broker = execute(
        [minutes], {1: [("A", 400, MARKET)], 196: [("A", 200, MARKET)]}, costs, cash=1e6
    )
    late = [bits[0] for bits in broker._executions.values()][1]
    assert late.impact_bps == pytest.approx(1e4 * VOLATILITY * math.sqrt((200 + 200) / 10_000))


def test_fractions_fill_as_fractions() -> None:
    script, broker = execute(
        [bars("A", [10, 20, 20, 20], volume=1000)],
        {1: [("A", 0.5, MARKET)], 2: [("A", 90.25, MARKET)]},
        SPREAD_ONLY,
        cash=1_000,
    )
    assert broker.getposition(script.data).size == pytest.approx(1000 / 20.02, rel=1e-3)
    assert 0.5 < broker.getposition(script.data).size <= 1000 / 20.02 + 1e-9
    assert broker.getcash() >= 0.0


def test_impact_grows_with_the_square_root_of_participation() -> None:
    costs = CostConfig({}, 0.0, 1.0, 0.0, 0.0, 1.0)
    for size, volume in ((100, 10_000), (400, 10_000)):
        script, broker = execute(
            [bars("A", [10, 10, 10], volume=volume)], {1: [("A", size, MARKET)]}, costs, cash=1e6
        )
        move = VOLATILITY * math.sqrt(size / volume)
        assert 1e6 - script.cash_by_bar[1] == pytest.approx(size * 10 * (1 + move))
        (cost,) = next(iter(broker._executions.values()))
        assert cost.impact_bps == pytest.approx(1e4 * move)
        assert cost.participation == pytest.approx(size / volume)
        assert cost.reference_price == 10


def test_the_volatility_is_the_one_known_before_the_session() -> None:
    feed = bars("A", [10, 10, 10], volume=10_000)
    feed._history["volatility"] = np.array([0.01, 0.5, 0.5])
    costs = CostConfig({}, 0.0, 1.0, 0.0, 0.0, 1.0)
    script, _ = execute([feed], {1: [("A", 100, MARKET)]}, costs, cash=1e6)
    assert 1e6 - script.cash_by_bar[1] == pytest.approx(1000 * (1 + 0.01 * 0.1))


def test_without_a_volatility_line_the_feed_s_closes_serve() -> None:
    closes = np.array([10.0, 11.0, 10.0, 11.0, 10.0, 10.0])
    frame = pd.DataFrame(
        {"open": closes, "high": closes, "low": closes, "close": closes, "volume": 10_000.0},
        index=pd.bdate_range("2024-01-01", periods=6),
    )
    costs = CostConfig({}, 0.0, 1.0, 0.0, 0.0, 1.0)
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.setbroker(ImpactBroker(costs=costs))
    cerebro.broker.setcash(1e6)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame, name="A"), name="A")
    cerebro.addstrategy(Script, orders={5: [("A", 100, MARKET)]})
    script = cerebro.run()[0]
    sigma = np.diff(np.log(closes[:5])).std(ddof=1)
    assert 1e6 - script.cash_by_bar[-1] == pytest.approx(1000 * (1 + sigma * 0.1))


def test_commission_has_a_minimum_for_each_execution() -> None:
    costs = CostConfig({}, 0.0, 0.0, 1.0, 1.0, 1.0)
    script, _ = execute(
        [bars("A", [10, 10, 10, 10])],
        {1: [("A", 100, MARKET)], 2: [("A", 10_000, MARKET)]},
        costs,
        cash=1e6,
    )
    assert script.cash_by_bar[1] == pytest.approx(1e6 - 1000 - 1.0)
    assert script.cash_by_bar[2] == pytest.approx(1e6 - 1000 - 1.0 - 100_000 - 10.0)


def test_what_exceeds_the_participation_cap_waits_for_the_next_session() -> None:
    costs = CostConfig({}, 0.0, 0.0, 0.0, 0.0, 0.1)
    script, broker = execute(
        [bars("A", [10] * 6, volume=[1000, 1000, 0, 555, 1000, 1000])],
        {1: [("A", 200, MARKET)]},
        costs,
        cash=1e5,
    )
    filled = [size for _, status, size in script.trail if status in ("Partial", "Completed")]
    # 10 % of 1,000, nothing on a session without volume, 10 % of 555 rounded down, then the rest.
    assert filled == [100, 155, 200]
    assert broker.getposition(script.data).size == 200


def test_sells_fund_buys_that_wait_for_them() -> None:
    costs = CostConfig({}, 0.0, 0.0, 0.0, 0.0, 0.1)
    script, broker = execute(
        [bars("A", [10] * 8, volume=[1e6, 1e6, 500, 500, 500, 500, 500, 500]), bars("B", [10] * 8)],
        {1: [("A", 100, MARKET)], 2: [("A", -100, MARKET), ("B", 95, MARKET)]},
        costs,
        cash=1_100,
    )
    assert not [row for row in script.trail if row[1] in ("Margin", "Canceled", "Rejected")]
    assert broker.getposition(script.getdatabyname("B")).size == 95
    assert min(script.cash_by_bar) >= 0.0
    assert broker.getcash() == pytest.approx(150.0)


def test_a_gap_cuts_the_buy_to_the_cash_and_cancels_the_rest() -> None:
    script, broker = execute(
        [bars("A", [10, 20, 20])], {1: [("A", 90, MARKET)]}, SPREAD_ONLY, cash=1_000
    )
    affordable = math.floor(1_000 / 20.02)
    assert broker.getposition(script.data).size == affordable
    assert [status for _, status, _ in script.trail][-1] == "Canceled"
    assert "Margin" not in [status for _, status, _ in script.trail]
    assert broker.getcash() == pytest.approx(1_000 - affordable * 20.02)


def test_a_user_s_filler_still_counts() -> None:
    cerebro = bt.Cerebro(stdstats=False)
    broker = ImpactBroker(costs=FREE)
    broker.set_filler(bt.broker.fillers.FixedSize(size=30))
    broker.setcash(1e5)
    cerebro.setbroker(broker)
    cerebro.adddata(bars("A", [10] * 5), name="A")
    cerebro.addstrategy(Script, orders={1: [("A", 100, MARKET)]})
    script = cerebro.run()[0]
    filled = [size for _, status, size in script.trail if status in ("Partial", "Completed")]
    assert filled == [30, 60, 90, 100]


def test_a_buy_beyond_the_account_is_cut_and_never_refused() -> None:
    script, broker = execute([bars("A", [10, 10, 10])], {1: [("A", 500, MARKET)]}, FREE, 1_000)
    assert broker.getposition(script.data).size == 100
    assert script.trail[-1][1] == "Canceled"
    assert "Margin" not in [status for _, status, _ in script.trail]
