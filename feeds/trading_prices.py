"""Total-return prices rebased forward, and the liquidity figures that go with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from feeds.market import MarketData

REBASED_START = 100.0
LIQUIDITY_SESSIONS = 60


def rebased_total_return(closes: pd.Series) -> pd.Series:
    """Total-return closes on the base 100 at the first finite close, rounded to 1e-6; NaN stays.

    Rounding makes them the same whatever base the vendor's adjustment started from, so that a later
    dividend, which moves that base, changes nothing earlier but for the vendor's own rounding.
    """
    listed = closes.dropna()
    if listed.empty:
        return closes
    return pd.Series(closes / listed.iloc[0] * REBASED_START).round(6)


@dataclass(frozen=True)
class TradingBars:
    """One ticker's bars from its first session on, as the engine trades them.

    Prices are total-return prices that start at 100 dollars with the ticker's first close: later
    dividends and splits change no earlier price, share count or rounding beyond the digits to which
    the vendor rounds its adjusted closes; a vendor's back-adjusted levels change all of them.
    Volume is in the same unit, so price x volume is the raw dollar volume.

    Attributes:
        ticker: name.
        dates: [T] sessions from the ticker's first.
        open, high, low, close: [T] dollars, rounded to 1e-6.
        volume: [T] rebased shares, real-valued.
        volatility: [T] daily standard deviation of close-to-close log returns over the trailing 60
            sessions (from 20 on; NaN before), known at the close.
        dollar_adv: [T] mean dollar volume over the trailing 60 sessions, known at the close.
    """

    ticker: str
    dates: pd.DatetimeIndex
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray
    volatility: np.ndarray
    dollar_adv: np.ndarray


def trading_bars(market: MarketData, ticker: str, since: str | None = None) -> TradingBars:
    """Rebase one ticker from its first complete bar, or from the first on or after `since`.

    Worked out once; the arrays must not be changed.

    Raises:
        ValueError: there is no complete bar.
    """
    key = ("bars", ticker, since)
    if key not in market.derived:
        market.derived[key] = _rebased_bars(market, ticker, since)
    bars: TradingBars = market.derived[key]
    return bars


def _rebased_bars(market: MarketData, ticker: str, since: str | None) -> TradingBars:
    close = market.close[ticker]
    listed = np.isfinite(market.open[ticker].to_numpy()) & np.isfinite(close.to_numpy())
    if since is not None:
        listed &= market.sessions >= pd.Timestamp(since)
    if not listed.any():
        raise ValueError(f"{market.source}: {ticker} has no complete bar and cannot be traded")
    first = int(np.argmax(listed))
    raw_close = close.to_numpy(dtype=np.float64)[first:]
    total = market.total_return_close[ticker].to_numpy(dtype=np.float64)[first:]
    scale = REBASED_START * (total / total[0]) / raw_close

    def rebased(name: str) -> np.ndarray:
        # Rounding makes prices bit-identical whatever base the vendor's adjustment started from.
        raw = getattr(market, name)[ticker].to_numpy(dtype=np.float64)[first:]
        return np.asarray(np.round(raw * scale, 6))

    closes = rebased("close")
    dollars = raw_close * market.volume[ticker].to_numpy(dtype=np.float64)[first:]
    log_returns = pd.Series(np.diff(np.log(closes), prepend=np.nan))
    volatility = log_returns.rolling(LIQUIDITY_SESSIONS, min_periods=20).std(ddof=1)
    adv = pd.Series(dollars).rolling(LIQUIDITY_SESSIONS, min_periods=1).mean()
    return TradingBars(
        ticker=ticker,
        dates=pd.DatetimeIndex(market.sessions[first:]),
        open=rebased("open"),
        high=rebased("high"),
        low=rebased("low"),
        close=closes,
        volume=dollars / closes,
        volatility=volatility.to_numpy(),
        dollar_adv=adv.to_numpy(),
    )
