"""Calibration, skill and accuracy against hand arithmetic and SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from models.warning_quality import (
    brier_score,
    brier_skill,
    calibration_curve,
    exact_interval,
    precision_recall,
    underperformed,
    warning_accuracy,
    wilson_interval,
)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_are_those_of_scipy(counts: tuple[int, int]) -> None:
    hits, count = counts
    oracle = binomtest(hits, count)
    exact = oracle.proportion_ci(0.9, "exact")
    found = exact_interval(hits, count, 0.9)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-10)
    wilson = oracle.proportion_ci(0.9, "wilson")
    score = wilson_interval(hits / count, count, 0.9)
    assert (score.low, score.high) == pytest.approx((wilson.low, wilson.high), abs=1e-10)


def test_nothing_has_no_interval() -> None:
    assert math.isnan(exact_interval(0, 0).value)
    assert math.isnan(wilson_interval(0.5, 0.0).low)


def test_underperformance_by_hand() -> None:
    relative = np.array([[math.nan, 0.0], [0.0, 1.0], [1.0, 0.5], [-1.0, 1.0]])
    np.testing.assert_array_equal(
        underperformed(relative, 2),
        [[math.nan, 0.0], [1.0, 0.0], [math.nan] * 2, [math.nan] * 2],
    )
    assert np.isnan(underperformed(relative, 4)).all()


def test_calibration_curve_by_hand() -> None:
    forecasts = np.array([[0.2, 0.6], [0.8, 0.4], [math.nan, 0.9], [0.1, 0.7]])
    outcomes = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, math.nan], [1.0, 0.0]])
    low, high = calibration_curve(forecasts, outcomes, bins=2, overlap=1)
    assert (low.forecast, low.count) == (pytest.approx(0.7 / 3), 3)
    assert low.frequency.value == pytest.approx(1 / 3)
    assert (high.forecast, high.frequency.value) == (pytest.approx(0.7), pytest.approx(2 / 3))
    (wide,) = calibration_curve(forecasts, outcomes, bins=1, overlap=6)
    assert wide.frequency == wilson_interval(0.5, 1.0)
    assert calibration_curve(forecasts * math.nan, outcomes, 3, 1) == []


def test_brier_score_and_skill_by_hand() -> None:
    forecasts = np.array([0.8, 0.4, math.nan, 0.5])
    outcomes = np.array([1.0, 0.0, 1.0, math.nan])
    assert brier_score(forecasts, outcomes) == pytest.approx((0.04 + 0.16) / 2)
    assert math.isnan(brier_score(forecasts[2:], outcomes[2:]))
    skill = brier_skill(
        forecasts, np.full(4, 0.5), outcomes, block=1, draws=50, rng=np.random.default_rng(0)
    )
    assert skill.value == pytest.approx(1.0 - 0.20 / 0.50)
    # Of two rows the bootstrap sees one twice or both: skills 1 - 0.04/0.25, 1 - 0.16/0.25.
    assert (skill.low, skill.high) == (pytest.approx(0.36), pytest.approx(0.84))


def test_skill_of_the_base_rate_of_the_truth_and_of_nothing() -> None:
    rng = np.random.default_rng(1)
    truth = rng.uniform(0.1, 0.9, (600, 3))
    outcomes = (rng.random((600, 3)) < truth).astype(float)
    base = np.full((600, 3), 0.5)

    def skill(forecast: np.ndarray) -> tuple[float, float, float]:
        found = brier_skill(forecast, base, outcomes, 20, 400, np.random.default_rng(2))
        return found.value, found.low, found.high

    assert skill(base) == (0.0, 0.0, 0.0)
    assert skill(outcomes) == (1.0, 1.0, 1.0)
    value, low, high = skill(truth)
    assert 0.0 < low < value < high < 0.4
    assert skill(1.0 - truth)[2] < 0.0
    assert skill(truth) == skill(truth)
    assert math.isnan(skill(base * math.nan)[0])


def test_the_interval_widens_with_the_overlap_of_outcomes() -> None:
    rng = np.random.default_rng(3)
    outcomes = np.repeat((rng.random(30) < 0.5).astype(float), 20)
    forecasts = np.clip(np.repeat(rng.random(30), 20), 0.2, 0.8)
    base = np.full(600, 0.5)

    def width(block: int) -> float:
        found = brier_skill(forecasts, base, outcomes, block, 500, np.random.default_rng(4))
        return found.high - found.low

    assert width(40) > 2.0 * width(1)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        # Skill against one half of forecasts q that are right: 4 var(q) = 4 x 0.09 / 3 = 0.12.
        truth = rng.uniform(0.2, 0.8, 300)
        outcomes = (rng.random(300) < truth).astype(float)
        found = brier_skill(truth, np.full(300, 0.5), outcomes, 5, 200, rng, level=0.9)
        covered += found.low <= 0.12 <= found.high
    assert 165 <= covered <= 195


def test_precision_and_recall_by_hand() -> None:
    forecasts = np.array([0.9, 0.7, 0.6, 0.2, math.nan])
    outcomes = np.array([1.0, 0.0, 1.0, 1.0, 1.0])
    found = precision_recall(forecasts, outcomes, np.array([0.6, 0.95]))
    assert found[0] == pytest.approx((0.6, 2 / 3, 2 / 3, 3 / 4))
    assert math.isnan(found[1][1])
    assert found[1][2:] == (0.0, 0.0)


def test_accuracy_counts_warnings_that_do_not_overlap() -> None:
    outcomes = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 1.0, math.nan])
    hits = warning_accuracy([0, 2, 3, 5, 6], outcomes, apart=3)
    assert (hits.hits, hits.count) == (2, 2)
    assert hits.share == exact_interval(2, 2)
    assert hits.base_rate == pytest.approx(0.5)
    assert warning_accuracy([0, 2, 4], outcomes, apart=2).count == 3
    nothing = warning_accuracy([], outcomes, apart=3)
    assert (nothing.count, math.isnan(nothing.share.value)) == (0, True)
    assert math.isnan(warning_accuracy([0], outcomes[-1:], 1).base_rate)
