"""The rule of named regimes: definitions, causality, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from models.regimes import (
    CALM,
    LATE_CYCLE,
    NO_READING,
    REGIMES,
    SQUEEZE,
    STRESS,
    RegimeRule,
    curve_slope,
    rule_regimes,
    trailing_quantile,
)

SESSIONS = pd.bdate_range("2010-01-04", periods=600)
RULE = RegimeRule(window=100, min_history=30)
LAGS = {"T10Y2Y": 1, "DGS2": 1, "DGS10": 1, "T10Y3M": 1}


def features(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"credit": values}, SESSIONS[: len(values)])


def random_walk(seed: int) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).standard_normal(len(SESSIONS)))


def test_the_quantile_is_the_percentile_of_the_window_that_ends_today() -> None:
    values = np.random.default_rng(1).integers(0, 9, 80).astype(float)  # with ties
    found = trailing_quantile(values, window=20, min_history=10)
    assert np.isnan(found[:9]).all()
    for row in range(9, 80):
        window = values[max(0, row - 19) : row + 1]
        assert found[row] == pytest.approx(stats.rankdata(window)[-1] / len(window))


def test_four_names_from_two_questions() -> None:
    rule = RegimeRule(window=4, min_history=4, enter=0.75, leave=0.75)
    stress = np.array([1.0, 2.0, 3.0, 4.0, 0.0, 5.0, 0.0, 6.0])
    slope = np.array([1.0, 1.0, 1.0, 1.0, 1.0, -0.1, -0.1, np.nan])
    found = rule_regimes(features(stress), slope, rule)
    expected = [NO_READING] * 3 + [STRESS, CALM, SQUEEZE, LATE_CYCLE, NO_READING]
    assert found["regime"].tolist() == expected
    assert set(expected) == set(REGIMES)


def test_stress_stays_until_it_leaves_the_lower_level() -> None:
    rule = RegimeRule(window=5, min_history=5, enter=0.8, leave=0.6)
    stress = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 4.5, 4.4, 4.6])
    found = rule_regimes(features(stress), np.ones(8), rule)
    assert found["quantile"].tolist()[4:] == pytest.approx([1.0, 0.8, 0.6, 0.8])
    assert found["regime"].tolist()[4:] == [STRESS] * 4
    lower = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 2.5, 4.4])
    assert rule_regimes(features(lower), np.ones(7), rule)["regime"].tolist()[4:] == [
        STRESS,  # 1.0
        CALM,  # 0.4
        STRESS,  # 0.8
    ]
    # The same 0.6 that keeps stress alive does not begin it.
    fresh = rule_regimes(features(np.array([5.0, 1.0, 2.0, 4.0, 3.0])), np.ones(5), rule)
    assert fresh["quantile"].tolist()[4] == pytest.approx(0.6)
    assert fresh["regime"].tolist()[4] == CALM


def test_a_gap_ends_stress() -> None:
    rule = RegimeRule(window=5, min_history=4, enter=0.8, leave=0.6)
    stress = np.array([1.0, 2.0, 3.0, 4.0, 5.0, np.nan, 3.5])  # the last one is 2 of 4 or 0.5
    found = rule_regimes(features(stress), np.ones(7), rule)
    assert found["regime"].tolist()[4:] == [STRESS, NO_READING, CALM]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_later_changes_an_earlier_regime(seed: int) -> None:
    rng = np.random.default_rng([seed, 9])
    stress, slope = random_walk(seed), random_walk(seed + 10)
    last = int(rng.integers(150, 550))
    before = rule_regimes(features(stress), slope, RULE)
    for later in (1e3 * rng.standard_normal(len(SESSIONS)), np.full(len(SESSIONS), np.nan)):
        stress[last + 1 :], slope[last + 1 :] = later[last + 1 :], -later[last + 1 :]
        after = rule_regimes(features(stress), slope, RULE)
        pd.testing.assert_frame_equal(before[: last + 1], after[: last + 1], check_exact=True)
        assert not before.equals(after)
    cut = rule_regimes(features(stress[: last + 1]), slope[: last + 1], RULE)
    pd.testing.assert_frame_equal(before[: last + 1], cut, check_exact=True, check_freq=False)


def test_the_slope_is_the_published_one_with_fallbacks() -> None:
    spread = pd.Series(np.linspace(2.0, -1.0, 600).round(2), SESSIONS)
    macro = {
        "T10Y2Y": spread[:300],
        "DGS2": pd.Series(3.0, SESSIONS[:400]),
        "DGS10": pd.Series(4.5, SESSIONS[:400]),
        "T10Y3M": pd.Series(-0.5, SESSIONS),
    }
    slope = curve_slope(macro, LAGS, SESSIONS, max_stale=5)
    assert np.isnan(slope[0])
    np.testing.assert_array_equal(slope[1:300], spread[:299])
    # The last value is carried for five sessions, then the next source speaks.
    np.testing.assert_array_equal(slope[300:306], spread.iloc[299])
    np.testing.assert_array_equal(slope[306:406], 1.5)
    np.testing.assert_array_equal(slope[406:], -0.5)


def test_without_yields_there_is_no_reading() -> None:
    assert np.isnan(curve_slope({}, {}, SESSIONS)).all()
    found = rule_regimes(features(random_walk(1)), np.full(600, np.nan), RULE)
    assert (found["regime"] == NO_READING).all()


@pytest.mark.parametrize(
    ("mistake", "line"),
    [
        (lambda: RegimeRule(enter=0.5, leave=0.6), "leave 0.6 and enter 0.5"),
        (lambda: RegimeRule(window=10, min_history=20), "min_history 20 and window 10"),
        (
            lambda: rule_regimes(features(random_walk(1)), np.ones(600), RegimeRule("credt")),
            "no stress channel credt; known: credit",
        ),
        (lambda: rule_regimes(features(random_walk(1)), np.ones(5), RULE), "slope has shape"),
    ],
)
def test_bad_input_is_named(mistake: object, line: str) -> None:
    with pytest.raises(ValueError, match=line):
        mistake()  # type: ignore[operator]
