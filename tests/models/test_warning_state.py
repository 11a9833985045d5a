"""Warnings open, hold and close."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.warning_state import SectorWarning, WarningRule, WarningState, advance, states

HORIZONS = (20, 40, 60)
RULE = WarningRule(open_level=0.6, open_lift=0.1, close_level=0.55, close_lift=0.05)
BASE = np.full((2, 3), 0.45)


def path(*rows: list[float]) -> list[WarningState]:
    """States of a first sector with these probabilities; the second stays at its base rate."""
    probabilities = np.array([[row, [0.45] * 3] for row in rows])
    return list(states(probabilities, np.tile(BASE, (len(rows), 1, 1)), HORIZONS, RULE))


def test_a_warning_by_hand() -> None:
    found = path(
        [0.50, 0.55, 0.59],
        [0.52, 0.61, 0.66],
        [0.70, 0.61, 0.50],
        [0.50, 0.55, 0.40],
        [0.54, 0.54, 0.54],
        [0.54, 0.59, 0.54],
        [0.62, 0.60, 0.54],
    )
    assert found[0].open == ()
    warning = SectorWarning(sector=0, opened=1, window=(40, 60), probability=0.66, base_rate=0.45)
    assert [state.open for state in found[1:4]] == [(warning,)] * 3
    assert found[1].opened_now == (warning,)
    assert found[2].opened_now == ()
    assert found[4].open == ()
    assert found[5].open == ()  # hysteresis: over the closing level is not enough to open
    assert found[6].open == (SectorWarning(0, 6, (20, 20), 0.62, 0.45),)
    assert [state.row for state in found] == list(range(7))


def test_a_high_base_rate_raises_the_level() -> None:
    high = np.full((1, 3), 0.58)
    state = advance(WarningState(), np.full((1, 3), 0.67), high, HORIZONS, RULE)
    assert state.open == ()
    state = advance(state, np.full((1, 3), 0.69), high, HORIZONS, RULE)
    assert state.open[0].window == (20, 20)
    state = advance(state, np.full((1, 3), 0.64), high, HORIZONS, RULE)
    assert len(state.open) == 1
    assert advance(state, np.full((1, 3), 0.62), high, HORIZONS, RULE).open == ()


def test_unknown_probabilities_open_nothing_and_hold_nothing() -> None:
    nothing = np.full((2, 3), np.nan)
    assert advance(WarningState(), nothing, BASE, HORIZONS, RULE).open == ()
    assert advance(WarningState(), np.full((2, 3), 0.9), nothing, HORIZONS, RULE).open == ()
    opened = advance(WarningState(), np.full((2, 3), 0.9), BASE, HORIZONS, RULE)
    assert [warning.sector for warning in opened.open] == [0, 1]
    part = np.array([[np.nan, 0.56, np.nan], [np.nan] * 3])
    assert [w.sector for w in advance(opened, part, BASE, HORIZONS, RULE).open] == [0]


@given(arrays(float, (30, 2, 3), elements=st.floats(0.3, 0.8)))
def test_open_exactly_since_the_last_crossing(probabilities: np.ndarray) -> None:
    base = np.tile(BASE, (30, 1, 1))
    high = (probabilities >= RULE.opening(base)).any(axis=2)
    low = (probabilities < RULE.closing(base)).all(axis=2)
    standing = [False, False]
    for row, state in enumerate(states(probabilities, base, HORIZONS, RULE)):
        for sector in range(2):
            before = standing[sector]
            standing[sector] = bool(high[row, sector] or (before and not low[row, sector]))
            mine = [warning for warning in state.open if warning.sector == sector]
            assert len(mine) == standing[sector]
            for warning in mine:
                assert warning.window[0] <= warning.window[1]
                assert high[warning.opened, sector]
                assert (warning.opened == row) == (not before)
                peak = HORIZONS.index(warning.window[1])
                assert warning.probability == probabilities[warning.opened, sector, peak]


@pytest.mark.parametrize(
    "levels",
    [
        {"close_level": 0.7},
        {"open_level": 1.0},
        {"close_level": 0.0},
        {"close_lift": 0.2},
        {"close_lift": -0.1},
        {"open_level": float("nan")},
    ],
)
def test_senseless_rules_are_refused(levels: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must hold"):
        WarningRule(**levels)
