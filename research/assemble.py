"""Where the concrete parts meet: a market and a config become a Cerebro ready to run."""

from __future__ import annotations

import difflib
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd

from analyzers.active_return import ActiveReturn
from analyzers.equity import Equity
from analyzers.progress import Progress
from analyzers.shortfall import Shortfall
from analyzers.trade_monitor import TradeMonitor
from analyzers.trades import Trades
from analyzers.warnings import Warnings
from analyzers.weights import Weights
from brokers.simulated import ImpactBroker
from feeds.bars import bars_feed
from feeds.bond_stress import bond_stress_feed, market_stress
from feeds.market import MarketData
from feeds.trading_prices import trading_bars
from models.universe import BENCHMARK, SECTORS, SECTORS_REDEFINED
from research.config import ConfigError, RunConfig
from sizers.target_weight import TargetWeight
from strategies.bond_stress_rotation import BondStressRotation
from strategies.buy_and_hold import BuyAndHold
from strategies.credit_relative_value import CreditRelativeValue
from strategies.equal_weight_sectors import EqualWeightSectors
from strategies.large_shift import LargeShift
from strategies.perfect_foresight import PerfectForesight
from strategies.rebalancing import Rebalancing
from strategies.sector_momentum import SectorMomentum
from strategies.ten_month_trend import TenMonthTrend

STRATEGIES: dict[str, type[bt.Strategy]] = {
    strategy.__name__: strategy
    for strategy in (
        BondStressRotation,
        BuyAndHold,
        CreditRelativeValue,
        EqualWeightSectors,
        LargeShift,
        PerfectForesight,
        SectorMomentum,
        TenMonthTrend,
    )
}
# Bars before the first measured return: the strategies' lead-in, then the close they start from.
LEAD_IN_SESSIONS = Rebalancing.lead_in + 1


def trading_span(market: MarketData, config: RunConfig) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last bar: the lead-in before the period's first session, to its last.

    ConfigError when the market does not cover the period.
    """
    sessions = market.sessions
    first = int(sessions.searchsorted(pd.Timestamp(config.period.start), side="left"))
    last = int(sessions.searchsorted(pd.Timestamp(config.period.end), side="right")) - 1
    span = f"{market.source} covers {sessions[0].date()} to {sessions[-1].date()}"
    if first < LEAD_IN_SESSIONS:
        earliest = sessions[LEAD_IN_SESSIONS].date()
        raise ConfigError(
            f"period.start {config.period.start}: {span}; start on {earliest} or later"
        )
    if last <= first:
        raise ConfigError(
            f"period {config.period.start} to {config.period.end} has fewer than two sessions: "
            f"{span}"
        )
    return sessions[first - LEAD_IN_SESSIONS], sessions[last]


def add_feeds(
    cerebro: bt.Cerebro,
    market: MarketData,
    config: RunConfig,
    stress: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Add benchmark, listed sectors and bond stress; returns the stress sources by session.

    `stress` replaces the market's own features, on the same sessions.
    """
    first, last = trading_span(market, config)
    for ticker in (BENCHMARK, *SECTORS):
        if ticker in market.tickers:
            since = SECTORS_REDEFINED if ticker in SECTORS else None
            bars = trading_bars(market, ticker, since)
            if bars.dates[0] <= last:
                cerebro.adddata(bars_feed(bars, first, last), name=ticker)
    features, sources = market_stress(market, config.stress.model())
    features = features if stress is None else stress
    cerebro.adddata(bond_stress_feed(features, first, last), name="bond stress")
    return sources.loc[first:last]


def add_strategy(cerebro: bt.Cerebro, market: MarketData, config: RunConfig) -> None:
    """Add the configured strategy. ConfigError on an unknown name or parameter."""
    strategy = STRATEGIES.get(config.strategy.name)
    if strategy is None:
        raise ConfigError(
            f"strategy.name: no strategy {config.strategy.name}; known: {', '.join(STRATEGIES)}"
        )
    defaults = dict(strategy.params._getitems())
    for name, value in config.strategy.params.items():
        if name not in defaults:
            near = difflib.get_close_matches(name, defaults, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(defaults)}"
            raise ConfigError(f"strategy.params.{name}: unknown parameter; {hint}")
        wanted = type(defaults[name])
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise ConfigError(
                f"strategy.params.{name}: {value!r} is no {wanted.__name__}; "
                f"the default is {defaults[name]!r}"
            )
    given: dict[str, Any] = dict(config.strategy.params)
    if strategy is PerfectForesight:
        horizon = int(given["horizon"] if "horizon" in given else defaults["horizon"])
        given["outcomes"] = outcomes(market, config, horizon)
    cerebro.addstrategy(strategy, **given)


def outcomes(market: MarketData, config: RunConfig, horizon: int) -> dict[str, np.ndarray]:
    """{ISO date: [N] log return of each traded sector less the benchmark's over the horizon}.

    The future, for PerfectForesight alone. Towards the period's end over what is left of it.
    """
    _, last = trading_span(market, config)
    closes = market.total_return_close.loc[:last]
    sectors = [ticker for ticker in SECTORS if ticker in market.tickers]
    logs = np.log(closes[sectors].to_numpy()) - np.log(closes[[BENCHMARK]].to_numpy())
    ahead = np.minimum(np.arange(len(logs)) + horizon, len(logs) - 1)
    days = pd.DatetimeIndex(closes.index).strftime("%Y-%m-%d")
    return dict(zip(days, logs[ahead] - logs, strict=True))


def add_account(cerebro: bt.Cerebro, config: RunConfig) -> None:
    """Set the simulated broker, its cash and the sizer."""
    broker = ImpactBroker(costs=config.costs.model())  # type: ignore[call-arg]
    broker.setcash(config.account.cash)
    cerebro.setbroker(broker)
    account = config.account
    cerebro.addsizer(
        TargetWeight,
        cash_buffer=account.cash_buffer,
        min_trade=account.min_trade,
        lot=account.lot,
        restricted=",".join(account.restricted),
    )


def add_analyzers(
    cerebro: bt.Cerebro, config: RunConfig, on_session: Any = None, on_orders: Any = None
) -> None:
    """Add the analyzers of the run folder.

    `on_session()` is called at every close, `on_orders(date, rows)` where orders work.
    """
    cerebro.addanalyzer(Equity, _name="equity")
    cerebro.addanalyzer(ActiveReturn, _name="active_return", seed=config.seed)
    cerebro.addanalyzer(Weights, _name="weights")
    cerebro.addanalyzer(Trades, _name="trades")
    cerebro.addanalyzer(Shortfall, _name="shortfall")
    cerebro.addanalyzer(TradeMonitor, _name="monitor", on_rows=on_orders)
    cerebro.addanalyzer(Warnings, _name="warnings")
    if on_session is not None:
        cerebro.addanalyzer(Progress, _name="progress", on_session=on_session)


def assemble(
    market: MarketData,
    config: RunConfig,
    on_session: Any = None,
    on_orders: Any = None,
    stress: pd.DataFrame | None = None,
) -> tuple[bt.Cerebro, pd.DataFrame]:
    """A Cerebro with everything in place, and the stress sources behind its feed."""
    cerebro = bt.Cerebro(stdstats=False)
    sources = add_feeds(cerebro, market, config, stress)
    add_account(cerebro, config)
    add_strategy(cerebro, market, config)
    add_analyzers(cerebro, config, on_session, on_orders)
    return cerebro, sources
