from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.deflated_ratio import ratio_interval_annual, ratio_moments
from models.track_record import (
    Returns,
    detectable_ratio,
    power_of_years,
    power_table,
    years_needed,
)


def test_years_by_hand() -> None:
    """(1.96 + z)^2 / IR^2 x (1 + IR^2 / 504); the other tail of the test adds next to nothing."""
    for ratio, power in [(0.3, 0.8), (0.5, 0.9), (1.0, 0.8), (1.8, 0.5)]:
        distance = stats.norm.ppf(0.975) + stats.norm.ppf(power)
        by_hand = distance**2 / ratio**2 * (1.0 + ratio**2 / 504.0)
        assert years_needed(ratio, power) == pytest.approx(by_hand, rel=2e-4)
    assert years_needed(0.3, 0.8) == pytest.approx(87.2, abs=0.05)
    assert years_needed(0.0, 0.8) == math.inf


def test_power_without_skill_is_the_level() -> None:
    assert power_of_years(0.0, 17.0) == pytest.approx(0.05)
    assert power_of_years(0.0, 17.0, level=0.1) == pytest.approx(0.1)


@given(st.floats(0.1, 3.0), st.floats(0.1, 0.99), st.floats(-1.0, 1.0), st.floats(3.0, 20.0))
def test_years_and_power_are_inverse(ratio: float, power: float, skew: float, kurt: float) -> None:
    shape = Returns(skew, kurt, 1.3)
    years = years_needed(ratio, power, shape=shape)
    assert power_of_years(ratio, years, shape=shape) == pytest.approx(power)
    assert years_needed(-ratio, power) == pytest.approx(years_needed(ratio, power))


def test_detectable_ratio_is_the_other_inverse() -> None:
    assert power_of_years(detectable_ratio(5.0), 5.0) == pytest.approx(0.8)
    assert detectable_ratio(5.0) == pytest.approx(1.255, abs=1e-3)
    assert detectable_ratio(0.01) == math.inf


def test_autocorrelation_lengthens_the_proof() -> None:
    longer = years_needed(0.5, 0.8, shape=Returns(inflation=1.5))
    assert longer == pytest.approx(1.5 * years_needed(0.5, 0.8))


def test_table_of_the_issue() -> None:
    table = power_table()
    assert [line.ratio_annual for line in table] == [0.3, 0.5, 1.0, 1.8]
    for line in table:
        assert line.power == power_of_years(line.ratio_annual, 5.0)
        assert list(line.years) == sorted(line.years)
        assert line.years[1] == years_needed(line.ratio_annual, 0.8)


@pytest.mark.parametrize(("ratio", "years"), [(0.5, 10), (1.0, 5), (1.8, 2)])
def test_power_is_what_simulated_records_show(ratio: float, years: int) -> None:
    rng = np.random.default_rng(int(10 * ratio))
    shown = 0
    for _ in range(500):
        returns = ratio / math.sqrt(252.0) + rng.standard_normal(252 * years)
        interval = ratio_interval_annual(ratio_moments(returns))
        shown += not interval.low <= 0.0 <= interval.high
    assert stats.binomtest(shown, 500, power_of_years(ratio, years)).pvalue > 0.001


@pytest.mark.parametrize("power", [0.05, 0.01, 1.0])
def test_a_power_that_cannot_be_is_refused(power: float) -> None:
    with pytest.raises(ValueError, match="between the level"):
        years_needed(1.0, power)
