"""What trading costs: one set of functions estimates, charges and explains."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from models.compiled import compiled

# Half of the usual quoted spread in basis points: about one cent wide for all of these funds, so
# the figure falls with the price. Rounded up from issuers' published 30-day median spreads.
HALF_SPREAD_BPS: dict[str, float] = {
    "SPY": 0.2,
    "XLB": 0.8,
    "XLC": 0.8,
    "XLE": 0.8,
    "XLF": 1.3,
    "XLI": 0.6,
    "XLK": 0.5,
    "XLP": 0.8,
    "XLRE": 1.5,
    "XLU": 0.9,
    "XLV": 0.5,
    "XLY": 0.6,
}

# A fraction of a share that costs less is not bought.
CENT = 0.01


@dataclass(frozen=True)
class CostConfig:
    """Cost of trading.

    Attributes:
        half_spread_bps: ticker -> half-spread, basis points of price.
        other_half_spread_bps: for tickers outside the table.
        impact_coefficient: Y of the square-root law; 0 switches impact off.
        commission_bps: of the notional.
        commission_minimum: dollars an execution.
        max_participation: largest share of a session's volume that one order may take.
        impact_memory: share of a session's trading whose temporary part still presses on the price
            a session later.
        permanent_share: share of what is traded that presses on every later trade of the same
            decision; see `Pressure`.
        commission_per_share: dollars a share, on top of the basis points. With total-return prices
            a share is a rebased one; use basis points there.
    """

    half_spread_bps: Mapping[str, float] = field(default_factory=lambda: dict(HALF_SPREAD_BPS))
    other_half_spread_bps: float = 2.0
    impact_coefficient: float = 1.0
    commission_bps: float = 0.5
    commission_minimum: float = 1.0
    max_participation: float = 0.10
    impact_memory: float = 0.5
    permanent_share: float = 1.0 / 3.0
    commission_per_share: float = 0.0

    def half_spread_of(self, ticker: str) -> float:
        """Half-spread in basis points."""
        return self.half_spread_bps.get(ticker, self.other_half_spread_bps)


FREE = CostConfig(
    half_spread_bps={},
    other_half_spread_bps=0.0,
    impact_coefficient=0.0,
    impact_memory=0.0,
    permanent_share=0.0,
    commission_bps=0.0,
    commission_minimum=0.0,
    max_participation=1.0,
)
"""No costs at all, for checks against index returns."""


@compiled
def impact_bps(participation: float, volatility: float, coefficient: float) -> float:
    """Square-root market impact, basis points of price.

    1e4 * Y * sigma * sqrt(Q / V); Almgren, Thum, Hauptmann & Li (2005), "Direct Estimation of
    Equity Market Impact"; Toth et al. (2011), doi:10.1103/PhysRevX.1.021006, who find Y near one.

    Args:
        participation: Q / V, order size over the session's volume (expected volume in estimates).
        volatility: daily standard deviation of returns, a fraction.
        coefficient: Y, dimensionless.
    """
    return 1e4 * coefficient * volatility * math.sqrt(participation)


@compiled
def pressed_impact_bps(
    pressing: float, volume: float, volatility: float, coefficient: float
) -> float:
    """`impact_bps` of all shares that press on the price in a session of this volume, shares."""
    if not (pressing > 0.0 and volume > 0.0):
        return 0.0
    return impact_bps(pressing / volume, volatility, coefficient)


@dataclass(frozen=True)
class Pressure:
    """What was traded before and still presses on the price; bought positive, sold negative.

    After k sessions a trade of q presses like one of q (p + (1 - p) m^k), p being the permanent
    share and m the memory of the temporary rest, so that slicing an order does not make its impact
    vanish: the square-root law holds for whole orders however long they take (Toth et al. 2011,
    doi:10.1103/PhysRevX.1.021006). With the defaults two thirds are left after a session and a
    third in the end: what Bucci, Benzaquen, Lillo & Bouchaud (2018),
    doi:10.1142/S2382626619500060, find left of the peak impact at the close and after 50 days. The
    permanent part ends with the decision: the next one starts from prices that contain it.

    Attributes:
        temporary, permanent: shares, or any unit of size.
    """

    temporary: float = 0.0
    permanent: float = 0.0

    @property
    def total(self) -> float:
        """What presses on the next trade."""
        return self.temporary + self.permanent

    def later(self, sessions: float, memory: float) -> Pressure:
        """The same after some sessions."""
        return Pressure(self.temporary * memory**sessions, self.permanent)

    def plus(self, traded: float, permanent_share: float) -> Pressure:
        """With one more trade, signed."""
        return Pressure(
            self.temporary + (1.0 - permanent_share) * traded,
            self.permanent + permanent_share * traded,
        )


@compiled
def slicing_factor(parts: np.ndarray, memory: float, permanent_share: float) -> float:
    """Impact cost of an order traded in parts, one a session, over that of one trade.

    sum of part x sqrt(part + what presses of the parts before, see `Pressure`); parts [S] are
    shares of the whole.
    """
    temporary, permanent, total = 0.0, 0.0, 0.0
    for part in parts:
        total += part * math.sqrt(part + temporary + permanent)
        temporary = (temporary + (1.0 - permanent_share) * part) * memory
        permanent += permanent_share * part
    return total


@compiled
def commission_dollars(
    notional: float, bps: float, minimum: float, shares: float = 0.0, per_share: float = 0.0
) -> float:
    """Commission of one execution, at least `minimum` dollars; zero for nothing.

    Basis points of the notional (dollars) and dollars for each of the shares.
    """
    if notional == 0.0:
        return 0.0
    return max(minimum, abs(notional) * bps * 1e-4 + abs(shares) * per_share)


@compiled
def execution_price(reference: float, cost_bps: float, is_buy: bool) -> float:
    """Reference price moved against the trader by `cost_bps`."""
    return reference * (1.0 + (cost_bps if is_buy else -cost_bps) * 1e-4)
