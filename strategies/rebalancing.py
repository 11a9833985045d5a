"""What every strategy here shares: when it trades, in which order, and what it records."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np


class Rebalancing(bt.Strategy):
    """Trades to target weights on a schedule; subclasses say to which.

    The first bar is the inception: its orders go to the next session's close, so that the portfolio
    is invested at a known price when measuring begins. From then on decisions fall on the close of
    each month's first session and reach the market at the next open, sells before buys.

    Every data but a bond-stress feed is tradable; one may start late.
    """

    benchmark = "SPY"

    def __init__(self) -> None:
        self.tradable_datas = [data for data in self.datas if not hasattr(data.lines, "composite")]
        self.target_weights: dict[str, float] = {}
        self.decision_rows: list[dict[str, Any]] = []
        self._started = False
        self._month: tuple[int, int] | None = None

    def decide(self) -> list[dict[str, Any]]:
        """Rows of the decision at this close, one a ticker, with at least ticker, target_weight.

        Returning no row leaves the portfolio as it is.
        """
        raise NotImplementedError

    def start(self) -> None:
        """Refuse a sizer that ignores target weights: it would trade one share a time."""
        if isinstance(self.getsizer(), bt.sizers.FixedSize):
            raise TypeError(
                f"{type(self).__name__} needs a sizer that trades to target weights; "
                "add cerebro.addsizer(TargetWeight) from sizers/target_weight.py"
            )

    def prenext(self) -> None:
        """Funds that list late must not hold the others back."""
        self.next()

    def next(self) -> None:
        """Decide when due, then trade."""
        today = self.datetime.date(0)
        month = (today.year, today.month)
        due = not self._started or (self._month is not None and month != self._month)
        self._month = month
        if due:
            self._rebalance(today.isoformat(), inception=not self._started)
            self._started = True

    def _rebalance(self, today: str, inception: bool) -> None:
        rows = self.decide()
        if not rows:
            return
        for row in rows:
            self.decision_rows.append({"decision_id": today, "date": today, **row})
        self.target_weights = {row["ticker"]: row["target_weight"] for row in rows}
        self._cancel_working()
        exectype = bt.Order.Close if inception else bt.Order.Market
        datas = [data for data in self.tradable_datas if len(data)]
        for data in datas:
            self.sell(data=data, exectype=exectype, decision_id=today)
        for data in datas:
            self.buy(data=data, exectype=exectype, decision_id=today)

    def _cancel_working(self) -> None:
        """An older decision's remainder must not compete with the new one."""
        for order in self.broker.get_orders_open():
            self.cancel(order)


def history_of(data: Any, line: str) -> np.ndarray:
    """A line's values up to the current bar, warm-up included when the feed carries one, [t]."""
    if hasattr(data, "past"):
        return np.asarray(data.past(line))
    return np.array(getattr(data.lines, line).get(size=len(data)), dtype=np.float64)
