"""A parent order on its way: what is due next, what is filled, how it stands."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.orders import ParentOrder

WORKING, FILLED, CANCELLED, NO_CASH = "working", "filled", "cancelled", "no cash"
# An order that lacks less of its shares, relatively, is filled.
LOT_ROUNDING = 1e-9


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
        if self.remaining <= LOT_ROUNDING * max(self.parent.shares, 1.0):
            self.status = FILLED

    def end(self, status: str) -> None:
        """Stop working, unless it is filled already."""
        if self.status == WORKING:
            self.status = status
