from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from models import weights as portfolio
from models.weights import project_to_simplex, relative_covariance, tracking_error_pct


def tilt(benchmark: np.ndarray, expected: np.ndarray, *rest: object) -> np.ndarray:
    return portfolio.tilt(benchmark, expected, np.ones(len(expected), bool), *rest)  # type: ignore[arg-type]


POINTS = arrays(float, st.integers(1, 11), elements=st.floats(-5, 5))


@given(POINTS)
def test_projection_is_on_the_simplex_and_optimal(point: np.ndarray) -> None:
    projected = project_to_simplex(point)
    assert projected.sum() == pytest.approx(1.0, abs=1e-9)
    assert (projected >= 0).all()
    # Optimality (variational inequality): no vertex is closer in direction than the projection.
    for vertex in np.eye(len(point)):
        assert (point - projected) @ (vertex - projected) <= 1e-9


@given(POINTS)
def test_projection_leaves_weights_alone(point: np.ndarray) -> None:
    weights = project_to_simplex(point)
    np.testing.assert_allclose(project_to_simplex(weights), weights, atol=1e-12)


def test_projection_agrees_with_a_general_optimiser() -> None:
    point = np.array([0.9, 0.5, -0.3, 0.2])
    oracle = minimize(
        lambda w: ((w - point) ** 2).sum(),
        np.full(4, 0.25),
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(project_to_simplex(point), oracle.x, atol=1e-6)


def covariance(seed: int, size: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    returns = 0.01 * rng.standard_normal((252, size))
    return relative_covariance(returns, returns.mean(axis=1), 0.5)


def test_covariance_keeps_variances_and_halves_the_rest() -> None:
    rng = np.random.default_rng(0)
    returns, benchmark = rng.standard_normal((50, 3)), rng.standard_normal(50)
    sample = np.cov(returns - benchmark[:, None], rowvar=False)
    shrunk = relative_covariance(returns, benchmark, 0.5)
    np.testing.assert_allclose(np.diag(shrunk), np.diag(sample))
    np.testing.assert_allclose(shrunk[0, 1], 0.5 * sample[0, 1])


def test_tracking_error_by_hand() -> None:
    active = np.array([0.1, -0.1])
    daily = np.diag([1e-4, 1e-4])
    assert tracking_error_pct(active, daily) == pytest.approx(100 * np.sqrt(2e-6 * 252))


@settings(deadline=None)
@given(st.integers(0, 1000), st.floats(0.5, 10), st.floats(0, 1))
def test_tilt_is_invested_long_only_and_within_budget(
    seed: int, budget: float, strength: float
) -> None:
    rng = np.random.default_rng(seed)
    sigma = covariance(seed, 6)
    benchmark = rng.dirichlet(np.ones(6))
    weights = tilt(benchmark, strength * rng.standard_normal(6), sigma, budget, 5.0, 60)
    assert weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert (weights >= -1e-12).all()
    assert tracking_error_pct(weights - benchmark, sigma) <= budget * (1 + 1e-9)


def test_no_view_no_bet_and_strong_views_use_the_budget() -> None:
    sigma, benchmark = covariance(1, 5), np.full(5, 0.2)
    np.testing.assert_allclose(tilt(benchmark, np.full(5, 0.02), sigma, 3.0, 5.0, 60), benchmark)
    strong = tilt(benchmark, np.array([0.3, 0, 0, 0, -0.3]), sigma, 3.0, 5.0, 60)
    assert tracking_error_pct(strong - benchmark, sigma) == pytest.approx(3.0, rel=1e-6)
    assert strong[0] > 0.2 > strong[4]


def test_weak_views_stay_inside_the_budget_in_proportion() -> None:
    sigma, benchmark = covariance(2, 4), np.full(4, 0.25)
    views = 1e-5 * np.array([1.0, -1.0, 0.5, -0.5])
    once = tilt(benchmark, views, sigma, 3.0, 5.0, 60) - benchmark
    twice = tilt(benchmark, 2 * views, sigma, 3.0, 5.0, 60) - benchmark
    np.testing.assert_allclose(twice, 2 * once, atol=1e-12)


def test_a_sector_without_a_view_is_not_leaned_on() -> None:
    sigma, benchmark = covariance(3, 5), np.full(5, 0.2)
    viewed = np.array([True, True, True, True, False])
    views = np.array([0.02, 0.03, 0.01, 0.04, 0.0])
    weights = portfolio.tilt(benchmark, views, viewed, sigma, 1.0, 5.0, 60)
    # The projection on long-only weights keeps the sum; here it moves nobody else.
    assert weights[4] == pytest.approx(0.2, abs=1e-9)
    assert weights[3] > 0.2 > weights[2]
    none = portfolio.tilt(benchmark, views, np.zeros(5, bool), sigma, 1.0, 5.0, 60)
    np.testing.assert_array_equal(none, benchmark)
