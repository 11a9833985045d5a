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
    """

    params = (("cash_buffer", 0.005),)

    def _getsizing(self, comminfo: Any, cash: float, data: Any, isbuy: bool) -> int:  # noqa: ARG002
        weights = getattr(self.strategy, "target_weights", None)
        if weights is None:
            raise TypeError(
                f"{type(self.strategy).__name__} has no target_weights; "
                "TargetWeight sizes strategies that set {data name: weight} before trading"
            )
        target = sizing.target_shares(
            weights.get(data._name, 0.0),
            self.broker.getvalue(),
            data.close[0],
            self.p.cash_buffer,
        )
        change = target - int(self.broker.getposition(data).size)
        return max(change, 0) if isbuy else max(-change, 0)
