"""The kernel's desk: from target weights to parent orders, and each session's children."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled
from models.costs import planned_cost_bps
from models.kernel_account import (
    CANCELLED,
    CASH,
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
    RESTRICTED,
    SENT,
    SHARES,
    SIGN,
    SLOTS,
    STATUS,
    WANTED,
    WORKING,
    WORKS,
    Account,
)
from models.kernel_broker import commission_of
from models.kernel_inputs import (
    CLOSE,
    DOLLAR_ADV,
    GOOD,
    LONG_SCHEDULE,
    NO_VOLUME,
    VOLATILITY,
    Bars,
    Costs,
    Rules,
)
from models.orders import account_value, wanted_shares
from models.schedule_paths import PLAN, session_children, slots_needed
from models.splitting import path_in_proportion


@compiled
def open_orders(
    account: Account,
    bars: Bars,
    costs: Costs,
    rules: Rules,
    session: int,
    weights: np.ndarray,
    parts: np.ndarray,
    building: bool,
) -> int:
    """End what is at work and make the parent orders of a decision, sells first.

    Args:
        account: what is held.
        bars, costs, rules: see models.kernel_inputs.
        session: number of the close at which the decision falls.
        weights: [A] targets.
        parts: [S] shares of the move by session; none ends the orders and makes no new ones.
        building: the portfolio is being built: everything at once, whatever the algorithm.

    Returns:
        GOOD, or what voids the account: NO_VOLUME, LONG_SCHEDULE.
    """
    account.counts[WORKS] = 0
    if len(parts) == 0:
        return GOOD
    funds, lines, cash = account.funds, bars.lines, account.money[CASH]
    shares, wanted, known, kept = funds[SHARES], funds[WANTED], funds[KNOWN], funds[KEPT]
    prices, covariance = lines[CLOSE, :, session].copy(), bars.covariance[session]
    planned = building or rules.algorithm == PLAN
    expected = 0.0
    for again in range(2):
        wanted_shares(
            shares, prices, weights, cash, funds[RESTRICTED], rules.cash_buffer, rules.min_trade,
            rules.lot, covariance, expected, wanted, known, kept,
        )  # fmt: skip
        if again:
            break
        for fund in range(len(wanted)):
            dollars = abs(wanted[fund] - shares[fund]) * known[fund]
            if dollars > 0.0 and math.isfinite(prices[fund]):
                slices, scale = parts, dollars / prices[fund]
                if not planned:
                    slices, told = _children(lines, costs, rules, session, fund, scale)
                    scale = 1.0
                    if told != GOOD:
                        return told
                cost = _expected_bps(
                    lines, costs, session, fund, dollars, slices, scale, funds[HALF_SPREAD, fund]
                )
                expected += 1e-4 * cost * dollars
        if not expected > rules.cash_buffer * account_value(shares, prices, cash):
            break
    for sign in (-1.0, 1.0):
        for fund in range(len(wanted)):
            ordered = sign * (wanted[fund] - shares[fund])
            if ordered > 0.0:
                told = _add(account, lines, costs, rules, session, fund, sign, ordered, parts, building)
                if told != GOOD:
                    return told
    return GOOD


@compiled
def send_children(
    account: Account, bars: Bars, costs: Costs, session: int, carry: bool
) -> None:
    """What is due for the next session of every parent order, as WorkingOrder.next_child says.

    `session` is the number of the close; see strategies.rebalancing for sells that are not worth
    their commission.
    """
    funds, works, schedule, counts = account.funds, account.works, account.schedule, account.counts
    lines = bars.lines
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
            price = lines[CLOSE, fund, session]
            if not due * price > commission_of(costs, due, price):
                due = 0.0
        if due > 0.0:
            works[CHILD, work] = due
            counts[CHILDREN] += 1
            counts[ORDERS] += 1


@compiled
def end_session(account: Account) -> None:
    """Forget the parent orders that have ended."""
    works, schedule, count = account.works, account.schedule, account.counts[WORKS]
    kept = 0
    for work in range(count):
        if works[STATUS, work] != WORKING:
            continue
        if kept != work:
            for row in range(len(works)):
                works[row, kept] = works[row, work]
            for slot in range(int(works[SLOTS, work])):
                schedule[kept, slot] = schedule[work, slot]
        kept += 1
    account.counts[WORKS] = kept


@compiled
def _add(
    account: Account,
    lines: np.ndarray,
    costs: Costs,
    rules: Rules,
    session: int,
    fund: int,
    sign: float,
    shares: float,
    parts: np.ndarray,
    building: bool,
) -> int:
    """One more parent order with its schedule."""
    works, work = account.works, account.counts[WORKS]
    path = account.schedule[work]
    if building:
        slots = 1
        path[0] = shares
    elif rules.algorithm == PLAN:
        slots = len(parts)
        if slots > LONGEST:
            return LONG_SCHEDULE
        path_in_proportion(shares, parts, _lot(rules, shares), path)
    else:
        children, told = _children(lines, costs, rules, session, fund, shares)
        if told != GOOD:
            return told
        slots, done = len(children), 0.0
        for slot in range(slots):
            done += children[slot]
            path[slot] = done
    works[FUND, work], works[SIGN, work], works[ORDERED, work] = fund, sign, shares
    works[FILLED, work], works[SENT, work], works[STATUS, work] = 0.0, 0.0, WORKING
    works[CHILD, work], works[SLOTS, work] = 0.0, slots
    account.counts[WORKS] = work + 1
    return GOOD


@compiled
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
    price = lines[CLOSE, fund, session]
    volume = lines[DOLLAR_ADV, fund, session] / price
    if not volume > 0.0:
        return np.empty(0), NO_VOLUME
    rate = rules.participation_rate
    slots = slots_needed(rules.algorithm, rules.sessions, shares, rate, volume)
    if slots > LONGEST:
        return np.empty(0), LONG_SCHEDULE
    children = session_children(
        rules.algorithm, shares, slots, volume, price, lines[VOLATILITY, fund, session], rate,
        costs.coefficient, costs.permanent_share, rules.risk_aversion, _lot(rules, shares),
    )  # fmt: skip
    return children, GOOD


@compiled
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
    adv, volatility = lines[DOLLAR_ADV, fund, session], lines[VOLATILITY, fund, session]
    limit = costs.max_participation * adv / lines[CLOSE, fund, session]
    return planned_cost_bps(
        parts, scale, limit, dollars, adv, volatility, half_spread, costs.coefficient,
        costs.memory, costs.permanent_share, costs.commission_bps, costs.commission_minimum,
    )  # fmt: skip
