from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from models.volume_profile import expected_volume, intraday_profile


def test_every_session_counts_alike() -> None:
    # Shares (1/4, 3/4), (1/2, 1/2): the second trades a thousand times as much.
    profile = intraday_profile([[1, 3], [2_000, 2_000]])
    np.testing.assert_allclose(profile, [0.375, 0.625], rtol=1e-15)


def test_only_the_last_sessions_count_and_dead_ones_say_nothing() -> None:
    np.testing.assert_array_equal(intraday_profile([[9, 1], [0, 0], [1, 3]], 2), [0.25, 0.75])


def test_against_pandas() -> None:
    volumes = np.random.default_rng(0).integers(0, 500, (30, 7))
    frame = pd.DataFrame(volumes).tail(20)
    expected = frame.div(frame.sum(axis=1), axis=0).mean()
    np.testing.assert_allclose(intraday_profile(volumes), expected, rtol=1e-13)


def test_expected_volume() -> None:
    assert expected_volume([100, 1, 2, 9], 3) == 2
    assert expected_volume([100, 1, 2, 9], 3, "mean") == 4
    assert expected_volume([0, 0, 6]) == 0


def test_bad_volumes_are_refused() -> None:
    for bad in ([[1, -1]], [[1, math.nan]]):
        with pytest.raises(ValueError, match="finite and non-negative"):
            intraday_profile(bad)
    with pytest.raises(ValueError, match="none of the last 1 sessions has any volume"):
        intraday_profile([[1, 1], [0, 0]], 1)
    with pytest.raises(ValueError, match="no session before"):
        expected_volume([])
    with pytest.raises(ValueError, match="statistic must be one of"):
        expected_volume([1], statistic="mode")
    with pytest.raises(ValueError, match="sessions must be 1 or more"):
        expected_volume([1], 0)
    with pytest.raises(ValueError, match="sessions x minutes"):
        intraday_profile([1, 2])
    with pytest.raises(ValueError, match="one value a session"):
        expected_volume([[1, 2]])
