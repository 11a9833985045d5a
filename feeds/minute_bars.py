"""Minute bars of a session: made to agree exactly with its daily bar, from a seed."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from feeds.trading_prices import TradingBars
from models.splitting import split

MINUTES = 390
"""Of a regular NYSE session, 09:30 to 16:00."""
STEPS = 4
"""Points of the made-up path in a minute."""
EDGE_TO_MIDDAY = 3.0
"""Expected volume of the first and last minute over that of the middle one."""
VOLUME_NOISE = 0.5
"""Standard deviation of a minute's log volume around the shape."""
DECIMALS = 6

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MinuteBars:
    """One ticker's minute bars of one session.

    Attributes:
        minute: [M] minutes since 09:30 New York at which each bar begins, increasing; a bar is
            known when its minute has ended.
        open, high, low, close: [M] dollars; low <= open, close <= high.
        volume: [M] shares.
    """

    minute: NDArray[np.int64]
    open: Array
    high: Array
    low: Array
    close: Array
    volume: Array


@dataclass(frozen=True)
class DailyBar:
    """One session's bar of one ticker, in any unit of price and share.

    Attributes:
        ticker: name.
        session: day.
        open, high, low, close: positive, low <= open, close <= high.
        volume: shares, non-negative.

    Raises:
        ValueError: values that no path of prices can have; names ticker and session.
    """

    ticker: str
    session: pd.Timestamp
    open: float
    high: float
    low: float
    close: float
    volume: float

    def __post_init__(self) -> None:
        values = (self.open, self.high, self.low, self.close, self.volume)
        inside = self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high
        if not (all(map(math.isfinite, values)) and self.low > 0.0 and self.volume >= 0 and inside):
            raise ValueError(
                f"{self.ticker}, {self.session:%Y-%m-%d}: open, high, low, close, volume "
                f"{values} are no bar; mend the daily row"
            )


def daily_bar(bars: TradingBars, session: pd.Timestamp) -> DailyBar:
    """One session of a ticker's rebased bars. KeyError, with the ticker, where there is none."""
    if session not in bars.dates:
        raise KeyError(f"{bars.ticker} has no bar on {session:%Y-%m-%d}")
    row = int(bars.dates.get_indexer(pd.DatetimeIndex([session]))[0])
    names = ("open", "high", "low", "close", "volume")
    return DailyBar(bars.ticker, session, *(float(getattr(bars, name)[row]) for name in names))


def volume_shape(minutes: int = MINUTES) -> Array:
    """Expected share of the volume by minute, a U; [minutes], summing to one.

    A parabola with its lowest point at midday. Volume on the NYSE is highest in the first and last
    hour and lowest around noon: Jain & Joh (1988), "The dependence between hourly prices and
    trading volume", JFQA 23(3), 269-283, doi:10.2307/2331067; Admati & Pfleiderer (1988),
    doi:10.1093/rfs/1.1.3, explain why. The depth is a round figure, not an estimate.
    """
    place = (2.0 * np.arange(minutes) + 1.0) / minutes - 1.0
    shape = 1.0 + (EDGE_TO_MIDDAY - 1.0) * place**2
    return np.asarray(shape / shape.sum())


def make_minute_bars(bar: DailyBar, seed: int) -> MinuteBars:
    """Minute bars of one session with exactly the daily bar's open, high, low, close and volume.

    The price is a Brownian path from the open to the close by way of the high and the low, tied
    down at the four and folded back into the range where it leaves it. The extremes fall early or
    late rather than at midday (arcsine law). Volume follows `volume_shape` with noise; it is in
    whole shares where the day's is. What happens between the four daily prices is made up and must
    not be used to judge a signal; it serves to try schedules.

    Args:
        bar: the daily bar, raw or rebased.
        seed: of the market. With the ticker and the session it fixes the bars, so that any
            session can be made alone and in any order.

    Returns:
        390 bars, on an early close too. Volumes add up to the day's without rounding, in whatever
        order they are added.
    """
    rng = _generator(seed, bar)
    path = _path(rng, bar)
    within = np.column_stack([path[k : len(path) - 1 : STEPS] for k in range(STEPS)])
    corners = np.column_stack([within, path[STEPS::STEPS]])
    noise = np.exp(VOLUME_NOISE * rng.standard_normal(MINUTES))
    whole = float(bar.volume).is_integer()
    return MinuteBars(
        minute=np.arange(MINUTES),
        open=corners[:, 0],
        high=corners.max(axis=1),
        low=corners.min(axis=1),
        close=corners[:, -1],
        volume=split(bar.volume, volume_shape() * noise, lot=1.0 if whole else 0.0),
    )


def _generator(seed: int, bar: DailyBar) -> np.random.Generator:
    name = hashlib.sha256(bar.ticker.encode()).digest()[:8]
    return np.random.default_rng([seed, int.from_bytes(name, "big"), bar.session.toordinal()])


def _path(rng: np.random.Generator, bar: DailyBar) -> Array:
    """Prices at STEPS points a minute and at the close, [MINUTES * STEPS + 1]."""
    last = MINUTES * STEPS
    knots = _knots(rng, bar, last)
    places = np.array(sorted(knots))
    prices = np.array([knots[place] for place in places])
    # Mean range of a Brownian motion: high - low = sigma sqrt(8 / pi) (Parkinson 1980).
    sigma = (bar.high - bar.low) * math.sqrt(math.pi / 8.0 / last)
    walk = np.r_[0.0, np.cumsum(sigma * rng.standard_normal(last))]
    steps = np.arange(last + 1)
    tied = walk + np.interp(steps, places, prices - walk[places])
    path = np.round(_folded(tied, bar.low, bar.high), DECIMALS).clip(bar.low, bar.high)
    path[places] = prices
    return np.asarray(path)


def _knots(rng: np.random.Generator, bar: DailyBar, last: int) -> dict[int, float]:
    """Where the path must be: place -> price at the open, the extremes and the close."""
    knots = {0: bar.open, last: bar.close}
    for extreme in (bar.high, bar.low):
        # Drawn in any case, so that one price that touches its extreme moves nothing else.
        place = 1 + int((last - 2) * math.sin(0.5 * math.pi * rng.random()) ** 2)
        if extreme not in (bar.open, bar.close):
            knots[place + 1 if place in knots else place] = extreme
    return knots


def _folded(path: Array, low: float, high: float) -> Array:
    """Reflected at both ends of the range until inside."""
    width = high - low
    if width == 0.0:
        return np.full_like(path, low)
    return low + width - np.abs((path - low) % (2.0 * width) - width)
