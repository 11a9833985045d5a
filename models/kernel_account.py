"""The kernel's account: positions, pressure on prices and working orders, in few arrays.

Few, and passed on one by one: compiled code counts the references of every array in a tuple that a
function takes, and a fill should cost no more than its arithmetic.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.compiled import compiled, compiled_in_place
from models.kernel_inputs import CLOSE

# Rows of `Account.funds`, [A] each: position and average price as Backtrader keeps them; pressure
# (models.costs.Pressure) at the last trade, its session and decision; half-spread in basis points;
# 1 where a fund must not be traded; and room for
# the sizing of orders.
(
    SHARES, AVERAGE, TEMPORARY, PERMANENT, PRESSED_AT, PRESSED_FOR, HALF_SPREAD, RESTRICTED,
    PRICE, WANTED, KNOWN, KEPT,
) = range(12)  # fmt: skip
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
        funds: [12 x A], works: [8 x A], money: [3], counts: [4]; see the names above.
        schedule: [A x LONGEST or more] cumulative shares of each parent order by session.
        log: [F x 6] executions as far as there is room: session, fund, shares (signed), price,
            commission, half-spread and impact in basis points.
        fading: [64] what k sessions leave of temporary pressure.
    """

    funds: np.ndarray
    works: np.ndarray
    money: np.ndarray
    counts: np.ndarray
    schedule: np.ndarray
    log: np.ndarray
    fading: np.ndarray


@compiled
def new_account(funds: int, log: np.ndarray) -> Account:
    """An empty account; `open_account` makes it ready."""
    return Account(
        np.zeros((KEPT + 1, funds)), np.zeros((SLOTS + 1, funds)), np.zeros(3),
        np.zeros(4, np.int64), np.zeros((funds, _ROW)), log, np.zeros(64),
    )  # fmt: skip


@compiled_in_place
def open_account(
    account: Account, cash: float, memory: float, half_spread: np.ndarray, restricted: np.ndarray
) -> None:
    """Forget an earlier run; half_spread [A] in basis points, restricted [A] 0 or 1."""
    for sessions in range(len(account.fading)):
        account.fading[sessions] = memory**sessions
    funds = account.funds
    funds[:] = 0.0
    for fund in range(len(half_spread)):
        funds[PRESSED_FOR, fund] = -1.0
        funds[HALF_SPREAD, fund] = half_spread[fund]
        funds[RESTRICTED, fund] = restricted[fund]
    account.money[:] = 0.0
    account.money[CASH] = cash
    account.counts[:] = 0


@compiled_in_place
def broker_value(
    funds: np.ndarray, lines: np.ndarray, order: np.ndarray, cash: float, session: int
) -> float:
    """The portfolio's value at a close, added up in Backtrader's order: what a decision sees."""
    positions = 0.0
    for fund in order:
        size = funds[SHARES, fund]
        if size != 0.0:
            worth = size * lines[session, CLOSE, fund]
            gain = size * (lines[session, CLOSE, fund] - funds[AVERAGE, fund])
            positions += worth - gain
            positions += gain
    return cash + positions


@compiled_in_place
def mark(
    funds: np.ndarray,
    closes: np.ndarray,
    cash: float,
    measured: int,
    first: int,
    last: int,
    values: np.ndarray,
) -> None:
    """Value at the closes from `first` to before `last`, between which nothing is traded.

    `values` starts with the close of session `measured`; closes before it are left out.
    """
    first = max(first, measured)
    if first >= last:
        return
    span = values[first - measured : last - measured]
    span[:] = cash
    for fund in range(funds.shape[1]):
        size = funds[SHARES, fund]
        if size != 0.0:
            prices = closes[fund, first:last]
            for place in range(len(span)):
                span[place] += size * prices[place]
