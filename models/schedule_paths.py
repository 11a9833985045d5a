"""The schedules as compiled functions of numbers, without the checks of models.schedules."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.almgren_chriss import falling_rate, holdings
from models.compiled import compiled
from models.costs import impact_bps
from models.splitting import LOT_EXACT, children_of, in_proportion

# What a strategy's parameter `algorithm` says, as a number.
PLAN, IMMEDIATE, TWAP, VWAP, POV, SHORTFALL = range(6)
CODES = {
    "plan": PLAN,
    "immediate": IMMEDIATE,
    "twap": TWAP,
    "vwap": VWAP,
    "pov": POV,
    "shortfall": SHORTFALL,
}

Array = NDArray[np.float64]


@compiled
def volume_path(volume: Array, rate: float, lot: float) -> Array:
    """[S] shares, in whole lots, that `rate` of the volume [S] makes up to each slot."""
    path = rate * np.cumsum(volume)
    if lot > 0.0:
        path = np.floor(path / lot + LOT_EXACT) * lot
    return path


@compiled
def shortfall_children(
    shares: float,
    slots: int,
    price: float,
    volatility: float,
    volume: float,
    coefficient: float,
    permanent_share: float,
    risk_aversion: float,
    lot: float,
) -> Array:
    """See models.schedules.implementation_shortfall; coefficient and share are the costs'."""
    rate = shares / slots if shares > 0.0 else 1.0
    eta = 1e-4 * impact_bps(rate / volume, volatility, coefficient) * price / rate
    kappa = falling_rate(risk_aversion, price * volatility, eta * (1.0 - 0.5 * permanent_share))
    return children_of(shares, shares * (1.0 - holdings(slots, kappa)[1:]), lot)


@compiled
def slots_needed(algorithm: int, sessions: int, shares: float, rate: float, volume: float) -> int:
    """Sessions that an order takes: `sessions`, or what percentage of volume needs."""
    if algorithm == POV:
        return max(math.ceil(shares / (rate * volume)), 1)
    return sessions


@compiled
def session_children(
    algorithm: int,
    shares: float,
    slots: int,
    volume: float,
    price: float,
    volatility: float,
    rate: float,
    coefficient: float,
    permanent_share: float,
    risk_aversion: float,
    lot: float,
) -> Array:
    """[slots] shares by session of an order, by any algorithm but PLAN; `volume` is a session's."""
    if algorithm == POV:
        path = volume_path(np.full(slots, volume), rate, lot)
        return children_of(shares, np.minimum(path, shares), lot)
    if algorithm == SHORTFALL:
        return shortfall_children(
            shares, slots, price, volatility, volume, coefficient, permanent_share, risk_aversion,
            lot,
        )  # fmt: skip
    weights = np.full(slots, volume if algorithm == VWAP else 1.0)
    if algorithm == IMMEDIATE:
        weights[1:] = 0.0
    return in_proportion(shares, weights, lot)
