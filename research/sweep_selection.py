"""What selecting on the inner part of each fold earned in its outer part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from research.sweep_folds import Fold


@dataclass(frozen=True)
class Selection:
    """The selection of one fold.

    Attributes:
        chosen: index of the best inner score among the candidates; the first of equals.
        candidates: configurations that were known at the fold's start and have a score.
        inner, outer: the chosen one's scores.
        outer_median: of the candidates.
        outer_rank: share of the other candidates that the chosen one beats in the outer part (equal
            ones count half): 1 best, 0.5 no better than chance. NaN for a single candidate.
        correlation: Spearman's, of inner and outer scores over the candidates; NaN where undefined.
    """

    chosen: int
    candidates: int
    inner: float
    outer: float
    outer_median: float
    outer_rank: float
    correlation: float


def select(inner: np.ndarray, outer: np.ndarray, proposed: np.ndarray) -> list[Selection]:
    """Select in each fold.

    Args:
        inner: [C x F] scores, in the order in which ties are broken.
        outer: [C x F] scores.
        proposed: [C] first fold that may select each configuration.

    Raises:
        ValueError: a fold without any candidate that has both scores.
    """
    selections = []
    for fold in range(inner.shape[1]):
        usable = np.isfinite(inner[:, fold]) & np.isfinite(outer[:, fold]) & (proposed <= fold)
        if not usable.any():
            raise ValueError(
                f"fold {fold + 1}: no configuration has a value of the objective; "
                "take fewer folds or a longer window"
            )
        chosen = int(np.where(usable, inner[:, fold], -np.inf).argmax())
        selections.append(
            _selection(
                chosen,
                inner[usable, fold],
                outer[usable, fold],
                inner[chosen, fold],
                outer[chosen, fold],
            )
        )
    return selections


def _selection(
    chosen: int, inner: np.ndarray, outer: np.ndarray, mine: float, earned: float
) -> Selection:
    from scipy.stats import spearmanr

    others = len(outer) - 1
    beaten = float((outer < earned).sum()) + ((outer == earned).sum() - 1) / 2.0
    varied = others > 0 and np.ptp(inner) > 0.0 and np.ptp(outer) > 0.0
    return Selection(
        chosen=chosen,
        candidates=len(outer),
        inner=float(mine),
        outer=float(earned),
        outer_median=float(np.median(outer)),
        outer_rank=beaten / others if others else math.nan,
        correlation=float(spearmanr(inner, outer).statistic) if varied else math.nan,
    )


def chained(values: np.ndarray, folds: Sequence[Fold]) -> np.ndarray:
    """Wealth [t] of holding each fold's selection in its outer part, from 1.

    What changing over from one selection to the next would cost is not in it.

    Args:
        values: [F x T] portfolio values of each fold's selection.
        folds: of the returns.
    """
    parts = []
    for held, fold in zip(values, folds, strict=True):
        value = held[fold.outer.start : fold.outer.stop + 1]
        parts.append(value[1:] / value[:-1])
    return np.concatenate([[1.0], np.cumprod(np.concatenate(parts))])
