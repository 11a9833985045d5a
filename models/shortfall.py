"""Implementation shortfall: what a decision lost on its way into the portfolio, part by part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PARTS = ("delay", "timing", "spread", "impact", "commission", "opportunity")


@dataclass(frozen=True)
class Executions:
    """An order's executions, [K] each and positive but for the basis points, which may be zero.

    Attributes:
        shares: of each.
        reference_prices: the market's price without us, dollars.
        prices: what was paid or received, dollars.
        half_spread_bps, impact_bps: of the reference price.
        commissions: dollars.
    """

    shares: np.ndarray
    reference_prices: np.ndarray
    prices: np.ndarray
    half_spread_bps: np.ndarray
    impact_bps: np.ndarray
    commissions: np.ndarray


def implementation_shortfall(
    sign: float,
    shares: float,
    decision_price: float,
    arrival_price: float,
    end_price: float,
    executions: Executions,
) -> dict[str, float]:
    """Dollars lost against a paper portfolio that trades the whole order at the decision price.

    Perold (1988), "The Implementation Shortfall: Paper versus Reality", Journal of Portfolio
    Management 14(3), doi:10.3905/jpm.1988.409150, his execution cost split further as in Wagner &
    Edwards (1993), doi:10.2469/faj.v49.n1.65. With q filled of X shares, s the sign:

        delay        s q (arrival - decision)        the market moved before the order reached it
        timing       s sum q_k (reference_k - arrival)     and while the order was worked
        spread       sum q_k reference_k half-spread
        impact       sum q_k s (price_k - reference_k) less the spread
        commission
        opportunity  s (X - q) (end - decision)      what was never filled

    Positive is a loss. The six sum to s [sum q_k price_k - q decision + (X - q)(end - decision)]
    + commissions, which is the paper portfolio's gain over the real one.

    Args:
        sign: 1 for a buy, -1 for a sell.
        shares: X, ordered.
        decision_price: close at the decision.
        arrival_price: price in the market when the order first could trade; not used without fills.
        end_price: close at which the paper portfolio is compared: the next decision's, or the last.
        executions: see Executions.

    Returns:
        The six parts by name.
    """
    filled = float(executions.shares.sum())
    at_reference = executions.shares * executions.reference_prices
    spread = float((at_reference * executions.half_spread_bps).sum()) * 1e-4
    moved = sign * float(
        (executions.shares * (executions.prices - executions.reference_prices)).sum()
    )
    waited = sign * filled * (arrival_price - decision_price) if filled else 0.0
    timing = sign * (float(at_reference.sum()) - filled * arrival_price) if filled else 0.0
    return {
        "delay": waited,
        "timing": timing,
        "spread": spread,
        "impact": moved - spread,
        "commission": float(executions.commissions.sum()),
        "opportunity": sign * (shares - filled) * (end_price - decision_price),
    }
