"""Orders and their executions, as rows."""

from __future__ import annotations

from typing import Any

import backtrader as bt

from analyzers import sessions


class Trades(bt.Analyzer):
    """Every order with its fate, and every execution with what it cost.

    Half-spread, impact and participation come from a broker that offers `execution_costs`; with
    another broker they are None and the fill's price is its own reference.
    """

    order_columns = (
        "order_id", "parent_id", "decision_id", "date", "ticker", "side", "type", "shares",
        "status", "filled_shares",
    )  # fmt: skip
    fill_columns = (
        "order_id", "parent_id", "decision_id", "date", "ticker", "side", "shares",
        "reference_price", "price", "notional", "half_spread_bps", "impact_bps",
        "permanent_impact_bps", "commission", "participation", "outside_bar",
    )  # fmt: skip

    def __init__(self) -> None:
        self._orders: dict[int, dict[str, Any]] = {}
        self._fills: list[dict[str, Any]] = []
        self._seen: dict[int, int] = {}

    def notify_order(self, order: Any) -> None:
        """Take the order's state and its new executions."""
        row = self._orders.get(order.ref)
        if row is None:
            row = self._orders[order.ref] = self._describe(order)
        row["status"] = order.getstatusname().lower()
        row["filled_shares"] = abs(order.executed.size)
        known = self._seen.get(order.ref, 0)
        executed = order.executed.exbits
        for index in range(known, len(executed)):
            self._fills.append(self._fill(order, executed[index], index, row))
        self._seen[order.ref] = len(executed)

    def stop(self) -> None:
        """Take the orders of the last bar, of which Backtrader sends no notification."""
        for order in getattr(self.strategy.broker, "orders", []):
            if order.ref not in self._orders:
                self.notify_order(order)

    def get_analysis(self) -> dict[str, list[dict[str, Any]]]:
        """Lists of rows under "orders" and "fills", in the order they happened."""
        return {"orders": list(self._orders.values()), "fills": list(self._fills)}

    def _describe(self, order: Any) -> dict[str, Any]:
        decision = order.info.get("decision_id", "")
        side = "buy" if order.isbuy() else "sell"
        day = str(sessions.session_dates([order.created.dt])[0])
        return {
            "order_id": order.info.get("order_id", f"{day}-{side}-{order.data._name}"),
            "parent_id": order.info.get("parent_id", ""),
            "decision_id": decision,
            "date": day,
            "ticker": order.data._name,
            "side": side,
            "type": order.getordername().lower(),
            "shares": abs(order.created.size),
            "status": "",
            "filled_shares": 0,
        }

    def _fill(self, order: Any, bit: Any, index: int, row: dict[str, Any]) -> dict[str, Any]:
        broker = self.strategy.broker
        known = broker.execution_costs(order.ref) if hasattr(broker, "execution_costs") else []
        cost = known[index] if index < len(known) else None
        return {
            "order_id": row["order_id"],
            "parent_id": row["parent_id"],
            "decision_id": row["decision_id"],
            "date": str(sessions.session_dates([bit.dt])[0]),
            "ticker": row["ticker"],
            "side": row["side"],
            "shares": abs(bit.size),
            "reference_price": cost.reference_price if cost else bit.price,
            "price": bit.price,
            "notional": abs(bit.size) * bit.price,
            "half_spread_bps": cost.half_spread_bps if cost else None,
            "impact_bps": cost.impact_bps if cost else None,
            "permanent_impact_bps": cost.permanent_impact_bps if cost else None,
            "commission": bit.closedcomm + bit.openedcomm,
            "participation": cost.participation if cost else None,
            "outside_bar": cost.outside_bar if cost else None,
        }
