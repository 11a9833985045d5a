"""How far each sector may trade, and what the limits of a sum and a turnover leave of that.

Without the tracking-error cap the trades d form a box cut by sum d = R and sum |d| <= 2 cap.
Whether that is empty, and a point well inside it, have closed forms.
"""

from __future__ import annotations

import numpy as np

from models.compiled import compiled
from models.weight_limits import Asked, Limits, least_weight, most_weight

# Limits that miss each other by less, in weight, are taken to meet: rounding of the inputs.
MEET = 1e-8
# A range narrower than this, in weight, leaves nothing to decide.
THIN = 1e-10

EMPTY, TURNOVER_HOLDS, TURNOVER_IDLE = 0, 1, 2


@compiled
def trade_ranges(asked: Asked, limits: Limits, low: np.ndarray, high: np.ndarray) -> int:
    """Fill low and high [N] with the least and the largest trade of each sector.

    A sector that the limits leave no choice has low = high. Where the turnover cap is met by one
    direction of trades only, or by the smallest trades only, the ranges say so.

    Returns:
        EMPTY where no trades satisfy sum, bounds and turnover cap (within `MEET`), TURNOVER_HOLDS
        where the turnover cap is still to be respected, TURNOVER_IDLE where the ranges imply it.
    """
    size = len(low)
    remaining = 1.0
    for i in range(size):
        least, most = least_weight(asked, i), most_weight(asked, i)
        bottom, top = max(least, limits.lower[i]), min(most, limits.upper[i])
        if bottom > top:
            if bottom > top + MEET:
                return EMPTY
            bottom = top = min(max(bottom, least), most)
        low[i], high[i] = bottom - asked.current[i], top - asked.current[i]
        remaining -= asked.current[i]
    _settle(low, high)
    if _sum(low) > remaining + MEET or _sum(high) < remaining - MEET:
        return EMPTY
    left = _cut_by_turnover(low, high, remaining, 2.0 * limits.turnover)
    if left == EMPTY:
        return EMPTY
    full, bare = _sum(high) - remaining <= THIN, remaining - _sum(low) <= THIN
    for i in range(size):
        if full:
            low[i] = high[i]
        elif bare:
            high[i] = low[i]
    _settle(low, high)
    return left


@compiled
def _sum(values: np.ndarray) -> float:
    # What numpy's own makes the compiler do takes a hundred times as long.
    total = 0.0
    for value in values:
        total += value
    return total


@compiled
def _settle(low: np.ndarray, high: np.ndarray) -> None:
    """Close ranges [N] of rounding's width, towards no trade."""
    for i in range(len(low)):
        if abs(low[i]) < THIN and low[i] < 0.0:
            low[i] = 0.0
        if abs(high[i]) < THIN and high[i] > 0.0:
            high[i] = 0.0
        if high[i] - low[i] < THIN:
            low[i] = high[i] = min(max(0.0, low[i]), max(high[i], low[i]))


@compiled
def _forced(low: float, high: float) -> float:
    """The smallest trade of a range: zero where the range has it."""
    return min(max(0.0, low), high)


@compiled
def _cut_by_turnover(low: np.ndarray, high: np.ndarray, remaining: float, cap: float) -> int:
    """Compare the cap on sum |d| with the smallest and the largest that the ranges [N] allow.

    The smallest is sum |f| + |R - sum f|, f the forced trades: what they leave of the sum R is
    traded in one direction.
    """
    short, least, most = remaining, 0.0, 0.0
    for i in range(len(low)):
        trade = _forced(low[i], high[i])
        short -= trade
        least += abs(trade)
        most += max(abs(low[i]), abs(high[i]))
    least += abs(short)
    if cap < least - 2.0 * MEET:
        return EMPTY
    if cap >= most:
        return TURNOVER_IDLE
    if cap > least + THIN:
        return TURNOVER_HOLDS
    for i in range(len(low)):
        trade = _forced(low[i], high[i])
        if short > -THIN:
            low[i] = trade
        if short < THIN:
            high[i] = trade
    return TURNOVER_IDLE


@compiled
def inner_trades(
    low: np.ndarray, high: np.ndarray, remaining: float, cap: float
) -> tuple[np.ndarray, np.ndarray]:
    """Buys and sells [N] strictly inside all of their ranges.

    A mixture of the point at the same fraction of every range and of the one of least turnover,
    such that the turnover ends halfway between the least and the cap, or below.

    Args:
        low: [N] least trades.
        high: [N] largest trades, all larger than the least.
        remaining: R, the sum that the trades must have.
        cap: on the sum of buys and sells, infinite without one.
    """
    size = len(low)
    smallest = _smallest_trades(low, high, remaining)
    fraction = (remaining - _sum(low)) / max(_sum(high) - _sum(low), THIN)
    buys, sells = np.empty(size), np.empty(size)
    for i in range(size):
        least, most = max(low[i], 0.0), max(high[i], 0.0)
        buys[i] = least + fraction * (most - least)
        least, most = max(-high[i], 0.0), max(-low[i], 0.0)
        sells[i] = least + (1.0 - fraction) * (most - least)
    least, middle, share = 0.0, _sum(buys) + _sum(sells), 1.0
    for i in range(size):
        least += abs(smallest[i])
    if middle > least:
        share = min(1.0, 0.5 * (cap - least) / (middle - least))
    for i in range(size):
        bought, sold = max(smallest[i], 0.0), max(-smallest[i], 0.0)
        buys[i] = bought + share * (buys[i] - bought)
        sells[i] = sold + share * (sells[i] - sold)
    return buys, sells


@compiled
def _smallest_trades(low: np.ndarray, high: np.ndarray, remaining: float) -> np.ndarray:
    """[N] trades of least turnover: the forced ones and what they leave, shared by room for it."""
    trades = np.empty(len(low))
    for i in range(len(low)):
        trades[i] = _forced(low[i], high[i])
    short, room = remaining - _sum(trades), 0.0
    end = high if short > 0.0 else low
    for i in range(len(low)):
        room += abs(end[i] - trades[i])
    if abs(short) > THIN:
        for i in range(len(low)):
            trades[i] += short / max(room, THIN) * abs(end[i] - trades[i])
    return trades
