"""Sizer that trades each position to the strategy's target weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import backtrader as bt
import numpy as np

from models import orders


class TargetWeight(bt.Sizer):
    """Lots between the positions held and `strategy.target_weights` {data name: weight}.

    All positions are sized together (models.orders), so that rounding tracks the targets closely
    and buys live on what sells bring in. Strategies of this project take the whole list from
    `parent_orders`; any other may offer every data first to `sell()` and then to `buy()`: the sizer
    answers with the shares to trade in the direction asked for and with 0 in the other.

    A strategy may offer `return_covariance(datas)` [N x N] for the rounding; without it every fund
    counts alike.

    Params:
        cash_buffer (0.005): share of the portfolio kept in cash for gaps and costs.
        min_trade (0.0002): smallest change of weight that is traded, but for closing a position.
        lot (1.0): smallest number of shares traded; 0 trades fractions.
        restricted (""): tickers that must not be traded, comma-separated.
    """

    params = (("cash_buffer", 0.005), ("min_trade", 0.0002), ("lot", 1.0), ("restricted", ""))

    def __init__(self) -> None:
        super().__init__()
        names = frozenset(name.strip() for name in self.p.restricted.split(",") if name.strip())
        self._rules = orders.OrderRules(self.p.cash_buffer, self.p.min_trade, self.p.lot, names)

    def parent_orders(
        self,
        decision_id: str,
        expected_cost_bps: Callable[[Any, float], float],
        reasons: dict[str, str],
        stage: str = "",
    ) -> list[orders.ParentOrder]:
        """The whole list of a decision, sells first.

        Args:
            decision_id: names the decision.
            expected_cost_bps: of trading (data, dollars).
            reasons: by data name.
            stage: of several that serve one decision.
        """
        datas = self._datas()
        account = self._account(datas)
        known: dict[tuple[int, float], float] = {}

        def cost(index: int, dollars: float) -> float:
            if (index, dollars) not in known:
                known[index, dollars] = expected_cost_bps(datas[index], dollars)
            return known[index, dollars]

        first = self._targets(datas, account, 0.0)
        moved = np.abs(first - account.shares) * np.nan_to_num(account.prices)
        expected = sum(
            1e-4 * cost(index, moved[index]) * moved[index]
            for index in np.flatnonzero(moved).tolist()
        )
        targets = first
        if expected > self.p.cash_buffer * account.value:
            targets = self._targets(datas, account, expected)
        return orders.parent_orders(decision_id, account, targets, cost, reasons, stage)

    def _getsizing(self, comminfo: Any, cash: float, data: Any, isbuy: bool) -> float:  # noqa: ARG002
        datas = self._datas()
        account = self._account(datas)
        index = datas.index(data)
        change = float(self._targets(datas, account, 0.0)[index] - account.shares[index])
        return max(change, 0.0) if isbuy else max(-change, 0.0)

    def _datas(self) -> list[Any]:
        return list(getattr(self.strategy, "tradable_datas", self.strategy.datas))

    def _account(self, datas: list[Any]) -> orders.Account:
        held = [float(self.broker.getposition(data).size) if len(data) else 0.0 for data in datas]
        return orders.Account(
            tickers=tuple(data._name for data in datas),
            shares=np.array(held),
            prices=np.array([data.close[0] if len(data) else np.nan for data in datas]),
            cash=float(self.broker.getcash()),
        )

    def _targets(
        self, datas: list[Any], account: orders.Account, expected_costs: float
    ) -> np.ndarray:
        targets = getattr(self.strategy, "target_weights", None)
        if targets is None:
            raise TypeError(
                f"{type(self.strategy).__name__} has no target_weights; "
                "TargetWeight sizes strategies that set {data name: weight} before trading"
            )
        weights = np.array([targets.get(name, 0.0) for name in account.tickers])
        known = getattr(self.strategy, "return_covariance", None)
        covariance = np.eye(len(datas)) if known is None else known(datas)
        return orders.target_shares(account, weights, self._rules, covariance, expected_costs)
