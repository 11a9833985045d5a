from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.publication import carry_forward, known_at_close

SESSIONS = pd.DatetimeIndex(
    ["2024-03-27", "2024-03-28", "2024-04-01", "2024-04-02", "2024-04-03", "2024-04-04"]
)


def observed(values: dict[str, float]) -> pd.Series:
    return pd.Series(list(values.values()), index=pd.DatetimeIndex(list(values)), dtype=float)


def test_a_value_is_known_one_session_after_its_observation() -> None:
    known = known_at_close(observed({"2024-03-28": 1.0, "2024-04-01": 2.0}), SESSIONS, 1, 10)
    np.testing.assert_array_equal(known, [np.nan, np.nan, 1.0, 2.0, 2.0, 2.0])


def test_an_observation_on_a_market_holiday_waits_for_the_session_after_the_next() -> None:
    # 2024-03-29 was Good Friday: bonds traded in the morning, the NYSE did not open.
    known = known_at_close(observed({"2024-03-28": 1.0, "2024-03-29": 9.0}), SESSIONS, 1, 10)
    np.testing.assert_array_equal(known, [np.nan, np.nan, 1.0, 9.0, 9.0, 9.0])


def test_of_several_observations_for_one_session_the_latest_counts() -> None:
    series = observed({"2024-03-29": 1.0, "2024-03-30": 2.0, "2024-03-31": 3.0})
    assert known_at_close(series, SESSIONS, 0, 10)[2] == 3.0


def test_a_dead_series_is_not_quoted_for_ever() -> None:
    known = known_at_close(observed({"2024-03-27": 1.0}), SESSIONS, 1, 2)
    np.testing.assert_array_equal(known, [np.nan, 1.0, 1.0, 1.0, np.nan, np.nan])


@given(st.lists(st.one_of(st.none(), st.floats(-5, 5)), max_size=30), st.integers(0, 5))
def test_carry_forward_agrees_with_pandas(values: list[float | None], limit: int) -> None:
    array = np.array([np.nan if value is None else value for value in values], dtype=float)
    expected = pd.Series(array).ffill(limit=limit) if limit else pd.Series(array)
    np.testing.assert_array_equal(carry_forward(array, limit), expected.to_numpy())


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_nothing_later_than_the_lag_shows(lag: int) -> None:
    rng = np.random.default_rng(lag)
    values = pd.Series(rng.random(len(SESSIONS)), index=SESSIONS)
    whole = known_at_close(values, SESSIONS, lag, 10)
    for row in range(len(SESSIONS)):
        past = values.iloc[: max(0, row + 1 - lag)]
        np.testing.assert_array_equal(known_at_close(past, SESSIONS, lag, 10)[row], whole[row])
