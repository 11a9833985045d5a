"""The warning models and rules that are looked at, and the market that they are judged on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from feeds.bond_stress import market_stress
from feeds.directory import load_directory
from feeds.market import MarketData
from models.shrunk_logistic import logistic
from models.universe import BENCHMARK, SECTORS, SECTORS_REDEFINED
from models.warning_calibration import held_out_shifts
from models.warning_model import WarningConfig, training_problem
from models.warning_state import WarningRule
from models.warning_walk import WarningHistory, walk_warnings

FIRST, LAST = pd.Timestamp("2003-01-01"), pd.Timestamp("2019-12-31")
SECTORS_FROM = pd.Timestamp(SECTORS_REDEFINED)


@dataclass(frozen=True)
class Panel:
    """The market on one set of sessions."""

    digest: str
    sessions: pd.DatetimeIndex
    stress: dict[str, np.ndarray]
    relative_log: np.ndarray
    refits: list[int]

    def features(self, names: tuple[str, ...]) -> np.ndarray:
        """[T x K] stress features; a*b is the product of two."""
        columns = []
        for name in names:
            column = np.ones(len(self.sessions))
            for factor in name.split("*"):
                column = column * self.stress[factor]
            columns.append(column)
        return np.column_stack(columns)


def real_panel(folder: Path) -> Panel:
    """Read the market up to 2019 and nothing later."""
    return panel(load_directory(folder).until(LAST))


def panel(market: MarketData) -> Panel:
    """The panel of a market, from the session at which the sectors hold what their names say."""
    stress, _ = market_stress(market)
    closes = market.total_return_close.loc[SECTORS_FROM:]
    sessions = pd.DatetimeIndex(closes.index)
    months = sessions.to_period("M")
    first = np.flatnonzero(np.r_[True, months[1:] != months[:-1]])
    recent = stress.loc[SECTORS_FROM:]
    logs = np.log(closes[list(SECTORS)].to_numpy())
    return Panel(
        digest=market.digest,
        sessions=sessions,
        stress={str(name): recent[name].to_numpy() for name in recent},
        relative_log=logs - np.log(closes[BENCHMARK].to_numpy())[:, None],
        refits=[row for row in first.tolist() if sessions[row] >= FIRST],
    )


def candidates() -> dict[str, WarningConfig]:
    """Every model that is looked at; each is one trial."""
    two = WarningConfig()
    features = two.features
    return {
        "credit and rates, 60-session changes": two,
        "rates only": replace(two, features=("rates_60",)),
        "credit only": replace(two, features=("credit_60",)),
        "with levels": replace(two, features=(*features, "credit", "rates")),
        "with quality": replace(two, features=(*features, "quality_60")),
        "with interaction credit x rates": replace(two, features=(*features, "credit_60*rates_60")),
        "penalty 0.3": replace(two, penalty=0.3),
        "penalty 3": replace(two, penalty=3.0),
        "base rate's prior doubled": replace(two, base_rows=2.0 * two.base_rows),
        "five-year window": replace(two, window=two.window // 2),
        "every session a row": replace(two, stride=1),
        "not calibrated": replace(two, calibration="none"),
        "calibrated by sector": replace(two, calibration="sector"),
        "isotonic": replace(two, calibration="none"),
    }


def rules() -> dict[str, WarningRule]:
    """Ways of opening and closing; each is one trial with the first candidate."""
    return {
        "0.50 and 0.05 above base; closes at base": WarningRule(0.5, 0.05, 0.5, 0.0),
        "0.55 and 0.05 above base; closes at base": WarningRule(0.55, 0.05, 0.5, 0.0),
        "0.60 and 0.10 above base; closes at base": WarningRule(0.6, 0.1, 0.5, 0.0),
        "0.65 and 0.10 above base; closes at base": WarningRule(0.65, 0.1, 0.5, 0.0),
        "0.60 and 0.10; closes at 0.50 and 0.05": WarningRule(0.6, 0.1, 0.5, 0.05),
        "0.60 and 0.10; no hysteresis": WarningRule(0.6, 0.1, 0.6, 0.1),
    }


def isotonic_history(source: Panel, config: WarningConfig) -> WarningHistory:
    """The uncalibrated model through an isotonic map, a horizon, of all sectors' held-out rows."""
    features = source.features(config.features)
    plain = walk_warnings(features, source.relative_log, source.refits, config)
    mapped = plain.probabilities.copy()
    purge = -(-config.horizons[-1] // config.stride)
    for row, following in zip(source.refits, [*source.refits[1:], len(features)], strict=True):
        known = slice(max(0, row - config.window - config.horizons[-1]), row + 1)
        problem, rows = training_problem(features[known], source.relative_log[known], config)
        base, shift = held_out_shifts(problem, purge)
        moved = np.flatnonzero(rows[:, -1] >= config.min_rows)
        for index in range(len(config.horizons)):
            part = moved * len(config.horizons) + index
            held = logistic(base[:, part] + shift[:, part])
            seen = (problem.weights[:, part] > 0.0) & np.isfinite(held)
            if seen.any():
                order = np.argsort(held[seen], kind="stable")
                rising = isotonic_regression(problem.y[:, part][seen][order]).x
                now = plain.probabilities[row:following, moved, index]
                mapped[row:following, moved, index] = np.interp(now, held[seen][order], rising)
    return replace(plain, probabilities=mapped)
