"""A rotation of a given size, again and again: what it costs to move a portfolio."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.style import style_weights
from models.universe import SECTORS
from strategies import known_bars, rebalancing

STYLE_SESSIONS = 252


class LargeShift(rebalancing.Rebalancing):
    """Moves a part of the portfolio out of one sector into others and back, a move every n months.

    It holds the benchmark's sector weights (style analysis of the last 252 sessions, or as many as
    there are) and every second time the shifted ones. There is no view in it: it measures
    execution.

    Params:
        share (0.2): of the portfolio that moves, 0 to 1; no more than the source's weight.
        source ("XLK"): sector that it comes from.
        destinations ("XLP,XLU,XLV"): sectors that it goes to in equal parts, comma-separated.
        months (3): from one move to the next.
        algorithm, sessions, participation_rate, order_risk_aversion, leftover: how orders are
            worked, see Rebalancing; "plan" trades at once.
    """

    params = (
        ("share", 0.2),
        ("source", "XLK"),
        ("destinations", "XLP,XLU,XLV"),
        ("months", 3),
    )

    def __init__(self) -> None:
        super().__init__()
        self._sectors = [data for data in self.tradable_datas if data._name in SECTORS]
        self._destinations = [name.strip() for name in self.p.destinations.split(",")]
        names = [data._name for data in self._sectors]
        for name in (self.p.source, *self._destinations):
            if name not in names:
                raise ValueError(f"sector {name}: no such data; there are {', '.join(names)}")
        if not 0.0 < self.p.share <= 1.0 or self.p.months < 1:
            raise ValueError("share must lie in 0..1 and months be 1 or more")
        self._decisions = 0
        self._shifted = False

    def decide(self) -> list[dict[str, Any]]:
        """Benchmark weights, or the shifted ones, in turn; nothing in the months between."""
        self._decisions += 1
        if (self._decisions - 1) % self.p.months:
            return []
        building = not self.decision_rows
        self._shifted = not building and not self._shifted
        weights = self._benchmark_weights()
        if self._shifted:
            moved = min(self.p.share, weights[self.p.source])
            weights[self.p.source] -= moved
            for name in self._destinations:
                weights[name] += moved / len(self._destinations)
        reason = "shifted" if self._shifted else "benchmark weights"
        return [
            {"ticker": name, "target_weight": weight, "reason": reason}
            for name, weight in weights.items()
        ]

    def _benchmark_weights(self) -> dict[str, float]:
        benchmark = known_bars.history_of(self.getdatabyname(self.benchmark), "close")
        columns = [known_bars.history_of(data, "close") for data in self._sectors if len(data)]
        rows = [min(len(column), len(benchmark), STYLE_SESSIONS + 1) for column in columns]
        window = max(rows)
        held = [data for data in self._sectors if len(data)]
        held = [data for data, count in zip(held, rows, strict=True) if count == window]
        prices = np.column_stack([known_bars.history_of(data, "close")[-window:] for data in held])
        market = benchmark[-window:]
        weights = style_weights(market[1:] / market[:-1] - 1.0, prices[1:] / prices[:-1] - 1.0)
        found = dict(zip([data._name for data in held], weights.tolist(), strict=True))
        return {data._name: found.get(data._name, 0.0) for data in self._sectors}
