"""The sweep's kernel: one account through all sessions, as the Backtrader strategy trades it."""

from __future__ import annotations

import numpy as np

from models.compiled import compiled
from models.kernel_account import (
    CHILDREN,
    WORKS,
    Account,
    mark,
    open_account,
)
from models.kernel_broker import match
from models.kernel_decision import decide
from models.kernel_inputs import GOOD, Bars, Core, Costs, Log, Rules, Signals, Targets
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
    log: Log,
) -> int:
    """Run one configuration; see strategies.rebalancing for what happens when.

    Args:
        account: of models.kernel_account.new_account; holds the end of the run afterwards.
        bars, costs, rules, core: see models.kernel_inputs.
        signals: what decisions know; not read where `targets` are given.
        targets: [D] decisions made elsewhere; without a row, they are made here.
        values: [T - measured] takes the value at each measured close.
        log: takes the executions, as far as it has room.

    Returns:
        GOOD, or what voids the account; see models.kernel_inputs.
    """
    open_account(account, rules.cash)
    sessions = bars.close.shape[1]
    weights, once = np.zeros(len(account.shares)), np.ones(1)
    building, decision, marked = False, -1, 0
    for session in range(sessions):
        decided = bars.decision[session] >= 0
        if account.counts[CHILDREN] > 0:
            mark(account, bars, marked, session, values)
            marked = session
            told = match(account, bars, costs, session, decision, building, log)
            if told != GOOD:
                return told
            end_session(account)
        elif not (decided or account.counts[WORKS] > 0 or building):
            continue
        told = GOOD
        if decided:
            building = decision < 0
            decision = bars.decision[session]
            if len(targets.weights):
                weights[:] = targets.weights[decision]
                parts = _planned(targets.parts[decision])
            else:
                parts = decide(account, bars, costs, rules, core, signals, session, weights)
            parts = once if building else parts
            told = open_orders(account, bars, costs, rules, session, weights, parts, building)
        elif building and account.counts[WORKS] == 0:
            building = False
            told = open_orders(account, bars, costs, rules, session, weights, once, False)
        if told != GOOD:
            return told
        send_children(account, rules.carry)
    mark(account, bars, marked, sessions, values)
    return GOOD


@compiled
def _planned(row: np.ndarray) -> np.ndarray:
    """Parts [S] of a row that zeros fill up."""
    last = 0
    for place in range(len(row)):
        if row[place] > 0.0:
            last = place + 1
    return row[:last]
