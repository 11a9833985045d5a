from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from models.deflated_ratio import (
    RatioMoments,
    autocorrelation_scale,
    average_correlation,
    deflated_ratio,
    expected_maximum_ratio,
    independent_trials,
    minimum_track_record,
    probabilistic_ratio,
    ratio_interval_annual,
    ratio_moments,
)
from models.performance import information_ratio, information_ratio_interval


@pytest.mark.parametrize(("trials", "deflated"), [(100, 0.9004), (46, 0.9505)])
def test_the_example_of_the_paper(trials: int, deflated: float) -> None:
    """Bailey & Lopez de Prado (2014): an annual 2.5 over five years of 250 days."""
    moments = RatioMoments(1250, 2.5 / math.sqrt(250.0), -3.0, 10.0)
    best = expected_maximum_ratio(0.5 / 250.0, trials)
    assert probabilistic_ratio(moments, best) == pytest.approx(deflated, abs=5e-5)
    assert expected_maximum_ratio(0.5 / 250.0, 100) == pytest.approx(0.1132, abs=5e-5)


@pytest.mark.parametrize(("periods", "years"), [(252, 2.73), (52, 2.83), (12, 3.24)])
def test_minimum_track_record_of_the_paper(periods: int, years: float) -> None:
    """Bailey & Lopez de Prado (2012): an annual 2 above 1 at 95 %, normal returns."""
    root = math.sqrt(periods)
    found = minimum_track_record(RatioMoments(1000, 2.0 / root), 1.0 / root)
    assert found / periods == pytest.approx(years, abs=5e-3)
    assert minimum_track_record(RatioMoments(1000, 1.0), 1.0) == math.inf


@pytest.mark.parametrize("trials", [2, 10, 151, 1000])
def test_expected_maximum_is_near_the_exact_one(trials: int) -> None:
    def density(x: float) -> float:
        return float(x * trials * stats.norm.pdf(x) * stats.norm.cdf(x) ** (trials - 1))

    exact, _ = integrate.quad(density, -10.0, 10.0)
    assert expected_maximum_ratio(4.0, trials) == pytest.approx(2.0 * exact, rel=0.08)


def test_one_trial_and_copies_deflate_nothing() -> None:
    assert expected_maximum_ratio(1.0, 1.0) == 0.0
    assert expected_maximum_ratio(1.0, 1.1) == 0.0
    assert independent_trials(50, 1.0) == 1.0
    assert independent_trials(50, 0.0) == independent_trials(50, -0.01) == 50.0
    assert independent_trials(101, 0.5) == 51.0
    with pytest.raises(ValueError, match=r"0\.5 trials"):
        expected_maximum_ratio(1.0, 0.5)


def test_average_correlation_of_all_pairs() -> None:
    x = np.random.default_rng(1).standard_normal((300, 5)) @ np.random.default_rng(2).random((5, 5))
    every = np.asarray(np.corrcoef(x, rowvar=False))
    assert average_correlation(x) == pytest.approx(every[np.triu_indices(5, 1)].mean())
    with pytest.raises(ValueError, match="column 2"):
        average_correlation(np.column_stack([x[:, :2], np.ones(300)]))
    with pytest.raises(ValueError, match="two columns"):
        average_correlation(x[:, :1])


def test_moments_agree_with_scipy() -> None:
    x = np.random.default_rng(3).standard_t(5, 800) + 0.1
    moments = ratio_moments(x)
    assert moments.ratio * math.sqrt(252) == pytest.approx(information_ratio(x))
    assert moments.skewness == pytest.approx(stats.skew(x))
    assert moments.kurtosis == pytest.approx(stats.kurtosis(x, fisher=False))
    assert moments.inflation == 1.0


def test_error_without_lags_is_the_delta_method() -> None:
    """g = m1 / sqrt(m2 - m1^2) of the sample's raw moments, differentiated by hand."""
    x = np.random.default_rng(4).gamma(2.0, 1.0, 5000) - 1.5
    m1, m2 = x.mean(), (x**2).mean()
    variance = m2 - m1**2
    gradient = np.array([m2, -m1 / 2.0]) / variance**1.5
    delta = math.sqrt(gradient @ np.cov(x, x**2) @ gradient / len(x))
    assert ratio_moments(x).standard_error == pytest.approx(delta, rel=1e-3)


def test_lags_give_the_newey_west_error_of_the_influence() -> None:
    noise = np.random.default_rng(5).standard_normal(1001)
    x = 0.1 + noise[1:] + 0.5 * noise[:-1]
    plain, lo = ratio_moments(x), ratio_moments(x, 6)
    z = (x - x.mean()) / x.std()
    influence = z - plain.ratio / 2.0 * (z**2 - 1.0)
    fit = sm.OLS(influence, np.ones(1000)).fit(cov_type="HAC", cov_kwds={"maxlags": 6})
    assert lo.standard_error == pytest.approx(float(fit.bse[0]), rel=2e-3)
    assert lo.inflation > 1.4
    assert replace(lo, inflation=1.0) == plain


def test_scale_of_lo() -> None:
    """eta of an AR(1) in closed form: Lo (2002, equation 22)."""
    rng = np.random.default_rng(6)
    noise, rho, q = rng.standard_normal(400_000), 0.2, 12
    x = np.empty_like(noise)
    x[0] = noise[0]
    for row in range(1, len(x)):
        x[row] = rho * x[row - 1] + noise[row]
    sums = 2.0 * rho / (1.0 - rho) * (1.0 - (1.0 - rho**q) / (q * (1.0 - rho)))
    assert autocorrelation_scale(x, q, 11) == pytest.approx(math.sqrt(q / (1.0 + sums)), rel=0.01)
    assert autocorrelation_scale(x, q, 0) == pytest.approx(math.sqrt(12.0))
    with pytest.raises(ValueError, match="lags: 12"):
        autocorrelation_scale(x, q, 12)
    with pytest.raises(ValueError, match="no scale exists"):
        autocorrelation_scale(np.tile([1.0, -1.0], 50), 12, 1)


def test_interval_and_bootstrap_cover_at_the_nominal_rate() -> None:
    """Coarse: `benchmarks/interval_coverage.py` looks closer. True ratio 1, five years."""
    rng = np.random.default_rng(7)
    inside = np.zeros(2, dtype=int)
    for _ in range(300):
        x = 1.0 / math.sqrt(252.0) + rng.standard_t(6, 1260) / math.sqrt(1.5)
        normal = ratio_interval_annual(ratio_moments(x))
        low, high = information_ratio_interval(x, rng, draws=400)
        inside += [normal.low <= 1.0 <= normal.high, low <= 1.0 <= high]
    for hits in inside.tolist():
        assert stats.binomtest(hits, 300, 0.95).pvalue > 0.001


def test_probabilities_are_uniform_without_skill() -> None:
    x = np.random.default_rng(8).standard_normal((400, 500))
    p = [probabilistic_ratio(ratio_moments(row)) for row in x]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_the_best_of_many_without_skill_is_not_called_skill() -> None:
    rng = np.random.default_rng(9)
    naive = deflated = 0
    for _ in range(100):
        x = rng.standard_normal((756, 50))
        ratios = x.mean(axis=0) / x.std(axis=0, ddof=1) * math.sqrt(252.0)
        found = deflated_ratio(x[:, ratios.argmax()], ratios, average_correlation(x))
        naive += found.probabilistic > 0.95
        deflated += found.deflated > 0.95
        assert found.trials == 50
    assert naive > 80
    assert deflated <= 5


def test_parts_of_the_deflated_ratio_fit_together() -> None:
    x = 0.1 + np.random.default_rng(10).standard_normal(1000)
    alone = deflated_ratio(x, np.array([information_ratio(x)]))
    assert alone.expected_maximum_annual == 0.0
    assert alone.deflated == alone.probabilistic
    assert alone.minimum_years_deflated == alone.minimum_years
    among = deflated_ratio(x, np.array([information_ratio(x), 0.0, 0.5, -0.5]))
    assert among.deflated < alone.deflated
    assert among.minimum_years_deflated > among.minimum_years
    variance = float(np.var([information_ratio(x), 0.0, 0.5, -0.5], ddof=1))
    assert among.expected_maximum_annual == pytest.approx(expected_maximum_ratio(variance, 4))
    # A record of exactly the minimum length is just proven.
    enough = replace(ratio_moments(x), observations=alone.minimum_years * 252.0)
    assert probabilistic_ratio(enough) == pytest.approx(0.95)
    with pytest.raises(ValueError, match="trial_ratios_annual"):
        deflated_ratio(x, np.array([1.0, math.nan]))


@given(st.floats(-0.2, 0.2), st.floats(1.0, 500.0), st.floats(1.0, 500.0))
def test_more_trials_deflate_more(ratio: float, few: float, many: float) -> None:
    few, many = sorted((few, many))
    moments = RatioMoments(1250, ratio)
    p = [probabilistic_ratio(moments, expected_maximum_ratio(1e-3, n)) for n in (few, many)]
    assert p[0] >= p[1]


@pytest.mark.parametrize("bad", [np.ones(50), np.zeros(50), np.array([1.0, 2.0])])
def test_returns_without_a_ratio_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="returns"):
        ratio_moments(bad)
