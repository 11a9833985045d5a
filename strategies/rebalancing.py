"""What every strategy here shares: when it trades, in which order, and what it records."""

from __future__ import annotations

from datetime import date
from typing import Any

import backtrader as bt
import numpy as np

from models import working_order
from models.schedules import ALGORITHMS, ScheduleConfig
from strategies import known_bars, slicing

IMMEDIATE = np.ones(1)


class Rebalancing(bt.Strategy):
    """Trades to target weights on a schedule; subclasses say to which.

    The first bar is the inception: its orders go to the following closes as far as volume allows,
    and what they left in cash is invested at the open after the last of them. From then on
    decisions fall on the close of each month's first session (see `due`) and reach the market at
    the next open, sells before buys. The first `lead_in` bars are for building the portfolio and
    are not measured.

    A decision becomes parent orders in shares (models.orders), each worked session by session
    (models.working_order): a child order lives for one session, what it leaves is sent again or
    dropped, and a new decision ends what is still working.

    Every data but a bond-stress feed is tradable; one may start late.

    Params:
        algorithm ("plan"): how orders are spread over sessions: "plan" as the decision says, else
            "immediate", "twap", "vwap", "pov" or "shortfall" (models.schedules).
        sessions (5): over how many ("pov": as many as it takes).
        participation_rate (0.05): of "pov", share of the expected volume.
        order_risk_aversion (1e-6): of "shortfall", per dollar.
        leftover ("carry"): what a session leaves of an order is sent again; "cancel" drops it.
    """

    params: tuple[tuple[str, Any], ...] = (
        ("algorithm", "plan"),
        ("sessions", 5),
        ("participation_rate", 0.05),
        ("order_risk_aversion", 1e-6),
        ("leftover", "carry"),
    )

    benchmark = "SPY"
    lead_in = 20

    def __init__(self) -> None:
        super().__init__()
        if self.p.leftover not in ("carry", "cancel"):
            raise ValueError(f'leftover must be "carry" or "cancel", not {self.p.leftover!r}')
        if self.p.algorithm not in (slicing.PLAN, *ALGORITHMS):
            known = ", ".join((slicing.PLAN, *ALGORITHMS))
            raise ValueError(f"algorithm must be one of {known}, not {self.p.algorithm!r}")
        # Refuses what it cannot work with.
        ScheduleConfig(
            "immediate", self.p.sessions, self.p.participation_rate, self.p.order_risk_aversion
        )
        self.tradable_datas = [data for data in self.datas if not hasattr(data.lines, "composite")]
        self.target_weights: dict[str, float] = {}
        # How the coming decision is spread over sessions: [S] shares of each order; [0] holds.
        self.parts = IMMEDIATE
        self.decision_rows: list[dict[str, Any]] = []
        self.orders_worked: list[working_order.WorkingOrder] = []
        # Where in `orders_worked` each decision's orders begin.
        self.order_batches: list[int] = []
        self._working: list[working_order.WorkingOrder] = []
        self._children: dict[int, tuple[Any, working_order.WorkingOrder]] = {}
        self._booked: dict[int, tuple[float, float]] = {}
        self._last: date | None = None
        self._building = False

    def decide(self) -> list[dict[str, Any]]:
        """Rows of the decision at this close, one a ticker, with at least ticker, target_weight.

        Returning no row leaves the portfolio and its working orders as they are.
        """
        raise NotImplementedError

    def due(self, today: date, before: date) -> bool:
        """Whether to decide at today's close; `before` is the session before. Monthly."""
        return (today.year, today.month) != (before.year, before.month)

    def start(self) -> None:
        """Refuse a sizer that cannot make the orders of a decision."""
        if not hasattr(self.getsizer(), "parent_orders"):
            raise TypeError(
                f"{type(self).__name__} needs a sizer that trades to target weights; "
                "add cerebro.addsizer(TargetWeight) from sizers/target_weight.py"
            )

    def prenext(self) -> None:
        """Funds that list late must not hold the others back."""
        self.next()

    def next(self) -> None:
        """Decide when due, then send what is due of the working orders."""
        today = self.datetime.date(0)
        if self._children:
            self._end_session()
        if self._last is None:
            self._building = self._decide(today.isoformat())
            self._open_orders(IMMEDIATE if self._building else IMMEDIATE[:0])
        elif self.due(today, self._last):
            if self._decide(today.isoformat()):
                self._building = False
                self._open_orders(self.parts)
        elif self._building and not self._working:
            self._building = False
            self._open_orders(IMMEDIATE, "top-up")
        if self._working:
            self._send_children(bt.Order.Close if self._building else bt.Order.Market)
        self._last = today

    def notify_order(self, order: Any) -> None:
        """Book executions; an order that lacks cash and has no sells to wait for has ended."""
        known = self._children.get(order.ref)
        if known is None:
            return
        work = known[1]
        shares, dollars = self._booked.get(order.ref, (0.0, 0.0))
        filled = abs(order.executed.size)
        if filled > shares:
            spent = filled * order.executed.price
            work.fill(filled - shares, spent - dollars)
            self._booked[order.ref] = (filled, spent)
        refused = order.status in (bt.Order.Margin, bt.Order.Rejected)
        if refused or (order.info.get("lacks_cash") and not self._sells_working()):
            work.end(working_order.NO_CASH)

    def return_covariance(self, datas: list[Any]) -> np.ndarray:
        """[N x N] of daily returns, for the rounding of orders."""
        return known_bars.return_covariance(datas)

    def _decide(self, today: str) -> bool:
        rows = self.decide()
        for row in rows:
            self.decision_rows.append({"decision_id": today, "date": today, **row})
        if rows:
            self.target_weights = {row["ticker"]: row["target_weight"] for row in rows}
        return bool(rows)

    def _open_orders(self, parts: np.ndarray, stage: str = "") -> None:
        for work in self._working:
            work.end(working_order.CANCELLED)
        self._working = []
        self.order_batches.append(len(self.orders_worked))
        if not len(parts):
            return
        rows = self.decision_rows[-len(self.target_weights) :]

        def slices(data: Any, shares: float) -> np.ndarray:
            if self._building:
                return np.full(1, shares)
            return slicing.children(self, data, shares, parts)

        def expected(data: Any, dollars: float) -> float:
            # The plan's parts cost the same whether rounded to lots or not.
            planned = self._building or self.p.algorithm == slicing.PLAN
            shares = dollars / data.close[0]
            children = shares * parts if planned else slices(data, shares)
            return slicing.expected_cost_bps(self.broker, data, dollars, children)

        reasons = {row["ticker"]: row.get("reason", "") for row in rows}
        decision = rows[-1]["decision_id"]
        for parent in self.getsizer().parent_orders(decision, expected, reasons, stage):
            children = slices(self.getdatabyname(parent.ticker), parent.shares)
            work = working_order.WorkingOrder(
                parent, np.cumsum(children), carry=self.p.leftover == "carry"
            )
            self._working.append(work)
            self.orders_worked.append(work)

    def _send_children(self, exectype: int) -> None:
        for work in self._working:
            parent, shares = work.parent, work.next_child()
            data = self.getdatabyname(parent.ticker)
            if parent.sign < 0.0:
                shares = self._worth_selling(data, shares)
            if shares <= 0.0:
                continue
            trade = self.buy if parent.sign > 0.0 else self.sell
            order = trade(
                data=data,
                size=shares,
                exectype=exectype,
                decision_id=parent.decision_id,
                parent_id=parent.order_id,
                order_id=f"{parent.order_id}-{work.sessions}",
            )
            self._children[order.ref] = (order, work)

    def _worth_selling(self, data: Any, shares: float) -> float:
        """Shares of a sell, none where its commission would take more than it brings.

        A sell therefore never asks for cash, and no order of a session is refused for want of it.
        """
        # Fractions filled in pieces may add up to a hair more than was held.
        shares = min(shares, float(self.getposition(data).size))
        fee = self.broker.getcommissioninfo(data).getcommission(shares, data.close[0])
        return shares if shares * data.close[0] > fee else 0.0

    def _end_session(self) -> None:
        """A child lives for one session: cancel what is left of it."""
        for order, work in self._children.values():
            work.volume += order.data.volume[0]
            if order.alive():
                self.cancel(order)
        self._children.clear()
        self._booked.clear()
        self._working = [w for w in self._working if w.status == working_order.WORKING]

    def _sells_working(self) -> bool:
        working = (work for work in self._working if work.status == working_order.WORKING)
        return any(work.parent.sign < 0.0 for work in working)


def benchmark_row(strategy: Rebalancing, reason: str) -> dict[str, Any]:
    """The decision of a strategy that cannot say anything yet: the benchmark's fund."""
    return {"ticker": strategy.benchmark, "target_weight": 1.0, "reason": f"benchmark: {reason}"}
