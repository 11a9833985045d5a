"""The kernel's account: positions, pressure on prices and working orders, in few arrays.

Few, because compiled code counts the references of every array that it passes on, and a fill should
cost no more than its arithmetic.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.compiled import compiled
from models.kernel_inputs import CLOSE, Bars

# Rows of `Account.funds`, [A] each: position and average price as Backtrader keeps them; pressure
# (models.costs.Pressure) at the last trade, its session and decision; half-spread in basis points;
# 1 where a fund must not be traded; and room for the sizing of orders.
(
    SHARES, AVERAGE, TEMPORARY, PERMANENT, PRESSED_AT, PRESSED_FOR, HALF_SPREAD, RESTRICTED,
    WANTED, KNOWN, KEPT,
) = range(11)  # fmt: skip
# Rows of `Account.works`, one column a parent order; see models.working_order. CHILD is what it has
# in the market, SLOTS the length of its schedule.
FUND, SIGN, ORDERED, FILLED, SENT, STATUS, CHILD, SLOTS = range(8)
WORKING, DONE, CANCELLED, NO_CASH = 0.0, 1.0, 2.0, 3.0
# `Account.money`: cash, and dollars traded and of cost in the measured period.
CASH, TRADED, COST = range(3)
# `Account.counts`: parent orders at work, children in the market, children sent, executions.
WORKS, CHILDREN, ORDERS, FILLS = range(4)
# Longest schedule of one order, sessions.
LONGEST = 4096
# Rows of a power of two would all fall on the same lines of a processor's cache.
_ROW = LONGEST + 24


class Account(NamedTuple):
    """State of one account over A funds.

    Attributes:
        funds: [11 x A], works: [8 x A], money: [3], counts: [4]; see the names above.
        schedule: [A x LONGEST or more] cumulative shares of each parent order by session.
        log: [F x 6] executions as far as there is room: session, fund, shares (signed), price,
            commission, half-spread and impact in basis points.
    """

    funds: np.ndarray
    works: np.ndarray
    money: np.ndarray
    counts: np.ndarray
    schedule: np.ndarray
    log: np.ndarray


@compiled
def new_account(funds: int, log: np.ndarray) -> Account:
    """An empty account; `open_account` makes it ready."""
    return Account(
        np.zeros((KEPT + 1, funds)), np.zeros((SLOTS + 1, funds)), np.zeros(3),
        np.zeros(4, np.int64), np.zeros((funds, _ROW)), log,
    )  # fmt: skip


@compiled
def open_account(
    account: Account, cash: float, half_spread: np.ndarray, restricted: np.ndarray
) -> None:
    """Forget an earlier run; half_spread [A] in basis points, restricted [A] 0 or 1."""
    account.funds[:] = 0.0
    account.funds[PRESSED_FOR] = -1.0
    account.funds[HALF_SPREAD] = half_spread
    account.funds[RESTRICTED] = restricted
    account.money[:] = 0.0
    account.money[CASH] = cash
    account.counts[:] = 0


@compiled
def broker_value(account: Account, bars: Bars, session: int) -> float:
    """The portfolio's value at a close, added up in Backtrader's order: what a decision sees."""
    funds, closes = account.funds, bars.lines[CLOSE]
    positions = 0.0
    for fund in bars.order:
        size = funds[SHARES, fund]
        if size != 0.0:
            worth = size * closes[fund, session]
            gain = size * (closes[fund, session] - funds[AVERAGE, fund])
            positions += worth - gain
            positions += gain
    return account.money[CASH] + positions


@compiled
def mark(account: Account, bars: Bars, first: int, last: int, values: np.ndarray) -> None:
    """Value at the closes from `first` to before `last`, between which nothing is traded.

    `values` starts with the first measured close; closes before it are left out.
    """
    first = max(first, bars.measured)
    if first >= last:
        return
    funds, lines = account.funds, bars.lines
    span = values[first - bars.measured : last - bars.measured]
    cash = account.money[CASH]
    for place in range(len(span)):
        span[place] = cash
    for fund in range(funds.shape[1]):
        size = funds[SHARES, fund]
        if size != 0.0:
            closes = lines[CLOSE, fund, first:last]
            for place in range(len(span)):
                span[place] += size * closes[place]
