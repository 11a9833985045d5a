"""Hidden drivers of the synthetic market: regimes, common volatility, and daily shocks.

A hidden semi-Markov chain (explicit gamma-shaped durations, so that no regime lasts three days)
moves between calm, tightening and credit stress. It sets the level of volatility, the target of
credit spreads, the path of the policy rate and the drift that all sectors share.

Every shock here is a martingale difference: fat-tailed, with clustered volatility, but without a
predictable mean. Predictable relative returns therefore come from the planted lead alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Array = NDArray[np.float64]

SESSIONS_PER_YEAR = 252


class Regime(IntEnum):
    """State of the hidden chain."""

    CALM = 0
    TIGHTENING = 1
    STRESS = 2


SUCCESSORS: dict[Regime, tuple[float, float, float]] = {
    Regime.CALM: (0.0, 0.6, 0.4),
    Regime.TIGHTENING: (0.4, 0.0, 0.6),
    Regime.STRESS: (1.0, 0.0, 0.0),
}
"""Regime -> probabilities of the next one, in the order of Regime."""

MEAN_YEARS = {Regime.CALM: 2.6, Regime.TIGHTENING: 1.6, Regime.STRESS: 0.9}
DURATION_SHAPE = 6.0
"""Gamma shape of the durations: a deviation of 0.4 of the mean."""

VOLATILITY_LEVEL = np.array([-0.46, -0.26, 0.30])
"""Log volatility by regime, relative to the long-run daily deviations below."""
SEVERITY_LOG_VOLATILITY = 0.50
"""Further log volatility of a stress spell, per unit of severity (0 mild, 1 like 2008)."""
REGIME_HALF_LIFE = 12.0
HIGHEST_LOG_VOLATILITY = 1.65
"""Five times the long-run deviation: about 95 % a year for the benchmark, as in late 2008."""
FAST_HALF_LIFE, FAST_DEVIATION = 8.0, 0.28
SLOW_HALF_LIFE, SLOW_DEVIATION = 90.0, 0.33
LEVERAGE = 0.5
"""Correlation of a market fall with the rise of fast volatility on the next session."""

MARKET_DEVIATION = 0.0115
"""Daily log return of the benchmark at log volatility zero."""
CREDIT_DEVIATION = 0.0172
"""Daily change of the log high-yield spread at log volatility zero."""
RATES_DEVIATION = 0.056
"""Daily change of the 10-year yield, percentage points, at its own log volatility zero."""
CREDIT_VOLATILITY_LOADING = 0.75
RATES_VOLATILITY_LOADING = 0.45
RATES_HALF_LIFE, RATES_OWN_DEVIATION = 60.0, 0.16

CREDIT_RATES = -0.55
"""Correlation of the two shocks: yields fall when spreads widen."""
MARKET_CREDIT = -0.62
MARKET_RATES = 0.06
"""Loadings of the benchmark on the two shocks: equities fall when spreads widen."""
DEGREES_OF_FREEDOM = 5.0
LARGEST_SHOCK = 6.0
"""Student-t draws are truncated here (in deviations), so that no seed draws a 40 % day."""


@dataclass(frozen=True)
class Drivers:
    """One draw of everything hidden. All arrays are [T], daily, burn-in included.

    Attributes:
        regime: Regime of each session.
        severity: 0..1 within a stress spell, 0 outside.
        volatility: common volatility multiple, about 1 in the root mean square.
        rate_volatility: volatility multiple of yields.
        market: benchmark log return without drift.
        credit: shock of the log high-yield spread.
        rates: shock of the 10-year yield, percentage points.
    """

    regime: NDArray[np.int64]
    severity: Array
    volatility: Array
    rate_volatility: Array
    market: Array
    credit: Array
    rates: Array


def draw_drivers(rng: np.random.Generator, length: int) -> Drivers:
    """Draw the hidden world of `length` sessions."""
    regime, severity = draw_regimes(rng, length)
    z_credit, z_rates, z_market = draw_shocks(rng, length)
    level = VOLATILITY_LEVEL[regime] + SEVERITY_LOG_VOLATILITY * severity
    log_volatility = autoregression(level, REGIME_HALF_LIFE, level[0], gain=True)
    fall = np.concatenate(([0.0], -z_market[:-1]))
    fast = LEVERAGE * fall + np.sqrt(1.0 - LEVERAGE**2) * rng.standard_normal(length)
    log_volatility += stationary(fast, FAST_HALF_LIFE, FAST_DEVIATION)
    log_volatility += stationary(rng.standard_normal(length), SLOW_HALF_LIFE, SLOW_DEVIATION)
    log_volatility = soft_ceiling(log_volatility)
    own = stationary(rng.standard_normal(length), RATES_HALF_LIFE, RATES_OWN_DEVIATION)
    rate_volatility = np.exp(RATES_VOLATILITY_LOADING * log_volatility + own)
    return Drivers(
        regime=regime,
        severity=severity,
        volatility=np.exp(log_volatility),
        rate_volatility=rate_volatility,
        market=MARKET_DEVIATION * np.exp(log_volatility) * z_market,
        credit=CREDIT_DEVIATION * np.exp(CREDIT_VOLATILITY_LOADING * log_volatility) * z_credit,
        rates=RATES_DEVIATION * rate_volatility * z_rates,
    )


def draw_regimes(rng: np.random.Generator, length: int) -> tuple[NDArray[np.int64], Array]:
    """Regime and severity of each session; the chain starts in a calm spell."""
    regime = np.zeros(length, dtype=np.int64)
    severity = np.zeros(length)
    state, start = Regime.CALM, 0
    while start < length:
        mean = MEAN_YEARS[state] * SESSIONS_PER_YEAR
        spell = max(20, round(rng.gamma(DURATION_SHAPE, mean / DURATION_SHAPE)))
        regime[start : start + spell] = state
        depth = rng.random()
        if state is Regime.STRESS:
            severity[start : start + spell] = depth
        state = Regime(int(rng.choice(len(Regime), p=SUCCESSORS[state])))
        start += spell
    return regime, severity


def draw_shocks(rng: np.random.Generator, length: int) -> tuple[Array, Array, Array]:
    """Unit-variance credit, rates and market shocks with the correlations above, [T] each."""
    z_credit, z_rates, z_market = (student_t(rng, length) for _ in range(3))
    z_rates = CREDIT_RATES * z_credit + np.sqrt(1.0 - CREDIT_RATES**2) * z_rates
    shared = MARKET_CREDIT * z_credit + MARKET_RATES * z_rates
    explained = MARKET_CREDIT**2 + MARKET_RATES**2
    explained += 2.0 * MARKET_CREDIT * MARKET_RATES * CREDIT_RATES
    return z_credit, z_rates, shared + np.sqrt(1.0 - explained) * z_market


def student_t(rng: np.random.Generator, length: int) -> Array:
    """Student-t draws of unit variance, truncated at LARGEST_SHOCK deviations."""
    scale = np.sqrt((DEGREES_OF_FREEDOM - 2.0) / DEGREES_OF_FREEDOM)
    draws = scale * rng.standard_t(DEGREES_OF_FREEDOM, length)
    return np.asarray(np.clip(draws, -LARGEST_SHOCK, LARGEST_SHOCK))


def autoregression(drive: Array, half_life: float, start: float, *, gain: bool = False) -> Array:
    """First-order filter y[t] = phi * y[t-1] + drive[t], with y[-1] = `start`.

    Args:
        drive: [T] inputs; with `gain` they are targets, weighted by 1 - phi.
        half_life: sessions in which a disturbance halves.
        start: value before the first session.
        gain: True for partial adjustment towards `drive`.
    """
    phi = 0.5 ** (1.0 / half_life)
    weight = 1.0 - phi if gain else 1.0
    values, _ = lfilter([weight], [1.0, -phi], drive, zi=np.array([phi * start]))
    return np.asarray(values, dtype=np.float64)


def stationary(shocks: Array, half_life: float, deviation: float) -> Array:
    """Autoregression of unit-variance shocks with this long-run standard deviation."""
    phi = 0.5 ** (1.0 / half_life)
    return autoregression(deviation * np.sqrt(1.0 - phi**2) * shocks, half_life, 0.0)


def soft_ceiling(log_volatility: Array) -> Array:
    """Bend log volatility towards +-HIGHEST_LOG_VOLATILITY; nearly the identity around zero."""
    return np.asarray(HIGHEST_LOG_VOLATILITY * np.tanh(log_volatility / HIGHEST_LOG_VOLATILITY))
