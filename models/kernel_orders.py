"""The kernel's desk: from target weights to parent orders."""

from __future__ import annotations

import numpy as np

from models.compiled import inlined
from models.kernel_account import (
    CHILD,
    FILLED,
    FUND,
    HALF_SPREAD,
    KEPT,
    KNOWN,
    LONGEST,
    ORDERED,
    PRICE,
    RESTRICTED,
    SENT,
    SHARES,
    SIGN,
    SLOTS,
    STATUS,
    WANTED,
    WORKING,
    WORKS,
)
from models.kernel_inputs import CLOSE, GOOD, LONG_SCHEDULE, Costs, Rules
from models.kernel_schedules import (
    expected_by_algorithm,
    expected_by_plan,
    fill_schedule,
    lot_of,
)
from models.orders import account_value, wanted_shares
from models.schedule_paths import PLAN
from models.splitting import path_in_proportion


@inlined
def open_orders(
    funds: np.ndarray,
    works: np.ndarray,
    schedule: np.ndarray,
    counts: np.ndarray,
    cash: float,
    lines: np.ndarray,
    covariance: np.ndarray,
    costs: Costs,
    rules: Rules,
    session: int,
    weights: np.ndarray,
    parts: np.ndarray,
    building: bool,
) -> int:
    """End what is at work and make the parent orders of a decision at a close, sells first.

    `weights` [A] are the targets and `parts` [S] the shares of the move by session; no part ends
    the orders and makes no new ones. `covariance` [A x A] is of the funds' returns. While the
    portfolio is being built everything goes at once, whatever the algorithm. The rest is said in
    models.kernel_account and models.kernel_inputs.

    Returns:
        GOOD, or what voids the account: NO_VOLUME, LONG_SCHEDULE.
    """
    counts[WORKS] = 0
    if len(parts) == 0:
        return GOOD
    if len(parts) > LONGEST:
        return LONG_SCHEDULE
    planned = building or rules.algorithm == PLAN
    told = _size(funds, cash, lines, covariance, costs, rules, session, weights, parts, planned)
    if told != GOOD:
        return told
    for sign in (-1.0, 1.0):
        for fund in range(funds.shape[1]):
            ordered = sign * (funds[WANTED, fund] - funds[SHARES, fund])
            if not ordered > 0.0:
                continue
            work = counts[WORKS]
            if planned:
                slots = len(parts)
                path_in_proportion(ordered, parts, lot_of(rules, ordered), schedule, work)
            else:
                slots = fill_schedule(schedule, work, lines, costs, rules, session, fund, ordered)
            if slots < 0:
                return -slots
            works[FUND, work], works[SIGN, work], works[ORDERED, work] = fund, sign, ordered
            works[FILLED, work], works[SENT, work], works[STATUS, work] = 0.0, 0.0, WORKING
            works[CHILD, work], works[SLOTS, work] = 0.0, slots
            counts[WORKS] = work + 1
    return GOOD


@inlined
def _size(
    funds: np.ndarray,
    cash: float,
    lines: np.ndarray,
    covariance: np.ndarray,
    costs: Costs,
    rules: Rules,
    session: int,
    weights: np.ndarray,
    parts: np.ndarray,
    planned: bool,
) -> int:
    """Positions wanted, in funds[WANTED], as TargetWeight.parent_orders sizes them.

    Sized again where the expected costs exceed the cash buffer; GOOD, or what voids the account.
    """
    shares, wanted, known, kept = funds[SHARES], funds[WANTED], funds[KNOWN], funds[KEPT]
    restricted, half_spread, prices = funds[RESTRICTED], funds[HALF_SPREAD], funds[PRICE]
    for fund in range(len(prices)):
        prices[fund] = lines[session, CLOSE, fund]
    wanted_shares(
        shares, prices, weights, cash, restricted, rules.cash_buffer, rules.min_trade, rules.lot,
        covariance, 0.0, wanted, known, kept,
    )  # fmt: skip
    if planned:
        expected = expected_by_plan(
            shares, wanted, prices, half_spread, lines, costs, session, parts
        )
    else:
        expected, told = expected_by_algorithm(
            shares, wanted, prices, half_spread, lines, costs, rules, session
        )
        if told != GOOD:
            return told
    if expected > rules.cash_buffer * account_value(shares, prices, cash):
        wanted_shares(
            shares, prices, weights, cash, restricted, rules.cash_buffer, rules.min_trade,
            rules.lot, covariance, expected, wanted, known, kept,
        )  # fmt: skip
    return GOOD
