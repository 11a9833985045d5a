"""The compiled engine of a sweep: Backtrader's decisions and fills, a batch in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from feeds.market import MarketData
from models.costs import CostConfig
from models.kernel_batch import (
    COST_DOLLARS,
    FILL_COUNT,
    ORDER_COUNT,
    TOLD,
    TRADED_DOLLARS,
    Configured,
    Stages,
    run_batch,
)
from models.kernel_inputs import GOOD, LONG_SCHEDULE, MARGIN, NO_VOLATILITY, NO_VOLUME, Targets
from models.performance import SESSIONS_PER_YEAR
from models.schedule_paths import CODES
from models.transition import TransitionConfig
from models.weight_programme import Programme
from research.config import ConfigError
from research.kernel_columns import STRATEGY, Columns
from research.kernel_stages import (
    Distinct,
    Read,
    fit_arrays,
    risk_arrays,
    stacked,
    view_arrays,
)
from research.kernel_window import Window, window_of
from research.run import RefusedError
from research.sweep_cache import StageCache
from research.sweep_configurations import Configurations
from research.sweep_engine import TRADING_FIGURES, BatchResult
from research.sweep_stages import FEATURES, FIT, RISK, VIEW

ACCOUNT, STRESS = "account.", "stress."
TOLD_WHY = {
    MARGIN: "an order was refused for lack of cash; please report it",
    NO_VOLATILITY: "an order executed before a fund had a volatility; start the period later",
    NO_VOLUME: 'a fund has had no volume for sessions; use the algorithm "plan"',
    LONG_SCHEDULE: "an order takes thousands of sessions; take less cash or a higher "
    "participation_rate",
}


class KernelEngine:
    """All of a batch's configurations in one compiled call; see models/kernel.py."""

    name = "kernel"
    batch = 256
    shares = frozenset({FEATURES, FIT, VIEW, RISK})

    def run_batch(
        self, market: MarketData, configs: Configurations, shared: StageCache
    ) -> BatchResult:
        """See research.sweep_engine.Engine."""
        window = window_of(market, configs.base, shared)
        batch, stages = batch_of(market, window, configs, shared)
        values, told, _ = simulate(window, batch, stages)
        for row in np.flatnonzero(told[:, TOLD] != GOOD).tolist():
            why = TOLD_WHY[int(told[row, TOLD])]
            error = RefusedError if told[row, TOLD] == MARGIN else ConfigError
            raise error(f"configuration {configs.ids()[row]}: {why}")
        measured = slice(window.bars.measured, None)
        return BatchResult(
            dates=window.dates[measured],
            benchmark=window.bars.closes[0, measured],
            values=values,
            figures=_figures(values, told),
        )


def batch_of(
    market: MarketData, window: Window, configs: Configurations, shared: StageCache
) -> tuple[Configured, Stages]:
    """Configurations and their shared stages as the kernel takes them.

    Raises:
        ConfigError: a strategy that the kernel does not know.
    """
    columns = Columns(configs)
    if set(columns.of("strategy.name")) != {STRATEGY}:
        raise ConfigError(
            f"engine kernel simulates {STRATEGY} only; take --engine cerebro for the others"
        )
    stages, places = _stages(market, window, configs, columns, shared)
    return _configured(window, columns, places), stages


def simulate(
    window: Window,
    batch: Configured,
    stages: Stages,
    targets: Targets | None = None,
    room: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values [C x T measured], what was told [C x 5] and up to `room` executions of the last."""
    count = len(batch.cash)
    values = np.empty((count, len(window.dates) - window.bars.measured))
    told, log = np.zeros((count, TOLD + 1)), np.zeros((room, 6))
    if targets is None:
        targets = Targets(np.empty((0, len(window.funds))), np.empty((0, 1)))
    run_batch(window.bars, batch, stages, targets, values, told, log)
    return values, told, log


def _stages(
    market: MarketData,
    window: Window,
    configs: Configurations,
    columns: Columns,
    shared: StageCache,
) -> tuple[Stages, np.ndarray]:
    """The batch's distinct stages, and which of them [C x 3] (risk, view, fit) each reads."""
    risks, views, fits = Distinct(), Distinct(), Distinct()
    stress = [key for key in configs.keys if key.startswith(STRESS)]
    reads = zip(*(columns.param(name) for name in Read._fields), strict=True)
    sections = zip(*(columns.of(key) for key in stress), strict=True) if stress else None
    places = np.empty((len(configs), 3), dtype=np.int64)
    for row, values in enumerate(reads):
        read = Read(*values)
        section = next(sections) if sections is not None else ()
        fit_key = (section, read[:4])

        def fit(row: int = row, read: Read = read) -> Any:
            return fit_arrays(market, window, configs[row], read, shared)

        def risk(row: int = row, read: Read = read) -> Any:
            return risk_arrays(market, window, configs[row], read, shared)

        number = fits.number(fit_key, fit)

        def view(number: int = number, read: Read = read) -> Any:
            return view_arrays(fits.found[number], read)

        places[row] = (
            risks.number(read.style_window, risk),
            views.number((fit_key, read.penalty, read.min_rows), view),
            number,
        )
    return stacked(risks.found, views.found, fits.found), places


def _configured(window: Window, columns: Columns, places: np.ndarray) -> Configured:
    """The batch as the kernel takes it."""
    costs = columns.costs()
    params = columns.param

    def real(values: Sequence[Any]) -> np.ndarray:
        return np.array(values, dtype=np.float64)

    def whole(values: Sequence[Any]) -> np.ndarray:
        return np.array(values, dtype=np.int64)

    restricted = columns.configs.base.account.restricted
    return Configured(
        half_spread=_half_spreads(costs, window.funds),
        coefficient=real([each.impact_coefficient for each in costs]),
        memory=real([each.impact_memory for each in costs]),
        permanent_share=real([each.permanent_share for each in costs]),
        commission_bps=real([each.commission_bps for each in costs]),
        commission_minimum=real([each.commission_minimum for each in costs]),
        commission_per_share=real([each.commission_per_share for each in costs]),
        max_participation=real([each.max_participation for each in costs]),
        cash=real(columns.of(ACCOUNT + "cash")),
        cash_buffer=real(columns.of(ACCOUNT + "cash_buffer")),
        min_trade=real(columns.of(ACCOUNT + "min_trade")),
        lot=real(columns.of(ACCOUNT + "lot")),
        algorithm=whole([CODES[name] for name in params("algorithm")]),
        sessions=whole(params("sessions")),
        participation_rate=real(params("participation_rate")),
        order_risk_aversion=real(params("order_risk_aversion")),
        carry=np.array([leftover == "carry" for leftover in params("leftover")]),
        tracking_error_cap=real(params("tracking_error_pct")) / 100.0,
        risk_aversion=real(params("risk_aversion")),
        max_active_weight=real(params("max_active_weight")),
        max_turnover=real(params("max_turnover")),
        max_sessions=whole(params("transition_max_sessions")),
        fixed_sessions=whole(params("transition_fixed_sessions")),
        horizon=whole(params("horizon")),
        risk_of=places[:, 0].copy(),
        view_of=places[:, 1].copy(),
        fit_of=places[:, 2].copy(),
        restricted=real([fund in restricted for fund in window.funds]),
        session_dollars=TransitionConfig().session_dollars,
        idle_tracking_error=float(Programme.idle_tracking_error),
    )


def _half_spreads(costs: Sequence[CostConfig], funds: Sequence[str]) -> np.ndarray:
    """[C x A] basis points."""
    table: dict[int, list[float]] = {}
    for each in costs:
        if id(each) not in table:
            table[id(each)] = [each.half_spread_of(fund) for fund in funds]
    return np.array([table[id(each)] for each in costs], dtype=np.float64)


def _figures(values: np.ndarray, told: np.ndarray) -> dict[str, np.ndarray]:
    """TRADING_FIGURES as research.metrics.trading_metrics defines them."""
    years = (values.shape[1] - 1) / SESSIONS_PER_YEAR
    per_year = 1e4 / (values.mean(axis=1) * years)
    figures = {
        "turnover_pct_per_year": told[:, TRADED_DOLLARS] / 200.0 * per_year,
        "cost_bps_per_year": told[:, COST_DOLLARS] * per_year,
        "orders": told[:, ORDER_COUNT],
        "fills": told[:, FILL_COUNT],
    }
    return {name: figures[name] for name in TRADING_FIGURES}
