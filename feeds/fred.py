"""Macro series from FRED's CSV end-point."""

from __future__ import annotations

import io

import pandas as pd
import requests

from feeds.retry import SourceError, TransientError, UnreachableError

FRED_CSV = "https://fred.stlouisfed.org/graph/fredgraph.csv"
TIMEOUT_SECONDS = 30.0
DATE_COLUMNS = ("observation_date", "DATE")


def fetch_series(series_id: str, url: str = FRED_CSV) -> pd.Series:
    """All observations that FRED serves, by date; '.' and empty cells are no observation.

    Raises:
        TransientError: rate limit, server error, time-out, a truncated or foreign answer.
        UnreachableError: no connection.
        SourceError: FRED does not know the series.
    """
    try:
        answer = requests.get(url, params={"id": series_id}, timeout=TIMEOUT_SECONDS)
    except (requests.ConnectionError, requests.Timeout) as error:
        if "IncompleteRead" in str(error):
            raise TransientError(f"FRED {series_id}: the answer was cut off") from None
        raise UnreachableError(f"FRED {series_id}: no connection") from None
    except requests.RequestException as error:
        raise TransientError(f"FRED {series_id}: {type(error).__name__}") from None
    if answer.status_code == 404:
        raise SourceError(f"FRED has no series {series_id}; correct the name")
    if answer.status_code != 200:
        reason = f"FRED {series_id}: HTTP status {answer.status_code}"
        raise TransientError(reason, retry_after_seconds(answer.headers.get("Retry-After")))
    return parse_csv(series_id, answer.text)


def parse_csv(series_id: str, text: str) -> pd.Series:
    """Parse FRED's CSV; TransientError when it is not a whole answer for this series."""
    header = text.partition("\n")[0].strip().split(",")
    if len(header) != 2 or header[0] not in DATE_COLUMNS or header[1] != series_id:
        raise TransientError(f"FRED {series_id}: the answer is not the series' CSV")
    if not text.endswith("\n"):
        raise TransientError(f"FRED {series_id}: the answer was cut off")
    try:
        frame = pd.read_csv(io.StringIO(text), na_values=["."])
        dates = pd.to_datetime(frame[header[0]], format="%Y-%m-%d")
        values = frame[series_id].astype("float64")
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise TransientError(f"FRED {series_id}: unreadable row ({reason})") from None
    series = pd.Series(values.to_numpy(), index=pd.DatetimeIndex(dates, name="date")).dropna()
    if series.empty or not series.index.is_monotonic_increasing or series.index.has_duplicates:
        raise TransientError(f"FRED {series_id}: no or disordered observations")
    return series.rename(series_id)


def retry_after_seconds(header: str | None) -> float | None:
    """The Retry-After header in seconds; None without one or with a date."""
    return float(header) if header and header.isdigit() else None
