"""The same monthly weights through the kernel, through Backtrader and through vectorbt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import backtrader as bt
import numpy as np
import pandas as pd

from analyzers.equity import Equity
from feeds.bars import bars_feed
from feeds.market import MarketData
from models.kernel_batch import Configured, Stages
from models.kernel_inputs import Targets
from research import assemble
from research.config import RunConfig
from research.kernel_window import Window, window_of
from research.sweep_cache import StageCache
from research.sweep_configurations import Configurations
from research.sweep_kernel import batch_of, simulate
from research.sweep_shared import shared_bars
from strategies.rebalancing import Rebalancing

# Of the traded value, for those that know no other costs: commission, half-spread and impact.
FEES, SLIPPAGE = 5e-5, 1e-4
BUFFER = 0.005


class GivenWeights(Rebalancing):
    """Trades to a table of weights at once.

    Params:
        table (None): ISO date -> weights by ticker.
    """

    params: ClassVar[tuple[tuple[str, Any], ...]] = (("table", None),)  # type: ignore[misc]

    def __init__(self) -> None:
        super().__init__()

    def decide(self) -> list[dict[str, Any]]:
        """The table's row of today."""
        row = self.p.table[self.datetime.date(0).isoformat()]
        return [{"ticker": ticker, "target_weight": weight} for ticker, weight in row.items()]


@dataclass(frozen=True)
class Task:
    """Weights at each decision of a window, and everything that trading them takes.

    Attributes:
        market, config: bars, period, account and costs.
        window: the kernel's view of them.
        batch, stages: the kernel's configurations; only their costs and rules are read.
        weights: [D x A] at each decision, the funds in the window's order.
    """

    market: MarketData
    config: RunConfig
    window: Window
    batch: Configured
    stages: Stages
    weights: np.ndarray


def make_task(market: MarketData, config: RunConfig, count: int, seed: int) -> Task:
    """Random weights over the sectors that trade throughout, the same for `count` copies."""
    shared = StageCache()
    window = window_of(market, config, shared)
    configs = Configurations(config, (), ((),) * count)
    batch, stages = batch_of(market, window, configs, shared)
    rng = np.random.default_rng(seed)
    listed = np.flatnonzero(np.isfinite(window.bars.closes[1:, 0])) + 1
    weights = np.zeros((len(window.decided), len(window.funds)))
    weights[:, listed] = rng.dirichlet(np.full(len(listed), 4.0), len(weights))
    return Task(market, config, window, batch, stages, weights)


def in_kernel(task: Task) -> np.ndarray:
    """[C x T] values of every copy."""
    targets = Targets(task.weights, np.ones((len(task.weights), 1)))
    return simulate(task.window, task.batch, task.stages, targets)[0]


def in_backtrader(task: Task) -> np.ndarray:
    """[T] values of one through the project's feeds, broker and sizer, as the kernel has them."""
    market, config = task.market, task.config
    cerebro = bt.Cerebro(stdstats=False)
    first, last = assemble.trading_span(market, config)
    shared = StageCache()
    for ticker in task.window.funds:
        cerebro.adddata(bars_feed(shared_bars(market, ticker, shared), first, last), name=ticker)
    assemble.add_account(cerebro, config)
    days = task.window.dates[task.window.bars.decision >= 0].astype(str).tolist()
    rows = [dict(zip(task.window.funds, row, strict=True)) for row in task.weights.tolist()]
    cerebro.addstrategy(GivenWeights, table=dict(zip(days, rows, strict=True)))
    cerebro.addanalyzer(Equity, _name="equity")
    strategy = cerebro.run()[0]
    return np.array(strategy.analyzers.equity.get_analysis()["value"])


def bars_of(task: Task) -> dict[str, pd.DataFrame]:
    """Bars by fund with a row for every session of the window, those that list late left out."""
    lines, dates = task.window.bars.lines, pd.DatetimeIndex(task.window.dates)
    closes = task.window.bars.closes
    known = {}
    for place, fund in enumerate(task.window.funds):
        if np.isfinite(lines[0, 1, place]):
            columns = {"open": lines[:, 0, place], "close": closes[place]}
            columns |= {"high": np.maximum(columns["open"], columns["close"])}
            columns |= {"low": np.minimum(columns["open"], columns["close"])}
            known[fund] = pd.DataFrame(columns | {"volume": lines[:, 2, place]}, index=dates)
    return known


class PlainWeights(bt.Strategy):
    """The same table as a Backtrader user would trade it: `order_target_percent`, sells first.

    Params:
        table (None): ISO date -> weights by ticker.
    """

    params = (("table", None),)

    def __init__(self) -> None:
        super().__init__()

    def next(self) -> None:
        """Rebalance on the table's days."""
        row = self.p.table.get(self.datetime.date(0).isoformat())
        if row is None:
            return
        value = self.broker.getvalue()
        changes = {
            data: row[data._name] - self.getposition(data).size * data.close[0] / value
            for data in self.datas
        }
        for data in sorted(changes, key=changes.__getitem__):
            self.order_target_percent(data, target=(1.0 - BUFFER) * row[data._name])


def in_plain_backtrader(task: Task, bars: dict[str, pd.DataFrame]) -> float:
    """Final value through Backtrader's own feeds, broker and orders, fees in percent."""
    cerebro = bt.Cerebro(stdstats=False)
    for fund, frame in bars.items():
        cerebro.adddata(bt.feeds.PandasData(dataname=frame), name=fund)
    days = task.window.dates[task.window.bars.decision >= 0].astype(str).tolist()
    rows = [dict(zip(task.window.funds, row, strict=True)) for row in task.weights.tolist()]
    cerebro.addstrategy(PlainWeights, table=dict(zip(days, rows, strict=True)))
    cerebro.broker.setcash(task.config.account.cash)
    cerebro.broker.setcommission(FEES)
    cerebro.broker.set_slippage_perc(SLIPPAGE, slip_open=True)
    cerebro.run()
    return float(cerebro.broker.getvalue())


def vectorbt_frames(task: Task, count: int) -> dict[str, Any]:
    """What vectorbt takes of `count` copies: closes, weights the day after, opens, groups."""
    bars = bars_of(task)
    places = [task.window.funds.index(fund) for fund in bars]
    weights = np.full((len(task.window.dates), len(places)), np.nan)
    weights[task.window.bars.decision >= 0] = (1.0 - BUFFER) * task.weights[:, places]
    index = pd.DatetimeIndex(task.window.dates)
    frames = {
        "close": pd.DataFrame({fund: frame["close"] for fund, frame in bars.items()}),
        "size": pd.DataFrame(weights, index=index, columns=list(bars)).shift(1),
        "price": pd.DataFrame({fund: frame["open"] for fund, frame in bars.items()}),
    }
    many = {name: pd.concat([frame] * count, axis=1, keys=range(count)) for name, frame in
            frames.items()}  # fmt: skip
    return many | {"group_by": np.repeat(np.arange(count), len(bars))}


def in_vectorbt(task: Task, frames: dict[str, Any]) -> np.ndarray:
    """[T x C] values of every copy."""
    import vectorbt

    portfolio = vectorbt.Portfolio.from_orders(
        **frames,
        size_type="targetpercent",
        fees=FEES,
        slippage=SLIPPAGE,
        init_cash=task.config.account.cash,
        cash_sharing=True,
        call_seq="auto",
        freq="1D",
    )
    return np.asarray(portfolio.value())
