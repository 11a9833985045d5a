"""Relative falls, and how long before them a warning stood."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.warning_lead import fall_events, lead_record, lead_times


def test_a_fall_by_hand() -> None:
    relative = np.log([1.0, 1.1, 1.05, 1.044, 1.0, 1.06, 1.0])
    # 1.1 x 0.95 = 1.045: the fall is confirmed in row 3, and again, after 1.06, in row 6.
    assert fall_events(relative, apart=1) == [3, 6]
    assert fall_events(relative, apart=4) == [3]
    # With a high of three rows only, row 4 is the first 5 % under one (1.05 x 0.95 = 0.9975: no).
    assert fall_events(relative, window=2, apart=1) == [6]
    assert fall_events(relative, fall=0.2) == []


def test_an_unlisted_sector_has_no_events_and_a_gap_delays_them() -> None:
    relative = np.r_[np.full(5, np.nan), np.log([1.0, 0.9, 1.0]), np.nan, np.log(0.9)]
    assert fall_events(relative, apart=1) == [6, 9]
    assert fall_events(np.full(9, np.nan)) == []


@given(
    arrays(float, st.integers(2, 60), elements=st.floats(-0.3, 0.3)),
    st.integers(1, 20),
    st.integers(1, 10),
)
def test_events_are_those_of_a_loop(relative: np.ndarray, window: int, apart: int) -> None:
    expected: list[int] = []
    before = True
    for row in range(len(relative)):
        high = max(relative[max(0, row - window + 1) : row + 1])
        under = relative[row] - high <= math.log1p(-0.05)
        if under and not before and (not expected or row - expected[-1] >= apart):
            expected.append(row)
        before = bool(under)
    assert fall_events(relative, 0.05, window, apart) == expected


def test_leads_by_hand() -> None:
    leads = lead_times([10, 50, 120], [10, 60, 90, 91, 131, 250], within=80)
    # Row 10 leads 60 and 90, not itself and not 91, for which 50 is the earliest; 131 is 81 on.
    np.testing.assert_array_equal(leads, [math.nan, 50.0, 80.0, 41.0, 11.0, math.nan])
    assert np.isnan(lead_times([], [5, 9], 80)).all()
    assert lead_times([5], [], 80).shape == (0,)


def test_warnings_before_every_event_are_no_accident() -> None:
    events = [300, 620, 1100, 1500, 1930, 2500]
    opened = [event - lead for event, lead in zip(events, (30, 35, 40, 40, 45, 50), strict=True)]
    record = lead_record(opened, events, 3000, 500, np.random.default_rng(1))
    np.testing.assert_array_equal(record.leads, [30, 35, 40, 40, 45, 50])
    assert (record.median.value, record.recall) == (40.0, 1.0)
    assert 30.0 <= record.median.low < 40.0 < record.median.high <= 50.0
    # Only shifts by a few rows recall all six: about (80 - 50) + 30 - 1 of 3,000.
    assert record.p_value < 0.05


def test_warnings_at_random_dates_have_uniform_p_values() -> None:
    rng = np.random.default_rng(2)
    events = sorted(rng.choice(4000, 12, replace=False).tolist())
    values = []
    for _ in range(150):
        opened = sorted(rng.choice(4000, 10, replace=False).tolist())
        values.append(lead_record(opened, events, 4000, 99, rng).p_value)
    assert np.mean(np.array(values) <= 0.1) < 0.16
    assert 0.4 < np.mean(values) < 0.75


def test_a_warning_every_day_recalls_all_and_proves_nothing() -> None:
    record = lead_record(list(range(1000)), [200, 500], 1000, 99, np.random.default_rng(3))
    assert (record.recall, record.p_value, record.median.value) == (1.0, 1.0, 80.0)


def test_the_p_value_by_hand() -> None:
    # On a circle of 10 rows a warning leads the event by 1 or 2 rows for 2 shifts of the 9 others.
    rng = np.random.default_rng(4)
    record = lead_record([4], [5], 10, 20_000, rng, within=2)
    assert record.p_value == pytest.approx(1 / 9, abs=0.01)
    again = lead_record([4], [5], 10, 20_000, np.random.default_rng(4), within=2)
    assert record.p_value == again.p_value


def test_shifts_that_never_do_as_well_leave_one_in_draws_plus_one() -> None:
    # Gaps of 100 and 300 rows fit the events only unshifted: no other shift of 9,999 recalls both.
    rng = np.random.default_rng(6)
    record = lead_record([99, 399], [100, 400], 10_000, 99, rng, within=1)
    assert record.p_value == 1 / 100


def test_nothing_to_judge() -> None:
    rng = np.random.default_rng(5)
    no_warning = lead_record([], [5, 9], 100, 10, rng)
    assert no_warning.recall == 0.0
    assert math.isnan(no_warning.p_value)
    assert math.isnan(no_warning.median.value)
    assert math.isnan(lead_record([5], [], 100, 10, rng).recall)
    missed = lead_record([50], [20], 100, 10, rng)
    assert (missed.recall, missed.p_value) == (0.0, 1.0)
    assert math.isnan(missed.median.low)
