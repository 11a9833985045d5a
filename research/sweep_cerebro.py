"""Backtrader's Cerebro as the engine of a sweep: slow, and the reference."""

from __future__ import annotations

import backtrader as bt
import numpy as np
import pandas as pd

from feeds.bars import bars_feed
from feeds.bond_stress import bond_stress_feed
from feeds.market import MarketData
from models.universe import BENCHMARK, SECTORS
from research.assemble import add_account, add_analyzers, add_strategy, trading_span
from research.config import ConfigError, RunConfig
from research.metrics import trading_metrics
from research.run import RefusedError
from research.sweep_cache import StageCache
from research.sweep_configurations import Configurations
from research.sweep_engine import TRADING_FIGURES, BatchResult
from research.sweep_shared import shared_bars, shared_stress
from research.sweep_stages import FEATURES


class CerebroEngine:
    """One Cerebro a configuration, with market, bars and stress features shared."""

    name = "cerebro"
    batch = 1
    shares = frozenset({FEATURES})

    def run_batch(
        self, market: MarketData, configs: Configurations, shared: StageCache
    ) -> BatchResult:
        """See research.sweep_engine.Engine."""
        runs = [_run(market, config, shared) for config in configs]
        equities = [equity for equity, _ in runs]
        dates = equities[0]["date"].to_numpy("datetime64[D]")
        # Not the equity's benchmark: that is scaled by the value built, whose rounding would make
        # it depend on the configuration.
        bars = shared_bars(market, BENCHMARK, shared)
        measured = np.isin(bars.dates.to_numpy("datetime64[D]"), dates)
        return BatchResult(
            dates=dates,
            benchmark=bars.close[measured],
            values=np.array([equity["value"].to_numpy(np.float64) for equity in equities]),
            figures={
                name: np.array([figures[name] for _, figures in runs], dtype=np.float64)
                for name in TRADING_FIGURES
            },
        )


def check_strategy(market: MarketData, config: RunConfig, shared: StageCache) -> None:
    """Build the configured strategy on two bars, so that it can refuse its parameters.

    Raises:
        ConfigError: it did; the message is the strategy's own.
    """
    try:
        cerebro = _assembled(market, config, shared, sessions=2)
        cerebro.run()
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _run(
    market: MarketData, config: RunConfig, shared: StageCache
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Equity (date, value, cash, benchmark) and trading figures of one configuration."""
    cerebro = _assembled(market, config, shared)
    add_analyzers(cerebro, config)
    strategy = cerebro.run()[0]
    equity = pd.DataFrame(strategy.analyzers.equity.get_analysis())
    trades = strategy.analyzers.trades
    rows = trades.get_analysis()
    refused = [order for order in rows["orders"] if order["status"] in ("margin", "rejected")]
    if refused:
        raise RefusedError(
            f"configuration {config.identity()[:12]}: {len(refused)} orders refused, first "
            f"{refused[0]['order_id']} ({refused[0]['status']}); please report it"
        )
    fills = pd.DataFrame(rows["fills"], columns=list(trades.fill_columns))
    counts = {"orders": len(rows["orders"]), "fills": len(fills)}
    return equity, trading_metrics(equity, fills) | counts  # type: ignore[operator]


def _assembled(
    market: MarketData, config: RunConfig, shared: StageCache, sessions: int | None = None
) -> bt.Cerebro:
    """Cerebro with feeds (of the first `sessions` bars, or all), account and strategy."""
    cerebro = bt.Cerebro(stdstats=False)
    first, last = trading_span(market, config)
    if sessions is not None:
        last = market.sessions[market.sessions >= first][:sessions].max()
    for ticker in (BENCHMARK, *SECTORS):
        if ticker in market.tickers:
            bars = shared_bars(market, ticker, shared)
            if bars.dates[0] <= last:
                cerebro.adddata(bars_feed(bars, first, last), name=ticker)
    features = shared_stress(market, config, shared)
    cerebro.adddata(bond_stress_feed(features, first, last), name="bond stress")
    add_account(cerebro, config)
    add_strategy(cerebro, market, config)
    return cerebro
