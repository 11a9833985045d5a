from __future__ import annotations

import numpy as np
import pytest

from models.placebo import shuffled_blocks


def test_the_same_readings_at_other_times() -> None:
    rng = np.random.default_rng(2)
    values = rng.standard_normal((100, 3))
    values[:10, 1] = np.nan
    found = shuffled_blocks(values, 20, rng)
    np.testing.assert_array_equal(found[:10], values[:10])
    rows = {tuple(row) for row in values[10:]}
    assert {tuple(row) for row in found[10:]} == rows
    assert not np.array_equal(found[10:], values[10:])
    # Rows stay whole, and most stay beside their neighbour.
    place = {tuple(row): index for index, row in enumerate(values)}
    moved = np.array([place[tuple(row)] for row in found[10:]])
    assert (np.diff(moved) == 1).mean() > 0.9
    with pytest.raises(ValueError, match="block must be 1 or more"):
        shuffled_blocks(values, 0, rng)


def test_nothing_to_shuffle() -> None:
    empty = np.full((5, 2), np.nan)
    found = shuffled_blocks(empty, 3, np.random.default_rng(1))
    np.testing.assert_array_equal(found, empty)
