"""What both engines take from the cache: bars and stress features of a market."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from feeds.bars import LINES
from feeds.bond_stress import market_stress
from feeds.market import MarketData
from feeds.trading_prices import TradingBars, trading_bars
from models.universe import SECTORS, SECTORS_REDEFINED
from research.config import RunConfig
from research.run import code_version
from research.sweep_cache import Arrays, StageCache
from research.sweep_stages import FEATURES, stage_key


def shared_stress(market: MarketData, config: RunConfig, shared: StageCache) -> pd.DataFrame:
    """Stress features [sessions x features] of a market, from the cache where they are."""

    def compute() -> Arrays:
        features, _ = market_stress(market, config.stress.model())
        return {"values": features.to_numpy(np.float64), "names": features.columns.to_numpy("U32")}

    key = cache_key(market, stage_key(FEATURES, config))
    arrays = shared.arrays(FEATURES, key, compute)
    return pd.DataFrame(
        arrays["values"], index=market.sessions, columns=arrays["names"].tolist(), copy=False
    )


def shared_bars(market: MarketData, ticker: str, shared: StageCache) -> TradingBars:
    """Bars of a ticker as the engine trades them, from the cache where they are."""
    since = SECTORS_REDEFINED if ticker in SECTORS else None

    def compute() -> Arrays:
        bars = trading_bars(market, ticker, since)
        return {name: getattr(bars, name) for name in LINES}

    arrays = shared.arrays("bars", cache_key(market, ticker), compute)
    dates = pd.DatetimeIndex(market.sessions[len(market.sessions) - len(arrays["close"]) :])
    return TradingBars(ticker=ticker, dates=dates, **arrays)


def cache_key(market: MarketData, what: str) -> str:
    """Digest of a market, the code and what else a stage reads."""
    content = "\0".join((market.digest, code_version(), what))
    return hashlib.sha256(content.encode()).hexdigest()[:24]
