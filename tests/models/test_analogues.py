"""Past states nearest to today's, and what followed them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.analogues import Analogues, analogue_record, nearest_analogues

READING = st.one_of(st.floats(-4.0, 4.0), st.just(math.nan))
STATES = st.integers(1, 40).flatmap(
    lambda rows: st.integers(1, 4).flatmap(
        lambda size: arrays(float, (rows, size), elements=READING)
    )
)


def naive_distance(channels: np.ndarray, now: int, row: int, spacing: int) -> float:
    """The definition, one row and one channel at a time."""
    size = channels.shape[1]
    shared = [k for k in range(size) if math.isfinite(channels[now, k] + channels[row, k])]
    if not shared or 2 * len(shared) < size:
        return math.inf
    states = [channels[r, shared] for r in range(now, -1, -spacing)]
    states = [state for state in states if np.isfinite(state).all()]
    total = size_of = len(shared)
    moment = np.eye(size_of) * size_of
    mean = sum(states) / len(states)
    for state in states:
        moment = moment + np.outer(state - mean, state - mean)
        total += 1
    apart = channels[row, shared] - channels[now, shared]
    squared = float(apart @ np.linalg.solve(moment / total, apart))
    return math.sqrt(max(squared, 0.0) * size / size_of)


def naive_analogues(
    channels: np.ndarray, now: int, count: int, spacing: int, purge: int
) -> list[tuple[int, float]]:
    found: list[tuple[int, float]] = []
    far = {row: naive_distance(channels, now, row, spacing) for row in range(now - purge)}
    for row in sorted(far, key=lambda row: (far[row], row)):
        if math.isfinite(far[row]) and all(abs(row - other) >= spacing for other, _ in found):
            found.append((row, far[row]))
    return found[:count]


def test_the_nearest_by_hand() -> None:
    channels = np.array([[2.0], [0.5], [9.0], [1.1], [0.9], [1.0]])
    found = nearest_analogues(channels, now=5, count=3, spacing=2, purge=1)
    # Rows 0..3 have outcomes known by row 4. Row 3 is nearest and bars 2; then row 1, which bars 0.
    np.testing.assert_array_equal(found.rows, [3, 1])
    # Rows 5, 3, 1 are 1.0, 1.1, 0.5: squares around their mean sum to 31/150; one row of prior.
    variance = (31 / 150 + 1.0) / 4.0
    np.testing.assert_allclose(found.distances, np.array([0.1, 0.5]) / math.sqrt(variance))


def test_what_two_channels_share_counts_once() -> None:
    rng = np.random.default_rng(3)
    common = rng.standard_normal(2000)
    channels = np.column_stack([common, common, rng.standard_normal(2000)])
    channels[0], channels[1], channels[-1] = (1.5, 1.5, 0.0), (0.0, 0.0, 1.8), 0.0
    found = nearest_analogues(channels, 1999, count=2000, spacing=1, purge=0)
    distances = dict(zip(found.rows.tolist(), found.distances.tolist(), strict=True))
    # A Euclidean distance has the second nearer (1.8 against 2.1).
    assert distances[0] == pytest.approx(1.5, abs=0.05)
    assert distances[1] == pytest.approx(1.8, abs=0.05)


@given(STATES, st.integers(1, 6), st.integers(1, 5), st.integers(0, 5), st.data())
def test_equal_to_brute_force_with_its_invariants(
    channels: np.ndarray, count: int, spacing: int, purge: int, data: st.DataObject
) -> None:
    now = data.draw(st.integers(0, len(channels) - 1))
    found = nearest_analogues(channels, now, count, spacing, purge)
    expected = naive_analogues(channels, now, 99, spacing, purge)
    rows = found.rows
    assert (rows + purge <= now - 1).all()
    assert (np.diff(np.sort(rows)) >= spacing).all()
    assert (np.diff(found.distances) >= 0.0).all()
    np.testing.assert_allclose(
        found.distances,
        [naive_distance(channels, now, row, spacing) for row in rows.tolist()],
        atol=1e-6,
    )
    far = sorted(naive_distance(channels, now, row, spacing) for row in range(now - purge))
    gaps = np.diff([distance for distance in far if math.isfinite(distance)])
    if not (np.abs(gaps) < 1e-6).any():  # without ties the order itself is the definition's
        assert rows.tolist() == [row for row, _ in expected[:count]]


def test_nothing_after_today_is_read() -> None:
    rng = np.random.default_rng(5)
    channels = rng.standard_normal((900, 6))
    channels[:200, 2] = np.nan
    now = 700
    before = nearest_analogues(channels, now, 8, 30, 60)
    channels[now + 1 :] = 9.0 * rng.standard_normal((199, 6))
    after = nearest_analogues(channels, now, 8, 30, 60)
    cut = nearest_analogues(channels[: now + 1], now, 8, 30, 60)
    for other in (after, cut):
        np.testing.assert_array_equal(other.rows, before.rows)
        np.testing.assert_array_equal(other.distances, before.distances)


def test_channels_that_are_not_known_in_both_are_left_out() -> None:
    channels = np.array(
        [[0.0, np.nan, 5.0], [0.2, 1.0, np.nan], [9.0, 9.0, 9.0], [0.0, 1.0, np.nan]]
    )
    found = nearest_analogues(channels, 3, 5, 1, 0)
    # Row 0 shares one channel of three: too few. Today's third channel is unknown: two are left.
    assert found.rows.tolist() == [1, 2]
    channels[3] = np.nan
    assert nearest_analogues(channels, 3, 5, 1, 0).rows.tolist() == []


def test_a_past_that_is_too_short_holds_none() -> None:
    channels = np.zeros((5, 2))
    assert nearest_analogues(channels, 4, 3, 1, 4).rows.tolist() == []
    assert nearest_analogues(channels, 4, 3, 1, 3).rows.tolist() == [0]
    assert nearest_analogues(channels, 0, 3, 1, 9).distances.tolist() == []


def test_the_record_by_hand() -> None:
    relative = np.array([np.nan, 0.00, 0.02, 0.01, 0.05, 0.02])
    found = Analogues(np.array([3, 0, 1, 2]), np.array([0.1, 0.2, 0.3, 0.4]))
    record = analogue_record(found, relative, 2)
    # 3 -> 5: 0.01; 0 is before listing; 1 -> 3: 0.01; 2 -> 4: 0.03.
    assert record.rows.tolist() == [3, 1, 2]
    assert record.distances.tolist() == [0.1, 0.3, 0.4]
    np.testing.assert_allclose(record.outcomes, [0.01, 0.01, 0.03])
    assert (record.mean, record.median) == (pytest.approx(0.05 / 3), pytest.approx(0.01))
    # Deviations -1/150, -1/150, 2/150: variance 6/22500/2; over three outcomes.
    assert record.error == pytest.approx(math.sqrt(6 / 22500 / 2 / 3))
    assert record.hits.value == 1.0
    assert record.hits.low == pytest.approx(0.025 ** (1 / 3))  # exact: p^3 = 2.5 %


def test_the_hit_rate_has_the_interval_of_scipy() -> None:
    from scipy.stats import binomtest

    relative = np.cumsum([0.0, 0.01, -0.02, 0.03, 0.01, 0.02, -0.01, 0.01])
    record = analogue_record(Analogues(np.arange(7), np.arange(7.0)), relative, 1)
    oracle = binomtest(5, 7).proportion_ci(0.95, "exact")
    assert (record.hits.low, record.hits.high) == pytest.approx((oracle.low, oracle.high))


def test_an_outcome_of_zero_is_no_hit() -> None:
    found = Analogues(np.array([0, 1]), np.array([1.0, 2.0]))
    assert analogue_record(found, np.array([0.5, 0.5, 0.6]), 1).hits.value == 0.5


def test_one_outcome_has_no_error_and_none_has_nothing() -> None:
    relative = np.array([0.0, 0.1])
    one = analogue_record(Analogues(np.array([0]), np.array([1.0])), relative, 1)
    assert (one.mean, math.isnan(one.error)) == (0.1, True)
    none = analogue_record(Analogues(np.array([], dtype=np.int64), np.array([])), relative, 1)
    assert math.isnan(none.mean + none.median)
    assert math.isnan(none.hits.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channels": np.zeros(5)}, "channels"),
        ({"channels": np.zeros((5, 0))}, "channels"),
        ({"now": 5}, "now"),
        ({"now": -1}, "now"),
        ({"count": 0}, "count"),
        ({"spacing": 0}, "spacing"),
        ({"purge": -1}, "purge"),
    ],
)
def test_bad_input_is_named(change: dict[str, object], message: str) -> None:
    given: dict[str, object] = {
        "channels": np.zeros((5, 2)), "now": 4, "count": 1, "spacing": 1, "purge": 1
    }  # fmt: skip
    with pytest.raises(ValueError, match=f"^{message} must be"):
        nearest_analogues(**(given | change))  # type: ignore[arg-type]
