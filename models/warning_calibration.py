"""How much of the fitted slopes held-out blocks of the past confirm."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from models.shrunk_logistic import LogisticProblem, fit_logistic, logistic

BLOCKS = 5
_STEPS = 25


def held_out_shifts(problem: LogisticProblem, purge: int) -> tuple[np.ndarray, np.ndarray]:
    """Log odds of every row by a model that has not seen its block, as (base, shift), [R x P] each.

    The rows are cut into five blocks in time; each is forecast by a model fitted on the others,
    less the `purge` rows before and after it (purging and embargo: Lopez de Prado 2018, *Advances
    in Financial Machine Learning*, ch. 7).
    A target without a row outside the purged block gets NaN there.
    """
    base, shift = np.full(problem.y.shape, np.nan), np.full(problem.y.shape, np.nan)
    for block, outside in _blocks(len(problem.x), purge):
        able = problem.weights[outside].sum(axis=0) > 0.0
        if able.any():
            fit = fit_logistic(problem.part(outside, able))
            centre = (fit.slopes * fit.centres).sum(axis=1)
            base[block, able] = fit.intercepts
            shift[block, able] = problem.x[block] @ fit.slopes.T - centre
    return base, shift


def calibration_slopes(
    base: np.ndarray, shift: np.ndarray, y: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Slope of the outcomes' log odds on held-out shifts, bounded to 0..1, [G].

    Platt (1999), "Probabilistic outputs for support vector machines", with the intercept held at
    the held-out base rate: shifts that say nothing leave the base rate, nothing else. The slope has
    a normal prior around zero with unit variance, so that a handful of independent rows cannot
    vouch for a feature. One: the forecasts were not too large.

    Args:
        base: [G x M] held-out log odds without the features, for G groups; NaN where none.
        shift: [G x M] what the features add to them; NaN where none.
        y: [G x M] outcomes, zeros and ones.
        weights: [G x M] what each counts.
    """
    counted = np.where(np.isfinite(shift), weights, 0.0)
    base, shift = np.nan_to_num(base), np.nan_to_num(shift)
    slopes = np.zeros(len(y))
    for _ in range(_STEPS):
        fitted = logistic(base + slopes[:, None] * shift)
        gradient = (counted * (y - fitted) * shift).sum(axis=1) - slopes
        hessian = (counted * fitted * (1.0 - fitted) * shift**2).sum(axis=1) + 1.0
        # The log likelihood is concave: at a bound that Newton's step would leave, it stays.
        moved = np.clip(slopes + gradient / hessian, 0.0, 1.0)
        if np.abs(moved - slopes).max() < 1e-9:
            break
        slopes = moved
    return slopes


def _blocks(rows: int, purge: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Each block in time, and the rows that may teach about it."""
    edges = np.linspace(0, rows, BLOCKS + 1).astype(int)
    for start, stop in itertools.pairwise(edges.tolist()):
        yield (
            slice(start, stop),
            np.r_[0 : max(start - purge, 0), min(stop + purge, rows) : rows],
        )
