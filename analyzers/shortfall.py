"""Implementation shortfall of every parent order against a paper portfolio."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np

from analyzers import sessions
from models import shortfall


class Shortfall(bt.Analyzer):
    """Parent orders against a paper portfolio that trades at the decisions' closes, at no cost.

    The paper portfolio takes the positions that each decision asks for at once; the shortfall of
    all orders of all decisions is its value less the real one's, to rounding. Reads
    `strategy.orders_worked` and `strategy.order_batches` (strategies/rebalancing.py) and the
    broker's `execution_costs`; with a broker that offers none the price paid is its own reference.
    A strategy without parent orders has no rows.
    """

    order_columns = (
        "order_id", "decision_id", "date", "until", "ticker", "side", "shares", "filled_shares",
        "decision_price", "arrival_price", "average_price", "end_price", "value", "status",
        "expected_cost_bps", "realised_cost_bps",
        *(f"{part}_dollars" for part in shortfall.PARTS), "shortfall_dollars", "reason",
    )  # fmt: skip

    def __init__(self) -> None:
        self._batches = self._first = self._known = self._arrived = 0
        self._opened = ""
        self._arrivals: dict[str, float] = {}
        self._fills: dict[str, list[tuple[float, float, float, float, float, float]]] = {}
        self._bits: dict[int, int] = {}
        self._rows: list[dict[str, Any]] = []
        self._start_value = 0.0
        # (strategy's bar, {data: shares}) from which close on the paper portfolio holds what.
        self._held: list[tuple[int, dict[Any, float]]] = []
        self._values: list[tuple[float, float]] = []
        self._paper = np.empty(0)

    def start(self) -> None:
        """The paper portfolio starts with the same cash."""
        self._start_value = self.strategy.broker.getvalue()

    def notify_order(self, order: Any) -> None:
        """Keep the new executions of an order by its parent."""
        parent = order.info.get("parent_id")
        if not parent:
            return
        broker = self.strategy.broker
        known = broker.execution_costs(order.ref) if hasattr(broker, "execution_costs") else []
        bits = order.executed.exbits
        for index in range(self._bits.get(order.ref, 0), len(bits)):
            bit = bits[index]
            cost = known[index] if index < len(known) else None
            self._fills.setdefault(parent, []).append(
                (
                    abs(bit.size),
                    cost.reference_price if cost else bit.price,
                    bit.price,
                    cost.half_spread_bps if cost else 0.0,
                    cost.impact_bps if cost else 0.0,
                    bit.closedcomm + bit.openedcomm,
                )
            )
        self._bits[order.ref] = len(bits)

    def next(self) -> None:
        """Settle and reopen when a decision was made."""
        worked = getattr(self.strategy, "orders_worked", ())
        # An order arrives with the open of the session after its decision.
        for work in worked[self._arrived : self._known]:
            data = self.strategy.getdatabyname(work.parent.ticker)
            self._arrivals[work.parent.order_id] = data.open[0]
        self._arrived = self._known
        batches = getattr(self.strategy, "order_batches", [])
        if len(batches) != self._batches:
            self._settle(worked[self._first : batches[-1]])
            self._first, self._batches = batches[-1], len(batches)
            self._reopen(worked[self._first :])
        self._known = len(worked)
        self._values.append((self.strategy.lines.datetime[0], self.strategy.broker.getvalue()))

    def stop(self) -> None:
        """Settle what is still open at the last close, and value the paper portfolio."""
        self._settle(getattr(self.strategy, "orders_worked", [])[self._first :])
        bars = len(self._values)
        changes = np.zeros(bars)
        ends = [start for start, _ in self._held[1:]] + [bars]
        for (start, positions), end in zip(self._held, ends, strict=True):
            for data, shares in positions.items():
                # Lines of a fund that listed late are shorter; they end together.
                closes = np.array(data.close.get(ago=start - 1 - (bars - 1), size=1))
                span = np.array(data.close.get(ago=end - bars, size=end - start))
                changes[start:end] += shares * np.diff(np.concatenate([closes, span]))
        self._paper = self._start_value + changes.cumsum()

    def get_analysis(self) -> dict[str, Any]:
        """Rows by parent order, and the paper portfolio's value by session.

        "orders": see models.shortfall for the parts, in dollars, positive for a loss. `date` is the
        decision's, `until` the close at which it is settled; `value` what was ordered at the
        decision's price; `expected_cost_bps` and `realised_cost_bps` (of what was filled at its
        reference prices) are half-spread, impact and commission. "paper": date, paper and real
        value.
        """
        days = [str(day) for day in sessions.session_dates([row[0] for row in self._values])]
        return {
            "orders": list(self._rows),
            "paper": {
                "date": days,
                "paper_value": self._paper.tolist(),
                "value": [row[1] for row in self._values],
            },
        }

    def _reopen(self, opened: Any) -> None:
        """The paper portfolio takes what the new orders ask for, at this close."""
        broker = self.strategy.broker
        self._opened = self._today()
        positions = {
            data: float(broker.getposition(data).size)
            for data in getattr(self.strategy, "tradable_datas", self.strategy.datas)
            if len(data) and broker.getposition(data).size
        }
        for work in opened:
            data = self.strategy.getdatabyname(work.parent.ticker)
            signed = work.parent.sign * work.parent.shares
            positions[data] = positions.get(data, 0.0) + signed
        # Held from this close on: its first change is that of the next bar.
        self._held.append((len(self._values) + 1, positions))

    def _settle(self, ended: Any) -> None:
        self._rows += [self._row(work) for work in ended]

    def _today(self) -> str:
        return str(sessions.session_dates([self.strategy.lines.datetime[0]])[0])

    def _row(self, work: Any) -> dict[str, Any]:
        parent = work.parent
        fills = np.array(self._fills.pop(parent.order_id, []), dtype=np.float64).reshape(-1, 6)
        executions = shortfall.Executions(*fills.T)
        end = self.strategy.getdatabyname(parent.ticker).close[0]
        arrival = self._arrivals.pop(parent.order_id, np.nan)
        parts = shortfall.implementation_shortfall(
            parent.sign, parent.shares, parent.decision_price, arrival, end, executions
        )
        traded = float((executions.shares * executions.reference_prices).sum())
        paid = parts["spread"] + parts["impact"] + parts["commission"]
        return {
            "order_id": parent.order_id,
            "decision_id": parent.decision_id,
            "date": self._opened,
            "until": self._today(),
            "ticker": parent.ticker,
            "side": parent.side,
            "shares": parent.shares,
            "filled_shares": work.filled,
            "decision_price": parent.decision_price,
            "arrival_price": arrival,
            "average_price": work.average_price,
            "end_price": end,
            "value": parent.shares * parent.decision_price,
            "status": work.status,
            "expected_cost_bps": parent.expected_cost_bps,
            "realised_cost_bps": 1e4 * paid / traded if traded else None,
            **{f"{name}_dollars": dollars for name, dollars in parts.items()},
            "shortfall_dollars": sum(parts.values()),
            "reason": parent.reason,
        }
