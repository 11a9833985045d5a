"""Bond ETF returns of the synthetic market: carry, duration and convexity on its own yields."""

from __future__ import annotations

import numpy as np

from feeds.synthetic_drivers import SESSIONS_PER_YEAR, Array, Drivers, autoregression, stationary
from feeds.synthetic_macro import MacroLevels

BOND_LISTED = {"HYG": "2007-04-11", "JNK": "2007-12-04"}

CREDIT_LOSS_SHARE = 0.4
"""Share of the high-yield spread that defaults eat over time."""


DISCOUNT_HALF_LIFE, DISCOUNT_NOISE = 6.0, 0.0028
"""A fund's premium fades; its daily noise is a fraction of the price."""
DISCOUNT_ON_MARKET = {"HYG": 0.14, "JNK": 0.17, "LQD": 0.08}
TRACKING = {"SHY": 1.6e-4, "IEF": 5e-4, "TLT": 1.3e-3, "TIP": 1.9e-3, "LQD": 2.6e-3}
"""Deviation of what fades within days: pricing time, sampling, roll."""


def bond_log_returns(
    rng: np.random.Generator, drivers: Drivers, levels: MacroLevels
) -> dict[str, Array]:
    """Ticker -> daily log total return, [T].

    A fund earns its yield and loses duration times each change of yield and spread, with
    convexity for large moves. High-yield funds trade ahead of the index quote, at a premium that
    moves with equities and fades.

    Args:
        rng: source of tracking noise.
        drivers: the market shock and volatility that move premiums.
        levels: latent yields and spreads.
    """
    junk = levels.high_yield_market
    five_year = 0.6 * levels.two_year + 0.4 * levels.ten_year
    losses = 0.01 * CREDIT_LOSS_SHARE * junk / SESSIONS_PER_YEAR
    inflation = 0.01 * levels.breakeven / SESSIONS_PER_YEAR
    returns = {
        "HYG": _fund(five_year, 2.6) + _fund(junk, 3.6) - losses,
        "JNK": _fund(five_year, 2.6) + _fund(junk, 3.8) - losses,
        "LQD": _fund(levels.ten_year, 7.7) + _fund(levels.investment_grade, 7.0),
        "IEF": _fund(levels.ten_year, 7.4),
        "TLT": _fund(levels.thirty_year, 16.8),
        "SHY": _fund(levels.two_year, 1.85),
        "TIP": _fund(levels.ten_year - levels.breakeven, 6.9) + inflation,
    }
    for ticker, share in DISCOUNT_ON_MARKET.items():
        returns[ticker] += _premium_change(rng, drivers, share)
    for ticker, deviation in TRACKING.items():
        noise = stationary(rng.standard_normal(len(junk)), 3.0, deviation)
        returns[ticker] += np.diff(noise, prepend=0.0)
    return returns


def bond_deviation(ticker: str, drivers: Drivers, log_returns: Array) -> Array:
    """Conditional daily deviation of a fund, [T], in step with the volatility of its driver."""
    scale = drivers.volatility if ticker in ("HYG", "JNK") else drivers.rate_volatility
    return np.asarray(scale * log_returns.std() / np.sqrt(np.mean(scale**2)))


def _fund(level: Array, duration: float) -> Array:
    """Log return of a fund that holds `duration` years at this yield or spread (percent)."""
    change = 0.01 * np.diff(level, prepend=level[0])
    carry = 0.01 * level / SESSIONS_PER_YEAR
    # Convexity of duration x (duration + 1), less the square that a log return loses.
    return np.asarray(carry - duration * change + 0.5 * duration * change**2)


def _premium_change(rng: np.random.Generator, drivers: Drivers, share: float) -> Array:
    """Change of a fund's premium to its net asset value."""
    shocks = share * drivers.market
    shocks = shocks + DISCOUNT_NOISE * drivers.volatility * rng.standard_normal(len(shocks))
    return np.diff(autoregression(shocks, DISCOUNT_HALF_LIFE, 0.0), prepend=0.0)
