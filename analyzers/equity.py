"""Wealth of the portfolio and of the benchmark at every close."""

from __future__ import annotations

from typing import Any

import backtrader as bt

from analyzers import sessions


class Equity(bt.Analyzer):
    """Value, cash and benchmark wealth by session, once the strategy's lead-in is over.

    The first row is the close before the first measured return: the benchmark's wealth starts
    there with the portfolio's value.

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
        if not sessions.measured(self.strategy):
            return
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
            "benchmark": benchmark_wealth(self._values, self._closes),
        }


def benchmark_wealth(values: list[float], closes: list[float]) -> list[float]:
    """Wealth of the first value held in the benchmark from the first close on, [T] -> [T]."""
    return [values[0] * (close / closes[0]) for close in closes]
