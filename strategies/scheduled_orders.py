"""Works given parent orders over bars by one execution algorithm."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np

from models import orders, schedules, volume_profile, working_order
from strategies import known_bars


class ScheduledOrders(bt.Strategy):
    """A list of parent orders, each sent in children that live for one bar.

    The orders come at the close of bar `start`; slot k is the k-th bar after it, at whose open a
    child fills. Sells are sent before buys. What a child leaves is sent again with the next slot
    and, after the last, until all is done ("carry"), or is dropped ("cancel"). "pov" sends at
    each close what is missing to `participation_rate` of the volume since the order came, and has
    no deadline when it carries. Minute and daily bars, any broker.

    `orders_worked` holds the parent orders (models.working_order), `slot_rows` one row for each
    slot: schedule against actual.

    Params:
        orders (""): "XLK 1000, XLF -500" or (("XLK", 1000), ("XLF", -500)); negative sells.
        algorithm ("twap"): "immediate", "twap", "vwap", "pov" or "shortfall".
        slots (10): bars that an order may take.
        participation_rate (0.1): of "pov", share of the volume.
        risk_aversion (1e-6): of "shortfall", per dollar.
        leftover ("carry"): "carry" or "cancel".
        start (1): number of the bar at whose close the orders come.
        lot (1.0): smallest number of shares; 0 for any fraction.
        profile (None): expected volume of each slot, shares; None estimates it from the data.
        bars_per_session (390): of the data, for the estimate; 1 for daily bars.
        profile_sessions (20): trailing sessions of the estimate, at most.
    """

    params = (
        ("orders", ""),
        ("algorithm", "twap"),
        ("slots", 10),
        ("participation_rate", 0.1),
        ("risk_aversion", 1e-6),
        ("leftover", "carry"),
        ("start", 1),
        ("lot", 1.0),
        ("profile", None),
        ("bars_per_session", 390),
        ("profile_sessions", 20),
    )

    def __init__(self) -> None:
        super().__init__()
        if self.p.leftover not in ("carry", "cancel"):
            raise ValueError(f'leftover must be "carry" or "cancel", not {self.p.leftover!r}')
        self.config = schedules.ScheduleConfig(
            self.p.algorithm, self.p.slots, self.p.participation_rate, self.p.risk_aversion
        )
        names = [data._name for data in self.datas]
        # Sells first, so that their proceeds can pay for the buys of the same bar.
        self._waiting = sorted(_wanted(self.p.orders), key=lambda order: order[1] > 0)
        for ticker, _ in self._waiting:
            if ticker not in names:
                raise ValueError(f"orders: no data {ticker!r}; there are {', '.join(names)}")
        self.orders_worked: list[working_order.WorkingOrder] = []
        self.slot_rows: list[dict[str, Any]] = []
        # Order id -> (its row, its child), from sending until the bar is over.
        self._open: dict[str, tuple[dict[str, Any], Any]] = {}
        self._parents: dict[int, working_order.WorkingOrder] = {}

    def prenext(self) -> None:
        """A data that starts late must not hold the others back."""
        self.next()

    def next(self) -> None:
        """End the slot that this bar was, then send what is due in the next."""
        for work in self.orders_worked:
            self._end_slot(work)
        for ticker, shares in list(self._waiting):
            data = self.getdatabyname(ticker)
            if len(data) >= self.p.start:
                self._waiting.remove((ticker, shares))
                self.orders_worked.append(self._arrived(data, shares))
        for work in self.orders_worked:
            if work.status == working_order.WORKING and work.parent.order_id not in self._open:
                self._send(work)

    def notify_order(self, order: Any) -> None:
        """Book executions; a buy without cash ends when no sell can bring any."""
        work = self._parents.get(order.ref)
        if work is None:
            return
        for bit in order.executed.iterpending():
            work.fill(abs(bit.size), abs(bit.size) * bit.price)
        refused = order.status in (bt.Order.Margin, bt.Order.Rejected)
        if refused or (order.info.get("lacks_cash") and not self._selling()):
            work.end(working_order.NO_CASH)

    def kill(self, order_id: str) -> None:
        """End a parent order now: its child leaves the market, what is filled stays.

        A child sent at this very close still fills: Backtrader's broker only cancels from the next
        bar on. KeyError, with the ids there are, for an unknown one.
        """
        works = {work.parent.order_id: work for work in self.orders_worked}
        if order_id not in works:
            raise KeyError(f"no order {order_id}; there are {', '.join(works)}")
        _, child = self._open.get(order_id, ({}, None))
        if child is not None and child.alive():
            self.cancel(child)
        works[order_id].end(working_order.CANCELLED)

    def _arrived(self, data: Any, shares: float) -> working_order.WorkingOrder:
        side = orders.BUY if shares > 0 else orders.SELL
        number = len(self.orders_worked) + 1
        parent = orders.ParentOrder(
            order_id=f"{number}-{side}-{data._name}",
            decision_id=str(number),
            ticker=data._name,
            side=side,
            shares=abs(shares),
            decision_price=data.close[0],
            expected_cost_bps=float("nan"),
            reason=f"given; {self.config.algorithm} over {self.config.slots} slots",
        )
        # Percentage of volume learns its schedule on the way.
        scheduled = np.full(self.config.slots, abs(shares))
        if self.config.algorithm != "pov":
            scheduled = np.cumsum(self._plan(data, abs(shares)))
        return working_order.WorkingOrder(
            parent=parent, scheduled=scheduled, carry=self.p.leftover == "carry"
        )

    def _plan(self, data: Any, shares: float) -> np.ndarray:
        expected = None
        if self.config.algorithm in ("vwap", "shortfall"):
            expected = self._expected_volume(data)
        return schedules.schedule(
            self.config,
            shares,
            expected_volume=expected,
            price=data.close[0],
            volatility=_volatility(data),
            costs=getattr(self.broker, "costs", None),
            lot=self.p.lot,
        )

    def _expected_volume(self, data: Any) -> np.ndarray:
        """[slots] shares; a session is the bars from this time of day to the same a day later."""
        if self.p.profile is not None:
            return np.asarray(self.p.profile, dtype=np.float64)
        bars = self.p.bars_per_session
        history = known_bars.history_of(data, "volume")
        sessions = min(len(history) // bars, self.p.profile_sessions)
        if not sessions:
            raise ValueError(
                f"{data._name}: {len(history)} bars at the start, an expected volume needs "
                f"{bars} (bars_per_session); start later or give a profile"
            )
        table = history[-sessions * bars :].reshape(sessions, bars)
        profile = volume_profile.intraday_profile(table, sessions)
        volume = volume_profile.expected_volume(table.sum(axis=1), sessions)
        return np.asarray(volume * np.resize(profile, self.config.slots))

    def _send(self, work: working_order.WorkingOrder) -> None:
        if self.config.algorithm == "pov":
            self._follow_volume(work)
        size = work.next_child()
        if work.status != working_order.WORKING:
            return
        data = self.getdatabyname(work.parent.ticker)
        row = {
            "order_id": work.parent.order_id,
            "ticker": work.parent.ticker,
            "side": work.parent.side,
            "slot": work.sessions,
            "bar": len(data) + 1,
            "scheduled": work.scheduled_after(work.sessions),
            "sent": size,
            "filled": work.filled,
        }
        child = None
        if size > 0.0:
            trade = self.buy if work.parent.side == orders.BUY else self.sell
            child = trade(
                data=data,
                size=int(size) if float(size).is_integer() else size,
                exectype=bt.Order.Market,
                decision_id=work.parent.decision_id,
                participation_rate=self.p.participation_rate
                if self.config.algorithm == "pov"
                else None,
            )
            self._parents[child.ref] = work
        self._open[work.parent.order_id] = (row, child)

    def _follow_volume(self, work: working_order.WorkingOrder) -> None:
        place = min(work.sessions, len(work.scheduled) - 1)
        work.scheduled[place] = schedules.percentage_of_volume_step(
            work.parent.shares, 0.0, work.volume, self.p.participation_rate, self.p.lot
        )

    def _end_slot(self, work: working_order.WorkingOrder) -> None:
        row, child = self._open.get(work.parent.order_id, ({}, None))
        data = self.getdatabyname(work.parent.ticker)
        if not row or len(data) < row["bar"]:
            return
        del self._open[work.parent.order_id]
        volume = float(data.volume[0])
        work.volume += volume
        self.slot_rows.append(
            {
                **row,
                "time": data.datetime.datetime(0).isoformat(sep=" ", timespec="minutes"),
                "filled": work.filled - row["filled"],
                "filled_so_far": work.filled,
                "remaining": work.remaining,
                "volume": volume,
            }
        )
        if child is not None and child.alive():
            self.cancel(child)

    def _selling(self) -> bool:
        return any(
            work.parent.side == orders.SELL and work.status == working_order.WORKING
            for work in self.orders_worked
        )


def _wanted(given: Any) -> list[tuple[str, float]]:
    """(ticker, signed shares) of each order, from text or pairs."""
    pairs = [text.split() for text in given.split(",")] if isinstance(given, str) else list(given)
    try:
        wanted = [(str(ticker), float(shares)) for ticker, shares in pairs]
    except (TypeError, ValueError):
        raise ValueError(f'orders must read like "XLK 1000, XLF -500", not {given!r}') from None
    if not all(np.isfinite(shares) and shares != 0.0 for _, shares in wanted):
        raise ValueError(f"orders must be of finite, non-zero shares, not {given!r}")
    return wanted


def _volatility(data: Any) -> float:
    """Standard deviation of one bar's return: the feed's own, or of the last 60 bars."""
    if hasattr(data.lines, "volatility") and np.isfinite(data.volatility[0]):
        return float(data.volatility[0])
    return float(known_bars.liquidity_of(data)[1])
