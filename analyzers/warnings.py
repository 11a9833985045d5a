"""What the warning model said at every close."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np

from analyzers import sessions


class Warnings(bt.Analyzer):
    """Probabilities of underperformance and open warnings, by session and sector.

    Reads `strategy.watch` (models.warning_watch) and `strategy.watched`, the sectors' names; a
    strategy without them has no rows. Percentages are rounded to two digits.
    """

    def __init__(self) -> None:
        self._watches: list[Any] = []
        self._times: list[float] = []

    def next(self) -> None:
        """Keep the session's watch, once the lead-in is over."""
        watch = getattr(self.strategy, "watch", None)
        if watch is not None and sessions.measured(self.strategy):
            self._watches.append(watch)
            self._times.append(self.strategy.lines.datetime[0])

    def get_analysis(self) -> dict[str, Any]:
        """Columns: date, ticker, probability and base rate by horizon (percent), open and window.

        `open` is whether a warning stands, `sessions_open` for how many sessions it has (0 on its
        first), `window_from` and `window_to` its stated window in sessions after it opened; zeros
        where none stands.
        """
        if not self._watches:
            return {"date": [], "ticker": []}
        names, horizons = self.strategy.watched, self._watches[0].config.horizons
        days = [str(day) for day in sessions.session_dates(self._times)]
        said = np.round(100.0 * np.array([w.probabilities for w in self._watches]), 2)
        base = np.round(100.0 * np.array([w.model.base_rates for w in self._watches]), 2)
        columns: dict[str, Any] = {
            "date": [day for day in days for _ in names],
            "ticker": list(names) * len(days),
        }
        for index, horizon in enumerate(horizons):
            columns[f"probability_{horizon}_pct"] = said[:, :, index].ravel()
            columns[f"base_rate_{horizon}_pct"] = base[:, :, index].ravel()
        standing = np.zeros((len(days), len(names), 4), dtype=np.int64)
        for row, watch in enumerate(self._watches):
            for warning in watch.state.open:
                age = watch.state.row - warning.opened
                standing[row, warning.sector] = (1, age, *warning.window)
        columns["open"] = standing[:, :, 0].ravel().astype(bool)
        for position, name in enumerate(("sessions_open", "window_from", "window_to"), start=1):
            columns[name] = standing[:, :, position].ravel()
        return columns
