"""The rotation: sector weights from bond stress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models import costs, mapping
from models import decision as core
from models import decision_inputs as inputs
from models import decision_record as record
from models.defensive_record import recommendation_row
from models.defensives import DefensiveConfig, MarketHistory, rank_defensives
from models.stress_sources import CHANNELS
from models.transition import TransitionConfig
from models.universe import SECTORS
from models.warning_model import WarningConfig
from models.warning_state import WarningRule
from models.warning_watch import WarningWatch
from strategies import known_bars, rebalancing


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
        transition_max_sessions (20): longest transition, sessions.
        transition_fixed_sessions (0): 0 chooses the length; n trades n equal parts.
        style_window (252): trailing sessions of the style analysis and the covariance.
        warning_level (0.60): probability of trailing the benchmark at which a warning opens.
        warning_lift (0.10): by how much it must exceed the sector's base rate as well.
        algorithm, sessions, participation_rate, order_risk_aversion, leftover: how orders are
            worked, see Rebalancing.
    """

    params: tuple[tuple[str, Any], ...] = (
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
        ("transition_max_sessions", 20),
        ("transition_fixed_sessions", 0),
        ("style_window", 252),
        ("warning_level", 0.60),
        ("warning_lift", 0.10),
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
            transition=TransitionConfig(
                max_sessions=self.p.transition_max_sessions,
                fixed_sessions=self.p.transition_fixed_sessions,
            ),
            style_window=self.p.style_window,
            costs=getattr(self.broker, "costs", costs.CostConfig()),
        )
        self._benchmark = self.getdatabyname(self.benchmark)
        self._sectors = [data for data in self.datas if data._name in SECTORS]
        self._stress = self._stress_feed()
        self._stress_lines = [getattr(self._stress.lines, name) for name in self._features]
        self.watched = tuple(data._name for data in self._sectors)
        self.watch = WarningWatch(
            WarningConfig(
                features=self._features,
                window=self.p.training_window,
                min_rows=self.p.min_rows,
                feature_cap=self.p.feature_cap,
            ),
            WarningRule(
                open_level=self.p.warning_level,
                open_lift=self.p.warning_lift,
                close_level=min(WarningRule().close_level, self.p.warning_level),
                close_lift=min(WarningRule().close_lift, self.p.warning_lift),
            ),
        )
        self.transition_rows: list[dict[str, Any]] = []
        self.recommendation_rows: list[dict[str, Any]] = []
        self._defensives = DefensiveConfig(
            horizon=self.p.horizon,
            spacing=max(DefensiveConfig().spacing, self.p.horizon),
            feature_cap=self.p.feature_cap,
        )
        self._fitted_in = 0

    def next(self) -> None:
        """Read the warning model, refitting it each year, decide, trade and recommend."""
        today = self.datetime.date(0)
        if today.year != self._fitted_in:
            self._fitted_in = today.year
            history = self._history()
            relative = np.log(history.sector_prices / history.benchmark_prices[:, None])
            self.watch = self.watch.refitted(history.features, relative)
        self.watch = self.watch.observed(np.array([line[0] for line in self._stress_lines]))
        decided = len(self.decision_rows)
        super().next()
        state = self.watch.state
        if state.opened_now or (state.open and len(self.decision_rows) > decided):
            self._recommend(today.isoformat())

    def decide(self) -> list[dict[str, Any]]:
        """One row a sector: weights, expected relative return, its parts and the reason."""
        holdings = self._holdings()
        decided = core.decide(self._history(), holdings, self._config, self.view())
        building = not self.decision_rows
        if not building:
            self.parts = decided.plan.parts
        today = self.datetime.date(0).isoformat()
        self.transition_rows.append({"decision_id": today, **record.transition_row(decided)})
        readings = {n: float(known_bars.history_of(self._stress, n)[-1]) for n in self._features}
        return [
            {
                **record.sector_row(decided, index, readings),
                "previous_weight": float(holdings.weights[index]),
            }
            for index in range(len(self._sectors))
        ]

    def view(self) -> mapping.View | None:
        """What to expect of the sectors; None for what the mapping says."""
        return None

    def _recommend(self, today: str) -> None:
        """Where to go from the sectors that are warned of."""
        history = self._history()
        relative = np.log(history.sector_prices / history.benchmark_prices[:, None])
        mapping_config = self._config.mapping
        warned = tuple(self.watched[warning.sector] for warning in self.watch.state.open)
        rows = len(history.benchmark_prices)
        places = rank_defensives(
            MarketHistory(
                tickers=history.tickers,
                sector_prices=history.sector_prices,
                benchmark_prices=history.benchmark_prices,
                dollar_volume=known_bars.matrix(self._sectors, "volume", rows)
                * history.sector_prices,
                channels=self._stress_columns(
                    [name for name in CHANNELS if hasattr(self._stress.lines, name)], rows
                ),
            ),
            mapping.fit_view(history.features, relative, mapping_config, mapping_config.horizon),
            dict(zip(self._features, history.features[-1].tolist(), strict=True)),
            self._defensives,
            portfolio_value=self.broker.getvalue(),
            max_participation=self._config.costs.max_participation,
            warned=warned,
        )
        numbers = known_bars.history_of(self._benchmark, "datetime")
        dates = (numbers - known_bars.UNIX_EPOCH).astype("datetime64[D]")
        self.recommendation_rows += [
            {"date": today, "warned": ",".join(warned), **recommendation_row(place, dates)}
            for place in places
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
        benchmark = known_bars.history_of(self._benchmark, "close")
        liquidity = np.array([known_bars.liquidity_of(data) for data in self._sectors])
        return inputs.History(
            tickers=self.watched,
            sector_prices=known_bars.matrix(self._sectors, "close", len(benchmark)),
            benchmark_prices=benchmark,
            features=self._stress_columns(self._features, len(benchmark)),
            adv_dollars=liquidity[:, 0],
            volatility=liquidity[:, 1],
        )

    def _stress_columns(self, names: Sequence[str], rows: int) -> np.ndarray:
        """[rows x K] lines of the bond-stress feed."""
        return np.column_stack(
            [known_bars.history_of(self._stress, name)[-rows:] for name in names]
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
