"""Does the best configuration stand on a plateau, or on a spike?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Nearest configurations that are looked at: a tenth, or two a parameter where that is more.
NEIGHBOURS = 0.1


@dataclass(frozen=True)
class Stability:
    """The best configuration among its neighbours.

    Attributes:
        best: index of the best.
        distances: [C] from the best, 0 to 1: mean over the parameters of the distance in ranks.
        neighbours: how many nearest ones were compared; all at the last one's distance count.
        plateau: mean objective of the neighbours above the median of all, as a share of the best's:
            1 where they are as good as the best, 0 where they are like any other. NaN where there
            are no neighbours or no differences.
    """

    best: int
    distances: np.ndarray
    neighbours: int
    plateau: float


def stability(columns: Sequence[Sequence[object]], objective: np.ndarray) -> Stability:
    """Stability of the best of C configurations.

    Args:
        columns: [K][C] values of the parameters. Numbers are as far apart as their ranks among the
            distinct values (so that a log scale needs no name); texts and truth values differ
            wholly or not at all.
        objective: [C], more is better; NaN rows are no neighbours.

    Raises:
        ValueError: no objective is known.
    """
    known = np.isfinite(objective)
    if not known.any():
        raise ValueError("no configuration has a value of the objective; take a longer window")
    best = int(np.where(known, objective, -np.inf).argmax())
    distances = np.mean([_apart(column, best) for column in columns], axis=0)
    others = np.flatnonzero(known & (distances > 0.0))
    if not len(others):
        return Stability(best, distances, 0, math.nan)
    wanted = min(len(others), max(2 * len(columns), round(NEIGHBOURS * len(others))))
    reach = np.sort(distances[others])[wanted - 1]
    near = others[distances[others] <= reach + 1e-12]
    middle = float(np.median(objective[known]))
    height = float(objective[best]) - middle
    around = float(objective[near].mean()) - middle
    return Stability(best, distances, len(near), around / height if height > 0.0 else math.nan)


def _apart(column: Sequence[object], best: int) -> np.ndarray:
    """[C] distance of each value from the best's, 0 to 1."""
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in column):
        _, ranks = np.unique(np.asarray(column, dtype=np.float64), return_inverse=True)
        return np.asarray(np.abs(ranks - ranks[best]) / max(1, int(ranks.max())))
    return np.array([0.0 if value == column[best] else 1.0 for value in column])
