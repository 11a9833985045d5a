"""NYSE sessions: the days on which every market of the system stands."""

from __future__ import annotations

import warnings
from functools import lru_cache

import pandas as pd

CALENDAR_START = pd.Timestamp("1960-01-01")


@lru_cache(maxsize=1)
def nyse_calendar() -> pd.DatetimeIndex:
    """Every NYSE session from 1960 to one year after today, as time-zone-naive midnights.

    Special closings (mourning days, storms, the four days after 2001-09-11) are left out, early
    closes count as sessions. Source: exchange_calendars, calendar XNYS.
    """
    import exchange_calendars

    with warnings.catch_warnings():
        # exchange_calendars 4.13 builds its schedule through a property that pandas 3.1 deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        sessions = exchange_calendars.get_calendar("XNYS", start=CALENDAR_START).sessions
    return pd.DatetimeIndex(sessions.to_numpy("datetime64[ns]"))


def nyse_sessions(first: pd.Timestamp | str, last: pd.Timestamp | str) -> pd.DatetimeIndex:
    """NYSE sessions from `first` to `last`, both included.

    Args:
        first: first day, a session or not.
        last: last day, a session or not.

    Returns:
        Time-zone-naive midnights (nanoseconds, no frequency), strictly increasing; empty when
        there is none between the two.

    Raises:
        ValueError: a bound outside the calendar, which reaches from 1960 to a year after today.
    """
    calendar = nyse_calendar()
    start, end = pd.Timestamp(first), pd.Timestamp(last)
    for bound in (start, end):
        if not CALENDAR_START <= bound <= calendar[-1] + pd.Timedelta(days=7):
            raise ValueError(
                f"{bound:%Y-%m-%d} is outside the NYSE calendar "
                f"({CALENDAR_START:%Y-%m-%d} to {calendar[-1]:%Y-%m-%d}); choose a day inside it"
            )
    return calendar[calendar.searchsorted(start) : calendar.searchsorted(end, side="right")]
