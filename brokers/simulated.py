"""The simulated broker: half-spread, square-root impact and a volume limit on every execution."""

from __future__ import annotations

import math
from typing import Any

import backtrader as bt

from brokers import commission
from brokers.execution_cost import ExecutionCost, bars_per_session, volatility_before
from brokers.positions import Positions
from models import costs
from models.orders import DuplicateOrderError


class ImpactBroker(bt.brokers.BackBroker):
    """Backtrader's broker with realistic prices and sizes.

    A market order fills at the next open, an order on close at the next close, each moved by the
    ticker's half-spread and the impact of its share of that bar's volume. The executions of a data
    on a bar take at most `max_participation` of its volume and, for a buy, what the cash allows;
    the rest stays in the market. A buy that lacks cash while no sell is working is cancelled for
    the rest, because no proceeds can come (its info says `lacks_cash`); it is never refused as a
    whole.
    Impact may carry a fill outside the bar's range, which is then flagged.

    An order whose info carries an `order_id` is taken once: the same id again is an error.

    Params:
        costs (None): models.costs.CostConfig; None = the default table.
    """

    params = (("costs", None),)

    def __init__(self) -> None:
        super().__init__()
        # Public: a strategy estimates with the figures that it will be charged.
        self.costs: costs.CostConfig = self.p.costs or costs.CostConfig()
        self.addcommissioninfo(
            commission.EtfCommission(
                bps=self.costs.commission_bps,
                minimum=self.costs.commission_minimum,
                per_share=self.costs.commission_per_share,
            )
        )

    def init(self) -> None:
        """Forget an earlier run of the same Cerebro."""
        super().init()
        self.positions = Positions()
        self._executions: dict[int, list[ExecutionCost]] = {}
        self._pressures: dict[Any, tuple[int, str, costs.Pressure]] = {}
        self._taken: dict[Any, tuple[int, float]] = {}
        self._order_ids: set[str] = set()

    def next(self) -> None:
        """Match what is in the market at this bar."""
        schemes = self.comminfo.values()
        self.positions.plain = all(isinstance(s, commission.EtfCommission) for s in schemes)
        super().next()

    def execution_costs(self, ref: int) -> list[ExecutionCost]:
        """Costs of an order's executions, oldest first; one entry for each execution bit."""
        return self._executions.get(ref, [])

    def submit(self, order: Any, check: bool = True) -> Any:
        """Take an order, each `order_id` once. DuplicateOrderError on a second."""
        order_id = order.info.get("order_id")
        if order_id:
            if order_id in self._order_ids:
                raise DuplicateOrderError(
                    f"order {order_id} was sent before; the same decision must not trade twice"
                )
            self._order_ids.add(order_id)
        return super().submit(order, check)

    def cancel(self, order: Any, bracket: bool = False) -> bool:
        """Take an order out of the market, one that was sent at this very close included."""
        if order in self.submitted:
            self.submitted.remove(order)
            self.pending.append(order)
        return bool(super().cancel(order, bracket))

    def _execute(
        self,
        order: Any,
        ago: int | None = None,
        price: float | None = None,
        cash: float | None = None,
        position: Any = None,
        dtcoc: float | None = None,
    ) -> Any:
        if ago is None:  # Backtrader's rehearsal of the cash check at submission
            left = super()._execute(order, ago, price, cash, position, dtcoc)
            return max(left, 0.0) if order.isbuy() else left
        if price is None:
            return None
        wanted = abs(order.executed.remsize)
        if self.p.filler is not None:
            wanted = min(wanted, self.p.filler(order, price, ago))
        size = min(wanted, self._volume_limit(order, ago))
        by_volume = size
        if order.isbuy():
            size = self._affordable(order, price, size, ago)
        if size > 0:
            self._fill(order, ago, price, size, dtcoc)
        if size < by_volume and not self._sell_working():
            self._cancel_rest(order)
        return None

    def _fill(
        self, order: Any, ago: int, reference: float, size: float, dtcoc: float | None
    ) -> None:
        cost = self._cost(order, reference, size, ago)
        paid = costs.execution_price(reference, cost.total_bps, order.isbuy())
        # Recorded first: the notification that `_execute` queues is read with this list.
        self._executions.setdefault(order.ref, []).append(cost)
        pressure = self._pressure(order, ago).plus(
            size if order.isbuy() else -size, self.costs.permanent_share
        )
        bar = len(order.data) + ago
        self._pressures[order.data] = (bar, _decision(order), pressure)
        self._taken[order.data] = (bar, self._taken_on(order, ago) + size)
        user_filler, self.p.filler = self.p.filler, lambda *_: size
        try:
            super()._execute(order, ago, paid, None, None, dtcoc)
        finally:
            self.p.filler = user_filler

    def _cost(self, order: Any, reference: float, size: float, ago: int) -> ExecutionCost:
        data, config = order.data, self.costs
        volume = data.volume[ago]
        sign = 1.0 if order.isbuy() else -1.0
        before = self._pressure(order, ago)
        after = before.plus(sign * size, config.permanent_share)
        volatility = volatility_before(data, ago)

        def impact(shares: float) -> float:
            return costs.pressed_impact_bps(shares, volume, volatility, config.impact_coefficient)

        half_spread = config.half_spread_of(data._name)
        # The trade itself presses in full, whatever earlier trades of the other side leave.
        whole = impact(size + max(sign * before.total, 0.0))
        price = costs.execution_price(reference, half_spread + whole, order.isbuy())
        return ExecutionCost(
            reference_price=reference,
            half_spread_bps=half_spread,
            impact_bps=whole,
            permanent_impact_bps=min(impact(sign * after.permanent), whole),
            participation=size / volume if volume > 0 else 0.0,
            outside_bar=bool(not data.low[ago] <= price <= data.high[ago]),
        )

    def _pressure(self, order: Any, ago: int) -> costs.Pressure:
        """Shares bought less sold before that still press on the price at the bar `ago`."""
        bar, decision, pressure = self._pressures.get(order.data, (0, "", costs.Pressure()))
        if decision != _decision(order):
            pressure = costs.Pressure(pressure.temporary)
        sessions = (len(order.data) + ago - bar) / bars_per_session(order.data)
        return pressure.later(sessions, self.costs.impact_memory)

    def _taken_on(self, order: Any, ago: int) -> float:
        """Shares of the order's data that were filled on the bar `ago` already."""
        bar, shares = self._taken.get(order.data, (0, 0.0))
        return shares if bar == len(order.data) + ago else 0.0

    def _volume_limit(self, order: Any, ago: int) -> float:
        volume = order.data.volume[ago]
        limit = self.costs.max_participation * volume if volume > 0 else 0.0
        limit = max(limit - self._taken_on(order, ago), 0.0)
        return math.floor(limit) if float(order.created.size).is_integer() else limit

    def _affordable(self, order: Any, reference: float, size: float, ago: int) -> float:
        """Largest size <= `size` whose price, impact and commission the cash covers.

        Whole shares, unless a fraction was ordered.
        """
        whole = float(order.created.size).is_integer()
        while size > 0:
            cost = self._cost(order, reference, size, ago)
            paid = costs.execution_price(reference, cost.total_bps, is_buy=True)
            fee = self.getcommissioninfo(order.data).getcommission(size, paid)
            if self.cash - size * paid - fee >= 0.0:
                return size
            lower = (self.cash - fee) / paid
            size = min(size - 1, math.floor(lower)) if whole else min(size * 0.999, lower)
            if not whole and size * paid < costs.CENT:
                return 0.0
        return 0.0

    def _sell_working(self) -> bool:
        return any(
            other is not None and not other.isbuy() and other.alive()
            for other in (*self.pending, *self.submitted)
        )

    def _cancel_rest(self, order: Any) -> None:
        order.addinfo(lacks_cash=True)
        order.cancel()
        self.notify(order)
        self._ococheck(order)
        self._bracketize(order, cancel=True)


def _decision(order: Any) -> str:
    """The decision that an order serves; an order of its own is its own decision."""
    return str(order.info.get("decision_id") or order.ref)
