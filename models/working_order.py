"""A parent order on its way: what is due next, what is filled, how it stands."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from models.compiled import compiled
from models.costs import sliced_cost_bps
from models.orders import ParentOrder

WORKING, FILLED, CANCELLED, NO_CASH = "working", "filled", "cancelled", "no cash"
_LOT_ROUNDING = 1e-9


@compiled
def limited(children: np.ndarray, limit: float) -> np.ndarray:
    """[S or more] what a volume limit makes of a schedule when the rest is carried over.

    Args:
        children: [S] shares by session, non-negative.
        limit: shares that a session can take, positive; may be infinite.
    """
    sent, waiting = np.empty(len(children)), 0.0
    for session in range(len(children)):
        waiting += children[session]
        sent[session] = min(waiting, limit)
        waiting -= sent[session]
    if waiting <= 0.0:
        return sent
    full = int(waiting // limit)
    more = np.full(full + 1, limit)
    more[full] = waiting - full * limit
    return np.concatenate((sent, more if more[full] > 0.0 else more[:full]))


@compiled
def planned_cost_bps(
    children: np.ndarray,
    limit: float,
    dollars: float,
    adv_dollars: float,
    volatility: float,
    half_spread: float,
    coefficient: float,
    memory: float,
    permanent_share: float,
    commission_bps: float,
    commission_minimum: float,
) -> float:
    """models.costs.expected_cost_bps of a schedule that a volume limit may stretch.

    Args:
        children: [S] shares by session.
        limit: shares that a session is expected to take.
        dollars: of the whole order.
        adv_dollars, volatility: trailing; without them (no volume, NaN) nothing but spread and
            commission can be estimated.
        half_spread, coefficient, memory, permanent_share, commission_bps, commission_minimum: see
            models.costs.CostConfig.
    """
    parts = np.ones(1)
    if adv_dollars > 0.0 and math.isfinite(volatility):
        sent = limited(children, limit)
        parts = sent / sent.sum()
    else:
        adv_dollars, volatility = 1.0, 0.0
    return sliced_cost_bps(
        parts, dollars, adv_dollars, volatility, half_spread, coefficient, memory,
        permanent_share, commission_bps, commission_minimum,
    )  # fmt: skip


@dataclass
class WorkingOrder:
    """A parent order with its schedule; children are sent session by session.

    Attributes:
        parent: the order.
        scheduled: [S] cumulative shares by session, the last being all of them.
        carry: whether what a session leaves is sent again with the next part; otherwise it is
            dropped.
        opened_on: session number of the first child; sessions are counted by the caller.
        sessions: children sent so far.
        filled: shares.
        spent: dollars paid or received for them.
        volume: shares that the market traded in the sessions worked so far.
        status: "working", "filled", "cancelled" or "no cash".
    """

    parent: ParentOrder
    scheduled: np.ndarray
    carry: bool = True
    sessions: int = 0
    filled: float = 0.0
    spent: float = 0.0
    volume: float = 0.0
    status: str = WORKING
    children: list[str] = field(default_factory=list)

    @property
    def remaining(self) -> float:
        """Shares not filled."""
        return self.parent.shares - self.filled

    def scheduled_after(self, sessions: int) -> float:
        """Shares that the schedule wants sent after so many sessions."""
        return float(self.scheduled[min(sessions, len(self.scheduled)) - 1]) if sessions else 0.0

    @property
    def average_price(self) -> float:
        """Dollars a share of what is filled; NaN before."""
        return self.spent / self.filled if self.filled else float("nan")

    def next_child(self) -> float:
        """Shares to send for the next session, zero when nothing is due; counts the session.

        An order that does not carry ends with its schedule, whatever is left.
        """
        last = len(self.scheduled) - 1
        if self.sessions > last and not self.carry:
            self.status = CANCELLED
            return 0.0
        place = min(self.sessions, last)
        due = float(self.scheduled[place])
        before = self.filled if self.carry else float(self.scheduled[place - 1]) if place else 0.0
        self.sessions += 1
        return max(due - before, 0.0)

    def fill(self, shares: float, dollars: float) -> None:
        """Book an execution, both positive."""
        self.filled += shares
        self.spent += dollars
        if self.remaining <= _LOT_ROUNDING * max(self.parent.shares, 1.0):
            self.status = FILLED

    def end(self, status: str) -> None:
        """Stop working, unless it is filled already."""
        if self.status == WORKING:
            self.status = status
