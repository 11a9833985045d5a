"""The sweep's kernel: one account through all sessions, as the Backtrader strategy trades it."""

from __future__ import annotations

import numpy as np

from models.compiled import compiled, compiled_in_place
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
    money, counts, log, fading = account.money, account.counts, account.log, account.fading
    lines, closes, covariance = bars.lines, bars.closes, bars.covariance
    decisions, following, measured = bars.decision, bars.following, bars.measured
    given, planned = targets.weights, targets.parts
    weights, once = np.zeros(funds.shape[1]), np.ones(1)
    building, decision, marked = False, -1, 0
    session, sessions = 0, len(decisions)
    while session < sessions:
        decided = decisions[session] >= 0
        if counts[CHILDREN] > 0:
            mark(funds, closes, money[CASH], measured, marked, session, values)
            marked = session
            told = match(
                funds, works, money, counts, log, fading, lines, measured, costs, session,
                decision, building,
            )  # fmt: skip
            if told != GOOD:
                return told
            end_session(works, schedule, counts)
        # The rest in cash is invested at the open after the building is done.
        if decided or (building and counts[WORKS] == 0):
            parts, building = once, decided and decision < 0
            if decided:
                decision = decisions[session]
                if len(given):
                    parts = planned[decision, : _take(given, planned, decision, weights)]
                else:
                    parts = decide(account, bars, costs, rules, core, signals, session, weights)
            told = open_orders(
                funds, works, schedule, counts, money[CASH], lines, covariance[session], costs,
                rules, session, weights, once if building else parts, building,
            )  # fmt: skip
            if told != GOOD:
                return told
        if counts[WORKS] > 0:
            send_children(funds, works, schedule, counts, lines, costs, session, rules.carry)
        at_work = building or counts[CHILDREN] > 0 or counts[WORKS] > 0
        session = session + 1 if at_work else following[session]
    mark(funds, closes, money[CASH], measured, marked, sessions, values)
    return GOOD


@compiled_in_place
def _take(given: np.ndarray, planned: np.ndarray, decision: int, weights: np.ndarray) -> int:
    """Fill weights [A] with a decision made elsewhere; how many sessions its parts take."""
    length = 0
    for place in range(planned.shape[1]):
        if planned[decision, place] > 0.0:
            length = place + 1
    for fund in range(len(weights)):
        weights[fund] = given[decision, fund]
    return length
