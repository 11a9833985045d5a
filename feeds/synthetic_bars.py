"""Daily bars of the synthetic market: dividends, overnight gaps, ranges and volume."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from feeds.synthetic_drivers import Array, stationary


class Quote(NamedTuple):
    """How a fund is quoted.

    Attributes:
        price: close of the first session, dollars.
        payout: dividends, percent of the price a year.
        payments: dividends a year, 4 or 12.
        overnight: share of the daily variance between a close and the next open.
        turnover: median dollar volume a session, millions.
        noise: deviation of the part of log volume that does not last.
    """

    price: float
    payout: float
    payments: int
    overnight: float
    turnover: float
    noise: float


QUOTES: dict[str, Quote] = {
    "SPY": Quote(120.3, 2.0, 4, 0.32, 19300.0, 0.20),
    "XLB": Quote(14.7, 2.3, 4, 0.31, 260.0, 0.29),
    "XLC": Quote(50.0, 1.0, 4, 0.33, 120.0, 0.44),
    "XLE": Quote(17.5, 2.3, 4, 0.29, 1060.0, 0.21),
    "XLF": Quote(24.7, 2.1, 4, 0.31, 1080.0, 0.26),
    "XLI": Quote(30.8, 2.0, 4, 0.35, 430.0, 0.31),
    "XLK": Quote(10.5, 1.4, 4, 0.34, 240.0, 0.31),
    "XLP": Quote(23.1, 2.6, 4, 0.36, 225.0, 0.35),
    "XLRE": Quote(30.2, 3.5, 4, 0.28, 69.0, 0.51),
    "XLU": Quote(13.8, 3.6, 4, 0.24, 305.0, 0.29),
    "XLV": Quote(29.8, 1.7, 4, 0.30, 270.0, 0.31),
    "XLY": Quote(17.5, 1.4, 4, 0.31, 260.0, 0.32),
    "HYG": Quote(104.4, 6.6, 12, 0.30, 325.0, 0.35),
    "JNK": Quote(143.7, 7.4, 12, 0.33, 200.0, 0.35),
    "LQD": Quote(112.3, 4.2, 12, 0.40, 160.0, 0.39),
    "IEF": Quote(85.1, 2.8, 12, 0.48, 82.0, 0.45),
    "TLT": Quote(88.7, 3.4, 12, 0.46, 680.0, 0.31),
    "SHY": Quote(81.4, 1.7, 12, 0.52, 76.0, 0.48),
    "TIP": Quote(105.8, 3.0, 12, 0.36, 78.0, 0.35),
}

VOLUME_HALF_LIFE, VOLUME_DEVIATION = 40.0, 0.22
VOLUME_ON_MOVE = 0.22
"""Log volume per conditional deviation of the day's absolute return above its mean."""
VOLUME_ON_VOLATILITY = 0.35
"""Log volume per unit of log volatility above its median."""
PAYOUT_DEVIATION = 0.12


class Bars(NamedTuple):
    """One ticker's columns, [T] each, rounded as they are published."""

    open: Array
    high: Array
    low: Array
    close: Array
    total_return_close: Array
    volume: Array


def draw_bars(
    rng: np.random.Generator,
    ticker: str,
    log_returns: Array,
    deviation: Array,
    sessions: pd.DatetimeIndex,
) -> Bars:
    """Bars from total returns.

    Args:
        rng: source of dividends' sizes, gaps, ranges and volumes.
        ticker: a key of QUOTES.
        log_returns: [T] log total returns; the first leads to the first close and is not used.
        deviation: [T] conditional daily deviation.
        sessions: [T] sessions.

    Returns:
        Prices to 4 decimals, total_return_close to 6 (equal to the close on the first session),
        volume in whole shares.
    """
    quote = QUOTES[ticker]
    length = len(sessions)
    paid = ex_dividend(sessions, quote.payments)
    size = np.exp(PAYOUT_DEVIATION * rng.standard_normal(length))
    yields = np.where(paid, 0.01 * quote.payout / quote.payments * size, 0.0)
    steps = log_returns + np.log1p(-yields)
    steps[0], yields[0] = 0.0, 0.0
    exact = quote.price * np.exp(np.cumsum(steps))
    close = np.round(exact, 4)
    dividend = np.round(yields / (1.0 - yields) * close, 4)
    reinvested = np.asarray(np.cumprod(1.0 + dividend / close), dtype=np.float64)
    total = np.round(close * reinvested, 6)

    share = quote.overnight
    bridge = np.sqrt(share * (1.0 - share)) * deviation * rng.standard_normal(length)
    gap = share * steps + bridge
    day = steps - gap
    spread = 2.0 * (1.0 - share) * deviation**2
    # Extremes of a Brownian bridge from the open to the close (McLeish 2002, doi:10.2307/3315979).
    up, down = (-np.log(rng.random(length) + 1e-12) * spread for _ in range(2))
    top = 0.5 * (day + np.sqrt(day**2 + up))
    bottom = 0.5 * (day - np.sqrt(day**2 + down))
    opening = exact * np.exp(-day)
    opened, high, low = (
        np.round(x, 4) for x in (opening, opening * np.exp(top), opening * np.exp(bottom))
    )
    return Bars(
        open=opened,
        high=np.maximum(high, np.maximum(opened, close)),
        low=np.minimum(low, np.minimum(opened, close)),
        close=close,
        total_return_close=total,
        volume=_volume(rng, quote, steps / deviation, deviation, close),
    )


def ex_dividend(sessions: pd.DatetimeIndex, payments: int) -> NDArray[np.bool_]:
    """Ex-dividend sessions: the first of every month, or after the third Friday of a quarter."""
    months = sessions.year * 12 + sessions.month
    if payments == 12:
        after = np.ones(len(sessions), dtype=bool)
    else:
        after = (sessions.month % 3 == 0) & (sessions.day > _third_friday(sessions))
    flagged = pd.Series(after).groupby(np.asarray(months)).cumsum()
    return np.asarray((flagged == 1) & after)


def _third_friday(sessions: pd.DatetimeIndex) -> NDArray[np.int64]:
    first_weekday = (sessions.day_of_week - (sessions.day - 1)) % 7
    return np.asarray(15 + (4 - first_weekday) % 7)


def _volume(
    rng: np.random.Generator, quote: Quote, move: Array, deviation: Array, close: Array
) -> Array:
    length = len(move)
    lasting = stationary(rng.standard_normal(length), VOLUME_HALF_LIFE, VOLUME_DEVIATION)
    excess = VOLUME_ON_MOVE * (np.minimum(np.abs(move), 4.0) - 0.7)
    log_volume = lasting + excess + quote.noise * rng.standard_normal(length)
    log_volume += VOLUME_ON_VOLATILITY * np.log(deviation / np.median(deviation))
    return np.rint(1e6 * quote.turnover * np.exp(log_volume) / close)
