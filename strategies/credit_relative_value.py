"""The sectors that the credit spread says are cheap."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from models import sector_rules
from models.universe import SECTORS
from strategies import known_bars, rebalancing


class CreditRelativeValue(rebalancing.Rebalancing):
    """Each week the three sectors whose price lies furthest below what the credit spread says.

    After Klein (2013), NAAIM Wagner Award: each sector's price is regressed on the high-yield
    spread over 26 weekly closes. The spread is the feed's line `credit`, the level in trailing
    standard deviations as published by the close: over half a year nearly a change of unit.

    Params:
        count (3): sectors held.
        weeks (26): weekly closes in the regression.
        algorithm, sessions, participation_rate, order_risk_aversion, leftover: how orders are
            worked, see Rebalancing.
    """

    params = (("count", 3), ("weeks", 26))

    def __init__(self) -> None:
        super().__init__()
        self._sectors = [data for data in self.tradable_datas if data._name in SECTORS]
        self._credit = next((data for data in self.datas if hasattr(data.lines, "credit")), None)
        if self._credit is None:
            raise ValueError("no feed has the line credit; add one from feeds/bond_stress.py")

    def due(self, today: date, before: date) -> bool:
        """On the first session of a week."""
        return today.isocalendar()[:2] != before.isocalendar()[:2]

    def decide(self) -> list[dict[str, Any]]:
        """One row a sector; the benchmark's fund while there is no history."""
        rows = 5 * (self.p.weeks - 1) + 1
        # Every fifth session back from this close.
        prices = known_bars.matrix(self._sectors, "close", rows)[::-5][::-1]
        spread = known_bars.matrix([self._credit], "credit", rows)[::-5][::-1, 0]
        scores = sector_rules.cheapness(np.log(prices), spread)
        if not np.isfinite(scores).any():
            return [rebalancing.benchmark_row(self, "no sector has the history yet")]
        weights = sector_rules.top(scores, self.p.count)
        return [
            {
                "ticker": data._name,
                "target_weight": float(weight),
                "reason": f"{score:.2f} deviations below the line",
            }
            for data, weight, score in zip(self._sectors, weights, scores, strict=True)
        ]
