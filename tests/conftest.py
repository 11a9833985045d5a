"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from feeds.frames import from_frames
from feeds.market import MarketData
from feeds.sessions import nyse_sessions
from models.universe import BENCHMARK, MACRO_SERIES, SECTORS

# The first call of a compiled function takes as long as its compiler does.
settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")

REAL_DATA = Path(
    os.environ.get("BELLWETHER_REAL_DATA", Path(__file__).parents[2] / "shared" / "data")
)


@pytest.fixture(scope="session")
def real_data_dir() -> Path:
    """Folder of real market data, or a skip that says where it would be."""
    if not (REAL_DATA / "etf" / "SPY.csv").is_file():
        pytest.skip("no real market data in ../shared/data (or BELLWETHER_REAL_DATA)")
    return REAL_DATA


@pytest.fixture(scope="session")
def real_market(real_data_dir: Path) -> MarketData:
    """The real market, loaded once."""
    from feeds.directory import load_directory

    return load_directory(real_data_dir)


def random_bars(
    rng: np.random.Generator, sessions: pd.DatetimeIndex, start: float, drift: float
) -> pd.DataFrame:
    """Bars that obey every rule of a bar, with a quarterly dividend."""
    close = start * np.exp(np.cumsum(drift + 0.01 * rng.standard_normal(len(sessions))))
    opening = np.r_[start, close[:-1]] * np.exp(0.003 * rng.standard_normal(len(sessions)))
    spread = 1.0 + 0.004 * rng.random(len(sessions))
    dividends = np.where(np.arange(len(sessions)) % 63 == 62, 1.004, 1.0)
    frame = pd.DataFrame(
        {
            "open": opening.round(4),
            "high": (np.maximum(opening, close) * spread).round(4),
            "low": (np.minimum(opening, close) / spread).round(4),
            "close": close.round(4),
            "volume": rng.integers(5_000_000, 15_000_000, len(sessions)).astype(float),
        },
        index=sessions,
    )
    frame["adj_close"] = frame["close"] * np.cumprod(dividends) / np.prod(dividends)
    return frame


@pytest.fixture(scope="session")
def make_market() -> Callable[..., MarketData]:
    """Factory of small random markets: `make_market(seed, first, last, late={"XLC": day})`."""

    def make(
        seed: int = 1,
        first: str = "2015-01-02",
        last: str = "2019-12-31",
        late: dict[str, str] | None = None,
        macro: tuple[str, ...] = tuple(MACRO_SERIES),
    ) -> MarketData:
        rng = np.random.default_rng(seed)
        sessions = nyse_sessions(first, last)
        bars = {}
        for ticker in (BENCHMARK, *SECTORS, "HYG", "IEF", "SHY"):
            frame = random_bars(rng, sessions, 20.0 + 80.0 * rng.random(), 2e-4)
            bars[ticker] = frame.loc[(late or {}).get(ticker, first) :]
        series = {
            name: pd.Series(
                np.maximum(0.05, 4.0 + np.cumsum(0.05 * rng.standard_normal(len(sessions)))),
                index=sessions,
            ).round(2)
            for name in macro
        }
        return from_frames(bars, series)

    return make


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium, or a skip."""
    found = os.environ.get("BELLWETHER_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not found:
        pytest.skip("no Chromium on this machine (or in BELLWETHER_CHROMIUM)")
    return found
