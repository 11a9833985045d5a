"""The kernel's decision: the steps of models.decision that depend on what is held."""

from __future__ import annotations

import numpy as np

from models.compiled import compiled
from models.kernel_account import CASH, HALF_SPREAD, SHARES, Account, broker_value
from models.kernel_inputs import CLOSE, DOLLAR_ADV, VOLATILITY, Bars, Core, Costs, Rules, Signals
from models.rebalance_terms import must_move, rebalance_terms, session_cost
from models.transition_choice import SESSIONS_PER_YEAR, choose_parts
from models.weight_programme import effective_cap
from models.weight_search import optimise


@compiled
def decide(
    account: Account,
    bars: Bars,
    costs: Costs,
    rules: Rules,
    core: Core,
    signals: Signals,
    session: int,
    weights: np.ndarray,
) -> np.ndarray:
    """Decide at a session's close; the same steps in the same order as models.decision.decide.

    `weights` [A] takes the targets; funds that are no sectors, or not held yet, get zero. The rest
    is said in models.kernel_inputs.

    Returns:
        [S] parts of the transition; none holds.
    """
    place = bars.decision[session]
    size = signals.holdable[place]
    funds, lines = account.funds, bars.lines
    first = funds.shape[1] - signals.sectors.shape[1]
    value = broker_value(funds, lines, bars.order, account.money[CASH], session)
    invested = value * (1.0 - rules.cash_buffer)
    held, adv, volatility = np.empty(size), np.empty(size), np.empty(size)
    expected, half_spreads = np.empty(size), np.empty(size)
    viewed = np.empty(size, np.bool_)
    per_year = SESSIONS_PER_YEAR / core.horizon
    for index in range(size):
        sector = signals.sectors[place, index]
        fund = first + sector
        held[index] = funds[SHARES, fund] * lines[session, CLOSE, fund] / invested
        adv[index] = lines[session, DOLLAR_ADV, fund]
        volatility[index] = lines[session, VOLATILITY, fund]
        half_spreads[index] = funds[HALF_SPREAD, fund]
        expected[index] = signals.expected[place, sector] * per_year
        viewed[index] = signals.viewed[place, sector]
    evidence = signals.evidence[place]
    benchmark = signals.benchmark[place, :size].copy()
    covariance = (signals.covariance[place, : size * size] * SESSIONS_PER_YEAR).reshape(size, size)
    terms = rebalance_terms(
        held, value, benchmark, viewed, evidence, adv, volatility, half_spreads,
        costs.commission_bps, costs.coefficient, costs.max_participation, core.max_active_weight,
        core.max_sessions,
    )  # fmt: skip
    cap = effective_cap(core.tracking_error_cap, evidence, core.idle_tracking_error)
    target = np.empty(size)
    optimise(
        expected, covariance, benchmark, terms.current, core.risk_aversion, per_year, terms.linear,
        terms.impact, np.zeros(size), terms.lower, terms.upper, terms.trade_limit, cap,
        core.max_turnover, evidence, target,
    )  # fmt: skip
    parts, _ = choose_parts(
        terms.current, target, benchmark, evidence * expected, covariance, core.risk_aversion,
        terms.linear, terms.impact, costs.memory, costs.permanent_share,
        session_cost(
            target, terms.current, value, core.session_dollars, costs.commission_minimum
        ),
        terms.trade_limit / core.max_sessions, signals.half_life[place], core.horizon,
        must_move(terms.current, terms.lower, terms.upper, benchmark, covariance, cap),
        core.max_sessions, core.fixed_sessions,
    )  # fmt: skip
    weights[:] = 0.0
    for index in range(size):
        sector = signals.sectors[place, index]
        weights[first + sector] = target[index] if len(parts) else terms.current[index]
    return parts
