"""The kernel's executions: size, price and books of one order on one bar."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled_in_place, inlined
from models.costs import CENT, commission_dollars, execution_price, pressed_impact_bps
from models.kernel_account import (
    AVERAGE,
    CASH,
    COST,
    DONE,
    FILLED,
    FILLS,
    FUND,
    HALF_SPREAD,
    ORDERED,
    PERMANENT,
    PRESSED_AT,
    PRESSED_FOR,
    SHARES,
    SIGN,
    STATUS,
    TEMPORARY,
    TRADED,
)
from models.kernel_inputs import CLOSE, OPEN, VOLATILITY, VOLUME, Costs
from models.working_order import LOT_ROUNDING


@inlined
def execute(
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
    work: int,
    ordered: float,
) -> tuple[float, float]:
    """Fill what volume and cash allow of `ordered` shares of the parent order in column `work`.

    Returns:
        Shares filled, and what volume alone would have allowed; -1 where the fund has no volatility
        yet.
    """
    fund, sign = int(works[FUND, work]), works[SIGN, work]
    volume = lines[session, VOLUME, fund]
    volatility = lines[session - 1, VOLATILITY, fund]
    reference = lines[session, CLOSE if at_close else OPEN, fund]
    by_volume = _within_volume(volume, ordered, costs.max_participation)
    if not by_volume > 0.0:
        return 0.0, 0.0
    if not math.isfinite(volatility):
        return -1.0, 0.0
    # What was traded before and still presses on the price; see models.costs.Pressure.
    kept = funds[PERMANENT, fund] if funds[PRESSED_FOR, fund] == decision else 0.0
    faded = funds[TEMPORARY, fund]
    if faded != 0.0:
        since = session - int(funds[PRESSED_AT, fund])
        faded *= fading[since] if since < len(fading) else costs.memory ** float(since)
    pressing, half_spread = max(sign * (faded + kept), 0.0), funds[HALF_SPREAD, fund]
    size = by_volume
    cost = half_spread + pressed_impact_bps(size + pressing, volume, volatility, costs.coefficient)
    price = execution_price(reference, cost, sign > 0.0)
    fee = commission_of(costs, size, price)
    if sign > 0.0 and money[CASH] - size * price - fee < 0.0:
        size, price, fee, cost = _affordable(
            money[CASH], size, ordered == math.floor(ordered), reference, half_spread, pressing,
            volume, volatility, costs,
        )  # fmt: skip
    if size > 0.0:
        _book(funds, money, fund, sign, size, price, fee)
        funds[TEMPORARY, fund] = faded + (1.0 - costs.permanent_share) * (sign * size)
        funds[PERMANENT, fund] = kept + costs.permanent_share * (sign * size)
        funds[PRESSED_AT, fund], funds[PRESSED_FOR, fund] = session, decision
        works[FILLED, work] += size
        missing = works[ORDERED, work] - works[FILLED, work]
        if missing <= LOT_ROUNDING * max(works[ORDERED, work], 1.0):
            works[STATUS, work] = DONE
        if session > measured:
            money[TRADED] += size * price
            money[COST] += size * reference * 1e-4 * cost + fee
        _note(log, counts, session, fund, sign * size, price, fee, cost)
    return size, by_volume


@inlined
def _within_volume(volume: float, ordered: float, max_participation: float) -> float:
    """Shares of the bar that an order may take: whole ones, unless a fraction was ordered."""
    limit = max_participation * volume if volume > 0.0 else 0.0
    return min(ordered, math.floor(limit) if ordered == math.floor(ordered) else limit)


@inlined
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


@inlined
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


@inlined
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
