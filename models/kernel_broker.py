"""The kernel's broker: what one bar does to the orders in the market, as Backtrader and
brokers/simulated do it."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled_in_place
from models.costs import commission_dollars, execution_price, pressed_impact_bps
from models.kernel_account import (
    AVERAGE,
    CASH,
    CHILD,
    CHILDREN,
    COST,
    DONE,
    FILLED,
    FILLS,
    FUND,
    HALF_SPREAD,
    NO_CASH,
    ORDERED,
    PERMANENT,
    PRESSED_AT,
    PRESSED_FOR,
    SHARES,
    SIGN,
    STATUS,
    TEMPORARY,
    TRADED,
    WORKING,
    WORKS,
)
from models.kernel_inputs import CLOSE, GOOD, MARGIN, NO_VOLATILITY, OPEN, VOLATILITY, VOLUME, Costs

CENT = 0.01
_LOT_ROUNDING = 1e-9


@compiled_in_place
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
    """Match every child order with a session's bar, in the order of submission.

    Args:
        funds, works, money, counts, log, fading: see models.kernel_account; the children were
            sent at the close before.
        lines, measured, costs: see models.kernel_inputs.
        session: number of the bar.
        decision: that the orders serve.
        at_close: whether they are orders on close; otherwise they fill at the open.

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
        fund, sign = int(works[FUND, work]), works[SIGN, work]
        volume = lines[session, VOLUME, fund]
        volatility = lines[session - 1, VOLATILITY, fund]
        reference = lines[session, CLOSE if at_close else OPEN, fund]
        whole = ordered == math.floor(ordered)
        limit = costs.max_participation * volume if volume > 0.0 else 0.0
        by_volume = min(ordered, math.floor(limit) if whole else limit)
        if by_volume > 0.0 and not math.isfinite(volatility):
            return NO_VOLATILITY
        # What was traded before and still presses on the price; see models.costs.Pressure.
        kept = funds[PERMANENT, fund] if funds[PRESSED_FOR, fund] == decision else 0.0
        faded = funds[TEMPORARY, fund]
        if faded != 0.0:
            since = session - int(funds[PRESSED_AT, fund])
            faded *= fading[since] if since < len(fading) else costs.memory ** float(since)
        pressing = max(sign * (faded + kept), 0.0)
        half_spread = funds[HALF_SPREAD, fund]
        size = by_volume
        cost = half_spread + pressed_impact_bps(
            size + pressing, volume, volatility, costs.coefficient
        )
        price = execution_price(reference, cost, sign > 0.0)
        fee = commission_of(costs, size, price)
        if sign > 0.0 and size > 0.0 and money[CASH] - size * price - fee < 0.0:
            size, price, fee, cost = _affordable(
                money[CASH], size, whole, reference, half_spread, pressing, volume, volatility,
                costs,
            )  # fmt: skip
        if size > 0.0:
            _book(funds, money, fund, sign, size, price, fee)
            funds[TEMPORARY, fund] = faded + (1.0 - costs.permanent_share) * (sign * size)
            funds[PERMANENT, fund] = kept + costs.permanent_share * (sign * size)
            funds[PRESSED_AT, fund], funds[PRESSED_FOR, fund] = session, decision
            works[FILLED, work] += size
            missing = works[ORDERED, work] - works[FILLED, work]
            if missing <= _LOT_ROUNDING * max(works[ORDERED, work], 1.0):
                works[STATUS, work] = DONE
            if session > measured:
                money[TRADED] += size * price
                money[COST] += size * reference * 1e-4 * cost + fee
            _note(log, counts, session, fund, sign * size, price, fee, cost)
        sells_alive = sells_alive or (sign < 0.0 and size < ordered)
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


@compiled_in_place
def commission_of(costs: Costs, shares: float, price: float) -> float:
    """Commission of one execution, dollars."""
    return commission_dollars(
        shares * price,
        costs.commission_bps,
        costs.commission_minimum,
        shares,
        costs.commission_per_share,
    )


@compiled_in_place
def _affordable(
    cash: float,
    size: float,
    whole: bool,
    reference: float,
    half_spread: float,
    pressing: float,
    volume: float,
    volatility: float,
    costs: Costs,
) -> tuple[float, float, float, float]:
    """Largest size whose price, impact and commission the cash covers, and those.

    Size, price, commission and cost in basis points.
    """
    while size > 0.0:
        cost = half_spread + pressed_impact_bps(
            size + pressing, volume, volatility, costs.coefficient
        )
        paid = execution_price(reference, cost, True)
        fee = commission_of(costs, size, paid)
        if cash - size * paid - fee >= 0.0:
            return size, paid, fee, cost
        lower = (cash - fee) / paid
        size = min(size - 1.0, math.floor(lower)) if whole else min(size * 0.999, lower)
        if not whole and size * paid < CENT:
            break
    return 0.0, 0.0, 0.0, 0.0


@compiled_in_place
def _book(
    funds: np.ndarray,
    money: np.ndarray,
    fund: int,
    sign: float,
    size: float,
    price: float,
    fee: float,
) -> None:
    """Cash and position after an execution, in Backtrader's own arithmetic.

    A buy of a long-only account only opens and a sell only closes, so that the commission, which
    Backtrader splits between the two parts of an execution, is one figure.
    """
    held, average = funds[SHARES, fund], funds[AVERAGE, fund]
    left = held + sign * size
    if sign > 0.0:
        money[CASH] = money[CASH] - size * price - fee
        funds[AVERAGE, fund] = (average * held + size * price) / left if held != 0.0 else price
    else:
        money[CASH] = money[CASH] + (size * average + size * (price - average)) - fee
        if left == 0.0:
            funds[AVERAGE, fund] = 0.0
    funds[SHARES, fund] = left


@compiled_in_place
def _note(
    log: np.ndarray,
    counts: np.ndarray,
    session: int,
    fund: int,
    shares: float,
    price: float,
    fee: float,
    cost: float,
) -> None:
    """Count an execution and, where there is room, log it."""
    number = counts[FILLS]
    counts[FILLS] = number + 1
    if number < len(log):
        log[number, 0], log[number, 1], log[number, 2] = session, fund, shares
        log[number, 3], log[number, 4], log[number, 5] = price, fee, cost


@compiled_in_place
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
