"""What a sweep maximises, of many configurations at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.performance import SESSIONS_PER_YEAR
from research.sweep_config import ObjectiveSection
from research.sweep_folds import Fold

# A daily deviation that only rounding makes.
ROUNDING = 1e-12


def active_returns(values: np.ndarray, benchmark: np.ndarray) -> np.ndarray:
    """Daily returns less the benchmark's, [C x T], [T] -> [C x T-1]."""
    market = benchmark[1:] / benchmark[:-1] - 1.0
    return np.asarray(values[:, 1:] / values[:, :-1] - 1.0 - market)


def information_ratio(returns: np.ndarray, benchmark: np.ndarray) -> np.ndarray:
    """Annualised mean over deviation (ddof 1) of active returns, [C x t], [t] -> [C]."""
    return annual_ratio(returns - benchmark)


def sharpe_ratio(returns: np.ndarray, benchmark: np.ndarray) -> np.ndarray:  # noqa: ARG001
    """Annualised mean over deviation (ddof 1) of returns, risk-free rate zero, [C]."""
    return annual_ratio(returns)


def active_return_pct(returns: np.ndarray, benchmark: np.ndarray) -> np.ndarray:
    """Annualised mean of active returns, percent, [C]."""
    return np.asarray((returns - benchmark).mean(axis=1) * SESSIONS_PER_YEAR * 100.0)


def annual_ratio(series: np.ndarray) -> np.ndarray:
    """Annualised mean over deviation (ddof 1), [C x t] -> [C]; NaN for rounding alone."""
    deviation = series.std(axis=1, ddof=1)
    known = deviation > ROUNDING
    ratio = series.mean(axis=1) / np.where(known, deviation, 1.0) * math.sqrt(SESSIONS_PER_YEAR)
    return np.asarray(np.where(known, ratio, np.nan))


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    metric.__name__: metric for metric in (information_ratio, active_return_pct, sharpe_ratio)
}
AGGREGATES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda scores: scores.mean(axis=0),
    "median": lambda scores: np.asarray(np.median(scores, axis=0)),
    "worst": lambda scores: scores.min(axis=0),
}


@dataclass(frozen=True)
class Scores:
    """The objective of C configurations; NaN where a part cannot give it.

    Attributes:
        inner: [C x F] aggregate over the inner blocks of each fold: what selections see.
        outer: [C x F] over each fold's outer part: what is reported.
        whole: [C] over all returns.
    """

    inner: np.ndarray
    outer: np.ndarray
    whole: np.ndarray


def score(
    values: np.ndarray, benchmark: np.ndarray, folds: Sequence[Fold], objective: ObjectiveSection
) -> Scores:
    """Scores of wealth curves.

    Args:
        values: [C x T] portfolio values.
        benchmark: [T] price of the benchmark.
        folds: over the T-1 returns.
        objective: metric and aggregate.
    """
    returns = values[:, 1:] / values[:, :-1] - 1.0
    market = benchmark[1:] / benchmark[:-1] - 1.0
    metric, aggregate = METRICS[objective.metric], AGGREGATES[objective.aggregate]

    def over(part: slice) -> np.ndarray:
        return metric(returns[:, part], market[part])

    inner = [aggregate(np.array([over(part) for part in fold.inner])) for fold in folds]
    outer = [over(fold.outer) for fold in folds]
    return Scores(np.array(inner).T, np.array(outer).T, metric(returns, market))
