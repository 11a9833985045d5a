"""Timing every sector by its ten-month average."""

from __future__ import annotations

from typing import Any

import numpy as np

from models import sector_rules
from models.universe import SECTORS
from strategies import known_bars, rebalancing

REASONS = {True: "above its average", False: "not above its average"}


class TenMonthTrend(rebalancing.Rebalancing):
    """Each sector at 1/N while its month-end close is above its ten-month average, else cash.

    Faber (2007), doi:10.3905/jwm.2007.674809. A sector without the months is not held;
    while none has them the benchmark's fund is.

    Params:
        months (10): month-end closes in the average.
        algorithm, sessions, participation_rate, order_risk_aversion, leftover: how orders are
            worked, see Rebalancing.
    """

    params = (("months", 10),)

    def __init__(self) -> None:
        super().__init__()
        if self.p.months < 2:
            raise ValueError("months must be 2 or more")
        self._sectors = [data for data in self.tradable_datas if data._name in SECTORS]

    def decide(self) -> list[dict[str, Any]]:
        """One row a sector; what is below its average is left in cash."""
        clock = self.getdatabyname(self.benchmark)
        days = known_bars.history_of(clock, "datetime") - known_bars.UNIX_EPOCH
        months = days.astype("datetime64[D]").astype("datetime64[M]")
        # The last session of every month but the current one.
        ends = np.flatnonzero(months[1:] != months[:-1])
        prices = known_bars.matrix(self._sectors, "close", len(days))
        rising = sector_rules.above_average(prices[ends], self.p.months)
        recent = prices[ends][-self.p.months :]
        with_history = np.isfinite(recent).all(axis=0) & (len(recent) == self.p.months)
        if not with_history.any():
            return [rebalancing.benchmark_row(self, "no sector has the history yet")]
        count = int(with_history.sum())
        return [
            {
                "ticker": data._name,
                "target_weight": float(up) / count,
                "reason": REASONS[bool(up)] if known else "no history yet",
            }
            for data, up, known in zip(self._sectors, rising, with_history, strict=True)
        ]
