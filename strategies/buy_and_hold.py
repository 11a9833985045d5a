"""The benchmark itself, through the same engine."""

from __future__ import annotations

from typing import Any

from strategies import rebalancing


class BuyAndHold(rebalancing.Rebalancing):
    """Buys one fund at inception and holds it.

    Params:
        ticker ("SPY"): name of the data to hold.
        algorithm, sessions, participation_rate, order_risk_aversion, leftover: how orders are
            worked, see Rebalancing.
    """

    params = (("ticker", "SPY"),)

    def __init__(self) -> None:
        super().__init__()
        names = [data._name for data in self.tradable_datas]
        if self.p.ticker not in names:
            raise ValueError(f"ticker {self.p.ticker}: no such data; there are {', '.join(names)}")

    def decide(self) -> list[dict[str, Any]]:
        """All in the one fund, once."""
        if self.decision_rows:
            return []
        return [{"ticker": self.p.ticker, "target_weight": 1.0, "reason": "buy and hold"}]
