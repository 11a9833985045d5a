"""A small market and quick settings for tests of regimes and of the sector database."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from feeds.market import BAR_FIELDS, MarketData
from feeds.market_regimes import RegimeSettings
from models.markov_fit import MarkovConfig
from models.regimes import RegimeRule
from models.stress import StressConfig

QUICK = RegimeSettings(
    stress=StressConfig(window=250, min_history=60),
    rule=RegimeRule(window=250, min_history=60),
    markov=MarkovConfig(min_history=40, starts=0, em_steps=3),
    channels=("credit", "rates"),
)


def with_another_future(market: MarketData, last: pd.Timestamp, seed: int) -> MarketData:
    """The market with every price and macro value after `last` redrawn."""
    rng = np.random.default_rng(seed)
    later = market.sessions > last
    frames = {}
    for name in BAR_FIELDS:
        values = getattr(market, name).copy()
        values.loc[later] *= np.exp(0.3 * rng.standard_normal((int(later.sum()), values.shape[1])))
        frames[name] = values
    macro = {}
    for series_id, series in market.macro.items():
        noise = 2.0 * rng.standard_normal(len(series))
        macro[series_id] = series.where(series.index <= last, series + noise)
    return replace(market, macro=macro, **frames)
