"""What one execution costs, and what is known of its data before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import backtrader as bt
import numpy as np

VOLATILITY_SESSIONS = 60
SESSION_MINUTES = 390.0


@dataclass(frozen=True)
class ExecutionCost:
    """What one execution paid above (buy) or below (sell) the reference price.

    Attributes:
        reference_price: the open (market order) or the close (order on close), dollars.
        half_spread_bps: basis points of the reference price.
        impact_bps: basis points of the reference price; it counts what was traded in the same
            direction before, too, as far as it still presses.
        permanent_impact_bps: the part of it that later trades of the same decision will find.
        participation: executed size over the session's volume.
        outside_bar: whether costs carried the price beyond the session's high or low.
    """

    reference_price: float
    half_spread_bps: float
    impact_bps: float
    permanent_impact_bps: float
    participation: float
    outside_bar: bool

    @property
    def total_bps(self) -> float:
        """What the price is moved by."""
        return self.half_spread_bps + self.impact_bps


def bars_per_session(data: Any) -> float:
    """How many bars of this data make a session, along which impact fades."""
    if data._timeframe == bt.TimeFrame.Minutes:
        return SESSION_MINUTES / float(max(data._compression, 1))
    return 1.0


def volatility_before(data: Any, ago: int) -> float:
    """Daily volatility known before the bar at `ago`: the feed's line, or from its closes."""
    if hasattr(data.lines, "volatility"):
        known = float(data.volatility[ago - 1]) if len(data) + ago > 1 else math.nan
        if math.isfinite(known):
            return known
    closes = np.array(data.close.get(ago=ago - 1, size=min(VOLATILITY_SESSIONS, len(data) - 1)))
    if len(closes) < 3:
        raise ValueError(
            f"{data._name}: an order executes before three bars of history; "
            "impact needs a volatility, so start the feed earlier"
        )
    return float(np.diff(np.log(closes)).std(ddof=1))
