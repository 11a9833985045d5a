"""The rotation: sector weights from bond stress."""

from __future__ import annotations

from typing import Any

import numpy as np

from models import costs, mapping
from models import decision as core
from models import decision_inputs as inputs
from models import decision_record as record
from models.universe import SECTORS
from strategies import rebalancing


class BondStressRotation(rebalancing.Rebalancing):
    """Tilts the sector funds around the benchmark's sector weights by bond stress.

    Expects one data named after the benchmark, one for each sector fund (late listings allowed) and
    one bond-stress feed; see feeds/bars.py and feeds/bond_stress.py.

    Params:
        features ("credit_60,rates_60"): stress lines that the mapping reads, comma-separated.
        horizon (60): sessions ahead that are predicted.
        training_window (2520): trailing sessions that the mapping is fitted on.
        min_rows (504): training rows before a sector gets a view.
        penalty (1.0): ridge penalty; 1 halves a fully trained coefficient.
        feature_cap (3.0): bound on each feature, in standard deviations.
        tracking_error_pct (3.0): annualised tracking-error budget, percent.
        risk_aversion (5.0): per unit of annualised active variance.
        max_active_weight (0.25): largest distance of a sector from its benchmark weight, 0 to 1.
        max_turnover (0.5): largest one-way turnover of one decision, 0 to 1.
        style_window (252): trailing sessions of the style analysis and the covariance.
    """

    params = (
        ("features", "credit_60,rates_60"),
        ("horizon", 60),
        ("training_window", 2520),
        ("min_rows", 504),
        ("penalty", 1.0),
        ("feature_cap", 3.0),
        ("tracking_error_pct", 3.0),
        ("risk_aversion", 5.0),
        ("max_active_weight", 0.25),
        ("max_turnover", 0.5),
        ("style_window", 252),
    )

    def __init__(self) -> None:
        super().__init__()
        self._features = tuple(name.strip() for name in self.p.features.split(","))
        self._config = inputs.CoreConfig(
            mapping=mapping.MappingConfig(
                features=self._features,
                horizon=self.p.horizon,
                window=self.p.training_window,
                min_rows=self.p.min_rows,
                penalty=self.p.penalty,
                feature_cap=self.p.feature_cap,
            ),
            tracking_error_budget_pct=self.p.tracking_error_pct,
            risk_aversion=self.p.risk_aversion,
            max_active_weight=self.p.max_active_weight,
            max_turnover=self.p.max_turnover,
            style_window=self.p.style_window,
            costs=getattr(self.broker, "costs", costs.CostConfig()),
        )
        self._benchmark = self.getdatabyname(self.benchmark)
        self._sectors = [data for data in self.datas if data._name in SECTORS]
        self._stress = self._stress_feed()

    def decide(self) -> list[dict[str, Any]]:
        """One row a sector: weights, expected relative return, its parts and the reason."""
        holdings = self._holdings()
        decided = core.decide(self._history(), holdings, self._config)
        readings = {n: float(rebalancing.history_of(self._stress, n)[-1]) for n in self._features}
        return [
            {
                **record.sector_row(decided, index, readings),
                "previous_weight": float(holdings.weights[index]),
            }
            for index in range(len(self._sectors))
        ]

    def _holdings(self) -> inputs.Holdings:
        value = self.broker.getvalue()
        invested = value * (1.0 - getattr(self.getsizer().p, "cash_buffer", 0.0))
        weights = [
            self.getposition(data).size * data.close[0] / invested if len(data) else 0.0
            for data in self._sectors
        ]
        return inputs.Holdings(np.array(weights), value)

    def _history(self) -> inputs.History:
        benchmark = rebalancing.history_of(self._benchmark, "close")
        prices = np.full((len(benchmark), len(self._sectors)), np.nan)
        for column, data in enumerate(self._sectors):
            closes = rebalancing.history_of(data, "close")[-len(benchmark) :]
            if len(closes):
                prices[-len(closes) :, column] = closes
        stress = [
            rebalancing.history_of(self._stress, name)[-len(benchmark) :] for name in self._features
        ]
        liquidity = np.array([rebalancing.liquidity_of(data) for data in self._sectors])
        return inputs.History(
            tickers=tuple(data._name for data in self._sectors),
            sector_prices=prices,
            benchmark_prices=benchmark,
            features=np.column_stack(stress),
            adv_dollars=liquidity[:, 0],
            volatility=liquidity[:, 1],
        )

    def _stress_feed(self) -> Any:
        for data in self.datas:
            # Bars have lines too (close, volume), and none of them is stress.
            stress = hasattr(data.lines, "composite")
            if stress and all(hasattr(data.lines, name) for name in self._features):
                return data
        raise ValueError(
            f"no feed has the lines {', '.join(self._features)}; add a bond-stress feed "
            "(feeds/bond_stress.py) or correct the parameter features"
        )
