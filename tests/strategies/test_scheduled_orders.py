"""Parent orders over bars: hand arithmetic on few bars, pandas on many."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.fillers import ParticipationCap
from brokers.simulated import ImpactBroker
from feeds.bars import Bars
from feeds.minute_bars import DailyBar, MinuteBars, make_minute_bars
from feeds.minute_feed import minute_feed
from models.costs import FREE, CostConfig
from models.working_order import CANCELLED, FILLED, NO_CASH, WORKING
from strategies.scheduled_orders import ScheduledOrders

OPENS = [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0]
VOLUMES = [900.0, 100.0, 300.0, 0.0, 200.0, 400.0, 600.0, 800.0]


def bars(
    opens: list[float], volume: list[float] | float = 1e6, name: str = "A", volatility: float = 0.02
) -> Bars:
    prices, length = np.array(opens), len(opens)
    columns = {
        "open": prices,
        "high": prices + 1,
        "low": prices - 1,
        "close": prices + 0.5,
        "volume": np.broadcast_to(np.asarray(volume, dtype=float), length).copy(),
        "volatility": np.full(length, volatility),
        "dollar_adv": np.full(length, 1e8),
    }
    return Bars(columns=columns, dates=pd.bdate_range("2019-01-01", periods=length), name=name)


class Killing(ScheduledOrders):
    """Kills one of its orders at the close of a bar, before or after it sends the next child."""

    params = (("kill_at", 3), ("killed", "1-buy-A"), ("late", False))

    def __init__(self) -> None:
        super().__init__()
        self.filled_at_kill = -1.0

    def next(self) -> None:
        if self.p.late:
            super().next()
        if len(self) == self.p.kill_at:
            self.kill(self.p.killed)
            (order,) = (o for o in self.orders_worked if o.parent.order_id == self.p.killed)
            self.filled_at_kill = order.filled
        if not self.p.late:
            super().next()


def work(
    feeds: Any,
    costs: CostConfig = FREE,
    filler: Any = None,
    cash: float = 1e6,
    strategy: type[ScheduledOrders] = ScheduledOrders,
    **params: Any,
) -> ScheduledOrders:
    cerebro = bt.Cerebro(stdstats=False)
    broker = ImpactBroker(costs=costs)
    broker.setcash(cash)
    if filler is not None:
        broker.set_filler(filler)
    cerebro.setbroker(broker)
    for feed in feeds if isinstance(feeds, list) else [feeds]:
        cerebro.adddata(feed, name=feed.p.name)
    cerebro.addstrategy(strategy, **params)
    return cerebro.run()[0]


def filled(strategy: ScheduledOrders, number: int = 0) -> list[float]:
    order_id = strategy.orders_worked[number].parent.order_id
    return [row["filled"] for row in strategy.slot_rows if row["order_id"] == order_id]


CAPPED = CostConfig({}, 0.0, 0.0, 0.0, 0.0, 0.1, permanent_share=0.0)


def test_immediate_fills_at_the_next_open() -> None:
    strategy = work(bars(OPENS), orders="A 100", algorithm="immediate", slots=3)
    (order,) = strategy.orders_worked
    assert filled(strategy) == [100]
    assert (order.average_price, order.status) == (11.0, FILLED)
    assert order.parent.decision_price == 10.5


def test_immediate_carries_what_volume_leaves() -> None:
    # 10 % of 100, 300, 0, 200, 400: 10, 30, nothing, 20, then the last 30 of what 40 allow.
    strategy = work(bars(OPENS, VOLUMES), CAPPED, orders="A 90", algorithm="immediate", slots=1)
    assert filled(strategy) == [10, 30, 0, 20, 30]
    (order,) = strategy.orders_worked
    paid = 10 * 11 + 30 * 12 + 20 * 14 + 30 * 15
    assert order.average_price == pytest.approx(paid / 90, rel=1e-15)
    assert order.volume == 100 + 300 + 0 + 200 + 400


def test_twap_by_hand() -> None:
    strategy = work(bars(OPENS), orders="A 10", algorithm="twap", slots=4)
    assert filled(strategy) == [3, 2, 3, 2]
    (order,) = strategy.orders_worked
    assert order.average_price == (3 * 11 + 2 * 12 + 3 * 13 + 2 * 14) / 10


def test_twap_carries_what_a_bar_leaves() -> None:
    # 25 a slot; the bars allow 10, 30, 0, 20, 40, 60. Due: 25, 40, 35, 60, and then the rest.
    strategy = work(bars(OPENS, VOLUMES), CAPPED, orders="A 100", algorithm="twap", slots=4)
    assert [row["sent"] for row in strategy.slot_rows] == [25, 40, 35, 60, 40]
    assert filled(strategy) == [10, 30, 0, 20, 40]
    assert strategy.orders_worked[0].status == FILLED


def test_twap_cancels_what_a_bar_leaves() -> None:
    strategy = work(
        bars(OPENS, VOLUMES), CAPPED, orders="A 100", algorithm="twap", slots=4, leftover="cancel"
    )
    assert [row["sent"] for row in strategy.slot_rows] == [25] * 4
    assert filled(strategy) == [10, 25, 0, 20]
    (order,) = strategy.orders_worked
    assert (order.remaining, order.status) == (45, CANCELLED)
    assert strategy.position.size == 55
    assert strategy.broker.getcash() == 1e6 - (10 * 11 + 25 * 12 + 20 * 14)


def test_vwap_by_hand() -> None:
    strategy = work(bars(OPENS), orders="A -100", algorithm="vwap", slots=4, profile=(3, 1, 1, 2))
    assert filled(strategy) == [43, 14, 14, 29]
    (order,) = strategy.orders_worked
    assert order.average_price == (43 * 11 + 14 * 12 + 14 * 13 + 29 * 14) / 100
    assert strategy.position.size == -100


def test_vwap_estimates_its_profile_from_trailing_sessions() -> None:
    # Sessions of two bars, the first of them trades 3 of 4 shares; the orders come after five
    # bars, so the next bar is a second one.
    strategy = work(
        bars([10.0] * 9, [300, 100, 600, 200, 300, 100, 900, 300, 9]),
        orders="A 80", algorithm="vwap", slots=3, start=5, bars_per_session=2,
    )  # fmt: skip
    # Shares by bar: of (100, 600) and (200, 300): 1/7, 2/5 and 6/7, 3/5, in the mean.
    small, large = (1 / 7 + 2 / 5) / 2, (6 / 7 + 3 / 5) / 2
    path = np.cumsum([small, large, small]) * 80 / (2 * small + large)
    assert filled(strategy) == np.diff(np.floor(path + 0.5), prepend=0).tolist()


def test_across_sessions_without_a_profile_vwap_is_twap() -> None:
    """Daily bars: the same volume is expected of every session to come."""
    feed, order = bars(OPENS, VOLUMES), "A 10"
    strategy = work(feed, orders=order, algorithm="vwap", slots=4, start=3, bars_per_session=1)
    assert [row["sent"] for row in strategy.slot_rows] == [3, 2 + 3, 3, 2]
    assert filled(strategy) == [0, 5, 3, 2]


def test_percentage_of_volume_by_hand() -> None:
    # A tenth of 100, 400, 400, 600, 1000 so far, a bar later: 0, 10, 40, 40, 60, 90.
    strategy = work(bars(OPENS, VOLUMES), orders="A 90", algorithm="pov", slots=7)
    assert [row["scheduled"] for row in strategy.slot_rows] == [0, 10, 40, 40, 60, 90]
    # The bar without volume fills nothing; its 0 due make no order either.
    assert [row["sent"] for row in strategy.slot_rows] == [0, 10, 30, 30, 20, 30]
    assert filled(strategy) == [0, 10, 0, 30, 20, 30]
    (order,) = strategy.orders_worked
    paid = 10 * 12 + 30 * 14 + 20 * 15 + 30 * 16
    assert (order.average_price, order.status) == (pytest.approx(paid / 90, rel=1e-15), FILLED)


def test_percentage_of_volume_stays_below_its_rate_in_every_bar_with_the_filler() -> None:
    strategy = work(
        bars(OPENS, VOLUMES), filler=ParticipationCap(1.0), orders="A 90", algorithm="pov", slots=7
    )
    assert filled(strategy) == [0, 10, 0, 20, 30, 30]
    for row in strategy.slot_rows:
        assert row["filled"] <= 0.1 * row["volume"]


def test_percentage_of_volume_ends_with_its_slots_when_it_does_not_carry() -> None:
    strategy = work(
        bars(OPENS, VOLUMES), orders="A 90", algorithm="pov", slots=4, leftover="cancel"
    )
    # Of the 30 that were sent into the dead bar nothing comes again.
    assert filled(strategy) == [0, 10, 0, 0]
    assert strategy.orders_worked[0].status == CANCELLED


def test_shortfall_by_hand() -> None:
    # The case of tests/models/test_schedules.py: 667 and 333 with k2 = 1, but at a close of 100.
    costs = CostConfig({}, 0.0, 1.0, 0.0, 0.0, 1.0, permanent_share=0.0)
    strategy = work(
        bars([99.5] * 5, 50_000), costs, orders="A 1000", algorithm="shortfall", slots=2,
        profile=(50_000, 50_000), risk_aversion=1e-4,
    )  # fmt: skip
    assert filled(strategy) == [667, 333]


def test_sells_pay_for_buys() -> None:
    feeds = [bars(OPENS, name="A"), bars(OPENS, name="B")]
    strategy = work(feeds, cash=1.0, orders="B 10, A -10", algorithm="twap", slots=2)
    assert [order.parent.ticker for order in strategy.orders_worked] == ["A", "B"]
    assert [order.status for order in strategy.orders_worked] == [FILLED, FILLED]
    assert strategy.broker.getcash() == 1.0


def test_a_buy_without_cash_or_sells_ends() -> None:
    strategy = work(bars(OPENS), cash=50.0, orders="A 10", algorithm="twap", slots=2)
    (order,) = strategy.orders_worked
    assert (order.filled, order.status) == (4, NO_CASH)
    assert strategy.broker.getcash() == 6.0


def test_the_end_of_the_data_leaves_an_order_working() -> None:
    strategy = work(bars(OPENS), orders="A 100", algorithm="twap", slots=20)
    (order,) = strategy.orders_worked
    assert (order.filled, order.status) == (35, WORKING)
    assert strategy.position.size == 35


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 2_000),
    st.lists(st.integers(0, 5_000), min_size=4, max_size=14),
    st.sampled_from(["immediate", "twap", "vwap", "pov", "shortfall"]),
    st.sampled_from(["carry", "cancel"]),
    st.integers(1, 6),
)
def test_children_sum_and_books_reconcile(
    shares: int, volume: list[int], algorithm: str, leftover: str, slots: int
) -> None:
    opens = [10.0 + k for k in range(len(volume))]
    strategy = work(
        bars(opens, [float(v) for v in volume]), CAPPED, orders=(("A", shares),),
        algorithm=algorithm, slots=slots, leftover=leftover,
        profile=tuple(range(1, slots + 1)),
    )  # fmt: skip
    (order,) = strategy.orders_worked
    fills = filled(strategy)
    assert sum(fills) == order.filled == strategy.position.size == shares - order.remaining
    assert order.remaining >= 0
    for row in strategy.slot_rows:
        assert row["filled"] <= min(row["sent"], 0.1 * row["volume"])
        assert row["scheduled"] <= shares
    assert strategy.broker.getcash() == pytest.approx(1e6 - order.spent, abs=1e-6)
    assert strategy.broker.get_orders_open() == [] or order.status == WORKING


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 900), min_size=8, max_size=8),
    st.sampled_from(["twap", "pov", "shortfall"]),
    st.sampled_from(["carry", "cancel"]),
    st.integers(2, 7),
    st.sampled_from(["1-sell-B", "2-buy-A"]),
    st.booleans(),
)
def test_killing_an_order_leaves_books_that_reconcile(
    volume: list[int], algorithm: str, leftover: str, kill_at: int, killed: str, late: bool
) -> None:
    volumes = [float(v) for v in volume]
    feeds = [bars(OPENS, volumes, name="A"), bars(OPENS, volumes[::-1], name="B")]
    strategy = work(
        feeds, CAPPED, strategy=Killing, kill_at=kill_at, killed=killed, late=late,
        orders="A 150, B -120", algorithm=algorithm, slots=5, leftover=leftover,
        profile=(10,) * 5,
    )  # fmt: skip
    sell, buy = strategy.orders_worked
    dead = sell if killed == "1-sell-B" else buy
    # Backtrader cannot take back what was sent at the same close.
    assert late or dead.filled == strategy.filled_at_kill
    assert dead.status in (CANCELLED, FILLED)
    assert [sum(filled(strategy, number)) for number in (0, 1)] == [sell.filled, buy.filled]
    positions = [strategy.broker.getposition(feed).size for feed in feeds]
    assert positions == [buy.filled, -sell.filled]
    cash = 1e6 + sell.spent - buy.spent
    assert strategy.broker.getcash() == pytest.approx(cash, abs=1e-6)
    assert strategy.broker.getcash() >= 0


def test_killing_an_unknown_order_names_the_known() -> None:
    with pytest.raises(KeyError, match="no order 7; there are 1-buy-A"):
        work(bars(OPENS), strategy=Killing, killed="7", orders="A 10")


def minute_world() -> dict[pd.Timestamp, MinuteBars]:
    made = {}
    for number, day in enumerate(pd.bdate_range("2019-03-04", periods=4)):
        low, high = 90.0 + number, 93.0 + number
        bar = DailyBar("XLK", day, low + 1.0, high, low, low + 2.0, 4_000_000.0 + number)
        made[day] = make_minute_bars(bar, 11)
    return made


def minute_frame(made: dict[pd.Timestamp, MinuteBars]) -> pd.DataFrame:
    parts = {
        day: pd.DataFrame({"open": bar.open, "volume": bar.volume}, index=bar.minute)
        for day, bar in made.items()
    }
    return pd.concat(parts, names=["day", "minute"])


@pytest.mark.parametrize("algorithm", ["twap", "vwap"])
def test_average_price_and_quantities_agree_with_pandas(algorithm: str) -> None:
    """Three sessions of history, the order worked over the fourth; only pandas on the other side.

    The order comes at the close of the third session and is free to fill at any open.
    """
    made, shares = minute_world(), 123_457
    days = list(made)
    feed = minute_feed("XLK", made, volatility=dict.fromkeys(days, 0.01))
    strategy = work(
        feed, cash=1e9, orders=f"XLK {shares}", algorithm=algorithm, slots=390, start=3 * 390
    )
    frame = minute_frame(made)
    history = frame["volume"].drop(days[3], level="day")
    parts = history / history.groupby("day").transform("sum")
    weights = parts.groupby("minute").mean()
    if algorithm == "twap":
        weights = pd.Series(1.0, index=weights.index)
    path = (shares * weights.cumsum() / weights.sum() + 0.5).round(9).floordiv(1.0)
    expected = path.diff().fillna(path.iloc[0])
    opens = frame["open"].xs(days[3], level="day")
    average = (expected * opens).sum() / expected.sum()
    (order,) = strategy.orders_worked
    np.testing.assert_allclose(filled(strategy), expected, rtol=0, atol=1e-12)
    assert order.filled == shares
    assert order.average_price == pytest.approx(average, rel=1e-12)
    assert strategy.broker.getcash() == pytest.approx(1e9 - shares * average, rel=1e-12)
    paid = strategy.broker.getposition(feed).price
    assert paid == pytest.approx(average, rel=1e-12)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"orders": "B 10"}, "orders: no data 'B'; there are A"),
        ({"orders": "A"}, "orders must read like"),
        ({"orders": "A ten"}, "orders must read like"),
        ({"orders": "A 0"}, "non-zero"),
        ({"orders": "A 1", "leftover": "keep"}, "leftover"),
        ({"orders": "A 1", "algorithm": "best"}, "algorithm"),
        ({"orders": "A 1", "algorithm": "vwap"}, "A: 1 bars at the start, an expected volume"),
    ],
)
def test_bad_parameters_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        work(bars(OPENS), **params)
