from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.share_rounding import round_in_place


def round_shares(
    wanted: np.ndarray, prices: np.ndarray, fixed: np.ndarray, covariance: np.ndarray,
    budget: float, lot: float = 1.0,
) -> np.ndarray:  # fmt: skip
    shares = np.array(wanted, dtype=float)
    round_in_place(
        shares, np.array(prices, dtype=float), fixed.astype(float), covariance, float(budget), lot
    )
    return shares


def problem(seed: int, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    prices = np.exp(rng.uniform(2, 7, size))
    root = 0.01 * (rng.standard_normal((size, 2)) * 0.3 + 1.0)
    covariance = root @ root.T + np.diag(0.004**2 * rng.uniform(0.5, 2, size))
    return rng.uniform(0, 60, size), prices, covariance


def error(shares: np.ndarray, wanted: np.ndarray, prices: np.ndarray, cov: np.ndarray) -> float:
    missed = (shares - wanted) * prices
    return float(missed @ cov @ missed)


def best(wanted: np.ndarray, prices: np.ndarray, cov: np.ndarray, budget: float) -> float:
    floors = np.floor(wanted)
    found = np.inf
    for ups in itertools.product((0.0, 1.0), repeat=len(wanted)):
        shares = floors + np.array(ups)
        if shares @ prices <= budget:
            found = min(found, error(shares, wanted, prices, cov))
    return found


def test_the_best_of_all_roundings() -> None:
    for seed in range(30):
        wanted, prices, cov = problem(seed, 8)
        budget = float(wanted @ prices)
        found = round_shares(wanted, prices, np.zeros(8, bool), cov, budget)
        lowest = best(wanted, prices, cov, budget)
        assert error(found, wanted, prices, cov) == pytest.approx(lowest, rel=1e-9)


def test_of_many_funds_the_dearest_lots_are_chosen() -> None:
    wanted, prices, cov = problem(4, 15)
    found = round_shares(wanted, prices, np.zeros(15, bool), cov, float(wanted @ prices))
    cheap = np.argsort(prices)[:3]
    np.testing.assert_array_equal(found[cheap], np.floor(wanted[cheap]))
    floors = np.floor(wanted)
    assert error(found, wanted, prices, cov) < 0.05 * error(floors, wanted, prices, cov)


def test_it_beats_rounding_down_by_far() -> None:
    """Small account: the rest in cash falls to about one share."""
    wanted, prices, cov = problem(3, 11)
    found = round_shares(wanted, prices, np.zeros(11, bool), cov, float(wanted @ prices))
    down = error(np.floor(wanted), wanted, prices, cov)
    assert error(found, wanted, prices, cov) < 0.05 * down


@settings(deadline=None)
@given(
    st.integers(0, 10_000), st.integers(1, 11), st.floats(0.9, 1.1), st.sampled_from([1.0, 10.0])
)
def test_what_rounding_must_keep(seed: int, size: int, room: float, lot: float) -> None:
    wanted, prices, cov = problem(seed, size)
    rng = np.random.default_rng(seed)
    fixed = rng.random(size) < 0.3
    down = np.where(fixed, wanted, np.floor(wanted / lot) * lot)
    budget = max(room * float(wanted @ prices), float(down @ prices))
    found = round_shares(wanted, prices, fixed, cov, budget, lot)
    np.testing.assert_array_equal(found[fixed], wanted[fixed])
    assert set(np.round((found - down) / lot, 9).tolist()) <= {0.0, 1.0}
    assert float(found @ prices) <= budget * (1 + 1e-12)
    assert error(found, wanted, prices, cov) <= error(down, wanted, prices, cov)
    again = round_shares(wanted, prices, fixed, cov, budget, lot)
    np.testing.assert_array_equal(found, again)


def test_whole_positions_and_fractions_stay() -> None:
    prices = np.array([33.333333, 7.0])
    for shares in range(1, 3000, 7):
        wanted = np.array([shares * prices[0] * 3.0 / 3.0 / prices[0], 5.0])
        found = round_shares(wanted, prices, np.zeros(2, bool), np.eye(2), 1e9)
        assert found.tolist() == [shares, 5.0]
    given_shares = np.array([1.25, 2.5])
    exact = round_shares(given_shares, prices, np.zeros(2, bool), np.eye(2), 1e9, lot=0.0)
    assert exact.tolist() == pytest.approx([1.25, 2.5])
    assert exact is not given_shares


def test_fine_lots_are_rounded_down() -> None:
    wanted, prices = np.array([1e6 + 0.7, 2e6 + 0.2]), np.array([10.0, 5.0])
    budget = float(wanted @ prices)
    found = round_shares(wanted, prices, np.zeros(2, bool), np.eye(2), budget)
    assert found.tolist() == [1e6, 2e6]
    # A hair more or less of what is wanted changes nothing.
    again = round_shares(wanted * (1 + 1e-9), prices, np.zeros(2, bool), np.eye(2), budget)
    assert again.tolist() == found.tolist()
