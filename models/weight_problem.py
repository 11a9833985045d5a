"""The programme in the solver's terms: buys and sells of the sectors that have a choice."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.compiled import compiled
from models.weight_limits import Asked
from models.weight_ranges import inner_trades

# Rows of `Problem.trades`.
SIGN, BOTTOM, TOP, RATE, IMPACT, START = range(6)


class Problem(NamedTuple):
    """minimise aversion/2 a'Sa - gain'd + sum rate x + sum impact x^1.5, over n trades x.

    K sectors have a choice; d = Dx are their net trades, D of signs; a = a0 + d. Money is in units
    of the largest marginal utility, so that tolerances mean the same at any scale.

    Attributes:
        covariance: [K x K] S of the K sectors.
        pull: [K] S a0, with what is fixed of the other sectors in it.
        gain: [K] scaled expected returns.
        variance: a0' S a0 of all sectors.
        aversion: scaled.
        cap: on the variance a'Sa; infinite without one.
        room: cap on sum x, infinite without one.
        total: sum of d.
        sector: [n] which of the K sectors a trade belongs to.
        first: [K + 1] position of a sector's first trade; its buy precedes its sell.
        trades: [6 x n] sign, bounds, linear cost, impact coefficient, start of a trade.
    """

    covariance: np.ndarray
    pull: np.ndarray
    gain: np.ndarray
    variance: float
    aversion: float
    cap: float
    room: float
    total: float
    sector: np.ndarray
    first: np.ndarray
    trades: np.ndarray


@compiled
def problem_of(
    asked: Asked, low: np.ndarray, high: np.ndarray, room: float, cap: float, risk_only: bool
) -> Problem:
    """The programme within the ranges [N] of `trade_ranges`.

    Args:
        asked: the programme.
        low: [N] least trades.
        high: [N] largest trades, equal to the least where there is no choice.
        room: cap on sum |d|; infinite without one.
        cap: on the tracking error; infinite without one.
        risk_only: minimise active variance alone.
    """
    size = len(low)
    free, active = _free(low, high), np.empty(size)
    remaining = 1.0
    for i in range(size):
        fixed = low[i] if low[i] == high[i] else 0.0
        active[i] = asked.current[i] + fixed - asked.benchmark[i]
        room -= abs(fixed)
        remaining -= asked.current[i] + fixed
    covariance, pull, variance = _risk(asked, free, active)
    gain, mean = np.zeros(len(free)), 0.0
    for k in range(len(free)):
        gain[k] = 0.0 if risk_only else asked.evidence * asked.expected[free[k]]
        mean += gain[k] / len(free)
    sector, first, trades = _trades(asked, free, low, high, 0.0 if risk_only else asked.cost_rate)
    _start(free, low, high, remaining, room, first, trades)
    aversion = 1.0 if risk_only else asked.risk_aversion
    # The sum of trades is given, so that a constant gain changes nothing but the scale.
    for k in range(len(free)):
        gain[k] -= mean
    scale = _scale(covariance, pull, gain, aversion, trades)
    for k in range(len(free)):
        gain[k] /= scale
    for j in range(len(sector)):
        trades[RATE, j] /= scale
        trades[IMPACT, j] /= scale
    return Problem(
        covariance, pull, gain, variance, aversion / scale, cap * cap, room, remaining,
        sector, first, trades,
    )  # fmt: skip


@compiled
def _free(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """[K] positions of the sectors that have a choice."""
    positions = np.empty(len(low), np.int64)
    count = 0
    for i in range(len(low)):
        if low[i] < high[i]:
            positions[count] = i
            count += 1
    return positions[:count]


@compiled
def _risk(
    asked: Asked, free: np.ndarray, active: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """`Problem.covariance`, `pull` and `variance` at active weights [N] without free trades."""
    covariance, pull = np.empty((len(free), len(free))), np.zeros(len(free))
    variance = 0.0
    for i in range(len(active)):
        row = 0.0
        for k in range(len(active)):
            row += asked.covariance[i, k] * active[k]
        variance += row * active[i]
    for k in range(len(free)):
        for i in range(len(active)):
            pull[k] += asked.covariance[free[k], i] * active[i]
        for i in range(len(free)):
            covariance[k, i] = asked.covariance[free[k], free[i]]
    return covariance, pull, variance


@compiled
def _trades(
    asked: Asked, free: np.ndarray, low: np.ndarray, high: np.ndarray, cost_rate: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`Problem.sector`, `first` and `trades` (without START) of the sectors `free` [K]."""
    sector = np.empty(2 * len(free), np.int64)
    first = np.empty(len(free) + 1, np.int64)
    trades = np.empty((6, 2 * len(free)))
    count = 0
    for k in range(len(free)):
        i = free[k]
        first[k] = count
        for sign in (1.0, -1.0):
            bottom = max(low[i], 0.0) if sign > 0.0 else max(-high[i], 0.0)
            top = high[i] if sign > 0.0 else -low[i]
            if top <= 0.0:
                continue
            tax = 0.0 if sign > 0.0 else asked.tax[i]
            sector[count] = k
            trades[SIGN, count] = sign
            trades[BOTTOM, count] = bottom
            trades[TOP, count] = top
            trades[RATE, count] = cost_rate * (asked.linear[i] + tax)
            trades[IMPACT, count] = cost_rate * asked.impact[i]
            count += 1
    first[len(free)] = count
    return sector[:count], first, trades[:, :count].copy()


@compiled
def _start(
    free: np.ndarray, low: np.ndarray, high: np.ndarray, remaining: float, room: float,
    first: np.ndarray, trades: np.ndarray,
) -> None:  # fmt: skip
    """Fill `START` with trades strictly inside ranges, sum and turnover cap."""
    least, most = np.empty(len(free)), np.empty(len(free))
    for k in range(len(free)):
        least[k], most[k] = low[free[k]], high[free[k]]
    buys, sells = inner_trades(least, most, remaining, room)
    for k in range(len(free)):
        for j in range(first[k], first[k + 1]):
            trades[START, j] = buys[k] if trades[SIGN, j] > 0.0 else sells[k]


@compiled
def _scale(
    covariance: np.ndarray, pull: np.ndarray, gain: np.ndarray, aversion: float, trades: np.ndarray
) -> float:
    """The largest marginal utility or cost of a trade, one where there is none."""
    largest = 0.0
    for k in range(len(pull)):
        slope = max(abs(gain[k]), aversion * abs(pull[k]))
        largest = max(largest, slope, aversion * covariance[k, k])
    for j in range(trades.shape[1]):
        steepest = 1.5 * trades[IMPACT, j] * np.sqrt(trades[TOP, j])
        largest = max(largest, trades[RATE, j] + steepest)
    return largest if largest > 0.0 else 1.0
