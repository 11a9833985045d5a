"""Bayesian linear regression on overlapping labels, in closed form."""

from __future__ import annotations

from collections.abc import Iterator
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


def posterior(
    x: np.ndarray, y: np.ndarray, prior_means: np.ndarray, prior_rows: float, overlap: int
) -> Posterior:
    """Normal prior around `prior_means`, worth `prior_rows` rows of unit variance.

    mean = m + (X'X + r I)^-1 X'(y - X m), covariance = overlap s^2 (X'X + r I)^-1 with s^2 the mean
    squared residual: the conjugate normal model (Gelman et al. 2013, *Bayesian Data Analysis*,
    section 14.8) for a likelihood raised to the power 1 / overlap, because labels that overlap by h
    sessions carry about 1 / h of the information that their number suggests.

    Args:
        x: [T x K] features of about unit variance, no NaN.
        y: [T x M] labels, no NaN.
        prior_means: [M x K].
        prior_rows: r > 0.
        overlap: sessions that a label spans.
    """
    gram, moment = x.T @ x, x.T @ y
    inverse = np.linalg.inv(gram + prior_rows * np.eye(x.shape[1]))
    means = prior_means + (inverse @ (moment - gram @ prior_means.T)).T
    # The residuals' squares from moments: much cheaper than the residuals on long windows.
    squares = (y * y).sum(axis=0) - (means * (2.0 * moment.T - means @ gram)).sum(axis=1)
    squares = np.maximum(squares, 0.0) / len(y)
    return Posterior(means, overlap * squares[:, None, None] * inverse, np.sqrt(squares))


def same_rows(labels: np.ndarray, min_rows: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(rows, columns) of the columns that share their finite rows, so that one fit serves them.

    Columns with fewer than `min_rows` finite labels are left out. [T x N] -> boolean [T], int [M].
    """
    finite = np.isfinite(labels)
    patterns: dict[bytes, list[int]] = {}
    for column in np.flatnonzero(finite.sum(axis=0) >= max(min_rows, 1)):
        patterns.setdefault(np.packbits(finite[:, column]).tobytes(), []).append(int(column))
    for columns in patterns.values():
        yield finite[:, columns[0]], np.array(columns)
