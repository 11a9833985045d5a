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
    """[T] values of one, through the project's feeds, broker and sizer."""
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


def decided_weights(task: Task) -> pd.DataFrame:
    """[T x A] weights of what is to be invested at each decision's close, NaN elsewhere."""
    frame = np.full((len(task.window.dates), len(task.window.funds)), np.nan)
    frame[task.window.bars.decision >= 0] = task.weights
    return pd.DataFrame(frame, index=task.window.dates, columns=list(task.window.funds))
