"""The kernel's desk: from target weights to parent orders, and each session's children."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled
from models.kernel_account import (
    CANCELLED,
    CASH,
    CHILDREN,
    LONGEST,
    ORDERS,
    WORKING,
    WORKS,
    Account,
)
from models.kernel_inputs import GOOD, LONG_SCHEDULE, NO_VOLUME, Bars, Costs, Rules
from models.orders import account_value, wanted_shares
from models.schedule_paths import PLAN, session_children, slots_needed
from models.splitting import in_proportion
from models.working_order import planned_cost_bps


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
    prices, covariance = bars.close[:, session].copy(), bars.covariance[session]
    cash = account.money[CASH]
    wanted = wanted_shares(
        account.shares, prices, weights, cash, rules.restricted, rules.cash_buffer,
        rules.min_trade, rules.lot, covariance, 0.0,
    )  # fmt: skip
    expected = 0.0
    for fund in range(len(wanted)):
        price = prices[fund] if math.isfinite(prices[fund]) else 0.0
        dollars = abs(wanted[fund] - account.shares[fund]) * price
        if dollars > 0.0:
            slices, told = _estimated(bars, costs, rules, session, fund, dollars, parts, building)
            if told != GOOD:
                return told
            expected += 1e-4 * _expected_bps(bars, costs, session, fund, dollars, slices) * dollars
    if expected > rules.cash_buffer * account_value(account.shares, prices, cash):
        wanted = wanted_shares(
            account.shares, prices, weights, cash, rules.restricted, rules.cash_buffer,
            rules.min_trade, rules.lot, covariance, expected,
        )  # fmt: skip
    for sign in (-1.0, 1.0):
        for fund in range(len(wanted)):
            shares = sign * (wanted[fund] - account.shares[fund])
            if shares > 0.0:
                told = _add(account, bars, costs, rules, session, fund, sign, shares, parts, building)
                if told != GOOD:
                    return told
    return GOOD


@compiled
def send_children(account: Account, carry: bool) -> None:
    """What is due for the next session of every parent order, as WorkingOrder.next_child says."""
    for work in range(account.counts[WORKS]):
        last = account.slots[work] - 1
        account.child[work] = 0.0
        if account.sent[work] > last and not carry:
            account.status[work] = CANCELLED
            continue
        place = min(account.sent[work], last)
        before = account.filled[work]
        if not carry:
            before = account.schedule[work, place - 1] if place else 0.0
        account.sent[work] += 1
        due = max(account.schedule[work, place] - before, 0.0)
        if account.sign[work] < 0.0:
            due = min(due, account.shares[account.fund[work]])
        if due > 0.0:
            account.child[work] = due
            account.counts[CHILDREN] += 1
            account.counts[ORDERS] += 1


@compiled
def end_session(account: Account) -> None:
    """Forget the parent orders that have ended."""
    kept = 0
    for work in range(account.counts[WORKS]):
        if account.status[work] != WORKING:
            continue
        if kept != work:
            account.fund[kept], account.sign[kept] = account.fund[work], account.sign[work]
            account.wanted[kept], account.filled[kept] = account.wanted[work], account.filled[work]
            account.sent[kept], account.status[kept] = account.sent[work], account.status[work]
            account.slots[kept] = account.slots[work]
            slots = account.slots[work]
            account.schedule[kept, :slots] = account.schedule[work, :slots]
        kept += 1
    account.counts[WORKS] = kept


@compiled
def _add(
    account: Account,
    bars: Bars,
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
    if building:
        children, told = np.full(1, shares), GOOD
    else:
        children, told = _children(bars, costs, rules, session, fund, shares, parts)
    if told != GOOD:
        return told
    if len(children) > LONGEST:
        return LONG_SCHEDULE
    work = account.counts[WORKS]
    account.counts[WORKS] = work + 1
    account.fund[work], account.sign[work], account.wanted[work] = fund, sign, shares
    account.filled[work], account.sent[work], account.status[work] = 0.0, 0, WORKING
    account.child[work], account.slots[work] = 0.0, len(children)
    done = 0.0
    for slot in range(len(children)):
        done += children[slot]
        account.schedule[work, slot] = done
    return GOOD


@compiled
def _children(
    bars: Bars,
    costs: Costs,
    rules: Rules,
    session: int,
    fund: int,
    shares: float,
    parts: np.ndarray,
) -> tuple[np.ndarray, int]:
    """[S] shares by session of an order, as Rebalancing.children gives them."""
    lot = rules.lot
    # The estimate of costs may ask about a fraction of a lot.
    if lot > 0.0 and shares / lot != math.floor(shares / lot):
        lot = 0.0
    if rules.algorithm == PLAN:
        return in_proportion(shares, parts, lot), GOOD
    price = bars.close[fund, session]
    volume = bars.dollar_adv[fund, session] / price
    if not volume > 0.0:
        return np.empty(0), NO_VOLUME
    rate = rules.participation_rate
    slots = slots_needed(rules.algorithm, rules.sessions, shares, rate, volume)
    if slots > LONGEST:
        return np.empty(0), LONG_SCHEDULE
    children = session_children(
        rules.algorithm, shares, slots, volume, price, bars.volatility[fund, session], rate,
        costs.coefficient, costs.permanent_share, rules.risk_aversion, lot,
    )  # fmt: skip
    return children, GOOD


@compiled
def _estimated(
    bars: Bars,
    costs: Costs,
    rules: Rules,
    session: int,
    fund: int,
    dollars: float,
    parts: np.ndarray,
    building: bool,
) -> tuple[np.ndarray, int]:
    """Children of an order of so many dollars, for the estimate of its cost."""
    shares = dollars / bars.close[fund, session]
    # The plan's parts cost the same whether rounded to lots or not.
    if building or rules.algorithm == PLAN:
        return shares * parts, GOOD
    return _children(bars, costs, rules, session, fund, shares, parts)


@compiled
def _expected_bps(
    bars: Bars, costs: Costs, session: int, fund: int, dollars: float, children: np.ndarray
) -> float:
    """What trading is expected to cost, basis points, as Rebalancing.expected_cost_bps says."""
    adv, volatility = bars.dollar_adv[fund, session], bars.volatility[fund, session]
    return planned_cost_bps(
        children, costs.max_participation * adv / bars.close[fund, session], dollars, adv,
        volatility, costs.half_spread[fund], costs.coefficient, costs.memory,
        costs.permanent_share, costs.commission_bps, costs.commission_minimum,
    )  # fmt: skip
