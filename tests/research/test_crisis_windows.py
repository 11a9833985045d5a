"""The dates of the crises, and what a run is asked about them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from feeds.market import MarketData
from research.crisis_windows import CRISES, LOOK_BACK, crisis_table

# Where to look for the high and the low of each fall before 2020.
AROUND = {
    "global financial crisis": ("2007-06-01", "2009-12-31"),
    "debt ceiling and euro, 2011": ("2011-01-01", "2011-12-31"),
    "China and oil, 2015-16": ("2015-01-01", "2016-06-30"),
    "fourth quarter of 2018": ("2018-06-01", "2019-03-01"),
}


@pytest.mark.realdata
@pytest.mark.parametrize("name", AROUND)
def test_the_dates_are_those_of_the_market(real_market: MarketData, name: str) -> None:
    known = real_market.until(pd.Timestamp("2019-12-31"))
    # Without dividends, as the index is quoted.
    closes = known.close["SPY"].loc[slice(*AROUND[name])]
    low = closes.idxmin()
    high = closes.loc[:low].idxmax()
    assert CRISES[name] == (str(high.date()), str(low.date()))


def run_over(first: str, last: str) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    days = pd.bdate_range(first, last)
    value = np.linspace(100.0, 50.0, len(days))
    equity = pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "value": value, "benchmark": value})
    return {"equity": equity}, pd.DataFrame({"composite": np.full(len(days), 2.0)}, index=days)


def test_windows_outside_the_run_are_left_out() -> None:
    assert crisis_table(*run_over("2003-01-01", "2024-12-31"))["crisis"].tolist() == [*CRISES]
    # It begins after one high and ends before one low.
    tables, stress = run_over("2007-10-10", "2018-12-21")
    assert crisis_table(tables, stress)["crisis"].tolist() == [
        "debt ceiling and euro, 2011",
        "China and oil, 2015-16",
    ]


def test_the_lead_reaches_back_no_further_than_it_says() -> None:
    found = crisis_table(*run_over("2003-01-01", "2019-12-31"))
    assert (found["lead_sessions"] == LOOK_BACK).all()
    assert (found["active_pct"] == 0.0).all()


def test_a_warning_that_lapsed_before_the_high_is_no_lead() -> None:
    tables, stress = run_over("2018-01-01", "2019-12-31")
    high = pd.Timestamp(CRISES["fourth quarter of 2018"][0])
    stress.loc[high, "composite"] = 0.9
    (row,) = crisis_table(tables, stress).to_dict("records")
    assert row["stress_at_start"] == 0.9
    assert row["lead_sessions"] is None
