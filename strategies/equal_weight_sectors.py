"""The same in every sector."""

from __future__ import annotations

from typing import Any

from models.universe import SECTORS
from strategies import rebalancing


class EqualWeightSectors(rebalancing.Rebalancing):
    """Every listed sector at 1/N, brought back monthly.

    Params:
        algorithm, sessions, participation_rate, order_risk_aversion, leftover: how orders are
            worked, see Rebalancing.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sectors = [data for data in self.tradable_datas if data._name in SECTORS]

    def decide(self) -> list[dict[str, Any]]:
        """One row a sector."""
        listed = [data for data in self._sectors if len(data)]
        return [
            {
                "ticker": data._name,
                "target_weight": 1.0 / len(listed) if len(data) else 0.0,
                "reason": f"one of {len(listed)} sectors",
            }
            for data in self._sectors
        ]
