"""The plainest possible Backtrader script over the same bars, for comparison."""

from __future__ import annotations

import backtrader as bt
import pandas as pd

from feeds.market import MarketData
from feeds.trading_prices import trading_bars
from models.universe import SECTORS


class MonthlyEqualWeight(bt.Strategy):
    """Equal weights in whatever is listed, once a month, by `order_target_percent`."""

    def __init__(self) -> None:
        self._month = 0

    def prenext(self) -> None:
        """Funds that list late must not hold the others back."""
        self.next()

    def next(self) -> None:
        """Rebalance on each month's first session."""
        month = self.datetime.date(0).month
        if month != self._month:
            self._month = month
            listed = [data for data in self.datas[1:] if len(data)]
            for data in listed:
                self.order_target_percent(data, target=0.95 / len(listed))


def frames(market: MarketData, first: pd.Timestamp, last: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The bars of the benchmark and the sectors, cut to the period, ready for PandasData."""
    result = {}
    for ticker in ("SPY", *SECTORS):
        bars = trading_bars(market, ticker)
        columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
        result[ticker] = pd.DataFrame(columns, index=bars.dates).loc[first:last]
    return result


def run_plain(bars: dict[str, pd.DataFrame]) -> float:
    """Feeds, strategy, run; no analyzers, no observers. Returns the final value."""
    cerebro = bt.Cerebro(stdstats=False)
    for ticker, frame in bars.items():
        cerebro.adddata(bt.feeds.PandasData(dataname=frame), name=ticker)
    cerebro.addstrategy(MonthlyEqualWeight)
    cerebro.broker.setcash(1e7)
    cerebro.run()
    return float(cerebro.broker.getvalue())
