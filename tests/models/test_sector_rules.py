from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from models.sector_rules import above_average, cheapness, momentum, top


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


def test_cheapness_against_statsmodels() -> None:
    rng = np.random.default_rng(4)
    spread = 5.0 + rng.standard_normal(26).cumsum() * 0.2
    logs = 3.0 - 0.1 * spread[:, None] + 0.02 * rng.standard_normal((26, 4))
    logs[0, 3] = np.nan
    found = cheapness(logs, spread)
    for column in range(3):
        fit = sm.OLS(logs[:, column], sm.add_constant(spread)).fit()
        expected = -fit.resid[-1] / np.sqrt(fit.mse_resid)
        assert found[column] == pytest.approx(expected, rel=1e-10)
    assert np.isnan(found[3])
    # A fall of the last price that the spread does not explain makes a fund cheap.
    fallen = logs.copy()
    fallen[-1, 0] -= 0.1
    assert cheapness(fallen, spread)[0] > found[0]
    # The spread's unit does not matter.
    np.testing.assert_allclose(cheapness(logs, 100.0 * spread - 7.0), found, rtol=1e-9)
    assert np.isnan(cheapness(logs, np.full(26, 4.0))).all()


def test_top_by_hand() -> None:
    assert top(np.array([1.0, np.nan, 3.0, 2.0]), 2).tolist() == [0, 0, 0.5, 0.5]
    assert top(np.array([1.0, 1.0, 1.0]), 2).tolist() == [0.5, 0.5, 0]
    assert top(np.array([np.nan, 4.0]), 3).tolist() == [0, 1.0]
    assert top(np.array([np.nan, np.nan]), 3).tolist() == [0, 0]
