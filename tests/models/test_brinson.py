"""Brinson-Fachler effects, drifting weights and linking, by hand and by identity."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.brinson import brinson_fachler, drifted_weights
from models.linking import linking_factors

WEIGHTS = np.array([[0.5, 0.3, 0.2], [0.6, 0.2, 0.2], [0.2, 0.2, 0.6]])
STYLE = np.array([[0.4, 0.4, 0.2], [0.5, 0.3, 0.2], [0.3, 0.3, 0.4]])
HELD = np.array([[0.02, -0.01, 0.00], [0.01, 0.03, -0.02], [-0.01, 0.02, 0.04]])
SECTOR = np.array([[0.01, -0.01, 0.02], [0.02, 0.00, -0.01], [-0.01, 0.01, 0.03]])


def test_three_sectors_over_three_sessions_by_hand() -> None:
    effects = brinson_fachler(WEIGHTS, HELD, STYLE, SECTOR)
    # First session: style return 0.004 - 0.004 + 0.004 = 0.004.
    np.testing.assert_allclose(effects.allocation[0], [0.1 * 0.006, -0.1 * -0.014, 0.0], atol=1e-17)
    np.testing.assert_allclose(effects.selection[0], [0.4 * 0.01, 0.0, 0.2 * -0.02], atol=1e-17)
    np.testing.assert_allclose(effects.interaction[0], [0.1 * 0.01, 0.0, 0.0], atol=1e-17)
    # Second: 0.010 + 0 - 0.002 = 0.008. Third: -0.003 + 0.003 + 0.012 = 0.012.
    np.testing.assert_allclose(effects.allocation[1], [0.1 * 0.012, 0.1 * 0.008, 0.0], atol=1e-17)
    np.testing.assert_allclose(effects.selection[1], [-0.005, 0.009, -0.002], atol=1e-17)
    np.testing.assert_allclose(effects.interaction[1], [-0.001, -0.003, 0.0], atol=1e-17)
    np.testing.assert_allclose(effects.allocation[2], [0.0022, 0.0002, 0.0036], atol=1e-17)
    np.testing.assert_allclose(effects.selection[2], [0.0, 0.003, 0.004], atol=1e-17)
    np.testing.assert_allclose(effects.interaction[2], [0.0, -0.001, 0.002], atol=1e-17)
    daily = effects.allocation + effects.selection + effects.interaction
    # Portfolio 0.7 %, 0.8 %, 2.6 %; style portfolio 0.4 %, 0.8 %, 1.2 %.
    portfolio, style = np.array([0.007, 0.008, 0.026]), np.array([0.004, 0.008, 0.012])
    np.testing.assert_allclose(daily.sum(axis=1), portfolio - style, atol=1e-16)
    linked = daily * linking_factors(portfolio, style)[:, None]
    compounded = 1.007 * 1.008 * 1.026 - 1.004 * 1.008 * 1.012
    assert linked.sum() == pytest.approx(compounded, abs=1e-15)


def test_linking_factors_are_carinos() -> None:
    portfolio, benchmark = np.array([0.05, -0.02]), np.array([0.01, -0.02])
    whole = (math.log(1.05 * 0.98) - math.log(1.01 * 0.98)) / (1.05 * 0.98 - 1.01 * 0.98)
    first = (math.log(1.05) - math.log(1.01)) / 0.04
    expected = [first / whole, 1.0 / 0.98 / whole]
    np.testing.assert_allclose(linking_factors(portfolio, benchmark), expected, rtol=1e-12)


ROWS = st.integers(1, 12)


@given(seed=st.integers(0, 2**32 - 1), sessions=ROWS, sectors=st.integers(1, 6))
def test_effects_sum_to_the_compounded_active_return(
    seed: int, sessions: int, sectors: int
) -> None:
    rng = np.random.default_rng(seed)
    shape = (sessions, sectors)
    weights, style = (rng.dirichlet(np.ones(sectors), sessions) for _ in range(2))
    held, own = (rng.uniform(-0.9, 2.0, shape) * rng.integers(0, 2) for _ in range(2))
    effects = brinson_fachler(weights, held, style, own)
    daily = (effects.allocation + effects.selection + effects.interaction).sum(axis=1)
    portfolio, benchmark = (weights * held).sum(axis=1), (style * own).sum(axis=1)
    np.testing.assert_allclose(daily, portfolio - benchmark, atol=1e-14)
    years = rng.integers(0, 3, sessions)
    linked = daily * linking_factors(portfolio, benchmark, years)
    for year in np.unique(years):
        mine = years == year
        active = np.prod(1.0 + portfolio[mine]) - np.prod(1.0 + benchmark[mine])
        scale = max(1.0, np.prod(1.0 + portfolio[mine]), np.prod(1.0 + benchmark[mine]))
        assert linked[mine].sum() == pytest.approx(active, abs=1e-10 * scale)


def test_weights_drift_with_returns_until_they_are_set_again() -> None:
    nan = np.full(3, np.nan)
    known = np.array([nan, [0.5, 0.5, 0.0], nan, nan, [0.2, 0.3, 0.5]])
    returns = np.array([nan, [0.1, 0.0, np.nan], [0.2, -0.2, np.nan], [0.0, 0.5, np.nan], nan])
    drifted = drifted_weights(known, returns)
    assert np.isnan(drifted[0]).all()
    np.testing.assert_allclose(drifted[1], [0.5, 0.5, 0.0])
    np.testing.assert_allclose(drifted[2], [0.6, 0.4, 0.0])
    np.testing.assert_allclose(drifted[3], [0.5, 0.5, 0.0])
    np.testing.assert_allclose(drifted[4], [0.2, 0.3, 0.5])


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"portfolio weights of row 1 sum to 0\.9"):
        brinson_fachler(WEIGHTS - [[0.0], [0.02], [0.0]], HELD, STYLE, SECTOR)
    with pytest.raises(ValueError, match="must be finite"):
        brinson_fachler(WEIGHTS, HELD * np.nan, STYLE, SECTOR)
    with pytest.raises(ValueError, match="shapes differ"):
        brinson_fachler(WEIGHTS[:2], HELD, STYLE, SECTOR)
    with pytest.raises(ValueError, match=r"benchmark return of row 1 is -1\.0"):
        linking_factors(np.array([0.1, 0.1]), np.array([0.1, -1.0]))
    with pytest.raises(ValueError, match="row 1: a sector with a weight"):
        drifted_weights(np.array([[0.5, 0.5], [np.nan] * 2]), np.array([[0.0, 0.0], [0.1, np.nan]]))
