"""Backtrader fillers: how much of an order a bar may fill."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Filler = Callable[[Any, float, int], float]


class ParticipationCap:
    """At most a share of the bar's real volume, all orders of one data on the bar together.

    An order may ask for less with a `participation_rate` in its info: percentage of volume then
    holds in every bar, not only on average. What was granted to an earlier order on the bar counts
    even where its cash did not suffice. Whole shares, unless a fraction was ordered; a bar without
    volume fills nothing.

    Args:
        rate: share of the volume, in (0, 1].
        inner: a filler that says what an order wants of the bar, such as ScheduledFill; None for
            all that is left of it.

    Raises:
        ValueError: a rate outside (0, 1].
    """

    def __init__(self, rate: float, inner: Filler | None = None) -> None:
        if not 0.0 < rate <= 1.0:
            raise ValueError(f"rate must lie in (0, 1], not {rate}")
        self.rate = rate
        self.inner = inner
        # Data -> (whose run, bar, granted): a new run starts its bars from the first again.
        self._granted: dict[Any, tuple[Any, int, float]] = {}

    def __call__(self, order: Any, price: float, ago: int) -> float:
        """Shares that the bar at `ago` may fill, non-negative."""
        volume = max(order.data.volume[ago], 0.0)
        bar = len(order.data) + ago
        owner, known_bar, granted = self._granted.get(order.data, (None, 0, 0.0))
        if owner is not order.owner or known_bar != bar:
            granted = 0.0
        free = min(self.rate * volume - granted, self._own_rate(order) * volume)
        left = float(abs(order.executed.remsize))
        wanted = left if self.inner is None else min(left, self.inner(order, price, ago))
        size = min(_whole(order, free), wanted)
        self._granted[order.data] = (order.owner, bar, granted + size)
        return size

    def _own_rate(self, order: Any) -> float:
        return float(order.info.get("participation_rate") or self.rate)


class ScheduledFill:
    """An order's own schedule: sent once as a whole, it fills by slot.

    The schedule is the `schedule` in the order's info, [S] shares by bar after the submission, as
    models.schedules gives it. A bar may fill what should be done by then and is not; from the
    last slot on all that is left. An order without a schedule may fill at once.
    """

    def __call__(self, order: Any, price: float, ago: int) -> float:  # noqa: ARG002
        """Shares that the bar at `ago` may fill, non-negative."""
        due = float(abs(order.executed.remsize))
        schedule = order.info.get("schedule")
        if schedule is not None:
            slots = _bars_since(order, ago, at_most=len(schedule))
            planned = float(np.sum(np.asarray(schedule, dtype=np.float64)[:slots]))
            if slots < len(schedule):
                due = min(due, max(planned - float(abs(order.executed.size)), 0.0))
        return due


def _whole(order: Any, shares: float) -> float:
    positive = max(shares, 0.0)
    return math.floor(positive) if float(order.created.size).is_integer() else positive


def _bars_since(order: Any, ago: int, at_most: int) -> int:
    """Bars of the order's data after its creation, up to the one at `ago`."""
    # Not from `order.plen`, which Backtrader sets anew when it accepts the order a bar later.
    stamps, bars = order.data.datetime, 0
    while bars < at_most and stamps[ago - bars] > order.created.dt:
        bars += 1
    return bars
