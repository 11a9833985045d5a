"""The Backtrader feed of one ticker's bars."""

from __future__ import annotations

import numpy as np
import pandas as pd

from feeds import array_feed
from feeds.trading_prices import TradingBars


class Bars(array_feed.ArrayFeed):
    """OHLCV on total-return prices, with trailing volatility and dollar volume as extra lines.

    Lines:
        volatility: trailing daily standard deviation of log returns, known at the close.
        dollar_adv: trailing mean dollar volume, known at the close.
    """

    lines = ("volatility", "dollar_adv")


LINES = ("open", "high", "low", "close", "volume", "volatility", "dollar_adv")


def bars_feed(bars: TradingBars, first_bar: pd.Timestamp, last_bar: pd.Timestamp) -> Bars:
    """Feed whose bars run from `first_bar` to `last_bar`; earlier rows are warm-up history."""
    stop = int(bars.dates.searchsorted(last_bar, side="right"))
    warmup = int(bars.dates.searchsorted(first_bar, side="left"))
    columns: dict[str, np.ndarray] = {name: getattr(bars, name)[:stop] for name in LINES}
    return Bars(columns=columns, dates=bars.dates[:stop], warmup=warmup, name=bars.ticker)  # type: ignore[call-arg]
