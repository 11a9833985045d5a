"""Clocks for the benchmarks."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired_ratio(ours: Callable[[], Any], theirs: Callable[[], Any], pairs: int) -> float:
    """Median over `pairs` of ours / theirs, run in turn after a warm-up of each."""
    ours()
    theirs()
    return statistics.median(seconds(ours) / seconds(theirs) for _ in range(pairs))


class Shares:
    """Where the time of a run goes: exclusive seconds by label, nested calls counted once."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner: list[float] = []

    @contextmanager
    def clocked(self, methods: dict[tuple[type, str], str]) -> Iterator[None]:
        """Clock {(class, method name): label} while the context is open."""
        originals = {(owner, name): owner.__dict__.get(name) for owner, name in methods}
        for (owner, name), label in methods.items():
            setattr(owner, name, self._wrap(getattr(owner, name), label))
        try:
            yield
        finally:
            for (owner, name), original in originals.items():
                if original is None:
                    delattr(owner, name)
                else:
                    setattr(owner, name, original)

    def _wrap(self, method: Callable[..., Any], label: str) -> Callable[..., Any]:
        def clocked(*args: Any, **kwargs: Any) -> Any:
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                return method(*args, **kwargs)
            finally:
                spent = time.perf_counter() - start
                self.seconds[label] += spent - self._inner.pop()
                if self._inner:
                    self._inner[-1] += spent

        return clocked
