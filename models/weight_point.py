"""A point of the interior-point method: slacks, prices and how far it is from an optimum.

Every inequality has a slack and a price, both positive: first the n lower bounds of the trades,
then the n upper ones, the turnover cap and the tracking-error cap. Their products sum to the gap.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.compiled import compiled
from models.weight_problem import BOTTOM, IMPACT, RATE, SIGN, START, TOP, Problem

# Rows of `Point.pairs` [7 x 2n + 2]: the pairs, their steps, what a step should add to products,
# and the reciprocals (of prices that are not there, zero).
SLACK, PRICE, SLACK_STEP, PRICE_STEP, AIM, PER_SLACK, PER_PRICE = range(7)
# Rows of `Point.trades` [4 x n]: trade, reciprocal curvature, stationarity residual, and its push.
TRADE, LOOSE, RESIDUAL, PUSH = range(4)
# Rows of `Point.nets` [3 x K]: net trade, its step (then scratch), covariance times active weights.
NET, NET_STEP, RISK = range(3)
# `Point.numbers`: price of the sum and its step; active variance; what the sum, the turnover row
# and the tracking-error row miss; the gap; and how much better, at most, a feasible point is.
SUM_PRICE, SUM_STEP, VARIANCE, OFF_SUM, OFF_TURNOVER, OFF_RISK, GAP, SHORT = range(8)

# Scaled utility per inequality at the start. Of 0.001 ... 0.05 this takes the fewest steps.
_START_PRODUCT = 0.002
_LEAST_START_SLACK = 0.3
# A bound's price may take up residuals while its product is at least this share of the average and
# at most its inverse.
_OFF_CENTRE = 0.2


class Point(NamedTuple):
    """Where the method stands, with its scratch; rows are named above.

    Attributes:
        pairs, trades, nets, numbers: see the rows.
        matrix: [K x K] of the Newton system, then its factor.
        border: [3 x K] rows of the sum, the turnover cap and the tracking-error cap.
        core: [5 x 3] factor of the border's complement, then its diagonal and right side.
    """

    pairs: np.ndarray
    trades: np.ndarray
    nets: np.ndarray
    numbers: np.ndarray
    matrix: np.ndarray
    border: np.ndarray
    core: np.ndarray


@compiled
def first_point(problem: Problem) -> Point:
    """The point of `Problem.trades[START]` with equal products of slacks and prices."""
    sectors, count = len(problem.pull), len(problem.sector)
    point = Point(
        np.zeros((7, 2 * count + 2)), np.zeros((4, count)), np.zeros((3, sectors)), np.zeros(8),
        np.empty((sectors, sectors)), np.empty((3, sectors)), np.empty((5, 3)),
    )  # fmt: skip
    slack = point.pairs[SLACK]
    given = problem.trades
    traded = 0.0
    for j in range(count):
        slack[j] = given[START, j] - given[BOTTOM, j]
        slack[count + j] = given[TOP, j] - given[START, j]
        traded += given[START, j]
    slack[2 * count] = problem.room - traded if problem.room < np.inf else 1.0
    slack[2 * count + 1] = 1.0
    measure(problem, point)
    if problem.cap < np.inf:
        room = 0.5 * (1.0 - point.numbers[VARIANCE] / problem.cap)
        slack[2 * count + 1] = max(room, _LEAST_START_SLACK)
        point.numbers[OFF_RISK] = room - slack[2 * count + 1]
    for j in range(2 * count + 2):
        point.pairs[PRICE, j] = _START_PRODUCT / slack[j]
    if problem.room == np.inf:
        point.pairs[PRICE, 2 * count] = 0.0
    if problem.cap == np.inf:
        point.pairs[PRICE, 2 * count + 1] = 0.0
    return point


@compiled
def measure(problem: Problem, point: Point) -> None:
    """Net trades, risk and what the three rows miss, from the slacks of the lower bounds."""
    trades, nets, numbers, slack = point.trades, point.nets, point.numbers, point.pairs[SLACK]
    count = len(problem.sector)
    nets[NET] = 0.0
    traded = 0.0
    for j in range(count):
        # Not from the upper slack: a trade near zero is as exact as its slack.
        trades[TRADE, j] = problem.trades[BOTTOM, j] + slack[j]
        nets[NET, problem.sector[j]] += problem.trades[SIGN, j] * trades[TRADE, j]
        traded += trades[TRADE, j]
    variance, off = problem.variance, problem.total
    for k in range(len(problem.pull)):
        risk = problem.pull[k]
        for i in range(len(problem.pull)):
            risk += problem.covariance[k, i] * nets[NET, i]
        nets[RISK, k] = risk
        variance += (problem.pull[k] + risk) * nets[NET, k]
        off -= nets[NET, k]
    numbers[VARIANCE], numbers[OFF_SUM] = variance, off
    if problem.room < np.inf:
        numbers[OFF_TURNOVER] = problem.room - traded - slack[2 * count]
    if problem.cap < np.inf:
        numbers[OFF_RISK] = 0.5 * (1.0 - variance / problem.cap) - slack[2 * count + 1]


@compiled
def price_slopes(problem: Problem, point: Point) -> None:
    """Stationarity residuals, curvatures and the gap of a measured point.

    residual = +-(aversion S a - gain + nu + theta S a / cap) + rate + 1.5 impact sqrt(x) + tau
    - price of the lower bound + price of the upper one. Newton's step misses the root's bend by as
    much as the root of a vanishing trade; the price of the bound it vanishes at takes that up.
    """
    trades, given, numbers, price = point.trades, problem.trades, point.numbers, point.pairs[PRICE]
    slack, per_slack = point.pairs[SLACK], point.pairs[PER_SLACK]
    count = len(problem.sector)
    aversion = problem.aversion + price[2 * count + 1] / problem.cap
    product = 0.0
    for j in range(2 * count + 2):
        product += slack[j] * price[j]
        per_slack[j] = 1.0 / slack[j]
    product /= 2.0 * count + 2.0
    last = 2 * count
    short = slack[last] * price[last] + slack[last + 1] * price[last + 1]
    for j in range(count):
        k = problem.sector[j]
        slope = aversion * point.nets[RISK, k] - problem.gain[k] + numbers[SUM_PRICE]
        root = np.sqrt(trades[TRADE, j])
        residual = given[SIGN, j] * slope + given[RATE, j] + 1.5 * given[IMPACT, j] * root
        residual += price[2 * count] - price[j] + price[count + j]
        if slack[j] < slack[count + j]:
            residual -= _taken_up(price, j, residual, product * per_slack[j])
        else:
            residual += _taken_up(price, count + j, -residual, product * per_slack[count + j])
        # What the trade could still gain at this slope, down to one bound or up to the other.
        slope = residual + price[j] - price[count + j]
        short += slope * slack[j] if slope > 0.0 else -slope * slack[count + j]
        curvature = price[j] * per_slack[j] + price[count + j] * per_slack[count + j]
        trades[RESIDUAL, j] = residual
        # One division instead of two: the root's curvature is 0.75 impact / root.
        trades[LOOSE, j] = root / (curvature * root + 0.75 * given[IMPACT, j])
    gap = 0.0
    for j in range(2 * count + 2):
        gap += slack[j] * price[j]
        point.pairs[PER_PRICE, j] = 1.0 / price[j] if price[j] > 0.0 else 0.0
    numbers[SHORT], numbers[GAP] = short, gap


@compiled
def _taken_up(price: np.ndarray, j: int, residual: float, central: float) -> float:
    """What the price of bound j, `central` on the central path, takes up of a residual."""
    before = price[j]
    least, most = min(before, central * _OFF_CENTRE), max(before, central / _OFF_CENTRE)
    price[j] = min(max(before + residual, least), most)
    return float(price[j] - before)
