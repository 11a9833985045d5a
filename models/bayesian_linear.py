"""Bayesian linear regression on overlapping labels, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
    inverses = np.linalg.inv(data.grams + prior_rows * np.eye(data.grams.shape[1]))
    explained = np.einsum("mij,mj->mi", data.grams, prior_means)
    means = prior_means + np.einsum("mij,mj->mi", inverses, data.products - explained)
    fitted = np.einsum("mij,mj->mi", data.grams, means)
    # The residuals' squares from moments: much cheaper than the residuals on long windows.
    squares = data.squares - (means * (2.0 * data.products - fitted)).sum(axis=1)
    squares = np.maximum(squares, 0.0) / np.maximum(data.rows, 1)
    return Posterior(means, overlap * squares[:, None, None] * inverses, np.sqrt(squares))
