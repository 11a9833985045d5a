from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from feeds.sessions import nyse_sessions
from models.sector_rules import above_average, cheapness, momentum, top, week_ends


def test_momentum_by_hand() -> None:
    prices = np.array(
        [[10.0, 20.0, np.nan], [11.0, 21.0, np.nan], [15.0, 15.0, 1.0], [1.0, 99.0, 2.0]]
    )
    # From three rows ago to one row ago: 15 / 10 and 15 / 20; the last row is left out.
    found = momentum(prices, formation=3, skip=1)
    assert found[:2].tolist() == pytest.approx([0.5, -0.25])
    assert np.isnan(found[2])
    assert np.isnan(momentum(prices, formation=4, skip=1)).all()


def test_the_average_by_hand() -> None:
    ends = np.array([[50.0, 9.0, np.nan], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [3.0, 1.4, 9.0]])
    # Means of the last three: 2.0, 1.47, 4.0; the first row is out of the window.
    assert above_average(ends, 3).tolist() == [True, False, True]
    assert above_average(ends, 4).tolist() == [False, False, False]
    assert above_average(ends, 5).tolist() == [False, False, False]


def test_cheapness_by_hand() -> None:
    # The line through (1, 10), (2, 8), (3, 9): mean 9, slope -0.5, so 8.5 at the last spread.
    # The second price is on its line; the third has no line.
    prices = np.array([[10.0, 3.0, np.nan], [8.0, 4.0, 1.0], [9.0, 5.0, 1.0]])
    found = cheapness(prices, np.array([1.0, 2.0, 3.0]))
    assert found[:2].tolist() == pytest.approx([1.0 - 9.0 / 8.5, 0.0], abs=1e-12)
    assert np.isnan(found[2])
    # A line that ends below nought prices nothing: (5, 0.1, 0.1) has slope -2.45, -0.717 at last.
    steep = np.array([[5.0], [0.1], [0.1]])
    assert np.isnan(cheapness(steep, np.array([1.0, 2.0, 3.0]))).all()


def test_cheapness_against_statsmodels() -> None:
    rng = np.random.default_rng(4)
    spread = 5.0 + rng.standard_normal(26).cumsum() * 0.2
    prices = 50.0 - 4.0 * spread[:, None] + rng.standard_normal((26, 4))
    prices[0, 3] = np.nan
    found = cheapness(prices, spread)
    for column in range(3):
        fit = sm.OLS(prices[:, column], sm.add_constant(spread)).fit()
        expected = -fit.resid[-1] / fit.fittedvalues[-1]
        assert found[column] == pytest.approx(expected, rel=1e-9)
    assert np.isnan(found[3])
    # A fall of the last price that the spread does not explain makes a fund cheap.
    fallen = prices.copy()
    fallen[-1, 0] *= 0.9
    assert cheapness(fallen, spread)[0] > found[0]
    # Neither the spread's unit matters nor the price's.
    np.testing.assert_allclose(cheapness(7.0 * prices, 100.0 * spread - 7.0), found, rtol=1e-8)
    assert np.isnan(cheapness(prices, np.full(26, 4.0))).all()
    spread[3] = np.nan
    assert np.isnan(cheapness(prices, spread)).all()


def test_the_last_sessions_of_weeks() -> None:
    # Thanksgiving on Thursday the 28th; New Year's Day, a Wednesday, and Good Friday are holidays.
    for first, last, expected in (
        ("2019-11-18", "2019-12-02", ["2019-11-22", "2019-11-29", "2019-12-02"]),
        ("2019-12-23", "2020-01-07", ["2019-12-27", "2020-01-03", "2020-01-07"]),
        ("2019-04-08", "2019-04-26", ["2019-04-12", "2019-04-18", "2019-04-26"]),
    ):
        sessions = nyse_sessions(first, last)
        days = sessions.to_numpy("datetime64[D]")
        assert days[week_ends(days, 3)].astype(str).tolist() == expected
        weeks = sessions.isocalendar()["week"].to_numpy()
        assert len(week_ends(days, 99)) == len(np.unique(weeks))
    assert week_ends(days[:1], 3).tolist() == [0]


def test_top_by_hand() -> None:
    assert top(np.array([1.0, np.nan, 3.0, 2.0]), 2).tolist() == [0, 0, 0.5, 0.5]
    assert top(np.array([1.0, 1.0, 1.0]), 2).tolist() == [0.5, 0.5, 0]
    assert top(np.array([np.nan, 4.0]), 3).tolist() == [0, 1.0]
    assert top(np.array([np.nan, np.nan]), 3).tolist() == [0, 0]
