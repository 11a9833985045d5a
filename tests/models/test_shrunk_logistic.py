"""Penalised logistic regression against foreign oracles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from models.shrunk_logistic import LogisticProblem, fit_logistic, log_odds, logistic


def problem(
    seed: int, penalty: float = 1.0, prior: float = 5.0, rows: int = 300, targets: int = 3
) -> LogisticProblem:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 2)) + np.array([0.5, -1.0])
    truth = logistic(0.3 + x @ rng.standard_normal((2, targets)))
    weights = (rng.random((rows, targets)) > 0.2) * rng.uniform(0.1, 1.0, (rows, targets))
    y = (rng.random((rows, targets)) < truth).astype(float)
    return LogisticProblem(x, y, weights, np.full(targets, prior), np.full(targets, penalty))


def loss(theta: np.ndarray, given_problem: LogisticProblem, target: int) -> float:
    """The objective, written out for one target."""
    p, weights = given_problem, given_problem.weights[:, target]
    centre = weights @ p.x / weights.sum()
    eta = theta[0] + (p.x - centre) @ theta[1:]
    y = p.y[:, target]
    misfit = weights @ (np.logaddexp(0.0, eta) - y * eta)
    prior = p.prior_rows[target] * (np.logaddexp(0.0, theta[0]) - 0.5 * theta[0])
    return float(misfit + prior + 0.5 * p.penalties[target] * theta[1:] @ theta[1:])


def test_without_penalty_it_is_the_logit_of_statsmodels() -> None:
    from statsmodels.api import Logit, add_constant

    given_problem = problem(1, penalty=1e-8, prior=1e-8)
    seen = given_problem.weights > 0.0
    given_problem = LogisticProblem(
        given_problem.x, given_problem.y, seen.astype(float), given_problem.prior_rows,
        given_problem.penalties,
    )  # fmt: skip
    fit = fit_logistic(given_problem)
    for target in range(3):
        rows = seen[:, target]
        oracle = Logit(given_problem.y[rows, target], add_constant(given_problem.x[rows]))
        expected = oracle.fit(disp=0, tol=1e-12).params
        at_zero = fit.intercepts[target] - fit.slopes[target] @ fit.centres[target]
        np.testing.assert_allclose([at_zero, *fit.slopes[target]], expected, rtol=1e-6)


@given(st.integers(0, 10_000), st.floats(0.01, 100.0), st.floats(0.1, 100.0))
def test_no_other_coefficients_are_better(seed: int, penalty: float, prior: float) -> None:
    given_problem = problem(seed, penalty, prior, rows=60, targets=2)
    fit = fit_logistic(given_problem)
    for target in range(2):
        found = np.r_[fit.intercepts[target], fit.slopes[target]]
        best = minimize(loss, np.zeros(3), (given_problem, target), method="BFGS")
        assert loss(found, given_problem, target) <= best.fun + 1e-9
        np.testing.assert_allclose(found, best.x, atol=2e-4)


def test_an_overwhelming_penalty_leaves_the_base_rate() -> None:
    given_problem = problem(2, penalty=1e12)
    fit = fit_logistic(given_problem)
    np.testing.assert_allclose(logistic(fit.intercepts), given_problem.base_rates(), atol=1e-9)
    np.testing.assert_allclose(fit.slopes, 0.0, atol=1e-9)


def test_base_rate_by_hand() -> None:
    y, weights = np.array([[1.0], [1.0], [0.0], [9.0]]), np.array([[0.5], [0.5], [0.5], [0.0]])
    rates = LogisticProblem(np.zeros((4, 1)), y, weights, np.array([0.5]), np.ones(1)).base_rates()
    assert rates[0] == pytest.approx((1.0 + 0.25) / (1.5 + 0.5))
    nothing = LogisticProblem(np.zeros((4, 1)), y, 0.0 * weights, np.ones(1), np.ones(1))
    assert np.isnan(nothing.base_rates()[0])


def test_separable_rows_settle() -> None:
    x = np.r_[np.linspace(-9, -4, 50), np.linspace(4, 9, 50)][:, None]
    y = (x > 0.0).astype(float)
    fit = fit_logistic(LogisticProblem(x, y, np.ones_like(y), np.ones(1), np.array([1e-4])))
    assert 0.5 < fit.slopes[0, 0] < 20.0


def test_nan_features_are_refused() -> None:
    bad = problem(3)
    bad.x[0, 0] = np.nan
    with pytest.raises(ArithmeticError, match="did not settle"):
        fit_logistic(bad)


@given(st.floats(1e-6, 1.0 - 1e-6))
def test_log_odds_undo_the_logistic(probability: float) -> None:
    assert logistic(log_odds(np.array(probability))) == pytest.approx(probability, rel=1e-9)
