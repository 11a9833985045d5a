"""The kernel's desk: from target weights to parent orders, and each session's children."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled, compiled_in_place
from models.costs import planned_cost_bps
from models.kernel_account import (
    CANCELLED,
    CHILD,
    CHILDREN,
    FILLED,
    FUND,
    HALF_SPREAD,
    KEPT,
    KNOWN,
    LONGEST,
    ORDERED,
    ORDERS,
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
from models.kernel_broker import commission_of
from models.kernel_inputs import (
    CLOSE,
    DOLLAR_ADV,
    GOOD,
    LONG_SCHEDULE,
    NO_VOLUME,
    VOLATILITY,
    Costs,
    Rules,
)
from models.orders import account_value, wanted_shares
from models.schedule_paths import PLAN, session_children, slots_needed
from models.splitting import path_in_proportion


@compiled_in_place
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
    """End what is at work and make the parent orders of a decision, sells first.

    Args:
        funds, works, schedule, counts: see models.kernel_account.
        cash: dollars.
        lines, costs, rules: see models.kernel_inputs.
        covariance: [A x A] of the funds' returns.
        session: number of the close at which the decision falls.
        weights: [A] targets.
        parts: [S] shares of the move by session; none ends the orders and makes no new ones.
        building: the portfolio is being built: everything at once, whatever the algorithm.

    Returns:
        GOOD, or what voids the account: NO_VOLUME, LONG_SCHEDULE.
    """
    counts[WORKS] = 0
    if len(parts) == 0:
        return GOOD
    shares, wanted, known, kept = funds[SHARES], funds[WANTED], funds[KNOWN], funds[KEPT]
    restricted, half_spread = funds[RESTRICTED], funds[HALF_SPREAD]
    prices = funds[PRICE]
    for fund in range(len(prices)):
        prices[fund] = lines[session, CLOSE, fund]
    planned = building or rules.algorithm == PLAN
    wanted_shares(
        shares, prices, weights, cash, restricted, rules.cash_buffer, rules.min_trade, rules.lot,
        covariance, 0.0, wanted, known, kept,
    )  # fmt: skip
    if planned:
        expected = _expected_by_plan(shares, wanted, prices, half_spread, lines, costs, session, parts)
    else:
        expected, told = _expected_by_algorithm(
            shares, wanted, prices, half_spread, lines, costs, rules, session
        )
        if told != GOOD:
            return told
    if expected > rules.cash_buffer * account_value(shares, prices, cash):
        wanted_shares(
            shares, prices, weights, cash, restricted, rules.cash_buffer, rules.min_trade,
            rules.lot, covariance, expected, wanted, known, kept,
        )  # fmt: skip
    if planned and not building and len(parts) > LONGEST:
        return LONG_SCHEDULE
    for sign in (-1.0, 1.0):
        for fund in range(len(wanted)):
            ordered = sign * (wanted[fund] - shares[fund])
            if not ordered > 0.0:
                continue
            work = counts[WORKS]
            if building:
                slots = 1
                schedule[work, 0] = ordered
            elif planned:
                slots = len(parts)
                path_in_proportion(ordered, parts, _lot(rules, ordered), schedule, work)
            else:
                slots = _schedule(schedule, work, lines, costs, rules, session, fund, ordered)
                if slots < 0:
                    return -slots
            works[FUND, work], works[SIGN, work], works[ORDERED, work] = fund, sign, ordered
            works[FILLED, work], works[SENT, work], works[STATUS, work] = 0.0, 0.0, WORKING
            works[CHILD, work], works[SLOTS, work] = 0.0, slots
            counts[WORKS] = work + 1
    return GOOD


@compiled_in_place
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


@compiled_in_place
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


@compiled_in_place
def _expected_by_plan(
    shares: np.ndarray,
    wanted: np.ndarray,
    prices: np.ndarray,
    half_spread: np.ndarray,
    lines: np.ndarray,
    costs: Costs,
    session: int,
    parts: np.ndarray,
) -> float:
    """Dollars that trading in the plan's parts is expected to cost.

    The parts cost the same whether rounded to lots or not.
    """
    expected = 0.0
    for fund in range(len(wanted)):
        if math.isfinite(prices[fund]) and wanted[fund] != shares[fund]:
            dollars = abs(wanted[fund] - shares[fund]) * prices[fund]
            scale = dollars / prices[fund]
            cost = _expected_bps(
                lines, costs, session, fund, dollars, parts, scale, half_spread[fund]
            )
            expected += 1e-4 * cost * dollars
    return expected


@compiled
def _expected_by_algorithm(
    shares: np.ndarray,
    wanted: np.ndarray,
    prices: np.ndarray,
    half_spread: np.ndarray,
    lines: np.ndarray,
    costs: Costs,
    rules: Rules,
    session: int,
) -> tuple[float, int]:
    """Dollars that trading by the algorithm is expected to cost, and what voids the account."""
    expected = 0.0
    for fund in range(len(wanted)):
        if math.isfinite(prices[fund]) and wanted[fund] != shares[fund]:
            dollars = abs(wanted[fund] - shares[fund]) * prices[fund]
            scale = dollars / prices[fund]
            slices, told = _children(lines, costs, rules, session, fund, scale)
            if told != GOOD:
                return 0.0, told
            cost = _expected_bps(
                lines, costs, session, fund, dollars, slices, 1.0, half_spread[fund]
            )
            expected += 1e-4 * cost * dollars
    return expected, GOOD


@compiled
def _schedule(
    schedule: np.ndarray,
    work: int,
    lines: np.ndarray,
    costs: Costs,
    rules: Rules,
    session: int,
    fund: int,
    shares: float,
) -> int:
    """Fill the schedule of column `work`; its length, or the negative of what voids the account."""
    children, told = _children(lines, costs, rules, session, fund, shares)
    if told != GOOD:
        return -told
    done = 0.0
    for slot in range(len(children)):
        done += children[slot]
        schedule[work, slot] = done
    return len(children)


@compiled_in_place
def _lot(rules: Rules, shares: float) -> float:
    """The lot that an order is split by; the estimate of costs may ask about a fraction of one."""
    if rules.lot > 0.0 and shares / rules.lot != math.floor(shares / rules.lot):
        return 0.0
    return rules.lot


@compiled
def _children(
    lines: np.ndarray, costs: Costs, rules: Rules, session: int, fund: int, shares: float
) -> tuple[np.ndarray, int]:
    """[S] shares by session of an order, by any algorithm but PLAN."""
    price = lines[session, CLOSE, fund]
    volume = lines[session, DOLLAR_ADV, fund] / price
    if not volume > 0.0:
        return np.empty(0), NO_VOLUME
    rate = rules.participation_rate
    slots = slots_needed(rules.algorithm, rules.sessions, shares, rate, volume)
    if slots > LONGEST:
        return np.empty(0), LONG_SCHEDULE
    children = session_children(
        rules.algorithm, shares, slots, volume, price, lines[session, VOLATILITY, fund], rate,
        costs.coefficient, costs.permanent_share, rules.risk_aversion, _lot(rules, shares),
    )  # fmt: skip
    return children, GOOD


@compiled_in_place
def _expected_bps(
    lines: np.ndarray,
    costs: Costs,
    session: int,
    fund: int,
    dollars: float,
    parts: np.ndarray,
    scale: float,
    half_spread: float,
) -> float:
    """What trading is expected to cost, basis points, as Rebalancing.expected_cost_bps says."""
    adv, volatility = lines[session, DOLLAR_ADV, fund], lines[session, VOLATILITY, fund]
    limit = costs.max_participation * adv / lines[session, CLOSE, fund]
    return planned_cost_bps(
        parts, scale, limit, dollars, adv, volatility, half_spread, costs.coefficient,
        costs.memory, costs.permanent_share, costs.commission_bps, costs.commission_minimum,
    )  # fmt: skip
