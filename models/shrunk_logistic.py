"""Penalised logistic regression of many targets on the same rows, by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_STEP_LIMIT = 1.0
_TOLERANCE = 1e-6
_MAX_STEPS = 100


@dataclass(frozen=True)
class LogisticProblem:
    """P regressions on the same R rows of K features.

    Attributes:
        x: [R x K], no NaN.
        y: [R x P] zeros and ones; any finite value where the weight is zero.
        weights: [R x P] >= 0, what each row counts.
        prior_rows: [P] > 0, what the prior on the base rate (one half) is worth.
        penalties: [P] > 0, weight of the prior on the slopes (zero).
    """

    x: np.ndarray
    y: np.ndarray
    weights: np.ndarray
    prior_rows: np.ndarray
    penalties: np.ndarray

    def part(self, rows: np.ndarray, targets: np.ndarray) -> LogisticProblem:
        """The same problem on some rows (by number) and targets (boolean [P])."""
        return LogisticProblem(
            self.x[rows],
            self.y[rows][:, targets],
            self.weights[rows][:, targets],
            self.prior_rows[targets],
            self.penalties[targets],
        )

    def base_rates(self) -> np.ndarray:
        """[P] weighted share of ones, shrunk toward one half; NaN for a target without a row."""
        totals = self.weights.sum(axis=0)
        ones = (self.weights * self.y).sum(axis=0) + self.prior_rows / 2.0
        return np.where(totals > 0.0, ones / (totals + self.prior_rows), np.nan)


@dataclass(frozen=True)
class LogisticFit:
    """log odds = intercept + slopes (x - centre), for P targets.

    Attributes:
        intercepts: [P] log odds at the centre.
        slopes: [P x K].
        centres: [P x K] weighted means of the features over each target's rows.
    """

    intercepts: np.ndarray
    slopes: np.ndarray
    centres: np.ndarray


def logistic(log_odds: np.ndarray) -> np.ndarray:
    """Probability of log odds, of any shape; NaN stays NaN."""
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Inverse of `logistic` for probabilities strictly between 0 and 1; NaN stays NaN."""
    return np.asarray(np.log(probability) - np.log1p(-probability))


def fit_logistic(problem: LogisticProblem) -> LogisticFit:
    """Maximise the weighted log likelihood, less penalty |slopes|^2 / 2, plus a prior on the base.

    le Cessie & van Houwelingen (1992), "Ridge estimators in logistic regression", Applied
    Statistics 41(1), doi:10.2307/2347628. Slopes alone are penalised; the prior on the base rate is
    `prior_rows` further rows at the centre of the features, half of them ones. Newton's method for
    all targets at once, its steps bounded so that nearly separable data cannot throw it.

    Args:
        problem: each target with at least one row of positive weight.

    Raises:
        ArithmeticError: if the steps do not settle, which the priors exclude for finite data.
    """
    x, weights, prior_rows, penalties = (
        problem.x, problem.weights, problem.prior_rows, problem.penalties
    )  # fmt: skip
    size, base = x.shape[1], problem.base_rates()
    centres = (weights.T @ x) / weights.sum(axis=0)[:, None]
    ones, moment = (weights * problem.y).sum(axis=0), (weights * problem.y).T @ x
    solution = np.column_stack([log_odds(base), np.zeros((len(base), size))])
    squares = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    for _ in range(_MAX_STEPS):
        intercept, slopes = solution[:, 0], solution[:, 1:]
        fitted = logistic(x @ slopes.T + (intercept - (slopes * centres).sum(axis=1)))
        heavy = weights * fitted
        gradient = np.empty_like(solution)
        prior = logistic(intercept)
        gradient[:, 0] = heavy.sum(axis=0) - ones + prior_rows * (prior - 0.5)
        missed = heavy.sum(axis=0) - ones
        gradient[:, 1:] = heavy.T @ x - moment - centres * missed[:, None]
        gradient[:, 1:] += penalties[:, None] * slopes
        curved = heavy * (1.0 - fitted)
        mass, first = curved.sum(axis=0), curved.T @ x
        second = (curved.T @ squares).reshape(-1, size, size)
        hessian = np.empty((len(base), size + 1, size + 1))
        hessian[:, 0, 0] = mass + prior_rows * prior * (1.0 - prior)
        hessian[:, 0, 1:] = hessian[:, 1:, 0] = first - centres * mass[:, None]
        cross = first[:, :, None] * centres[:, None, :]
        square = centres[:, :, None] * centres[:, None, :]
        hessian[:, 1:, 1:] = second - cross - np.swapaxes(cross, 1, 2)
        hessian[:, 1:, 1:] += square * mass[:, None, None]
        hessian[:, 1:, 1:] += penalties[:, None, None] * np.eye(size)
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        solution = solution - step * np.minimum(1.0, _STEP_LIMIT / np.maximum(longest, 1e-300))
        if longest.max() < _TOLERANCE:
            return LogisticFit(solution[:, 0], solution[:, 1:], centres)
    raise ArithmeticError("the logistic regression did not settle; are the features finite?")
