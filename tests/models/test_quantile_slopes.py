"""Slopes of quantiles against statsmodels, and the size of their test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from models.quantile_slopes import quantile_slope


def test_a_slope_against_statsmodels() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal(400)
    y = 0.3 * x + (1.0 + 0.4 * np.abs(x)) * rng.standard_normal(400)
    y[390:] = np.nan
    found = quantile_slope(y, x, 5, 0.1)
    frame = pd.DataFrame({"x": x, "y": y}).iloc[::5].dropna()
    assert found.slope == pytest.approx(smf.quantreg("y ~ x", frame).fit(q=0.1).params["x"])
    # The rank-score statistic is a correlation with being below the quantile.
    below = frame["y"] <= frame["y"].quantile(0.1)
    z = np.corrcoef(frame["x"], below)[0, 1] * np.sqrt(len(frame) - 1)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_noise_is_rejected_as_often_as_it_should_be() -> None:
    rng = np.random.default_rng(2)
    rejected = 0
    for _ in range(200):
        total = rng.standard_normal(1420).cumsum()
        x = rng.standard_normal(1400).cumsum()
        rejected += quantile_slope(total[20:] - total[:-20], x, 20, 0.9).p_value <= 0.05
    assert 2 <= rejected <= 20


def test_a_wider_spread_moves_both_tails_apart() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal(3000)
    y = np.exp(0.5 * x) * rng.standard_normal(3000)
    low, high = (quantile_slope(y, x, 1, tail) for tail in (0.1, 0.9))
    assert low.slope < 0.0 < high.slope
    assert max(low.p_value, high.p_value) < 0.001


def test_few_rows_have_no_tail() -> None:
    assert np.isnan(quantile_slope(np.arange(580.0), np.arange(580.0), 20, 0.1).p_value)
