"""The simulated broker: half-spread, square-root impact and a volume limit on every execution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import backtrader as bt
import numpy as np

from brokers import commission
from models import costs

VOLATILITY_SESSIONS = 60


@dataclass(frozen=True)
class ExecutionCost:
    """What one execution paid above (buy) or below (sell) the reference price.

    Attributes:
        reference_price: the open (market order) or the close (order on close), dollars.
        half_spread_bps: basis points of the reference price.
        impact_bps: basis points of the reference price.
        participation: executed size over the session's volume; impact counts what was traded in
            the same direction before, too, as far as it still presses.
    """

    reference_price: float
    half_spread_bps: float
    impact_bps: float
    participation: float


class ImpactBroker(bt.brokers.BackBroker):
    """Backtrader's broker with realistic prices and sizes.

    A market order fills at the next open, an order on close at the next close, each moved by the
    ticker's half-spread and the impact of its share of that session's volume. An execution takes
    at most `max_participation` of the session's volume and, for a buy, what the cash allows; the
    rest stays in the market. A buy that lacks cash while no sell is working is cancelled for the
    rest, because no proceeds can come; it is never refused as a whole. Impact may carry a fill
    outside the bar's range.

    Params:
        costs (None): models.costs.CostConfig; None = the default table.
    """

    params = (("costs", None),)

    def __init__(self) -> None:
        super().__init__()
        # Public: a strategy estimates with the figures that it will be charged.
        self.costs: costs.CostConfig = self.p.costs or costs.CostConfig()
        self._executions: dict[int, list[ExecutionCost]] = {}
        self._pressures: dict[Any, tuple[int, float]] = {}
        self.addcommissioninfo(
            commission.EtfCommission(
                bps=self.costs.commission_bps, minimum=self.costs.commission_minimum
            )
        )

    def execution_costs(self, ref: int) -> list[ExecutionCost]:
        """Costs of an order's executions, oldest first; one entry for each execution bit."""
        return self._executions.get(ref, [])

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
        paid = costs.execution_price(
            reference, cost.half_spread_bps + cost.impact_bps, order.isbuy()
        )
        # Recorded first: the notification that `_execute` queues is read with this list.
        self._executions.setdefault(order.ref, []).append(cost)
        signed = size if order.isbuy() else -size
        pressure = self._pressure(order.data, ago) + signed
        self._pressures[order.data] = (len(order.data) + ago, pressure)
        user_filler, self.p.filler = self.p.filler, lambda *_: size
        try:
            super()._execute(order, ago, paid, None, None, dtcoc)
        finally:
            self.p.filler = user_filler

    def _cost(self, order: Any, reference: float, size: float, ago: int) -> ExecutionCost:
        volume = order.data.volume[ago]
        participation = size / volume if volume > 0 else 0.0
        pressure = self._pressure(order.data, ago)
        pressing = max(pressure if order.isbuy() else -pressure, 0.0)
        impact = costs.impact_bps(
            (size + pressing) / volume if volume > 0 else 0.0,
            _volatility_before(order.data, ago),
            self.costs.impact_coefficient,
        )
        half_spread = self.costs.half_spread_of(order.data._name)
        return ExecutionCost(reference, half_spread, impact, participation)

    def _pressure(self, data: Any, ago: int) -> float:
        """Shares bought less sold before that still press on the price at the bar `ago`."""
        bar, shares = self._pressures.get(data, (0, 0.0))
        return float(shares * self.costs.impact_memory ** (len(data) + ago - bar))

    def _volume_limit(self, order: Any, ago: int) -> float:
        volume = order.data.volume[ago]
        limit = self.costs.max_participation * volume if volume > 0 else 0.0
        return math.floor(limit)

    def _affordable(self, order: Any, reference: float, size: float, ago: int) -> float:
        """Largest whole-share size <= `size` whose price, impact and commission the cash covers."""
        while size > 0:
            cost = self._cost(order, reference, size, ago)
            paid = costs.execution_price(
                reference, cost.half_spread_bps + cost.impact_bps, is_buy=True
            )
            fee = costs.commission_dollars(
                size * paid, self.costs.commission_bps, self.costs.commission_minimum
            )
            if self.cash - size * paid - fee >= 0.0:
                return size
            size = min(size - 1, math.floor((self.cash - fee) / paid))
        return 0

    def _sell_working(self) -> bool:
        return any(
            other is not None and not other.isbuy() and other.alive()
            for other in (*self.pending, *self.submitted)
        )

    def _cancel_rest(self, order: Any) -> None:
        order.cancel()
        self.notify(order)
        self._ococheck(order)
        self._bracketize(order, cancel=True)


def _volatility_before(data: Any, ago: int) -> float:
    """Daily volatility known before the bar at `ago`: the feed's line, or from its closes."""
    if hasattr(data.lines, "volatility"):
        known = float(data.volatility[ago - 1]) if len(data) + ago > 1 else math.nan
        if math.isfinite(known):
            return known
    closes = np.array(data.close.get(ago=ago - 1, size=min(VOLATILITY_SESSIONS, len(data) - 1)))
    if len(closes) < 3:
        raise ValueError(
            f"{data._name}: an order executes before three bars of history; "
            "impact needs a volatility, so start the feed earlier"
        )
    return float(np.diff(np.log(closes)).std(ddof=1))
