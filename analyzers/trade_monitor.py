"""How every parent order stands, session by session."""

from __future__ import annotations

from typing import Any

import backtrader as bt

from analyzers import sessions


class TradeMonitor(bt.Analyzer):
    """One row a session for each order that is working or ended in it.

    Reads `strategy.orders_worked` (models.working_order); a strategy without has no rows.

    Params:
        on_rows (None): called at each close with the session's date and its rows, for somebody who
            watches; None does nothing.
    """

    params = (("on_rows", None),)
    columns = (
        "date", "order_id", "decision_id", "ticker", "side", "shares", "filled_shares",
        "remaining_shares", "scheduled_shares", "participation", "decision_price", "arrival_price",
        "average_price", "expected_sessions_left", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._watched: list[tuple[Any, float, float]] = []
        self._seen = 0

    def next(self) -> None:
        """Note the orders that worked in this session, then take in the new ones."""
        worked = getattr(self.strategy, "orders_worked", ())
        if not self._watched and len(worked) == self._seen:
            return
        day = str(sessions.session_dates([self.strategy.lines.datetime[0]])[0])
        rows, still = [], []
        for work, arrival, volume in self._watched:
            data = self.strategy.getdatabyname(work.parent.ticker)
            # The first session that the order could trade in is when it arrived.
            arrival = data.open[0] if arrival != arrival else arrival
            rows.append(self._row(day, work, arrival, volume + data.volume[0]))
            if work.status == "working":
                still.append((work, arrival, volume + data.volume[0]))
        still += [(work, float("nan"), 0.0) for work in worked[self._seen :]]
        self._seen = len(worked)
        self._watched = still
        self._rows += rows
        if self.p.on_rows is not None:
            self.p.on_rows(day, rows)

    def get_analysis(self) -> list[dict[str, Any]]:
        """Rows in order of sessions.

        `participation` is what was filled over what the market traded since the order's first
        session, `scheduled_shares` what the schedule wanted by then, `arrival_price` the open of
        that session, `average_price` of the fills (null before), `expected_sessions_left` until the
        schedule is through.
        """
        return list(self._rows)

    def _row(self, day: str, work: Any, arrival: float, volume: float) -> dict[str, Any]:
        parent = work.parent
        working = work.status == "working"
        # A working order has sent the child of the next session by now.
        done = work.sessions - working
        return {
            "date": day,
            "order_id": parent.order_id,
            "decision_id": parent.decision_id,
            "ticker": parent.ticker,
            "side": parent.side,
            "shares": parent.shares,
            "filled_shares": work.filled,
            "remaining_shares": work.remaining,
            "scheduled_shares": work.scheduled_after(done),
            "participation": work.filled / volume if volume > 0.0 else 0.0,
            "decision_price": parent.decision_price,
            "arrival_price": arrival,
            "average_price": work.average_price,
            "expected_sessions_left": max(len(work.scheduled) - done, 1) if working else 0,
            "status": work.status,
        }
