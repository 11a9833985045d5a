"""The kernel's children: what each parent order sends to the market for one session."""

from __future__ import annotations

import numpy as np

from models.compiled import inlined
from models.kernel_account import (
    CANCELLED,
    CHILD,
    CHILDREN,
    FILLED,
    FUND,
    ORDERS,
    SENT,
    SHARES,
    SIGN,
    SLOTS,
    STATUS,
    WORKING,
    WORKS,
)
from models.kernel_fill import commission_of
from models.kernel_inputs import CLOSE, Costs


@inlined
def send_children(
    funds: np.ndarray,
    works: np.ndarray,
    schedule: np.ndarray,
    counts: np.ndarray,
    lines: np.ndarray,
    costs: Costs,
    session: int,
    carry: bool,
) -> None:
    """What is due for the next session of every parent order, as WorkingOrder.next_child says.

    `session` is the number of the close; see strategies.rebalancing for sells that are not worth
    their commission.
    """
    for work in range(counts[WORKS]):
        last, sent = int(works[SLOTS, work]) - 1, int(works[SENT, work])
        fund = int(works[FUND, work])
        works[CHILD, work] = 0.0
        if sent > last and not carry:
            works[STATUS, work] = CANCELLED
            continue
        place = min(sent, last)
        before = works[FILLED, work]
        if not carry:
            before = schedule[work, place - 1] if place else 0.0
        works[SENT, work] = sent + 1
        due = max(schedule[work, place] - before, 0.0)
        if works[SIGN, work] < 0.0:
            # Fractions filled in pieces may add up to a hair more than was held.
            due = min(due, funds[SHARES, fund])
            price = lines[session, CLOSE, fund]
            if not due * price > commission_of(costs, due, price):
                due = 0.0
        if due > 0.0:
            works[CHILD, work] = due
            counts[CHILDREN] += 1
            counts[ORDERS] += 1


@inlined
def end_session(works: np.ndarray, schedule: np.ndarray, counts: np.ndarray) -> None:
    """Forget the parent orders that have ended."""
    kept = 0
    for work in range(counts[WORKS]):
        if works[STATUS, work] != WORKING:
            continue
        if kept != work:
            for row in range(len(works)):
                works[row, kept] = works[row, work]
            for slot in range(int(works[SLOTS, work])):
                schedule[kept, slot] = schedule[work, slot]
        kept += 1
    counts[WORKS] = kept
