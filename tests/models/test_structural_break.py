"""The largest Chow test: against statsmodels at every date, and by simulated size and power."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from models.structural_break import STEP, TRIM, slope_break


def persistent(rng: np.random.Generator, rows: int, rho: float) -> np.ndarray:
    series, shocks = np.zeros(rows), rng.standard_normal(rows)
    for t in range(1, rows):
        series[t] = rho * series[t - 1] + shocks[t]
    return series


def test_the_largest_of_all_chow_tests_by_statsmodels() -> None:
    rng = np.random.default_rng(1)
    x, returns, h = persistent(rng, 700, 0.9), rng.standard_normal(700), 5
    found = slope_break(returns, x, h, rng, draws=9)
    mean = np.array([x[t - h : t].mean() for t in range(h, 700)])
    rows = len(mean)
    whole = sm.OLS(returns[h:], sm.add_constant(mean)).fit()
    best = (0.0, 0, 0.0, 0.0)
    for last in range(STEP, rows, STEP):
        if TRIM * rows <= last <= (1 - TRIM) * rows:
            early = np.where(np.arange(rows) < last, mean, 0.0)
            fit = sm.OLS(returns[h:], np.column_stack([np.ones(rows), mean, early])).fit()
            f = float(fit.compare_f_test(whole)[0])
            after = h * fit.params[1]
            best = max(best, (f, h + last - 1, after + h * fit.params[2], after))
    assert found.statistic == pytest.approx(best[0], rel=1e-8)
    assert found.row == best[1]
    assert (found.before, found.after) == pytest.approx(best[2:], rel=1e-8)


@pytest.mark.parametrize("reversal", [0.0, 0.3])
def test_a_steady_slope_is_rarely_called_broken(reversal: float) -> None:
    """Also where volatility clusters and returns revert, which Andrews' values do not allow."""
    rng = np.random.default_rng(2)
    runs = 300
    p_values = []
    for _ in range(runs):
        x = persistent(rng, 2000, 0.98)
        noise = np.exp(persistent(rng, 2000, 0.99) / 10.0) * rng.standard_normal(2000)
        returns = noise - reversal * np.r_[0.0, noise[:-1]]
        returns[1:] += 0.02 * x[:-1]
        p_values.append(slope_break(returns, x, 40, rng, draws=199).p_value)
    p = np.array(p_values)
    assert (p <= 0.05).sum() <= 0.09 * runs
    assert 0.4 <= (p <= 0.5).mean() <= 0.62


def test_a_break_is_found_where_it_is() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(40):
        x = persistent(rng, 2000, 0.98)
        returns = rng.standard_normal(2000)
        returns[1:1000] += 0.1 * x[:999]
        found.append(slope_break(returns, x, 20, rng, draws=199))
    broken = [one for one in found if one.p_value <= 0.05]
    assert len(broken) >= 34
    assert np.median([one.row for one in broken]) == pytest.approx(1000, abs=60)
    assert np.mean([one.before for one in broken]) == pytest.approx(20 * 0.1, abs=0.4)
    assert np.mean([one.after for one in broken]) == pytest.approx(0.0, abs=0.4)


def test_too_few_rows_have_no_break() -> None:
    rng = np.random.default_rng(4)
    found = slope_break(rng.standard_normal(200), rng.standard_normal(200), 20, rng)
    assert found.row == -1
    assert np.isnan(found.p_value)
