"""Markets that obey every rule and are unpleasant to trade in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from feeds.frames import from_frames
from feeds.market import MarketData
from feeds.sessions import nyse_sessions
from models.universe import BENCHMARK, MACRO_SERIES, SECTORS
from tests.conftest import random_bars


def strange_market(seed: int) -> MarketData:
    """Gaps, sessions without volume, late listings, thin and thick funds."""
    rng = np.random.default_rng(seed)
    sessions = nyse_sessions("2017-01-03", "2018-12-31")
    bars = {}
    for number, ticker in enumerate((BENCHMARK, *SECTORS, "HYG", "IEF", "SHY")):
        frame = random_bars(rng, sessions, 20.0 + 80.0 * rng.random(), 2e-4)
        if ticker in SECTORS:
            thin = 10.0 ** rng.uniform(-3, 0)
            frame["volume"] = np.floor(frame["volume"] * thin * (rng.random(len(frame)) > 0.03))
            jumps = np.exp(rng.normal(0, 0.03, len(frame)) * (rng.random(len(frame)) < 0.05))
            columns = ["open", "high", "low", "close", "adj_close"]
            frame[columns] = frame[columns].mul(np.cumprod(jumps), axis=0)
        if number in (4, 9):
            frame = frame.iloc[int(rng.integers(0, 350)) :]
        bars[ticker] = frame
    macro = {
        name: pd.Series(np.maximum(0.1, 4 + np.cumsum(0.05 * rng.standard_normal(len(sessions)))),
                        index=sessions)
        for name in MACRO_SERIES
    }  # fmt: skip
    return from_frames(bars, macro)
