"""How far forecasts can be trusted: their record on blocks that they were not fitted on."""

from __future__ import annotations

import itertools

import numpy as np

from models.bayesian_linear import same_rows

BLOCKS = 5


def held_out_reliability(
    x: np.ndarray, labels: np.ndarray, prior_rows: float, overlap: int, min_rows: int
) -> float:
    """Slope of held-out outcomes on held-out forecasts, bounded to 0..1.

    The training rows are cut into five blocks in time. Each block is forecast by a model fitted on
    the others (ridge toward zero), without the rows whose labels reach into it or into which its
    own labels reach
    (purging and embargo: Lopez de Prado 2018, *Advances in Financial Machine Learning*, ch. 7). The
    outcomes of all sectors, each divided by its own deviation so that none dominates, are then
    regressed on the forecasts through the origin (Mincer & Zarnowitz 1969). Zero: the past says
    nothing about the sectors, and no bet is worth making. One: forecasts were not too large.

    Args:
        x: [R x K] features of the training rows, no NaN.
        labels: [R x N] forward relative returns; NaN where a sector has none.
        prior_rows: weight of the prior, as in models.bayesian_linear.
        overlap: sessions that a label spans.
        min_rows: rows that a sector needs.
    """
    cross, square = 0.0, 0.0
    edges = np.linspace(0, len(x), BLOCKS + 1).astype(int)
    for usable, columns in same_rows(labels, min_rows):
        held = x * usable[:, None]
        y = np.where(usable[:, None], labels[:, columns], 0.0)
        deviation = y[usable].std(axis=0)
        y /= np.where(deviation > 0.0, deviation, 1.0)
        grams, moments = _running(held, held), _running(held, y)
        for start, stop in itertools.pairwise(edges):
            before, after = max(start - overlap, 0), min(stop + overlap, len(x))
            gram = grams[before] + grams[-1] - grams[after]
            moment = moments[before] + moments[-1] - moments[after]
            means = np.linalg.solve(gram + prior_rows * np.eye(x.shape[1]), moment)
            cross += float((means * (moments[stop] - moments[start])).sum())
            square += float((means * ((grams[stop] - grams[start]) @ means)).sum())
    return min(max(cross / square, 0.0), 1.0) if square > 0.0 else 0.0


def _running(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Sums of left' right over rows 0..t-1, [T+1 x K x M]: any block's moments by difference."""
    products = left[:, :, None] * right[:, None, :]
    return np.concatenate([np.zeros((1, *products.shape[1:])), products.cumsum(axis=0)])
