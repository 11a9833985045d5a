"""Nested walk-forward: where a configuration is selected and where the selection is reported."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.performance import MIN_RETURNS
from research.config import ConfigError
from research.sweep_config import WindowSection


@dataclass(frozen=True)
class Fold:
    """One step of the walk.

    A configuration's own models are fitted walk-forward at every decision, so that its returns of
    both parts come from one run and no label of the outer part was learned from.

    Attributes:
        inner: parts of all returns before `outer`, each measured on its own.
        outer: returns in which the selection is reported; the next fold's start where it ends.
    """

    inner: tuple[slice, ...]
    outer: slice


def make_folds(returns: int, window: WindowSection) -> list[Fold]:
    """Folds over so many daily returns.

    Raises:
        ConfigError: a part has fewer than 20 returns.
    """
    start = round(returns * window.inner_share)
    edges = np.linspace(start, returns, window.folds + 1).round().astype(int)
    folds = []
    for first, last in pairwise(edges.tolist()):
        cuts = np.linspace(0, first, window.inner_blocks + 1).round().astype(int).tolist()
        inner = tuple(slice(a, b) for a, b in pairwise(cuts))
        folds.append(Fold(inner, slice(first, last)))
    shortest = min(part.stop - part.start for fold in folds for part in (*fold.inner, fold.outer))
    if shortest < MIN_RETURNS:
        raise ConfigError(
            f"window: {returns} sessions in {window.folds} folds and {window.inner_blocks} inner "
            f"blocks leave a part with {shortest}, fewer than {MIN_RETURNS}; take fewer or a "
            "longer window"
        )
    return folds
