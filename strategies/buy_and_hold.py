"""The benchmark itself, through the same engine."""

from __future__ import annotations

from typing import Any

from strategies import rebalancing


class BuyAndHold(rebalancing.Rebalancing):
    """Buys one fund at inception and holds it.

    Params:
        ticker ("SPY"): name of the data to hold.
    """

    params = (("ticker", "SPY"),)

    def decide(self) -> list[dict[str, Any]]:
        """All in the one fund, once."""
        if self.decision_rows:
            return []
        return [{"ticker": self.p.ticker, "target_weight": 1.0, "reason": "buy and hold"}]
