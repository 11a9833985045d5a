"""The sweep's kernel: one account through all sessions, as the Backtrader strategy trades it."""

from __future__ import annotations

import numpy as np

from models.compiled import compiled, compiled_in_place
from models.kernel_account import CASH, CHILDREN, WORKS, Account, mark
from models.kernel_broker import match
from models.kernel_decision import decide
from models.kernel_inputs import GOOD, Bars, Core, Costs, Rules, Signals, Targets
from models.kernel_orders import end_session, open_orders, send_children


@compiled
def run_account(
    account: Account,
    bars: Bars,
    costs: Costs,
    rules: Rules,
    core: Core,
    signals: Signals,
    targets: Targets,
    values: np.ndarray,
) -> int:
    """Run one configuration; see strategies.rebalancing for what happens when.

    Args:
        account: opened; holds the end of the run afterwards.
        bars, costs, rules, core: see models.kernel_inputs.
        signals: what decisions know; not read where `targets` are given.
        targets: [D] decisions made elsewhere; without a row, they are made here.
        values: [T - measured] takes the value at each measured close.

    Returns:
        GOOD, or what voids the account; see models.kernel_inputs.
    """
    funds, works, schedule = account.funds, account.works, account.schedule
    money, counts, log = account.money, account.counts, account.log
    lines, closes, covariance = bars.lines, bars.closes, bars.covariance
    decisions, measured = bars.decision, bars.measured
    given, planned = targets.weights, targets.parts
    weights, once = np.zeros(funds.shape[1]), np.ones(1)
    building, decision, marked = False, -1, 0
    for session in range(len(decisions)):
        decided = decisions[session] >= 0
        if counts[CHILDREN] > 0:
            mark(funds, closes, money[CASH], measured, marked, session, values)
            marked = session
            told = match(
                funds, works, money, counts, log, account.fading, lines, measured, costs, session,
                decision, building,
            )  # fmt: skip
            if told != GOOD:
                return told
            end_session(works, schedule, counts)
        elif not (decided or building or counts[WORKS] > 0):
            continue
        # The rest in cash is invested at the open after the building is done.
        topping_up = building and not decided and counts[WORKS] == 0
        if decided or topping_up:
            parts, building = once, decided and decision < 0
            if decided:
                decision = decisions[session]
                if len(given):
                    weights[:] = given[decision]
                    parts = planned[decision, : _length(planned, decision)]
                else:
                    parts = decide(account, bars, costs, rules, core, signals, session, weights)
                if building:
                    parts = once
            told = open_orders(
                funds, works, schedule, counts, money[CASH], lines, covariance[session], costs,
                rules, session, weights, parts, building,
            )  # fmt: skip
            if told != GOOD:
                return told
        if counts[WORKS] > 0:
            send_children(funds, works, schedule, counts, lines, costs, session, rules.carry)
    mark(funds, closes, money[CASH], measured, marked, len(decisions), values)
    return GOOD


@compiled_in_place
def _length(planned: np.ndarray, decision: int) -> int:
    """Sessions of a row of parts that zeros fill up."""
    length = 0
    for place in range(planned.shape[1]):
        if planned[decision, place] > 0.0:
            length = place + 1
    return length
