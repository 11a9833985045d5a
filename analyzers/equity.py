"""Wealth of the portfolio and of the benchmark at every close."""

from __future__ import annotations

from typing import Any

import backtrader as bt

from analyzers import sessions


class Equity(bt.Analyzer):
    """Value, cash and benchmark wealth by session.

    The benchmark starts with the portfolio's cash and is bought without cost at the close at which
    the portfolio is first invested: both stand in cash at the inception session, and the next
    session's active return is the cost of building the portfolio.

    Params:
        benchmark ("SPY"): name of the benchmark's data.
    """

    params = (("benchmark", "SPY"),)

    def __init__(self) -> None:
        self._times: list[float] = []
        self._values: list[float] = []
        self._cash: list[float] = []
        self._closes: list[float] = []

    def start(self) -> None:
        """Find the benchmark."""
        self._benchmark = self.strategy.getdatabyname(self.p.benchmark)

    def next(self) -> None:
        """Note the session."""
        broker = self.strategy.broker
        self._times.append(self.strategy.lines.datetime[0])
        self._values.append(broker.getvalue())
        self._cash.append(broker.getcash())
        self._closes.append(self._benchmark.close[0])

    def get_analysis(self) -> dict[str, list[Any]]:
        """Columns date (ISO), value, cash, benchmark; equally long."""
        return {
            "date": [str(day) for day in sessions.session_dates(self._times)],
            "value": list(self._values),
            "cash": list(self._cash),
            "benchmark": benchmark_wealth(self._values[:1], self._closes),
        }


def benchmark_wealth(initial: list[float], closes: list[float]) -> list[float]:
    """Wealth of `initial` held in cash at the first close and in the benchmark from the second."""
    if len(closes) < 2:
        return list(initial)
    start, bought = initial[0], closes[1]
    return [start, *(start * (close / bought) for close in closes[1:])]
