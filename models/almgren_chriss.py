"""The optimal trade-off of impact against risk of Almgren & Chriss (2000), closed form."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.compiled import compiled


def urgency(
    risk_aversion: float, *, volatility: float, temporary: float, permanent: float = 0.0
) -> float:
    """kappa, the rate at which holdings fall, per slot.

    Almgren & Chriss (2000), "Optimal execution of portfolio transactions", Journal of Risk 3(2),
    5-39, section 2.2, doi:10.21314/JOR.2001.041, with slots of length one. Trading n_k in slot k
    and holding x_k after it minimises

        E + lambda V,  E = gamma X^2 / 2 + (eta - gamma / 2) sum n_k^2,  V = sigma^2 sum x_k^2,

    hence x_{k-1} - 2 x_k + x_{k+1} = k2 x_k with k2 = lambda sigma^2 / (eta - gamma / 2), solved by
    2 (cosh(kappa) - 1) = k2.

    Args:
        risk_aversion: lambda, per dollar; infinity is allowed.
        volatility: sigma, dollars a share over one slot.
        temporary: eta, dollars a share for every share traded in a slot; 0 = no impact.
        permanent: gamma, dollars a share for every share traded before; below 2 eta.

    Returns:
        kappa >= 0; 0 without aversion to risk, infinity without impact.

    Raises:
        ValueError: an argument that is negative or not a number, or permanent >= 2 temporary > 0.
    """
    given = {"risk_aversion": risk_aversion, "volatility": volatility, "temporary": temporary}
    for name, value in {**given, "permanent": permanent}.items():
        if not value >= 0.0:
            raise ValueError(f"{name} must be non-negative, not {value}")
    effective = temporary - 0.5 * permanent
    if effective < 0.0 or (effective == 0.0 and permanent > 0.0):
        raise ValueError(
            f"permanent impact {permanent} must be below twice the temporary {temporary}"
        )
    return float(falling_rate(risk_aversion, volatility, effective))


@compiled
def falling_rate(risk_aversion: float, volatility: float, effective: float) -> float:
    """`urgency` without its checks; `effective` is eta - gamma / 2."""
    if risk_aversion == 0.0 or volatility == 0.0:
        return 0.0
    if effective == 0.0:
        return math.inf
    return 2.0 * math.asinh(0.5 * math.sqrt(risk_aversion * volatility * volatility / effective))


@compiled
def holdings(slots: int, kappa: float) -> NDArray[np.float64]:
    """Share of the order still to trade before each slot and after the last, [slots + 1].

    sinh(kappa (N - k)) / sinh(kappa N), written with falling exponentials because sinh overflows;
    a straight line at kappa = 0, one step at infinity. From 1 to 0.
    """
    shares = np.zeros(slots + 1)
    for slot in range(slots + 1):
        left = slots - slot
        if math.isinf(kappa):
            shares[slot] = 1.0 if slot == 0 else 0.0
        elif kappa * slots < 1e-9:
            shares[slot] = left / slots
        else:
            still = math.expm1(-2.0 * kappa * left) / math.expm1(-2.0 * kappa * slots)
            shares[slot] = math.exp(-kappa * slot) * still
    return shares
