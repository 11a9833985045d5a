"""Factor regressions against statsmodels, and ratios by year."""

from __future__ import annotations

import numpy as np
import pytest

from models.factor_regression import factor_regression
from models.performance import information_ratio, information_ratio_interval
from models.yearly_ratio import yearly_information_ratios

NAMES = ["market", "size", "value"]


@pytest.fixture(scope="module")
def sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    factors = 0.01 * rng.standard_t(4, (900, 3))
    noise = 0.004 * rng.standard_normal(902)
    serial = noise[2:] + 0.5 * noise[1:-1] + 0.3 * noise[:-2]
    return 1e-4 + factors @ [0.9, -0.2, 0.1] + serial * (
        1.0 + 20.0 * np.abs(factors[:, 0])
    ), factors


@pytest.mark.parametrize("lags", [0, 4, None])
def test_statsmodels_gives_the_same(
    sample: tuple[np.ndarray, np.ndarray], lags: int | None
) -> None:
    import statsmodels.api as sm

    returns, factors = sample
    fit = factor_regression(returns, factors, NAMES, lags)
    model = sm.OLS(returns, sm.add_constant(factors))
    expected = model.fit(cov_type="HAC", cov_kwds={"maxlags": fit.lags})
    scale = np.array([25200.0, 1.0, 1.0, 1.0])
    assert [one.name for one in fit.loadings] == ["alpha", *NAMES]
    found = np.array([[one.value, one.error, one.low, one.high] for one in fit.loadings])
    np.testing.assert_allclose(found[:, 0], expected.params * scale, rtol=1e-10)
    np.testing.assert_allclose(found[:, 1], expected.bse * scale, rtol=1e-10)
    np.testing.assert_allclose(found[:, 2:], expected.conf_int() * scale[:, None], rtol=1e-9)
    np.testing.assert_allclose([one.t for one in fit.loadings], expected.tvalues, rtol=1e-10)
    assert fit.r_squared == pytest.approx(expected.rsquared, rel=1e-10)
    deviation = 100.0 * np.sqrt(expected.mse_resid * 252.0)
    assert fit.residual_pct == pytest.approx(deviation, rel=1e-10)


def test_what_a_regression_cannot_tell_apart_is_refused(
    sample: tuple[np.ndarray, np.ndarray],
) -> None:
    returns, factors = sample
    flat, double = factors.copy(), factors.copy()
    flat[:, 1] = 0.001
    double[:, 2] = factors[:, 0] - 2.0 * factors[:, 1]
    for bad, words in ((flat, "size is constant"), (double, "follows from the others")):
        with pytest.raises(ValueError, match=words):
            factor_regression(returns, bad, NAMES)
    with pytest.raises(ValueError, match="39 sessions are too few"):
        factor_regression(returns[:39], factors[:39], NAMES)
    with pytest.raises(ValueError, match="must be finite"):
        factor_regression(np.where(returns > 0.01, np.nan, returns), factors, NAMES)
    with pytest.raises(ValueError, match="2 names"):
        factor_regression(returns, factors, NAMES[:2])


def test_each_year_has_its_own_ratio_and_interval() -> None:
    rng = np.random.default_rng(5)
    active = np.r_[0.001 * rng.standard_normal(252), np.zeros(30), 0.002 + np.zeros(5)]
    years = np.repeat([2018, 2019, 2020], [252, 30, 5])
    first, flat, short = yearly_information_ratios(active, years, np.random.default_rng(1))
    assert (first.year, first.sessions) == (2018, 252)
    assert first.information_ratio == information_ratio(active[:252])
    interval = information_ratio_interval(active[:252], np.random.default_rng(1))
    assert (first.low, first.high) == interval
    assert first.low < first.information_ratio < first.high
    assert first.active_return_pct == pytest.approx(25200.0 * active[:252].mean())
    assert first.tracking_error_pct == pytest.approx(
        100.0 * np.sqrt(252) * active[:252].std(ddof=1)
    )
    for empty in (flat, short):
        assert np.isnan([empty.information_ratio, empty.low, empty.high]).all()
    assert flat.tracking_error_pct == 0.0
    assert short.active_return_pct == pytest.approx(50.4)
