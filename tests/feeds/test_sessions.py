from __future__ import annotations

import pandas as pd
import pytest

from feeds.sessions import nyse_sessions


@pytest.mark.parametrize(
    "closed",
    [
        "2001-09-11",
        "2001-09-12",
        "2001-09-13",
        "2001-09-14",
        "2004-06-11",
        "2007-01-02",
        "2012-10-29",
        "2012-10-30",
        "2018-12-05",
        "2025-01-09",
        "1994-04-27",
        "2022-06-20",
        "2024-03-29",
    ],
)
def test_special_closings_and_holidays_are_no_sessions(closed: str) -> None:
    day = pd.Timestamp(closed)
    around = nyse_sessions(day - pd.Timedelta(days=7), day + pd.Timedelta(days=7))
    assert day not in around
    assert len(around) >= 6


def test_early_closings_are_sessions() -> None:
    days = ["2024-07-03", "2024-11-29", "2024-12-24"]
    assert all(pd.Timestamp(day) in nyse_sessions(day, day) for day in days)


def test_known_year_lengths() -> None:
    assert len(nyse_sessions("2001-01-01", "2001-12-31")) == 248
    assert len(nyse_sessions("2020-01-01", "2020-12-31")) == 253
    assert len(nyse_sessions("2023-01-01", "2023-12-31")) == 250


def test_index_is_plain_increasing_midnights() -> None:
    sessions = nyse_sessions("1993-01-29", "2024-12-31")
    assert sessions.tz is None
    assert sessions.freq is None
    assert sessions.dtype == "datetime64[ns]"
    assert sessions.is_monotonic_increasing
    assert sessions.is_unique
    assert (sessions == sessions.normalize()).all()
    assert (sessions.day_of_week < 5).all()
    assert sessions[0] == pd.Timestamp("1993-01-29")
    assert sessions[-1] == pd.Timestamp("2024-12-31")


def test_reaches_today_and_a_weekend_is_empty() -> None:
    today = pd.Timestamp.now().normalize()
    assert len(nyse_sessions(today - pd.Timedelta(days=14), today)) >= 8
    assert nyse_sessions("2024-06-01", "2024-06-02").empty


@pytest.mark.parametrize(("first", "last"), [("1890-01-01", "2000-01-01"), ("2000", "2200-01-01")])
def test_days_outside_the_calendar_are_refused(first: str, last: str) -> None:
    with pytest.raises(ValueError, match=r"outside the NYSE calendar .*choose a day inside"):
        nyse_sessions(first, last)
