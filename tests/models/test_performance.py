from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.performance import (
    active_metrics,
    curve_metrics,
    information_ratio,
    information_ratio_interval,
    max_drawdown_pct,
    newey_west_lags,
    regression_hac,
    stationary_blocks,
)


def curves(seed: int = 0, sessions: int = 1258) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    market = 0.0004 + 0.01 * rng.standard_normal(sessions)
    strategy = 0.0001 + 0.97 * market + 0.002 * rng.standard_normal(sessions)
    return np.cumprod(np.r_[1e6, 1 + strategy]), np.cumprod(np.r_[1e6, 1 + market])


@pytest.mark.parametrize("lags", [0, 1, 7])
def test_regression_agrees_with_statsmodels(lags: int) -> None:
    rng = np.random.default_rng(lags)
    x, y = rng.standard_normal(300), rng.standard_normal(300)
    coefficients, errors = regression_hac(y, x, lags)
    oracle = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    np.testing.assert_allclose(coefficients, oracle.params, rtol=1e-10)
    np.testing.assert_allclose(errors, oracle.bse, rtol=1e-10)


def test_active_figures_agree_with_an_independent_computation() -> None:
    value, benchmark = curves()
    metrics = active_metrics(value, benchmark, seed=1)
    r = pd.Series(value).pct_change().dropna()
    b = pd.Series(benchmark).pct_change().dropna()
    oracle = sm.OLS(r, sm.add_constant(b)).fit(cov_type="HAC", cov_kwds={"maxlags": 7})
    assert metrics["alpha_hac_lags"] == 7
    assert metrics["alpha_pct"] == pytest.approx(oracle.params.iloc[0] * 25200, rel=1e-9)
    assert metrics["alpha_t_hac"] == pytest.approx(oracle.tvalues.iloc[0], rel=1e-9)
    assert metrics["beta"] == pytest.approx(oracle.params.iloc[1], rel=1e-9)
    low, high = oracle.conf_int().iloc[0] * 25200
    assert metrics["alpha_low_pct"] == pytest.approx(low, rel=1e-6)
    assert metrics["alpha_high_pct"] == pytest.approx(high, rel=1e-6)
    active = r - b
    assert metrics["tracking_error_pct"] == pytest.approx(active.std() * math.sqrt(252) * 100)
    assert metrics["information_ratio"] == pytest.approx(
        active.mean() / active.std() * math.sqrt(252)
    )


def test_quantstats_agrees_once_its_ratio_is_annualised() -> None:
    import quantstats as qs

    value, benchmark = curves(2)
    index = pd.bdate_range("2020-01-01", periods=len(value))
    r, b = (pd.Series(c, index).pct_change().dropna() for c in (value, benchmark))
    per_period = qs.stats.information_ratio(r, b, prepare_returns=False)
    ours = active_metrics(value, benchmark, 1)["information_ratio"]
    assert ours == pytest.approx(float(per_period) * math.sqrt(252), rel=1e-9)
    # QuantStats drops the starting wealth when it builds prices from returns; a fall on the very
    # first day would differ, this path has none.
    assert max_drawdown_pct(value) == pytest.approx(100 * float(qs.stats.max_drawdown(r)), rel=1e-9)


def test_curve_by_hand() -> None:
    value = np.array([100.0, 110.0, 99.0, 108.9])
    metrics = curve_metrics(value)
    assert metrics["total_return_pct"] == pytest.approx(8.9)
    assert metrics["max_drawdown_pct"] == pytest.approx(-10.0)
    returns = np.array([0.1, -0.1, 0.1])
    assert metrics["volatility_pct"] == pytest.approx(returns.std(ddof=1) * math.sqrt(252) * 100)
    assert metrics["cagr_pct"] == pytest.approx((1.089 ** (252 / 3) - 1) * 100)


def test_too_short_or_motionless_gives_none_not_nonsense() -> None:
    flat = np.full(50, 100.0)
    assert active_metrics(flat, flat, 1)["information_ratio"] is None
    assert active_metrics(flat, flat, 1)["alpha_pct"] is None
    value, benchmark = curves(sessions=10)
    assert set(active_metrics(value, benchmark, 1).values()) == {None}
    assert curve_metrics(flat)["sharpe_ratio"] is None


def test_lag_rule() -> None:
    assert [newey_west_lags(n) for n in (100, 250, 1258, 5000)] == [4, 4, 7, 9]


@given(st.integers(2, 200), st.floats(1.0, 40.0), st.integers(0, 100))
def test_bootstrap_blocks_fill_the_draw(observations: int, block: float, seed: int) -> None:
    first, lengths = stationary_blocks(observations, 5, block, np.random.default_rng(seed))
    assert first.min() >= 0
    assert first.max() < observations
    assert lengths.min() >= 0
    np.testing.assert_array_equal(lengths.sum(axis=1), observations)


def test_bootstrap_block_length_and_uniformity() -> None:
    first, lengths = stationary_blocks(500, 400, 10.0, np.random.default_rng(0))
    # The last block of a draw is cut; fifty of mean ten hold one in a hundred back.
    assert lengths[lengths > 0].mean() == pytest.approx(10.0, abs=0.35)
    rows = np.concatenate(
        [np.arange(f, f + n) % 500 for f, n in zip(first.flat, lengths.flat, strict=True)]
    )
    counts = np.bincount(rows, minlength=500)
    assert counts.min() > 0.6 * counts.mean()


def test_the_interval_is_that_of_the_resampled_returns() -> None:
    active = np.random.default_rng(5).normal(0.0003, 0.002, 300)
    first, lengths = stationary_blocks(300, 500, 20.0, np.random.default_rng(6))
    ratios = []
    for f, n in zip(first, lengths, strict=True):
        rows = np.concatenate([np.arange(a, a + b) % 300 for a, b in zip(f, n, strict=True)])
        ratios.append(information_ratio(active[rows]))
    # Fifteen blocks: Student's t with 15 degrees of freedom, and the mean that is taken out.
    stretch = stats.t.ppf(0.975, 15) / stats.norm.ppf(0.975) / math.sqrt(1 - 2 * 20 / 300)
    centre = information_ratio(active)
    np.testing.assert_allclose(
        information_ratio_interval(active, np.random.default_rng(6), draws=500),
        centre + stretch * (np.quantile(ratios, [0.025, 0.975]) - centre),
        rtol=1e-9,
    )


def test_interval_covers_the_true_ratio_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    truth, covered, trials = 0.8, 0, 120
    for _ in range(trials):
        active = 0.002 * (truth / math.sqrt(252) + rng.standard_normal(1000))
        low, high = information_ratio_interval(active, rng, draws=300)
        covered += low <= truth <= high
    # Binomial(120, 0.95) lies above 105 with probability 0.9996.
    assert covered >= 105


def test_interval_surrounds_the_estimate() -> None:
    value, benchmark = curves(3)
    metrics = active_metrics(value, benchmark, 1)
    low, high = metrics["information_ratio_low"], metrics["information_ratio_high"]
    assert low is not None
    assert high is not None
    active = np.diff(value) / value[:-1] - np.diff(benchmark) / benchmark[:-1]
    assert low < information_ratio(active) < high
