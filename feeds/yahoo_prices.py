"""Daily bars from Yahoo through yfinance."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from feeds.retry import SourceError, TransientError, UnreachableError

TIMEOUT_SECONDS = 30.0
COLUMNS = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adj_close",
    "Volume": "volume",
}


def prepare_yfinance(folder: Path) -> None:
    """Make yfinance raise what it hides, say nothing, and keep its small caches in `folder`."""
    import yfinance

    folder.mkdir(parents=True, exist_ok=True)
    yfinance.set_tz_cache_location(str(folder))
    # Its messages repeat what our errors say, on the user's terminal.
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)
    # Without this a failed download is an empty frame and no exception.
    yfinance.config.debug.hide_exceptions = False


def fetch_bars(ticker: str, first: pd.Timestamp, session: Any = None) -> pd.DataFrame:
    """Bars from `first` to now, split-adjusted, with the total-return close beside.

    Args:
        ticker: as Yahoo spells it.
        first: first day wanted.
        session: a curl_cffi session; None for yfinance's own.

    Returns:
        open, high, low, close, adj_close, volume by session (no time zone). Yahoo sends single
        precision; prices are rounded to 4 decimals, adj_close to 6, which drops nothing real.

    Raises:
        TransientError: rate limit, server error, truncated, foreign or empty answer.
        UnreachableError: no connection.
        SourceError: Yahoo does not know the ticker.
    """
    import curl_cffi
    import yfinance
    from yfinance.exceptions import YFException, YFPricesMissingError, YFRateLimitError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # yfinance 1.7 uses what pandas 3.1 deprecates
            raw = yfinance.Ticker(ticker, session=session).history(
                start=first.strftime("%Y-%m-%d"),
                auto_adjust=False,
                actions=False,
                timeout=TIMEOUT_SECONDS,
            )
    except YFRateLimitError:
        raise TransientError(f"Yahoo {ticker}: rate limit") from None
    except YFPricesMissingError as error:
        if "may be delisted" in str(error) or "No data found" in str(error):
            raise SourceError(f"Yahoo has no ticker {ticker}; correct the name") from None
        raise TransientError(f"Yahoo {ticker}: no prices in the answer") from None
    except (curl_cffi.requests.exceptions.RequestException, curl_cffi.CurlError) as error:
        raise _connection_error(ticker, error) from None
    except (YFException, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise TransientError(f"Yahoo {ticker}: unusable answer ({type(error).__name__})") from None
    if raw.empty:
        raise TransientError(f"Yahoo {ticker}: an empty answer")
    return _tidy(raw)


def _connection_error(ticker: str, error: Exception) -> TransientError:
    # libcurl: 5, 6, 7 = proxy or host not resolved or not connected; 28 = time-out.
    if getattr(error, "code", None) in (5, 6, 7, 28):
        return UnreachableError(f"Yahoo {ticker}: no connection")
    return TransientError(f"Yahoo {ticker}: the answer was cut off or refused")


def _tidy(raw: pd.DataFrame) -> pd.DataFrame:
    frame = raw[list(COLUMNS)].rename(columns=COLUMNS).astype("float64")
    prices = ["open", "high", "low", "close"]
    frame[prices] = frame[prices].round(4)
    frame["adj_close"] = frame["adj_close"].round(6)
    days = pd.DatetimeIndex(raw.index).tz_localize(None).normalize()
    frame.index = pd.DatetimeIndex(days.to_numpy("datetime64[ns]"), name="date")
    return frame
