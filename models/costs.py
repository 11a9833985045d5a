"""What trading costs: one set of functions estimates, charges and explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        impact_memory: share of a session's trading that still presses on the price a session later,
            so that slicing an order does not make its impact vanish. The square-root law holds for
            whole orders however long they take (Toth et al. 2011), and their impact decays over
            days: Brokmann et al. (2015), doi:10.1142/S2382626615500070, find about two thirds left
            after one. Zero forgets every session.
    """

    half_spread_bps: Mapping[str, float] = field(default_factory=lambda: dict(HALF_SPREAD_BPS))
    other_half_spread_bps: float = 2.0
    impact_coefficient: float = 1.0
    commission_bps: float = 0.5
    commission_minimum: float = 1.0
    max_participation: float = 0.10
    impact_memory: float = 2.0 / 3.0

    def half_spread_of(self, ticker: str) -> float:
        """Half-spread in basis points."""
        return self.half_spread_bps.get(ticker, self.other_half_spread_bps)


FREE = CostConfig(
    half_spread_bps={},
    other_half_spread_bps=0.0,
    impact_coefficient=0.0,
    impact_memory=0.0,
    commission_bps=0.0,
    commission_minimum=0.0,
    max_participation=1.0,
)
"""No costs at all, for checks against index returns."""


def impact_bps(participation: float, volatility: float, coefficient: float) -> float:
    """Square-root market impact, basis points of price.

    1e4 * Y * sigma * sqrt(Q / V); Almgren, Thum, Hauptmann & Li (2005), "Direct Estimation of
    Equity Market Impact"; Toth et al. (2011), doi:10.1103/PhysRevX.1.021006, who find Y near one.

    Args:
        participation: Q / V, order size over the session's volume (expected volume in estimates).
        volatility: daily standard deviation of returns, a fraction.
        coefficient: Y, dimensionless.
    """
    return float(1e4 * coefficient * volatility * participation**0.5)


def commission_dollars(notional: float, bps: float, minimum: float) -> float:
    """Commission of one execution: bps of the notional, at least `minimum`; zero for nothing."""
    if notional == 0.0:
        return 0.0
    return max(minimum, abs(notional) * bps * 1e-4)


def execution_price(reference: float, cost_bps: float, is_buy: bool) -> float:
    """Reference price moved against the trader by `cost_bps`."""
    return reference * (1.0 + (cost_bps if is_buy else -cost_bps) * 1e-4)
