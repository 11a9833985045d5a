"""The sectors that the credit spread says are cheap."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from models import sector_rules
from models.universe import SECTORS
from strategies import known_bars, rebalancing

SPREAD = "high_yield_spread"


class CreditRelativeValue(rebalancing.Rebalancing):
    """Each week the three sectors whose price lies furthest below what the credit spread says.

    Klein (2013), NAAIM Wagner Award: each sector's price is regressed on the high-yield spread
    over 26 weekly closes, and the sectors furthest below their lines, in percent, are held
    equally. Where we differ: the broad high-yield spread instead of that of rating B, as published
    by the close; total-return closes; the fit ends with the close that it is read at.

    Params:
        count (3): sectors held.
        weeks (26): weekly closes in the regression, this close for its week.
        algorithm, sessions, participation_rate, order_risk_aversion, leftover: how orders are
            worked, see Rebalancing.
    """

    params = (("count", 3), ("weeks", 26))

    def __init__(self) -> None:
        super().__init__()
        if self.p.count < 1 or self.p.weeks < 3:
            raise ValueError("count must be 1 or more and weeks 3 or more")
        self._sectors = [data for data in self.tradable_datas if data._name in SECTORS]
        self._spread = next((data for data in self.datas if hasattr(data.lines, SPREAD)), None)
        if self._spread is None:
            raise ValueError(f"no feed has the line {SPREAD}; add one from feeds/bond_stress.py")

    def due(self, today: date, before: date) -> bool:
        """On the first session of a week."""
        return today.isocalendar()[:2] != before.isocalendar()[:2]

    def decide(self) -> list[dict[str, Any]]:
        """One row a sector; the benchmark's fund while there is no history."""
        clock = known_bars.history_of(self.getdatabyname(self.benchmark), "datetime")
        # A week has five sessions at most.
        clock = clock[-5 * self.p.weeks :]
        days = (clock - known_bars.UNIX_EPOCH).astype("datetime64[D]")
        ends = sector_rules.week_ends(days, self.p.weeks)
        prices = known_bars.matrix(self._sectors, "close", len(days))[ends]
        spread = known_bars.matrix([self._spread], SPREAD, len(days))[ends, 0]
        scores = np.full(len(self._sectors), np.nan)
        if len(ends) == self.p.weeks:
            scores = sector_rules.cheapness(prices, spread)
        if not np.isfinite(scores).any():
            return [rebalancing.benchmark_row(self, "no sector has the history yet")]
        weights = sector_rules.top(scores, self.p.count)
        return [
            {
                "ticker": data._name,
                "target_weight": float(weight),
                "reason": f"{100.0 * score:.1f} % below the line"
                if np.isfinite(score)
                else "no history yet",
            }
            for data, weight, score in zip(self._sectors, weights, scores, strict=True)
        ]
