"""Sizer that trades each position to the strategy's target weight."""

from __future__ import annotations

from typing import Any

import backtrader as bt

from models import sizing


class TargetWeight(bt.Sizer):
    """Whole shares between the position held and `strategy.target_weights[data name]`.

    It answers with the shares to trade in the direction asked for and with 0 in the other, so a
    strategy can offer every data first to `sell()` and then to `buy()`.

    Params:
        cash_buffer (0.005): share of the portfolio kept in cash for gaps and costs.
        min_trade (0.0002): smallest change of weight that is traded, but for closing a position.
    """

    params = (("cash_buffer", 0.005), ("min_trade", 0.0002))

    def _getsizing(self, comminfo: Any, cash: float, data: Any, isbuy: bool) -> int:  # noqa: ARG002
        weights = getattr(self.strategy, "target_weights", None)
        if weights is None:
            raise TypeError(
                f"{type(self.strategy).__name__} has no target_weights; "
                "TargetWeight sizes strategies that set {data name: weight} before trading"
            )
        value, price = self.broker.getvalue(), data.close[0]
        target = sizing.target_shares(
            weights.get(data._name, 0.0), value, price, self.p.cash_buffer
        )
        change = target - int(self.broker.getposition(data).size)
        if target > 0 and abs(change) * price < self.p.min_trade * value:
            return 0
        return max(change, 0) if isbuy else max(-change, 0)
