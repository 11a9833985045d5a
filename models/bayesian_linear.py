"""Bayesian linear regression on overlapping labels, in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.compiled import compiled


@dataclass(frozen=True)
class Posterior:
    """Coefficients of y = X beta + e for M targets on the same rows, after seeing the data.

    Attributes:
        means: [M x K] posterior means; equal to ridge regression toward the prior means.
        covariances: [M x K x K] posterior covariances, overlap of the labels counted.
        noises: [M] residual standard deviation of one label.
    """

    means: np.ndarray
    covariances: np.ndarray
    noises: np.ndarray


@dataclass(frozen=True)
class Moments:
    """Sums over rows, for M targets that may each miss some of them.

    Attributes:
        grams: [M x K x K] sum of x x' over the rows that a target has.
        products: [M x K] sum of x y.
        squares: [M] sum of y^2.
        rows: [M] number of rows.
    """

    grams: np.ndarray
    products: np.ndarray
    squares: np.ndarray
    rows: np.ndarray


def moments(x: np.ndarray, y: np.ndarray) -> Moments:
    """Moments of x [T x K] (no NaN) with each column of y [T x M]; NaN in y is a missing row."""
    finite = np.isfinite(y)
    filled, present = np.where(finite, y, 0.0), finite.astype(np.float64)
    size, ones = x.shape[1], np.ones(len(x))
    outer = (x[:, :, None] * x[:, None, :]).reshape(len(x), size * size)
    # Matrix products throughout: on long windows numpy's own sums take most of the time.
    return Moments(
        grams=(present.T @ outer).reshape(y.shape[1], size, size),
        products=filled.T @ x,
        squares=(filled * filled).T @ ones,
        rows=(present.T @ ones).astype(np.int64),
    )


def posterior(data: Moments, prior_means: np.ndarray, prior_rows: float, overlap: int) -> Posterior:
    """Normal prior around `prior_means`, worth `prior_rows` rows of unit variance.

    mean = m + (X'X + r I)^-1 X'(y - X m), covariance = overlap s^2 (X'X + r I)^-1 with s^2 the mean
    squared residual: the conjugate normal model (Gelman et al. 2013, *Bayesian Data Analysis*,
    section 14.8) for a likelihood raised to the power 1 / overlap, because labels that overlap by h
    sessions carry about 1 / h of the information that their number suggests.

    Args:
        data: moments of features of about unit variance with the labels.
        prior_means: [M x K].
        prior_rows: r > 0.
        overlap: sessions that a label spans.
    """
    return Posterior(
        *normal_posterior(
            data.grams, data.products, data.squares, data.rows, prior_means, float(prior_rows),
            float(overlap),
        )
    )  # fmt: skip


@compiled
def normal_posterior(
    grams: np.ndarray,
    products: np.ndarray,
    squares: np.ndarray,
    rows: np.ndarray,
    prior_means: np.ndarray,
    prior_rows: float,
    overlap: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`posterior` on the arrays of Moments; gives those of Posterior."""
    targets, size = products.shape
    means, covariances = np.empty((targets, size)), np.empty((targets, size, size))
    noises = np.empty(targets)
    for target in range(targets):
        inverse = covariances[target]
        for row in range(size):
            for column in range(size):
                inverse[row, column] = grams[target, row, column]
            inverse[row, row] += prior_rows
        invert_positive_definite(inverse)
        gram, product, prior = grams[target], products[target], prior_means[target]
        for row in range(size):
            mean = prior[row]
            for column in range(size):
                unexplained = product[column]
                for other in range(size):
                    unexplained -= gram[column, other] * prior[other]
                mean += inverse[row, column] * unexplained
            means[target, row] = mean
        left = _squared_residuals(gram, product, squares[target], means[target])
        variance = left / max(rows[target], 1)
        noises[target] = math.sqrt(variance)
        for row in range(size):
            for column in range(size):
                inverse[row, column] *= overlap * variance
    return means, covariances, noises


@compiled
def _squared_residuals(
    gram: np.ndarray, product: np.ndarray, square: float, means: np.ndarray
) -> float:
    """Their sum, from moments: much cheaper than the residuals on long windows."""
    left = square
    for row in range(len(means)):
        fitted = 0.0
        for column in range(len(means)):
            fitted += gram[row, column] * means[column]
        left -= means[row] * (2.0 * product[row] - fitted)
    return max(left, 0.0)


@compiled
def invert_positive_definite(matrix: np.ndarray) -> None:
    """Replace a symmetric positive definite matrix [K x K] by its inverse (Gauss-Jordan)."""
    size = len(matrix)
    for pivot in range(size):
        scale = 1.0 / matrix[pivot, pivot]
        matrix[pivot, pivot] = 1.0
        for column in range(size):
            matrix[pivot, column] *= scale
        for row in range(size):
            if row != pivot:
                factor = matrix[row, pivot]
                matrix[row, pivot] = 0.0
                for column in range(size):
                    matrix[row, column] -= factor * matrix[pivot, column]
