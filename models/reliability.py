"""How far forecasts can be trusted: their record on blocks that they were not fitted on."""

from __future__ import annotations

import itertools

import numpy as np

from models.bayesian_linear import Moments, moments

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
    edges = np.linspace(0, len(x), BLOCKS + 1).astype(int)
    blocks = [
        (max(start - overlap, 0), start, stop, min(stop + overlap, len(x)))
        for start, stop in itertools.pairwise(edges.tolist())
    ]
    whole, until = _running(x, labels, sorted({point for block in blocks for point in block}))
    enough = whole.rows >= max(min_rows, 1)
    mean = whole.sums / np.maximum(whole.rows, 1)
    variance = whole.squares / np.maximum(whole.rows, 1) - mean**2
    scale = 1.0 / np.sqrt(np.where(enough & (variance > 0.0), variance, np.inf))
    cross, square = 0.0, 0.0
    for before, start, stop, after in blocks:
        learned = [until[before][k] + until[len(x)][k] - until[after][k] for k in (0, 1)]
        held = [until[stop][k] - until[start][k] for k in (0, 1)]
        grams = learned[0] + prior_rows * np.eye(x.shape[1])
        means = np.linalg.solve(grams, (learned[1] * scale[:, None])[:, :, None])[:, :, 0]
        cross += float((means * held[1] * scale[:, None]).sum())
        square += float(np.einsum("mi,mij,mj->", means, held[0], means))
    return min(max(cross / square, 0.0), 1.0) if square > 0.0 else 0.0


def _running(
    x: np.ndarray, labels: np.ndarray, points: list[int]
) -> tuple[Moments, dict[int, tuple[np.ndarray, np.ndarray]]]:
    """Moments of all rows, and grams and products of rows 0..p-1 at each of the points."""
    whole = moments(x[:0], labels[:0])
    until = {0: (whole.grams, whole.products)}
    for first, last in itertools.pairwise(points):
        part = moments(x[first:last], labels[first:last])
        whole = Moments(*(a + b for a, b in zip(_fields(whole), _fields(part), strict=True)))
        until[last] = (whole.grams, whole.products)
    return whole, until


def _fields(data: Moments) -> tuple[np.ndarray, ...]:
    return data.grams, data.products, data.squares, data.sums, data.rows
