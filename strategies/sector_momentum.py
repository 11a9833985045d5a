"""Sector momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from models import sector_rules
from models.universe import SECTORS
from strategies import known_bars, rebalancing


class SectorMomentum(rebalancing.Rebalancing):
    """The sectors with the highest return over twelve months less the last one, equally, monthly.

    Moskowitz & Grinblatt (1999), doi:10.1111/0022-1082.00146; long only.

    Params:
        count (3): sectors held.
        formation (252): sessions back to the start of the return.
        skip (21): last sessions that are left out.
        algorithm, sessions, participation_rate, order_risk_aversion, leftover: how orders are
            worked, see Rebalancing.
    """

    params = (("count", 3), ("formation", 252), ("skip", 21))

    def __init__(self) -> None:
        super().__init__()
        if self.p.count < 1 or not 0 <= self.p.skip < self.p.formation:
            raise ValueError("count must be 1 or more and skip lie in 0..formation - 1")
        self._sectors = [data for data in self.tradable_datas if data._name in SECTORS]

    def decide(self) -> list[dict[str, Any]]:
        """One row a sector; the benchmark's fund while no sector has the history."""
        prices = known_bars.matrix(self._sectors, "close", self.p.formation + 1)
        scores = sector_rules.momentum(prices, self.p.formation, self.p.skip)
        weights = sector_rules.top(scores, self.p.count)
        if not np.isfinite(scores).any():
            return [rebalancing.benchmark_row(self, "no sector has the history yet")]
        return [
            {
                "ticker": data._name,
                "target_weight": float(weight),
                "reason": f"{100.0 * score:.1f} % over the formation"
                if np.isfinite(score)
                else "no history yet",
            }
            for data, weight, score in zip(self._sectors, weights, scores, strict=True)
        ]
