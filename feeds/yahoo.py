"""The live source: Yahoo's prices and FRED's macro series behind a cache that works offline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from feeds.cache import MarketCache, default_cache_path, open_cache
from feeds.frames import from_frames
from feeds.fred import FRED_CSV, fetch_series
from feeds.market import MarketData
from feeds.problems import DataError
from feeds.retry import RetryPolicy, SourceError, TransientError, UnreachableError
from feeds.sessions import nyse_sessions
from feeds.yahoo_prices import fetch_bars, prepare_yfinance
from models.universe import BENCHMARK, BOND_ETFS, MACRO_SERIES, SECTORS

# Before this the sector funds held other sectors than today (they were redefined in June 2002).
FIRST_DAY = pd.Timestamp("2002-07-01")
YAHOO_MACRO = {"MOVE": "^MOVE"}
TICKERS = (BENCHMARK, *SECTORS, *BOND_ETFS)
# Yahoo's last bar is final some minutes after the close.
FINAL_AFTER = pd.Timedelta(hours=16, minutes=30)


@dataclass(frozen=True)
class Vendors:
    """Where and how to ask.

    Attributes:
        fred_url: FRED's CSV end-point.
        session: makes the curl_cffi session for Yahoo; None for yfinance's own.
        retry: how patiently.
        now: the time, with zone.
    """

    fred_url: str = FRED_CSV
    session: Callable[[], Any] | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    now: Callable[[], pd.Timestamp] = lambda: pd.Timestamp.now(tz="UTC")


def load_yahoo(cache_path: Path | None = None, vendors: Vendors | None = None) -> MarketData:
    """The market from the cache, brought up to date first where the vendors can be reached.

    What cannot be downloaded is taken from the cache as it stands, and `notices` says so. A cache
    that was filled after the last session's close is used without asking anybody.

    Raises:
        SourceError: something needed can neither be downloaded nor is cached.
        DataError: the data do not pass validation.
    """
    vendors = vendors or Vendors()
    with _cache(cache_path) as cache:
        failures = dict(_update(cache, vendors, force=False))
        return _assemble(cache, failures)


def pull(
    cache_path: Path | None = None, vendors: Vendors | None = None
) -> Iterator[tuple[str, str]]:
    """Download everything anew; yields (ticker or series, "" or why it failed) as it goes."""
    with _cache(cache_path) as cache:
        yield from _update(cache, vendors or Vendors(), force=True, report_success=True)


@contextmanager
def _cache(path: Path | None) -> Iterator[MarketCache]:
    path = path or default_cache_path()
    prepare_yfinance(path.parent / "yfinance")
    with open_cache(path) as cache:
        yield cache


def last_complete_session(now: pd.Timestamp) -> pd.Timestamp:
    """The last NYSE session whose bars are final at `now` (with zone)."""
    local = now.tz_convert("America/New_York").tz_localize(None)
    day = local.normalize()
    if local - day < FINAL_AFTER:
        day -= pd.Timedelta(days=1)
    return nyse_sessions(day - pd.Timedelta(days=10), day)[-1]


def _update(
    cache: MarketCache, vendors: Vendors, force: bool, report_success: bool = False
) -> Iterator[tuple[str, str]]:
    """Download what is stale; yields (name, reason) of failures, and successes when asked."""
    now = vendors.now()
    last = last_complete_session(now)
    final = (last + FINAL_AFTER).tz_localize("America/New_York").tz_convert("UTC")
    stamp = now.tz_convert("UTC").tz_localize(None)
    session = vendors.session() if vendors.session else None
    unreachable = ""
    for name in (*TICKERS, *MACRO_SERIES):
        loaded = cache.loaded_at(name)
        if not force and loaded is not None and loaded >= final.tz_localize(None):
            continue
        reason = unreachable
        if not reason:
            try:
                _download(cache, name, last, stamp, vendors, session)
            except UnreachableError as error:
                reason = unreachable = str(error)
            except (TransientError, SourceError, DataError) as error:
                reason = str(error)
        if reason or report_success:
            yield name, reason


def _download(
    cache: MarketCache,
    name: str,
    last: pd.Timestamp,
    stamp: pd.Timestamp,
    vendors: Vendors,
    session: Any,
) -> None:
    """Fetch, check and store one ticker or series; what is cached stays when anything is wrong."""
    if name in MACRO_SERIES and name not in YAHOO_MACRO:
        values = vendors.retry.call(lambda: fetch_series(name, vendors.fred_url))
        cache.merge_macro(name, values.loc[:last], stamp)
        return
    symbol = YAHOO_MACRO.get(name, name)
    bars = vendors.retry.call(lambda: fetch_bars(symbol, FIRST_DAY, session)).loc[:last]
    if bars.empty:
        raise SourceError(f"Yahoo {symbol}: no session up to {last.date()}")
    if name in YAHOO_MACRO:
        cache.merge_macro(name, bars["close"].dropna(), stamp)
        return
    if bars.index[-1] < last:
        raise SourceError(f"Yahoo {symbol}: ends on {bars.index[-1].date()}, not {last.date()}")
    from_frames({name: bars})
    cache.replace_prices(name, bars, stamp)


def _assemble(cache: MarketCache, failures: dict[str, str]) -> MarketData:
    bars = {ticker: cache.prices(ticker) for ticker in TICKERS}
    missing = [ticker for ticker in (BENCHMARK, *SECTORS) if bars[ticker].empty]
    if missing:
        reason = failures.get(missing[0], "nothing is cached")
        raise SourceError(
            f"{reason}; no prices of {', '.join(missing)} are cached: connect and run `data pull`"
        )
    # Funds that could not be updated end earlier; the market ends where all that trade have bars.
    end = min(bars[ticker].index[-1] for ticker in (BENCHMARK, *SECTORS))
    held = {ticker: frame.loc[:end] for ticker, frame in bars.items() if not frame.empty}
    macro = {name: cache.macro(name).loc[:end] for name in MACRO_SERIES}
    market = from_frames(
        held, {name: series for name, series in macro.items() if len(series)}, source="yahoo"
    )
    return replace(market, notices=tuple(_notices(failures, end)))


def _notices(failures: dict[str, str], end: pd.Timestamp) -> Iterator[str]:
    if failures:
        names = ", ".join(failures)
        reason = next(iter(failures.values()))
        yield f"not updated: {names} ({reason}); the cached data end on {end.date()}"
