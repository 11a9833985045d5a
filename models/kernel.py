"""The sweep's kernel: one account through all sessions, as the Backtrader strategy trades it."""

from __future__ import annotations

import numpy as np

from models.compiled import compiled
from models.kernel_account import CASH, CHILDREN, WORKS, Account, mark
from models.kernel_broker import match
from models.kernel_children import end_session, send_children
from models.kernel_decision import decide
from models.kernel_inputs import GOOD, Bars, Core, Costs, Rules, Signals, Targets
from models.kernel_orders import open_orders


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

    The account must be opened and holds the end of the run afterwards. Signals are not read where
    `targets` have a row a decision. `values` [T - measured] takes the value at each measured close.
    The rest is said in models.kernel_inputs.

    Returns:
        GOOD, or what voids the account; see models.kernel_inputs.
    """
    funds, works, schedule = account.funds, account.works, account.schedule
    money, counts, log = account.money, account.counts, account.log
    lines, closes, covariance = bars.lines, bars.closes, bars.covariance
    decisions, measured = bars.decision, bars.measured
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
        if decided or (building and counts[WORKS] == 0):
            building = decided and decision < 0
            parts = once
            if decided:
                decision = decisions[session]
                parts = _decided(
                    account, bars, costs, rules, core, signals, targets, session, weights
                )
                parts = once if building else parts
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


@compiled
def _decided(
    account: Account,
    bars: Bars,
    costs: Costs,
    rules: Rules,
    core: Core,
    signals: Signals,
    targets: Targets,
    session: int,
    weights: np.ndarray,
) -> np.ndarray:
    """Fill weights [A] with the targets of a decision, given or made here; its parts [S]."""
    if not len(targets.weights):
        return decide(account, bars, costs, rules, core, signals, session, weights)
    decision = bars.decision[session]
    length = 0
    for place in range(targets.parts.shape[1]):
        if targets.parts[decision, place] > 0.0:
            length = place + 1
    weights[:] = targets.weights[decision]
    return targets.parts[decision, :length]
