"""Newton directions of the interior-point method, reduced from trades to sectors.

Of (W + D'HD) dx + D'(1 nu + g theta) + 1 tau = push the diagonal W is eliminated: with V the sum of
1/W over a sector's trades, A of sign/W and P of sign push/W, the net trades' step solves
(1/V + H) dd + 1 nu + g theta + (A/V) tau = P/V, bordered by the rows of sum, turnover and risk.
"""

from __future__ import annotations

import numpy as np

from models.compiled import compiled
from models.weight_cholesky import factor_bordered, solve_bordered
from models.weight_point import (
    AIM,
    LOOSE,
    NET_STEP,
    OFF_RISK,
    OFF_SUM,
    OFF_TURNOVER,
    PER_PRICE,
    PER_SLACK,
    PRICE,
    PRICE_STEP,
    PUSH,
    RESIDUAL,
    RISK,
    SLACK,
    SLACK_STEP,
    SUM_STEP,
    TRADE,
    Point,
)
from models.weight_problem import IMPACT, SIGN, Problem

# Products of slacks and prices are not pushed below this: further down only rounding is left.
_LEAST_PRODUCT = 1e-18


@compiled
def factor_system(problem: Problem, point: Point) -> float:
    """Build and factor the Newton system; returns what was added to every element of H.

    The sum of the step is given, so that adding a multiple of 1 1' changes nothing but makes the
    system definite where the covariance does not see a common trade.
    """
    matrix, border, core = point.matrix, point.border, point.core
    size, count = len(problem.pull), len(problem.sector)
    slack, price, loose = point.pairs[SLACK], point.pairs[PRICE], point.trades[LOOSE]
    aversion = problem.aversion + price[2 * count + 1] / problem.cap
    added = 0.0
    for k in range(size):
        added = max(added, aversion * problem.covariance[k, k])
    core[3, 0] = 0.0
    core[3, 1] = slack[2 * count] / price[2 * count] if problem.room < np.inf else np.inf
    core[3, 2] = slack[2 * count + 1] / price[2 * count + 1] if problem.cap < np.inf else np.inf
    for k in range(size):
        a = problem.first[k]
        room, lean = loose[a], problem.trades[SIGN, a] * loose[a]
        if problem.first[k + 1] - a == 2:
            room += loose[a + 1]
            lean -= loose[a + 1]
            core[3, 1] += 4.0 * loose[a] * loose[a + 1] / room
        for i in range(k + 1):
            matrix[k, i] = aversion * problem.covariance[k, i] + added
        matrix[k, k] += 1.0 / room
        border[0, k] = 1.0
        border[1, k] = lean / room
        border[2, k] = point.nets[RISK, k] / problem.cap
    factor_bordered(matrix, border, core)
    return added


@compiled
def aim_at_boundary(point: Point) -> None:
    """Aim every product of slack and price at zero: the predictor."""
    pairs = point.pairs
    for j in range(pairs.shape[1]):
        pairs[AIM, j] = -pairs[SLACK, j] * pairs[PRICE, j]


@compiled
def aim_at_centre(problem: Problem, point: Point, product: float, share: float) -> float:
    """Aim every product at `product`, less what the predictor's second order will add to it.

    Mehrotra (1992), doi:10.1137/0802028; here also the second order of the tracking error and of
    the impact. Each is taken by `share`, the part of the predictor that could be walked.

    Returns:
        What the tracking-error row adds to what it misses.
    """
    pairs, trades = point.pairs, point.trades
    size, count = len(problem.pull), len(problem.sector)
    product = max(product, _LEAST_PRODUCT)
    for j in range(pairs.shape[1]):
        bend = pairs[SLACK_STEP, j] * pairs[PRICE_STEP, j] * share
        pairs[AIM, j] = product - pairs[SLACK, j] * pairs[PRICE, j] - bend
    for j in range(count):
        if problem.trades[IMPACT, j] > 0.0:
            # The root's series ends where a trade vanishes or doubles.
            relative = min(max(pairs[SLACK_STEP, j] / trades[TRADE, j], -1.0), 1.0)
            bend = 0.1875 * problem.trades[IMPACT, j] * np.sqrt(trades[TRADE, j])
            trades[RESIDUAL, j] -= bend * relative * relative * share
    if problem.cap == np.inf:
        return 0.0
    bend = 0.0
    for k in range(size):
        row = 0.0
        for i in range(size):
            row += problem.covariance[k, i] * point.nets[NET_STEP, i]
        row /= problem.cap
        bend += row * point.nets[NET_STEP, k]
        for j in range(problem.first[k], problem.first[k + 1]):
            change = pairs[PRICE_STEP, 2 * count + 1] * row * share
            trades[RESIDUAL, j] += problem.trades[SIGN, j] * change
    return float(-0.5 * bend * share)


@compiled
def find_direction(problem: Problem, point: Point, added: float, extra_risk: float) -> None:
    """Steps of slacks, prices and the sum's price towards `AIM`, with the factored system."""
    pairs, trades, numbers = point.pairs, point.trades, point.numbers
    count = len(problem.sector)
    step, side, loose = point.nets[NET_STEP], point.core[4], trades[LOOSE]
    off_risk = numbers[OFF_RISK] + extra_risk
    side[:] = 0.0
    side[0] = numbers[OFF_SUM]
    if problem.room < np.inf:
        side[1] = numbers[OFF_TURNOVER] - pairs[AIM, 2 * count] * pairs[PER_PRICE, 2 * count]
    if problem.cap < np.inf:
        side[2] = off_risk - pairs[AIM, 2 * count + 1] * pairs[PER_PRICE, 2 * count + 1]
    for j in range(count):
        push = pairs[AIM, j] * pairs[PER_SLACK, j] - trades[RESIDUAL, j]
        trades[PUSH, j] = push - pairs[AIM, count + j] * pairs[PER_SLACK, count + j]
    for k in range(len(step)):
        a = problem.first[k]
        step[k] = problem.trades[SIGN, a] * trades[PUSH, a]
        if problem.first[k + 1] - a == 2:
            room = loose[a] + loose[a + 1]
            step[k] = (trades[PUSH, a] * loose[a] - trades[PUSH, a + 1] * loose[a + 1]) / room
            both = trades[PUSH, a] + trades[PUSH, a + 1]
            side[1] -= 2.0 * both * loose[a] * loose[a + 1] / room
        step[k] += added * numbers[OFF_SUM]
    solve_bordered(point.matrix, point.border, point.core, step)
    numbers[SUM_STEP] = side[0]
    traded = _split(problem, point, side[1])
    risk = 0.0
    for k in range(len(step)):
        risk += point.nets[RISK, k] * step[k]
    for j in range(2 * count):
        change = pairs[AIM, j] - pairs[PRICE, j] * pairs[SLACK_STEP, j]
        pairs[PRICE_STEP, j] = change * pairs[PER_SLACK, j]
    if problem.room < np.inf:
        pairs[PRICE_STEP, 2 * count] = side[1]
        pairs[SLACK_STEP, 2 * count] = numbers[OFF_TURNOVER] - traded
    if problem.cap < np.inf:
        pairs[PRICE_STEP, 2 * count + 1] = side[2]
        pairs[SLACK_STEP, 2 * count + 1] = off_risk - risk / problem.cap


@compiled
def _split(problem: Problem, point: Point, turnover_step: float) -> float:
    """Steps of the trades from those of the net trades; returns their sum."""
    count = len(problem.sector)
    slack_step, push, loose = point.pairs[SLACK_STEP], point.trades[PUSH], point.trades[LOOSE]
    traded = 0.0
    for k in range(len(problem.pull)):
        a = problem.first[k]
        net = point.nets[NET_STEP, k]
        slack_step[a] = problem.trades[SIGN, a] * net
        if problem.first[k + 1] - a == 2:
            # Half the sum of both stationarity rows; what the net step does to them cancels.
            both = loose[a] * loose[a + 1] * (push[a] + push[a + 1] - 2.0 * turnover_step)
            room = loose[a] + loose[a + 1]
            slack_step[a] = (both + loose[a] * net) / room
            slack_step[a + 1] = (both - loose[a + 1] * net) / room
            # The lesser of the two is exact, the other keeps the net step to the last digit.
            if abs(slack_step[a]) < abs(slack_step[a + 1]):
                slack_step[a + 1] = slack_step[a] - net
            else:
                slack_step[a] = slack_step[a + 1] + net
            traded += slack_step[a + 1]
            slack_step[count + a + 1] = -slack_step[a + 1]
        traded += slack_step[a]
        slack_step[count + a] = -slack_step[a]
    return traded
