"""Estimators of the regression grid against statsmodels, slow code, theory and simulation."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from models.clark_west import out_of_sample
from models.false_discovery import adjusted_p
from models.granger import granger_p
from models.hodrick import hodrick_errors
from models.local_projections import local_projection
from models.stambaugh import slope_bias


def persistent(rng: np.random.Generator, rows: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    """An autoregression and its shocks."""
    shocks = rng.standard_normal(rows)
    series = np.zeros(rows)
    for t in range(1, rows):
        series[t] = rho * series[t - 1] + shocks[t]
    return series, shocks


def test_hodrick_against_slow_code() -> None:
    rng = np.random.default_rng(1)
    x, _ = persistent(rng, 200, 0.9)
    returns = rng.standard_normal((200, 2))
    h = 12
    slopes, errors = hodrick_errors(returns, x, h)
    for column in range(2):
        r = returns[:, column]
        ahead = np.array([r[t + 1 : t + h + 1].sum() for t in range(200 - h)])
        fit = sm.OLS(ahead, sm.add_constant(x[: 200 - h])).fit()
        assert slopes[column] == pytest.approx(fit.params[1], rel=1e-10)
        z = np.array([[1.0, value] for value in x])
        e = r - r[1:].mean()
        s = np.zeros((2, 2))
        for t in range(h - 1, 199):
            w = z[t - h + 1 : t + 1].sum(axis=0) * e[t + 1]
            s += np.outer(w, w)
        bread = np.linalg.inv(z[: 200 - h].T @ z[: 200 - h])
        assert errors[column] == pytest.approx(np.sqrt((bread @ s @ bread)[1, 1]), rel=1e-10)
    with pytest.raises(ValueError, match="too few for horizon 12"):
        hodrick_errors(returns[:30], x[:30], 12)


def test_hodrick_holds_its_size_where_newey_west_does_not() -> None:
    rng = np.random.default_rng(2)
    rows, h, runs = 600, 60, 300
    rejected = {"hodrick": 0, "newey": 0}
    for _ in range(runs):
        x, _ = persistent(rng, rows, 0.98)
        returns = rng.standard_normal((rows, 1))
        slopes, errors = hodrick_errors(returns, x, h)
        rejected["hodrick"] += bool(abs(slopes[0] / errors[0]) > 1.96)
        total = np.concatenate([[0.0], returns[1:, 0].cumsum()])
        ahead = total[h:] - total[:-h]
        fit = sm.OLS(ahead, sm.add_constant(x[:-h])).fit(cov_type="HAC", cov_kwds={"maxlags": h})
        rejected["newey"] += bool(abs(fit.tvalues[1]) > 1.96)
    # 5 % nominal: Hodrick 2 to 9 %, Newey-West far beyond.
    assert 0.02 * runs <= rejected["hodrick"] <= 0.09 * runs
    assert rejected["newey"] > 0.15 * runs


@pytest.mark.parametrize("horizon", [1, 20])
def test_most_of_the_bias_goes(horizon: int) -> None:
    rng = np.random.default_rng(3)
    rows, runs = 240, 500
    raw, corrected = [], []
    for _ in range(runs):
        x, shocks = persistent(rng, rows, 0.97)
        returns = (-0.9 * shocks + 0.3 * rng.standard_normal(rows))[:, None]
        slopes, _ = hodrick_errors(returns, x, horizon)
        raw.append(slopes[0])
        corrected.append(slopes[0] - slope_bias(returns, x, horizon)[0])
    error = np.std(raw) / np.sqrt(runs)
    assert np.mean(raw) > 5 * error
    assert abs(np.mean(corrected)) < 0.3 * np.mean(raw)


def test_granger_against_statsmodels() -> None:
    rng = np.random.default_rng(4)
    cause = rng.standard_normal(400)
    effect = rng.standard_normal(400) + 0.15 * np.r_[0.0, 0.0, cause[:-2]]
    lags = 3
    columns = [s[lags - k : 400 - k] for s in (effect, cause) for k in (1, 2, 3)]
    fit = sm.OLS(effect[lags:], sm.add_constant(np.column_stack(columns))).fit(cov_type="HC0")
    test = fit.wald_test(np.eye(7)[4:], use_f=False, scalar=True)
    assert granger_p(effect, cause, lags) == pytest.approx(float(test.pvalue), rel=1e-8)
    with pytest.raises(ValueError, match="too few for 5 lags"):
        granger_p(effect[:50], cause[:50])


def test_a_local_projection_is_the_impulse_response() -> None:
    rng = np.random.default_rng(5)
    rows = 40_000
    shock = rng.standard_normal(rows)
    # r(t) = 0.5 s(t-1) + 0.25 s(t-3) + noise: cumulative response 0.5, 0.5, 0.75, 0.75 ...
    returns = 0.3 * rng.standard_normal(rows)
    returns[1:] += 0.5 * shock[:-1]
    returns[3:] += 0.25 * shock[:-3]
    found = local_projection(returns, shock, np.array([1, 2, 3, 6]))
    np.testing.assert_allclose(found.response, [0.5, 0.5, 0.75, 0.75], atol=0.02)
    assert (np.abs(found.response - [0.5, 0.5, 0.75, 0.75]) < 4 * found.error).all()


def test_a_projection_s_error_against_statsmodels() -> None:
    rng = np.random.default_rng(6)
    returns, shock = rng.standard_normal(300), rng.standard_normal(300)
    found = local_projection(returns, shock, np.array([4]), lags=1)
    total = returns.cumsum()
    design = np.column_stack(
        [np.ones(295), shock[1:296], returns[1:296], returns[:295], shock[:295]]
    )
    fit = sm.OLS(total[5:] - total[1:296], design).fit(cov_type="HAC", cov_kwds={"maxlags": 4})
    assert found.response[0] == pytest.approx(fit.params[1], rel=1e-9)
    assert found.error[0] == pytest.approx(fit.bse[1], rel=1e-9)


def test_out_of_sample_against_slow_code() -> None:
    rng = np.random.default_rng(8)
    x = rng.standard_normal(140)
    y = 0.4 * x + rng.standard_normal(140)
    y[-6:] = np.nan
    h, first = 5, 60
    found = out_of_sample(y, x, h, first)
    errors, naive, forecasts = [], [], []
    for t in range(first + h - 1, 134):
        fit = sm.OLS(y[: t - h + 1], sm.add_constant(x[: t - h + 1])).fit()
        forecasts.append(fit.params[0] + fit.params[1] * x[t])
        naive.append(y[t] - y[: t - h + 1].mean())
        errors.append(y[t] - forecasts[-1])
    e, n = np.array(errors), np.array(naive)
    assert found.forecasts == len(e)
    assert found.r2_pct == pytest.approx(100 * (1 - (e @ e) / (n @ n)), rel=1e-9)
    adjusted = n**2 - (e**2 - (n - e) ** 2)
    fit = sm.OLS(adjusted, np.ones(len(e))).fit(cov_type="HAC", cov_kwds={"maxlags": h})
    assert found.p_value == pytest.approx(stats.norm.sf(fit.tvalues[0]), rel=1e-6)


def test_forecasts_do_not_know_the_future() -> None:
    rng = np.random.default_rng(9)
    x, y = rng.standard_normal(300), rng.standard_normal(300)
    cut = out_of_sample(np.r_[y[:200], np.full(100, np.nan)], x, 10, 60)
    other = np.r_[x[:200], 99.0 * rng.standard_normal(100)]
    assert out_of_sample(np.r_[y[:200], np.full(100, np.nan)], other, 10, 60) == cut
    assert np.isnan(out_of_sample(y[:80], x[:80], 20, 60).r2_pct)


def test_clark_west_does_not_reject_noise() -> None:
    rng = np.random.default_rng(10)
    rejected = sum(
        out_of_sample(rng.standard_normal(400), rng.standard_normal(400), 1, 100).p_value < 0.05
        for _ in range(200)
    )
    assert rejected <= 18


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_p_against_statsmodels(values: list[float]) -> None:
    p = np.array(values)
    for dependent, method in ((False, "fdr_bh"), (True, "fdr_by")):
        expected = multipletests(p, method=method)[1]
        np.testing.assert_allclose(adjusted_p(p, dependent), expected, rtol=1e-12, atol=1e-15)


def test_unknown_tests_do_not_count() -> None:
    found = adjusted_p(np.array([0.01, np.nan, 0.04]))
    np.testing.assert_allclose(found, [0.02, np.nan, 0.04])
    assert np.isnan(adjusted_p(np.array([np.nan]))).all()
