from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.transition_error import transition_sessions, transition_tracking_error

NAN = math.nan


def test_sessions_by_hand() -> None:
    """Decided at the close of 2, within tolerance at the close of 4, two sessions after."""
    drift = np.array([NAN, NAN, 0.5, 0.3, 0.02, 0.0, 0.0, 0.0, 0.0])
    moving = transition_sessions([2], drift, 0.02, after=2)
    assert np.flatnonzero(moving).tolist() == [3, 4, 5, 6]


def test_a_decision_is_not_arrived_by_the_drift_of_its_own_close() -> None:
    drift = np.array([0.0, 0.0, 0.4, 0.0, 0.0])
    assert np.flatnonzero(transition_sessions([1], drift, 0.1, after=0)).tolist() == [2, 3]


def test_transitions_overlap_and_an_unfinished_one_goes_on() -> None:
    drift = np.array([0.4, 0.4, 0.4, 0.4, 0.0, 0.0, 0.0, 0.0, 0.4, 0.4])
    both = transition_sessions([0, 2], drift, 0.1, after=1)
    assert np.flatnonzero(both).tolist() == [1, 2, 3, 4, 5]
    last = transition_sessions([7], drift, 0.1, after=1)
    assert np.flatnonzero(last).tolist() == [8, 9]
    assert not transition_sessions([], drift, 0.1).any()
    assert not transition_sessions([9], drift, 0.1).any()


@given(st.lists(st.integers(0, 59), min_size=1, max_size=5), st.integers(0, 10_000))
def test_sessions_agree_with_a_walk(decisions: list[int], seed: int) -> None:
    drift = np.random.default_rng(seed).random(60)
    walked = np.zeros(60, dtype=bool)
    for decision in decisions:
        left = None
        for row in range(decision + 1, 60):
            walked[row] = left is None or left > 0
            if left is not None:
                left -= 1
            elif drift[row] <= 0.1:
                left = 5
            if left is not None and left <= 0:
                break
    np.testing.assert_array_equal(transition_sessions(decisions, drift, 0.1, 5), walked)


def test_only_marked_sessions_count() -> None:
    rng = np.random.default_rng(1)
    active = 0.002 * rng.standard_normal(500)
    moving = np.arange(500) % 40 < 22
    active[~moving] = NAN
    found = transition_tracking_error(active, moving)
    assert found.value == pytest.approx(active[moving].std(ddof=1) * math.sqrt(252) * 100)
    assert found.low < found.value < found.high
    assert found.low * found.high == pytest.approx(found.value**2)
    wider = transition_tracking_error(active, moving, level=0.99)
    assert wider.low < found.low
    assert wider.high > found.high


def test_interval_by_hand_where_every_session_moves() -> None:
    """The error of a log deviation from six stretches of two sessions."""
    active = np.array([1.0, -1, 2, -2, 1, -1, 3, -3, 1, -1, 2, -2])
    found = transition_tracking_error(active, np.ones(12, dtype=bool))
    variance = 40.0 / 11.0
    stretches = np.array([1.0, 4, 1, 9, 1, 4]) / variance / 2.0 - 0.5
    error = stretches.std(ddof=1) / math.sqrt(6)
    reach = 2.5705818 * error
    assert found.high / found.value == pytest.approx(math.exp(reach))


def test_interval_covers_at_the_nominal_rate() -> None:
    """Coarse: `benchmarks/interval_coverage.py` looks closer."""
    rng = np.random.default_rng(2)
    moving = np.arange(1260) % 40 < 22
    inside = 0
    for _ in range(400):
        found = transition_tracking_error(rng.standard_normal(1260) / math.sqrt(2520), moving)
        inside += found.low <= 100.0 * math.sqrt(0.1) <= found.high
    assert stats.binomtest(inside, 400, 0.95).pvalue > 0.001


def test_too_little_gives_nothing_and_no_movement_no_interval() -> None:
    active = np.full(30, 0.001)
    none = transition_tracking_error(active, np.arange(30) == 3)
    assert math.isnan(none.value)
    flat = transition_tracking_error(active, np.ones(30, dtype=bool))
    assert flat.value == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(flat.low)


def test_bad_input_is_named() -> None:
    drift = np.array([0.1, 0.1, NAN, 0.1])
    with pytest.raises(ValueError, match="drift: row 2"):
        transition_sessions([0], drift, 0.1)
    with pytest.raises(ValueError, match=r"outside 0\.\.3"):
        transition_sessions([4], drift, 0.1)
    with pytest.raises(ValueError, match="tolerance: nan"):
        transition_sessions([0], drift, NAN)
    with pytest.raises(ValueError, match="active: row 2"):
        transition_tracking_error(drift, np.ones(4, dtype=bool))
    with pytest.raises(ValueError, match="moving"):
        transition_tracking_error(drift, np.ones(3, dtype=bool))
