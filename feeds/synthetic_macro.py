"""Macro series of the synthetic market: spreads, yields, breakeven and MOVE, all consistent.

The latent levels are continuous; what is published is rounded to two decimals as the vendors do,
and differences (slopes, the real yield) are taken between published values, so the identities
hold exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feeds.synthetic_drivers import (
    SESSIONS_PER_YEAR,
    Array,
    Drivers,
    autoregression,
    stationary,
)

HIGH_YIELD_TARGET = np.array([4.1, 4.9, 7.8])
"""Percent, by regime; a stress spell of severity one aims at STRESS_MULTIPLE times its value."""
STRESS_MULTIPLE = 2.6
SPREAD_HALF_LIFE = 75.0
QUOTE_HALF_LIFE, GRADE_HALF_LIFE = 0.55, 0.8
"""Index quotes lag the market: bonds that did not trade keep yesterday's matrix price. Those of
investment grade lag further."""

POLICY_PER_YEAR = np.array([0.0, 1.9, -3.4])
"""Percentage points by regime, between the bounds below."""
POLICY_FLOOR, POLICY_CAP, POLICY_START = 0.1, 5.1, 1.6
POLICY_REVERSION = 0.12 / SESSIONS_PER_YEAR
"""Pull towards the starting rate per session, so that no seed stays at a bound for ever."""
TERM_BASE, TERM_SLOPE, TERM_HALF_LIFE = 2.05, 0.55, 260.0
"""The 10-year yield reverts to base + slope x policy rate, with this half-life in sessions."""
SOFT_FLOOR = 0.3
"""Softness of the lower bound, percentage points: yields bend towards it, never through it."""
TWO_YEAR_SHARE = 0.30
"""Place of the 2-year yield between the policy rate (0) and the 10-year yield (1)."""

MOVE_FLOOR, MOVE_LEVEL = 28.0, 55.0


@dataclass(frozen=True)
class MacroLevels:
    """Latent levels in percent (MOVE in basis points a year), [T] each.

    `high_yield_market` is the spread that trades; `high_yield` the index quote that follows it.
    """

    high_yield_market: Array
    high_yield: Array
    investment_grade: Array
    bbb: Array
    baa: Array
    aaa: Array
    bill: Array
    two_year: Array
    ten_year: Array
    thirty_year: Array
    breakeven: Array
    move: Array


def draw_macro(rng: np.random.Generator, drivers: Drivers) -> MacroLevels:
    """Latent macro levels that follow from the drivers, plus what each series has of its own."""
    length = len(drivers.market)

    def noise(half_life: float, deviation: float) -> Array:
        return stationary(rng.standard_normal(length), half_life, deviation)

    traded = _log_high_yield(drivers) + noise(700.0, 0.16)
    quoted = autoregression(traded, QUOTE_HALF_LIFE, traded[0], gain=True)
    graded = autoregression(quoted, GRADE_HALF_LIFE, quoted[0], gain=True)
    investment_grade = np.exp(-1.27 + 1.03 * graded + noise(250.0, 0.10))
    aaa = np.exp(-0.68 + 0.62 * quoted + noise(250.0, 0.19))

    policy = _policy_rate(drivers.regime)
    rates_part = autoregression(drivers.rates, 120.0, 0.0)
    ten_year = _ten_year(drivers, policy)
    shock = 0.33 * drivers.rates + 0.026 * rng.standard_normal(length)
    two_year = policy + TWO_YEAR_SHARE * (ten_year - policy) + autoregression(shock, 120.0, 0.0)
    bill = policy + drivers.volatility * noise(4.0, 0.06) - 0.25 * (quoted - np.log(4.5))
    steep = 0.27 * (TERM_BASE + 0.6 - TERM_SLOPE * policy)
    thirty_year = ten_year + steep - 0.12 * rates_part + noise(120.0, 0.14)
    credit_part = autoregression(drivers.credit, 90.0, 0.0)
    breakeven = 2.1 - 0.6 * credit_part + 0.15 * rates_part + noise(120.0, 0.25)
    breakeven -= 0.25 * (quoted - np.log(4.5))
    recent_rates = autoregression(np.log(drivers.rate_volatility), 8.0, 0.0, gain=True)
    move = MOVE_FLOOR + MOVE_LEVEL * np.exp(
        1.2 * recent_rates + 0.6 * (quoted - np.log(4.8)) + noise(12.0, 0.16)
    )
    return MacroLevels(
        high_yield_market=np.exp(traded),
        high_yield=np.exp(quoted),
        investment_grade=investment_grade,
        bbb=investment_grade + np.exp(-2.42 + 1.0 * graded + noise(250.0, 0.08)),
        baa=aaa + np.exp(-1.14 + 0.71 * quoted + noise(250.0, 0.13)),
        aaa=aaa,
        bill=bend(bill, 0.0),
        two_year=bend(two_year, 0.1),
        ten_year=bend(ten_year, 0.4),
        thirty_year=bend(thirty_year, 0.8),
        breakeven=breakeven,
        move=move,
    )


def publish(levels: MacroLevels) -> dict[str, Array]:
    """Series id -> values as published, rounded to two decimals, identities exact."""
    ten, two, bill = (np.round(x, 2) for x in (levels.ten_year, levels.two_year, levels.bill))
    breakeven = np.round(levels.breakeven, 2)
    published = {
        "BAMLH0A0HYM2": levels.high_yield,
        "BAMLC0A0CM": levels.investment_grade,
        "BAMLC0A4CBBB": levels.bbb,
        "BAA10Y": levels.baa,
        "AAA10Y": levels.aaa,
        "DGS2": two,
        "DGS10": ten,
        "DGS3MO": bill,
        "DFII10": ten - breakeven,
        "T10Y2Y": ten - two,
        "T10Y3M": ten - bill,
        "T10YIE": breakeven,
        "MOVE": levels.move,
    }
    # Adding zero turns a rounded -0.0 into 0.0, which has other bytes and so another digest.
    return {name: np.round(values, 2) + 0.0 for name, values in published.items()}


def bend(level: Array, floor: float) -> Array:
    """Softplus: the level itself well above the floor, ever flatter towards it."""
    above = np.logaddexp(0.0, (level - floor) / SOFT_FLOOR)
    return np.asarray(floor + SOFT_FLOOR * above)


def _log_high_yield(drivers: Drivers) -> Array:
    """Log spread that reverts to its regime's target and moves with every credit shock."""
    target = np.log(HIGH_YIELD_TARGET)[drivers.regime]
    target = target + np.log(STRESS_MULTIPLE) * drivers.severity
    phi = 0.5 ** (1.0 / SPREAD_HALF_LIFE)
    drive = (1.0 - phi) * target + drivers.credit
    return autoregression(drive, SPREAD_HALF_LIFE, target[0])


def _policy_rate(regime: NDArray[np.int64]) -> Array:
    """Policy rate that climbs in tightening and is cut in stress; smoothed like bill yields."""
    step = POLICY_PER_YEAR[regime] / SESSIONS_PER_YEAR
    path = np.empty(len(step))
    rate = POLICY_START
    for t, change in enumerate(step.tolist()):
        change += POLICY_REVERSION * (POLICY_START - rate)
        rate = min(POLICY_CAP, max(POLICY_FLOOR, rate + change))
        path[t] = rate
    return autoregression(path, 20.0, path[0], gain=True)


def _ten_year(drivers: Drivers, policy: Array) -> Array:
    target = TERM_BASE + TERM_SLOPE * policy
    phi = 0.5 ** (1.0 / TERM_HALF_LIFE)
    return autoregression((1.0 - phi) * target + drivers.rates, TERM_HALF_LIFE, target[0])
