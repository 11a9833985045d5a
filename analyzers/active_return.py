"""Alpha, beta, information ratio and tracking error of a run."""

from __future__ import annotations

import backtrader as bt
import numpy as np

from analyzers import equity, sessions
from models import performance


class ActiveReturn(bt.Analyzer):
    """Annualised figures against the benchmark, net of every cost that the broker charged.

    `get_analysis` gives the keys of models.performance.active_metrics; None where the run is too
    short. The information ratio is annualised (mean over deviation of daily active returns, times
    sqrt 252); alpha carries a Newey-West error.

    Params:
        benchmark ("SPY"): name of the benchmark's data.
        seed (20050103): of the information ratio's bootstrap interval.
    """

    params = (("benchmark", "SPY"), ("seed", 20050103))

    def __init__(self) -> None:
        self._values: list[float] = []
        self._closes: list[float] = []
        self._analysis: dict[str, float | None] = {}

    def start(self) -> None:
        """Find the benchmark."""
        self._benchmark = self.strategy.getdatabyname(self.p.benchmark)

    def next(self) -> None:
        """Note the session, once the lead-in is over."""
        if not sessions.measured(self.strategy):
            return
        self._values.append(self.strategy.broker.getvalue())
        self._closes.append(self._benchmark.close[0])

    def stop(self) -> None:
        """Work the figures out."""
        wealth = equity.benchmark_wealth(self._values, self._closes)
        self._analysis = dict(
            performance.active_metrics(np.array(self._values), np.array(wealth), self.p.seed)
        )

    def get_analysis(self) -> dict[str, float | None]:
        """The figures, by name with unit."""
        return self._analysis
