"""The kernel's account: positions, pressure on prices and working orders, in arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.compiled import compiled
from models.kernel_inputs import Bars

WORKING, FILLED, CANCELLED, NO_CASH = range(4)
# Longest schedule of one order, sessions.
LONGEST = 4096
CASH, TRADED, COST = range(3)
WORKS, CHILDREN, ORDERS, FILLS = range(4)


class Account(NamedTuple):
    """State of one account over A funds.

    Attributes:
        shares, average: [A] position and its average price, as Backtrader keeps them.
        temporary, permanent: [A] models.costs.Pressure at the last trade, signed shares.
        pressed_at, pressed_for: [A] session and decision of that trade.
        money: cash, dollars traded and dollars of cost in the measured period.
        counts: parent orders at work, children in the market, children sent, executions.
        fund, sign, wanted, filled, sent, status: [A] of each parent order; see
            models.working_order.
        child: [A] shares that each parent has in the market.
        slots: [A] length of its schedule.
        schedule: [A x LONGEST] cumulative shares by session.
    """

    shares: np.ndarray
    average: np.ndarray
    temporary: np.ndarray
    permanent: np.ndarray
    pressed_at: np.ndarray
    pressed_for: np.ndarray
    money: np.ndarray
    counts: np.ndarray
    fund: np.ndarray
    sign: np.ndarray
    wanted: np.ndarray
    filled: np.ndarray
    sent: np.ndarray
    status: np.ndarray
    child: np.ndarray
    slots: np.ndarray
    schedule: np.ndarray


@compiled
def new_account(funds: int) -> Account:
    """An empty account; `open_account` makes it ready."""
    return Account(
        np.zeros(funds), np.zeros(funds), np.zeros(funds), np.zeros(funds),
        np.zeros(funds, np.int64), np.zeros(funds, np.int64),
        np.zeros(3), np.zeros(4, np.int64),
        np.zeros(funds, np.int64), np.zeros(funds), np.zeros(funds), np.zeros(funds),
        np.zeros(funds, np.int64), np.zeros(funds, np.int64), np.zeros(funds),
        np.zeros(funds, np.int64), np.zeros((funds, LONGEST)),
    )  # fmt: skip


@compiled
def open_account(account: Account, cash: float) -> None:
    """Forget an earlier run."""
    account.shares[:] = 0.0
    account.average[:] = 0.0
    account.temporary[:] = 0.0
    account.permanent[:] = 0.0
    account.pressed_at[:] = 0
    account.pressed_for[:] = -1
    account.money[:] = 0.0
    account.money[CASH] = cash
    account.counts[:] = 0


@compiled
def broker_value(account: Account, bars: Bars, session: int) -> float:
    """The portfolio's value at a close, added up in Backtrader's order: what a decision sees."""
    positions = 0.0
    for fund in bars.order:
        size = account.shares[fund]
        if size != 0.0:
            worth = size * bars.close[fund, session]
            gain = size * (bars.close[fund, session] - account.average[fund])
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
    span = values[first - bars.measured : last - bars.measured]
    span[:] = account.money[CASH]
    for fund in range(len(account.shares)):
        size = account.shares[fund]
        if size != 0.0:
            closes = bars.close[fund, first:last]
            for place in range(len(span)):
                span[place] += size * closes[place]
