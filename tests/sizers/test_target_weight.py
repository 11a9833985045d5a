from __future__ import annotations

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from brokers.simulated import ImpactBroker
from feeds.bars import Bars
from models.costs import FREE
from sizers.target_weight import TargetWeight


def flat_bars(name: str, price: float, length: int = 5) -> Bars:
    columns = {name_: np.full(length, price) for name_ in ("open", "high", "low", "close")}
    columns |= {"volume": np.full(length, 1e6), "volatility": np.full(length, 0.01)}
    return Bars(columns=columns, dates=pd.bdate_range("2024-01-01", periods=length), name=name)


class Switch(bt.Strategy):
    def __init__(self) -> None:
        self.target_weights: dict[str, float] = {}
        self.asked: list[tuple[str, int, int]] = []

    def next(self) -> None:
        self.target_weights = {"A": 0.6, "B": 0.4} if len(self) == 1 else {"A": 0.25, "B": 0.75}
        if len(self) in (1, 3):
            for data in self.datas:
                sizes = (self.getsizing(data, False), self.getsizing(data, True))
                self.asked.append((data._name, *sizes))
            for trade in (self.sell, self.buy):
                for data in self.datas:
                    trade(data=data)


def test_shares_by_hand() -> None:
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.setbroker(ImpactBroker(costs=FREE))
    cerebro.broker.setcash(10_000)
    for feed in (flat_bars("A", 30.0), flat_bars("B", 7.0)):
        cerebro.adddata(feed, name=feed.p.name)
    cerebro.addstrategy(Switch)
    cerebro.addsizer(TargetWeight, cash_buffer=0.01)
    strategy = cerebro.run()[0]
    # 9,900 dollars: 0.6 -> 198 of A, 0.4 -> 565.7 of B, and one more would be 2 dollars too many;
    # then 0.25 -> 82.5, 0.75 -> 1060.7: B rounded up misses by 2 dollars, A up would cost too much.
    assert strategy.asked == [
        ("A", 0, 198),
        ("B", 0, 565),
        ("A", 198 - 82, 0),
        ("B", 0, 1061 - 565),
    ]
    sizes = {data._name: strategy.getposition(data).size for data in strategy.datas}
    assert sizes == {"A": 82, "B": 1061}


def test_a_strategy_without_targets_is_told() -> None:
    class Blind(bt.Strategy):
        def next(self) -> None:
            self.buy()

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(flat_bars("A", 30.0), name="A")
    cerebro.addstrategy(Blind)
    cerebro.addsizer(TargetWeight)
    with pytest.raises(TypeError, match="Blind has no target_weights"):
        cerebro.run()
