"""Weights held at every close beside the targets that they drift from."""

from __future__ import annotations

from typing import Any

import backtrader as bt

from analyzers import sessions

CASH = "CASH"


class Weights(bt.Analyzer):
    """Weight of each tradable data and of cash by session; each session's weights sum to one.

    The target is what the strategy last decided (`strategy.target_weights`).
    """

    def __init__(self) -> None:
        self._times: list[float] = []
        self._weights: list[list[float]] = []
        self._targets: list[dict[str, float]] = []

    def start(self) -> None:
        """Fix the order of the columns."""
        self._datas = list(getattr(self.strategy, "tradable_datas", self.strategy.datas))

    def next(self) -> None:
        """Note the session, once the lead-in is over."""
        if not sessions.measured(self.strategy):
            return
        broker = self.strategy.broker
        value = broker.getvalue()
        row = []
        for data in self._datas:
            size = broker.getposition(data).size
            row.append(size * data.close[0] / value if size else 0.0)
        row.append(broker.getcash() / value)
        self._times.append(self.strategy.lines.datetime[0])
        self._weights.append(row)
        self._targets.append(self.strategy.target_weights)

    def get_analysis(self) -> dict[str, Any]:
        """Columns of a long table: date (ISO), ticker (or CASH), weight, target_weight."""
        names = [*(data._name for data in self._datas), CASH]
        days = [str(day) for day in sessions.session_dates(self._times)]
        return {
            "date": [day for day in days for _ in names],
            "ticker": names * len(days),
            "weight": [weight for row in self._weights for weight in row],
            "target_weight": [target.get(name, 0.0) for target in self._targets for name in names],
        }
