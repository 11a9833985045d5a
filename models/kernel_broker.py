"""The kernel's broker: what one bar does to all orders in the market.

As Backtrader's BackBroker and brokers/simulated do it.
"""

from __future__ import annotations

import numpy as np

from models.compiled import compiled_in_place, inlined
from models.kernel_account import (
    CASH,
    CHILD,
    CHILDREN,
    FUND,
    NO_CASH,
    SIGN,
    STATUS,
    WORKING,
    WORKS,
)
from models.kernel_fill import commission_of, execute
from models.kernel_inputs import CLOSE, GOOD, MARGIN, NO_VOLATILITY, Costs


@inlined
def match(
    funds: np.ndarray,
    works: np.ndarray,
    money: np.ndarray,
    counts: np.ndarray,
    log: np.ndarray,
    fading: np.ndarray,
    lines: np.ndarray,
    measured: int,
    costs: Costs,
    session: int,
    decision: int,
    at_close: bool,
) -> int:
    """Match every child order with the bar of a session, in the order of submission.

    The children were sent at the close before and serve `decision`; orders `at_close` fill at the
    close, others at the open. The rest is said in models.kernel_account and models.kernel_inputs.

    Returns:
        GOOD, or what voids the account: MARGIN, NO_VOLATILITY.
    """
    count = counts[WORKS]
    # With cash to begin with every sell brings more, and no buy is refused as a whole.
    if money[CASH] < 0.0 and _refused(works, count, money[CASH], lines, costs, session):
        return MARGIN
    sells_alive = False
    for work in range(count):
        ordered = works[CHILD, work]
        works[CHILD, work] = 0.0
        if ordered <= 0.0:
            continue
        size, by_volume = execute(
            funds, works, money, counts, log, fading, lines, measured, costs, session, decision,
            at_close, work, ordered,
        )  # fmt: skip
        if size < 0.0:
            return NO_VOLATILITY
        sells_alive = sells_alive or (works[SIGN, work] < 0.0 and size < ordered)
        if size < by_volume and not sells_alive:
            works[CHILD, work] = -1.0
    _end_what_lacked_cash(works, count)
    counts[CHILDREN] = 0
    return GOOD


@compiled_in_place
def _refused(
    works: np.ndarray, count: int, cash: float, lines: np.ndarray, costs: Costs, session: int
) -> bool:
    """Backtrader's rehearsal of the submitted orders at the price at which they were created."""
    for work in range(count):
        shares = works[CHILD, work]
        if shares <= 0.0:
            continue
        price = lines[session - 1, CLOSE, int(works[FUND, work])]
        fee = commission_of(costs, shares, price)
        if works[SIGN, work] > 0.0:
            # The simulated broker never refuses a buy as a whole.
            cash = max(cash - shares * price - fee, 0.0)
        else:
            cash = cash + shares * price - fee
        if cash < 0.0:
            return True
    return False


@inlined
def _end_what_lacked_cash(works: np.ndarray, count: int) -> None:
    """A buy that lacked cash has ended, unless sells at work may still bring some."""
    selling = False
    for work in range(count):
        selling = selling or (works[SIGN, work] < 0.0 and works[STATUS, work] == WORKING)
    for work in range(count):
        if works[CHILD, work] < 0.0:
            works[CHILD, work] = 0.0
            if not selling and works[STATUS, work] == WORKING:
                works[STATUS, work] = NO_CASH
