"""Symmetric systems with a border of three, by Cholesky factors."""

from __future__ import annotations

import numpy as np

from models.compiled import compiled

# Columns of a border: what the sum, the turnover cap and the tracking-error cap add.
BORDERS = 3


@compiled
def factor(matrix: np.ndarray) -> None:
    """Cholesky factor L of a positive definite matrix [K x K] into its lower triangle, in place.

    M = LL' from the lower triangle of M; the diagonal keeps reciprocals of the factor's. A pivot
    that rounding took is replaced by an infinite one: that component then stays where it is.
    """
    size = len(matrix)
    for k in range(size):
        pivot = matrix[k, k]
        for j in range(k):
            pivot -= matrix[k, j] * matrix[k, j]
        inverse = 1.0 / np.sqrt(pivot) if pivot > 0.0 else 0.0
        matrix[k, k] = inverse
        for i in range(k + 1, size):
            value = matrix[i, k]
            for j in range(k):
                value -= matrix[i, j] * matrix[k, j]
            matrix[i, k] = value * inverse


@compiled
def forward(root: np.ndarray, right: np.ndarray) -> None:
    """Solve L y = right [K] in place, L as `factor` left it."""
    for i in range(len(right)):
        value = right[i]
        for j in range(i):
            value -= root[i, j] * right[j]
        right[i] = value * root[i, i]


@compiled
def backward(root: np.ndarray, right: np.ndarray) -> None:
    """Solve L'x = right [K] in place, L as `factor` left it."""
    for i in range(len(right) - 1, -1, -1):
        value = right[i]
        for j in range(i + 1, len(right)):
            value -= root[j, i] * right[j]
        right[i] = value * root[i, i]


@compiled
def factor_bordered(matrix: np.ndarray, border: np.ndarray, core: np.ndarray) -> None:
    """Factor [[M, B], [B', -C]]: M [K x K] in place, B' [3 x K] into L^-1 B, core the complement.

    Args:
        matrix: M, positive definite.
        border: rows of B'.
        core: [5 x 3] its fourth row is the diagonal of C, non-negative, infinite where a border is
            not there; the first three receive the factor of C + B' M^-1 B.
    """
    factor(matrix)
    for a in range(BORDERS):
        there = core[3, a] < np.inf
        if there:
            forward(matrix, border[a])
        for b in range(a + 1):
            value = 0.0
            if there and core[3, b] < np.inf:
                for k in range(len(matrix)):
                    value += border[a, k] * border[b, k]
            core[a, b] = value
        core[a, a] += core[3, a] if there else 1.0
    factor(core[:BORDERS])


@compiled
def solve_bordered(
    matrix: np.ndarray, border: np.ndarray, core: np.ndarray, right: np.ndarray
) -> None:
    """Solve M u + B v = right [K], B'u - C v = side; u replaces right.

    With y = L^-1 right the complement gives (C + B'M^-1 B) v = B'M^-1 right - side. The side is
    the fifth row of core and v replaces it, zero where a border is not there.
    """
    side = core[4]
    forward(matrix, right)
    for a in range(BORDERS):
        value = -side[a]
        for k in range(len(right)):
            value += border[a, k] * right[k]
        side[a] = value if core[3, a] < np.inf else 0.0
    forward(core[:BORDERS], side)
    backward(core[:BORDERS], side)
    for a in range(BORDERS):
        if core[3, a] < np.inf:
            for k in range(len(right)):
                right[k] -= border[a, k] * side[a]
    backward(matrix, right)
