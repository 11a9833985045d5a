"""Active weights by channel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.channel_attribution import channel_weights


def test_weights_that_follow_the_view_have_no_rest() -> None:
    contributions = np.array([[0.9, 0.1], [-0.3, 0.2], [0.0, -0.6]])
    centred = contributions - contributions.mean(axis=0)
    split = channel_weights(0.05 * centred.sum(axis=1), contributions)
    np.testing.assert_allclose(split.channels, 0.05 * centred, atol=1e-17)
    np.testing.assert_allclose(split.optimiser, 0.0, atol=1e-17)


def test_scale_is_the_least_squares_slope() -> None:
    # Centred view (1, -1, 0): slope (0.04 + 0.02) / 2 = 0.03.
    split = channel_weights(np.array([0.04, -0.02, -0.02]), np.array([[2.5], [0.5], [1.5]]))
    assert split.scale == pytest.approx(0.03)
    np.testing.assert_allclose(split.channels[:, 0], [0.03, -0.03, 0.0], atol=1e-17)
    np.testing.assert_allclose(split.optimiser, [0.01, 0.01, -0.02], atol=1e-17)


def test_weights_against_the_view_or_without_one_are_the_optimisers() -> None:
    active = np.array([-0.1, 0.1])
    against = channel_weights(active, np.array([[1.0], [-1.0]]))
    without = channel_weights(active, np.array([[np.nan], [0.0]]))
    for split in (against, without):
        assert split.scale == 0.0
        np.testing.assert_array_equal(split.optimiser, active)


def test_a_sector_without_a_view_gets_nothing_from_the_channels() -> None:
    split = channel_weights(
        np.array([0.1, -0.1, 0.0, 0.0]), np.array([[1.0], [-1.0], [np.nan], [0.0]])
    )
    np.testing.assert_allclose(split.channels[:, 0], [0.1, -0.1, 0.0, 0.0])


@given(seed=st.integers(0, 2**32 - 1), sectors=st.integers(1, 11), channels=st.integers(1, 6))
def test_parts_sum_to_the_active_weights(seed: int, sectors: int, channels: int) -> None:
    rng = np.random.default_rng(seed)
    active = rng.standard_normal(sectors)
    split = channel_weights(active, rng.standard_normal((sectors, channels)) * 10.0)
    total = split.channels.sum(axis=1) + split.optimiser
    np.testing.assert_allclose(total, active, atol=1e-12)
    np.testing.assert_allclose(split.channels.sum(axis=0), 0.0, atol=1e-12)
