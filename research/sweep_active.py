"""The active returns of a sweep's configurations: read in pieces, or all where they are few."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from research.sweep_objective import active_returns, annual_ratio
from research.sweep_store import SweepStore


class ActiveReturns(Protocol):
    """Daily active returns of C configurations over T sessions.

    A configuration that never left the benchmark has no ratio and was no gamble: it is in none of
    the arrays.

    Attributes:
        configurations: C at most, with those that never left it.
    """

    configurations: int

    def table(self) -> np.ndarray:
        """All of them, [T x C] by id: only for few."""
        ...

    def chunks(self) -> Iterator[np.ndarray]:
        """Some hundreds at a time, [c x T], every one once; may be asked for again."""
        ...


class StoredReturns:
    """Active returns from a store. See ActiveReturns."""

    def __init__(self, store: SweepStore) -> None:
        self._store = store
        self.configurations = store.count()

    def table(self) -> np.ndarray:
        """See ActiveReturns."""
        _, benchmark = self._store.window()
        ids, values = zip(*self._store.chunks(), strict=True)
        order = np.argsort(np.concatenate(ids))
        return _moving(active_returns(np.concatenate(values)[order], benchmark)).T

    def chunks(self) -> Iterator[np.ndarray]:
        """See ActiveReturns."""
        _, benchmark = self._store.window()
        for _, values in self._store.chunks():
            active = _moving(active_returns(values, benchmark))
            if len(active):
                yield active


def _moving(active: np.ndarray) -> np.ndarray:
    return np.asarray(active[np.isfinite(annual_ratio(active))])
