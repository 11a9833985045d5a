from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from models.style import style_residual_pct, style_weights


def test_recovers_the_weights_that_made_the_benchmark() -> None:
    rng = np.random.default_rng(0)
    sectors = 0.01 * rng.standard_normal((252, 5))
    truth = np.array([0.4, 0.3, 0.2, 0.1, 0.0])
    weights = style_weights(sectors @ truth, sectors)
    np.testing.assert_allclose(weights, truth, atol=1e-7)
    assert style_residual_pct(sectors @ truth, sectors, weights) == pytest.approx(0.0, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_agrees_with_a_general_optimiser(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    market = 0.01 * rng.standard_normal(120)
    sectors = market[:, None] + 0.008 * rng.standard_normal((120, size))
    benchmark = sectors @ rng.dirichlet(np.ones(size)) + 0.002 * rng.standard_normal(120)
    weights = style_weights(benchmark, sectors)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (weights >= 0.0).all()

    def loss(w: np.ndarray) -> float:
        return float(1e6 * ((benchmark - sectors @ w) ** 2).sum())

    oracle = minimize(
        loss,
        np.full(size, 1.0 / size),
        bounds=[(0, 1)] * size,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert loss(weights) <= loss(oracle.x) * (1 + 1e-4) + 1e-9


def test_residual_by_hand() -> None:
    benchmark = np.array([0.01, -0.01, 0.02])
    sectors = np.array([[0.0], [0.0], [0.0]])
    expected = benchmark.std(ddof=1) * np.sqrt(252) * 100
    assert style_residual_pct(benchmark, sectors, np.array([1.0])) == pytest.approx(expected)
