"""What every strategy here shares: when it trades, in which order, and what it records."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np

LIQUIDITY_SESSIONS = 60
# Backtrader counts days from 0001-01-01 as day 1.
UNIX_EPOCH = 719163


class Rebalancing(bt.Strategy):
    """Trades to target weights on a schedule; subclasses say to which.

    The first bar is the inception: its orders go to the following closes as far as volume allows,
    and what they left in cash is invested at the open after the last of them. From then on
    decisions fall on the close of each month's first session and reach the market at the next open,
    sells before buys. The first `lead_in` bars are for building the portfolio and are not measured.

    A decision that should not be traded at one open leaves the weights on the way in `schedule`,
    first session first; each is traded a session after the one before, the last being the target.

    Every data but a bond-stress feed is tradable; one may start late.
    """

    benchmark = "SPY"
    lead_in = 20

    def __init__(self) -> None:
        self.tradable_datas = [data for data in self.datas if not hasattr(data.lines, "composite")]
        self.target_weights: dict[str, float] = {}
        self.schedule: list[dict[str, float]] = []
        self.decision_rows: list[dict[str, Any]] = []
        self._month: tuple[int, int] | None = None
        self._building = False

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
        if self._month is None:
            self._building = self._decide(today.isoformat())
            if self._building:
                self._trade(bt.Order.Close)
        elif month != self._month:
            self._building = False
            if self._decide(today.isoformat()):
                self._trade_next()
        elif self.schedule:
            self._trade_next()
        elif self._building and not self.broker.get_orders_open():
            self._building = False
            self._trade(bt.Order.Market)
        self._month = month

    def _decide(self, today: str) -> bool:
        rows = self.decide()
        for row in rows:
            self.decision_rows.append({"decision_id": today, "date": today, **row})
        if rows:
            self.target_weights = {row["ticker"]: row["target_weight"] for row in rows}
        return bool(rows)

    def _trade_next(self) -> None:
        if self.schedule:
            self.target_weights = self.schedule.pop(0)
        self._trade(bt.Order.Market)

    def _trade(self, exectype: int) -> None:
        self._cancel_working()
        decision = self.decision_rows[-1]["decision_id"]
        datas = [data for data in self.tradable_datas if len(data)]
        for data in datas:
            self.sell(data=data, exectype=exectype, decision_id=decision)
        for data in datas:
            self.buy(data=data, exectype=exectype, decision_id=decision)

    def _cancel_working(self) -> None:
        """An older decision's remainder must not compete with the new one."""
        for order in self.broker.get_orders_open():
            self.cancel(order)


def history_of(data: Any, line: str) -> np.ndarray:
    """A line's values up to the current bar, warm-up included when the feed carries one, [t]."""
    if hasattr(data, "past"):
        return np.asarray(data.past(line))
    return np.array(getattr(data.lines, line).get(size=len(data)), dtype=np.float64)


def liquidity_of(data: Any) -> tuple[float, float]:
    """Mean dollar volume and daily volatility of the last 60 bars, known at the current one.

    From the feed's own lines where it has them (they reach back before the first bar); NaN before
    the first bar.
    """
    if not len(data):
        return np.nan, np.nan
    if hasattr(data.lines, "dollar_adv"):
        return data.dollar_adv[0], data.volatility[0]
    size = min(LIQUIDITY_SESSIONS, len(data))
    closes = np.array(data.close.get(size=size))
    dollars = closes * np.array(data.volume.get(size=size))
    moves = np.diff(np.log(closes))
    return float(dollars.mean()), float(moves.std(ddof=1)) if size > 2 else np.nan
