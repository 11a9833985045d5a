"""The Backtrader feed of one ticker's minute bars."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import backtrader as bt
import numpy as np
import pandas as pd

from feeds import array_feed
from feeds.minute_bars import MinuteBars

FIRST_MINUTE = 9 * 60 + 30
NAMES = ("open", "high", "low", "close", "volume")


class MinuteFeed(array_feed.ArrayFeed):
    """OHLCV by minute, stamped with the end of the minute: 09:31 to 16:00 New York.

    A minute's bar is known at its stamp, and an order sent then fills at the next minute's open.
    Daily feeds of this project are stamped with midnight, before the session's minutes: do not
    mix the two in one Cerebro.

    Lines:
        volatility: standard deviation of the return over one minute, known at the bar's end.
    """

    lines = ("volatility",)
    params = (("timeframe", bt.TimeFrame.Minutes),)  # type: ignore[assignment]


def minute_feed(
    ticker: str,
    sessions: Mapping[pd.Timestamp, MinuteBars],
    volatility: Mapping[pd.Timestamp, float] | None = None,
    warmup_sessions: int = 0,
) -> MinuteFeed:
    """Feed of sessions in a row.

    Args:
        ticker: name of the data.
        sessions: session -> minute bars, increasing.
        volatility: session -> daily standard deviation of returns known *before* it, a fraction;
            the line holds it over the square root of the session's minutes. A bar's value is read
            by the next one's execution, so the last bar of a session carries the next session's.
            None leaves the line NaN, so that a broker estimates from the closes.
        warmup_sessions: so many first sessions are history only.

    Raises:
        ValueError: no session is left, or they are out of order.
    """
    days = list(sessions)
    if not days[warmup_sessions:]:
        raise ValueError(f"{ticker}: {len(days)} sessions, {warmup_sessions} of them warm-up")
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise ValueError(f"{ticker}: the sessions must increase; sort them")
    bars = [sessions[day] for day in days]
    columns = {name: np.concatenate([getattr(bar, name) for bar in bars]) for name in NAMES}
    stamps = [
        np.datetime64(day, "m") + (FIRST_MINUTE + 1 + bar.minute).astype("timedelta64[m]")
        for day, bar in zip(days, bars, strict=True)
    ]
    lengths = [len(bar.minute) for bar in bars]
    if volatility is not None:
        by_session = [volatility[day] / np.sqrt(n) for day, n in zip(days, lengths, strict=True)]
        columns["volatility"] = np.r_[np.repeat(by_session, lengths)[1:], by_session[-1]]
    return MinuteFeed(
        columns=columns,
        dates=pd.DatetimeIndex(np.concatenate(stamps)),
        warmup=sum(lengths[:warmup_sessions]),
        name=ticker,
    )  # type: ignore[call-arg]
