"""The Backtrader feed whose lines are the bond-stress channels."""

from __future__ import annotations

import pandas as pd

from feeds import array_feed
from feeds.market import MarketData
from feeds.trading_prices import rebased_total_return
from models.credit_spread import high_yield_spread
from models.stress import StressConfig, feature_names, stress_features
from models.universe import BOND_ETFS


class BondStress(array_feed.ArrayFeed):
    """Bond stress as known at each close, publication lags applied.

    Lines: the channels (credit, quality, rates, curve, rate_volatility, inflation) in trailing
    standard deviations, their 20, 60 and 120-session changes (`credit_60`, ...) and `composite`;
    positive is more stress. The composite also stands in `close`, so that the feed plots.
    `high_yield_spread` is the level behind `credit` in percent, see models/credit_spread.py.
    """

    lines = (*feature_names(StressConfig()), "high_yield_spread")


def market_stress(
    market: MarketData, config: StressConfig | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features and their sources for a market; see `models.stress.stress_features`.

    Worked out once for each configuration; neither frame may be changed.
    """
    key = ("stress", config or StressConfig())
    if key not in market.derived:
        market.derived[key] = _features(market, config)
    features, sources = market.derived[key]
    return features, sources


def _features(market: MarketData, config: StressConfig | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    etfs = [ticker for ticker in BOND_ETFS if ticker in market.tickers]
    closes = market.total_return_close[etfs].apply(rebased_total_return)
    config = config or StressConfig()
    macro, lags = market.macro, market.publication_lags
    features, sources = stress_features(macro, lags, closes, config)
    features["high_yield_spread"] = high_yield_spread(
        macro, lags, closes, sources["credit"], config
    )
    return features, sources


def bond_stress_feed(
    features: pd.DataFrame, first_bar: pd.Timestamp, last_bar: pd.Timestamp
) -> BondStress:
    """Feed over `features` whose bars run from `first_bar` to `last_bar`."""
    known = features.loc[:last_bar]
    dates = pd.DatetimeIndex(known.index)
    columns = {str(name): known[name].to_numpy() for name in known.columns}
    columns["close"] = columns["composite"]
    warmup = int(dates.searchsorted(first_bar, side="left"))
    return BondStress(columns=columns, dates=dates, warmup=warmup, name="bond stress")  # type: ignore[call-arg]
