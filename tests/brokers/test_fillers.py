from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from brokers.fillers import ParticipationCap, ScheduledFill
from brokers.simulated import ImpactBroker
from feeds.bars import Bars
from models.costs import FREE
from models.schedules import twap, vwap

VOLUMES = [900.0, 100.0, 305.0, 0.0, 200.0, 400.0, 600.0, 800.0]


def feed() -> Bars:
    prices = np.full(len(VOLUMES), 10.0)
    columns = dict.fromkeys(("open", "high", "low", "close"), prices)
    columns |= {
        "volume": np.array(VOLUMES),
        "volatility": np.full(len(VOLUMES), 0.02),
        "dollar_adv": prices,
    }
    return Bars(columns=columns, dates=pd.bdate_range("2019-01-01", periods=8), name="A")


class Once(bt.Strategy):
    """Sends [(signed size, info)] at the close of the first bar; records the fills by bar."""

    params = (("sent", ()),)

    def __init__(self) -> None:
        self.fills: list[dict[int, float]] = [{} for _ in self.p.sent]
        self._refs: dict[int, int] = {}

    def next(self) -> None:
        if len(self) == 1:
            for number, (size, info) in enumerate(self.p.sent):
                trade = self.buy if size > 0 else self.sell
                self._refs[trade(size=abs(size), **info).ref] = number

    def notify_order(self, order: Any) -> None:
        for bit in order.executed.iterpending():
            self.fills[self._refs[order.ref]][len(self)] = bit.size


def stock_broker() -> bt.brokers.BackBroker:
    return bt.brokers.BackBroker(cash=1e6)


def impact_broker() -> ImpactBroker:
    broker = ImpactBroker(costs=FREE)
    broker.setcash(1e6)
    return broker


def cerebro_with(broker: Any, filler: Any, *sent: tuple[float, dict[str, Any]]) -> bt.Cerebro:
    broker.set_filler(filler)
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.setbroker(broker)
    cerebro.adddata(feed())
    cerebro.addstrategy(Once, sent=sent)
    return cerebro


brokers = pytest.mark.parametrize("broker", [stock_broker, impact_broker])


@brokers
def test_a_share_of_the_bars_volume_and_nothing_without_volume(broker: Any) -> None:
    cerebro = cerebro_with(broker(), ParticipationCap(0.1), (100, {}))
    expected = {2: 10, 3: 30, 5: 20, 6: 40}
    assert cerebro.run()[0].fills == [expected]


def test_a_second_run_remembers_nothing_of_the_first() -> None:
    # The first run ends where the second begins to fill.
    cerebro = cerebro_with(stock_broker(), ParticipationCap(0.1), (10, {}))
    assert [cerebro.run()[0].fills for _ in range(2)] == [[{2: 10}]] * 2


@brokers
def test_orders_on_one_bar_share_the_cap(broker: Any) -> None:
    cerebro = cerebro_with(broker(), ParticipationCap(0.1), (15, {}), (100, {}))
    assert cerebro.run()[0].fills == [{2: 10, 3: 5}, {3: 25, 5: 20, 6: 40, 7: 15}]


@brokers
def test_an_order_may_ask_for_less(broker: Any) -> None:
    cerebro = cerebro_with(
        broker(), ParticipationCap(0.1), (-20, {"participation_rate": 0.05}), (10, {})
    )
    assert cerebro.run()[0].fills == [{2: -5, 3: -15}, {2: 5, 3: 5}]


def test_a_fraction_fills_in_fractions() -> None:
    cerebro = cerebro_with(impact_broker(), ParticipationCap(0.1), (40.25, {}))
    assert cerebro.run()[0].fills == [{2: 10, 3: pytest.approx(30.25)}]


@brokers
def test_an_order_fills_by_its_own_schedule(broker: Any) -> None:
    schedule = {"schedule": vwap(100, [3, 1, 1, 2]).tolist()}
    cerebro = cerebro_with(broker(), ScheduledFill(), (100, schedule), (-7, {}))
    expected = {2: 43, 3: 14, 4: 14, 5: 29}
    if isinstance(cerebro.broker, ImpactBroker):
        expected = {2: 43, 3: 14, 5: 43}  # a bar without volume fills nothing; made up later
    assert cerebro.run()[0].fills == [expected, {2: -7}]


def test_the_last_slot_takes_all_that_is_left() -> None:
    cerebro = cerebro_with(stock_broker(), ScheduledFill(), (30, {"schedule": [10, 10]}))
    assert cerebro.run()[0].fills == [{2: 10, 3: 20}]


def test_a_schedule_under_a_cap_carries_what_is_left() -> None:
    filler = ParticipationCap(0.1, inner=ScheduledFill())
    schedule = {"schedule": twap(100, 4).tolist()}
    cerebro = cerebro_with(stock_broker(), filler, (100, schedule), (5, {}))
    # Due 25, 50, 75, 100; the bars allow 10, 30, 0, 20, 40 for both orders together.
    assert cerebro.run()[0].fills == [{2: 10, 3: 30, 5: 20, 6: 40}, {7: 5}]


def test_a_bad_rate_is_refused() -> None:
    for rate in (0.0, 1.5, float("nan")):
        with pytest.raises(ValueError, match="rate must lie in"):
            ParticipationCap(rate)
