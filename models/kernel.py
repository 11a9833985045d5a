"""The sweep's kernel: one account through all sessions, as the Backtrader strategy trades it."""

from __future__ import annotations

import numpy as np

from models.compiled import compiled
from models.kernel_account import CHILDREN, WORKS, Account, mark
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
    counts, decisions, given = account.counts, bars.decision, targets.weights
    weights, once = np.zeros(account.funds.shape[1]), np.ones(1)
    building, decision, marked = False, -1, 0
    for session in range(len(decisions)):
        decided = decisions[session] >= 0
        if counts[CHILDREN] > 0:
            mark(account, bars, marked, session, values)
            marked = session
            told = match(account, bars, costs, session, decision, building)
            if told != GOOD:
                return told
            end_session(account)
        elif not (decided or building or counts[WORKS] > 0):
            continue
        told = GOOD
        if decided:
            building, decision = decision < 0, decisions[session]
            if len(given):
                weights[:] = given[decision]
                parts = _planned(targets.parts[decision])
            else:
                parts = decide(account, bars, costs, rules, core, signals, session, weights)
            parts = once if building else parts
            told = open_orders(account, bars, costs, rules, session, weights, parts, building)
        elif building and counts[WORKS] == 0:
            building = False
            told = open_orders(account, bars, costs, rules, session, weights, once, False)
        if told != GOOD:
            return told
        if counts[WORKS] > 0:
            send_children(account, bars, costs, session, rules.carry)
    mark(account, bars, marked, len(decisions), values)
    return GOOD


@compiled
def _planned(row: np.ndarray) -> np.ndarray:
    """Parts [S] of a row that zeros fill up."""
    last = 0
    for place in range(len(row)):
        if row[place] > 0.0:
            last = place + 1
    return row[:last]
