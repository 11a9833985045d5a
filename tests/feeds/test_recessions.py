"""The table of NBER recessions."""

from __future__ import annotations

import itertools

import pandas as pd

from feeds.recessions import RECESSIONS, in_recession, recession_table


def test_months_after_the_peak_through_the_trough() -> None:
    # FRED's USREC is 1 in exactly these months of 2000-2010.
    months = pd.date_range("2000-01-15", "2010-12-15", freq="MS") + pd.Timedelta(days=14)
    marked = months[in_recession(months)].strftime("%Y-%m").tolist()
    expected = pd.period_range("2001-04", "2001-11", freq="M").astype(str).tolist()
    expected += pd.period_range("2008-01", "2009-06", freq="M").astype(str).tolist()
    assert marked == expected


def test_the_first_and_the_last_day() -> None:
    days = pd.DatetimeIndex(["2007-12-31", "2008-01-02", "2009-06-30", "2009-07-01"])
    assert in_recession(days).tolist() == [False, True, True, False]


def test_the_table_is_in_order_and_announcements_come_late() -> None:
    table = recession_table()
    assert len(table) == len(RECESSIONS)
    assert (table["first_day"] < table["last_day"]).all()
    assert (table["last_day"].iloc[:-1].to_numpy() < table["first_day"].iloc[1:].to_numpy()).all()
    late = (table["peak_announced"] - table["first_day"]).dt.days
    assert late.between(60, 365).all()  # what decides could not have known
    assert ((table["trough_announced"] - table["last_day"]).dt.days > 200).all()
    for earlier, later in itertools.pairwise(RECESSIONS):
        assert earlier.trough_announced < later.peak_announced
