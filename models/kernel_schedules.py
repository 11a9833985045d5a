"""The kernel's schedules: an order's children by session, and what they are expected to cost."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled, inlined
from models.expected_cost import planned_cost_bps
from models.kernel_account import LONGEST
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
from models.schedule_paths import session_children, slots_needed


@inlined
def expected_by_plan(
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
def expected_by_algorithm(
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
def fill_schedule(
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


@inlined
def lot_of(rules: Rules, shares: float) -> float:
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
        costs.coefficient, costs.permanent_share, rules.risk_aversion, lot_of(rules, shares),
    )  # fmt: skip
    return children, GOOD


@inlined
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
