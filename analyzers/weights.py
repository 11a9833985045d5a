"""Weights held at every close beside the targets that they drift from."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np

from analyzers import sessions

CASH = "CASH"


class Weights(bt.Analyzer):
    """Weight of each tradable data and of cash by session; each session's weights sum to one.

    The target is what the strategy last decided (`strategy.target_weights`).
    """

    def __init__(self) -> None:
        self._rows: list[tuple[float, float, float, dict[str, float]]] = []
        self._sizes: list[list[float]] = []

    def start(self) -> None:
        """Fix the order of the columns."""
        self._datas = list(getattr(self.strategy, "tradable_datas", self.strategy.datas))

    def next(self) -> None:
        """Note the session, once the lead-in is over."""
        strategy = self.strategy
        if not sessions.measured(strategy):
            return
        broker = strategy.broker
        self._sizes.append([broker.getposition(data).size for data in self._datas])
        self._rows.append(
            (
                strategy.lines.datetime[0],
                broker.getvalue(),
                broker.getcash(),
                strategy.target_weights,
            )
        )

    def get_analysis(self) -> dict[str, Any]:
        """Columns of a long table: date (ISO), ticker (or CASH), weight, target_weight."""
        names = [*(data._name for data in self._datas), CASH]
        days = [str(day) for day in sessions.session_dates([row[0] for row in self._rows])]
        weights = np.zeros((len(days), len(names)))
        value = np.array([row[1] for row in self._rows])
        for column, data in enumerate(self._datas):
            # A fund that listed late has fewer bars; they end together.
            closes = np.array(data.close.get(size=min(len(data), len(days))))
            sizes = np.array([row[column] for row in self._sizes])[len(days) - len(closes) :]
            held = np.where(sizes != 0.0, sizes * closes, 0.0)
            weights[len(days) - len(closes) :, column] = held / value[len(days) - len(closes) :]
        weights[:, -1] = np.array([row[2] for row in self._rows]) / value
        return {
            "date": [day for day in days for _ in names],
            "ticker": names * len(days),
            "weight": weights.ravel().tolist(),
            "target_weight": [row[3].get(name, 0.0) for row in self._rows for name in names],
        }
