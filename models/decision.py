"""The decision core: from what is known at a close to target weights, as one pure function."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.decision_inputs import CoreConfig, History, Holdings
from models.evidence import strength
from models.exposures import stress_betas
from models.mapping import MappingConfig, View, fit_view, model_rows
from models.optimal_weights import OptimalWeights, optimal_weights
from models.rebalance_terms import must_move, rebalance_terms, session_cost
from models.risk_inputs import RiskInputs, risk_inputs
from models.signal_decay import signal_half_life
from models.transition import Move, TransitionPlan, plan_transition
from models.transition_choice import SESSIONS_PER_YEAR
from models.weight_programme import Programme

MIN_BETA_ROWS = 8  # non-overlapping ones: two years of 60-session changes


@dataclass(frozen=True)
class Decision:
    """Target weights with their reasons; arrays are [N], zero for sectors not held yet.

    Attributes:
        tickers: sector names.
        target_weights: where the plan ends: the optimum, or what is held when moving does not pay.
        benchmark_weights: style-analysis weights, non-negative, sum one.
        view: expected relative returns, their intervals, contributions and coefficients.
        other_views: the same over other horizons, by sessions; for the record, not acted on.
        evidence: 0..1, what share of the risk budget the views deserve.
        betas, beta_errors: [N x K] sensitivity to contemporaneous stress changes and its
            Newey-West error; NaN where unknown or where a feature is no change.
        plan: when and how fast to get there; its last row, where it has one, is the target.
        half_life: sessions in which stress is expected to fall back by half.
        optimum: the solved programme, of the sectors held, with its costs and what it gave up.
        style_residual_pct: annualised deviation of the benchmark from its style portfolio.
        reason: one line for the record.
    """

    tickers: tuple[str, ...]
    target_weights: np.ndarray
    benchmark_weights: np.ndarray
    view: View
    other_views: dict[int, View]
    evidence: float
    betas: np.ndarray
    beta_errors: np.ndarray
    plan: TransitionPlan
    half_life: float
    optimum: OptimalWeights
    style_residual_pct: float
    reason: str


def decide(
    history: History, holdings: Holdings, config: CoreConfig, view: View | None = None
) -> Decision:
    """Decide at the close of the history's last row.

    A sector takes part once it has `style_window` returns, or as many as the oldest has. Before the
    mapping has enough labels there is no evidence: the target is the benchmark's weights, or what
    is held where that is near enough, and `reason` says so. A given `view` replaces the mapping's.

    Raises:
        ValueError: no sector has 63 returns yet.
    """
    risk = risk_inputs(history.sector_prices, history.benchmark_prices, config.style_window)
    held = risk.held
    mapping = config.mapping
    features, relative = model_rows(
        history.features, history.sector_prices, history.benchmark_prices, mapping
    )
    view = view or fit_view(features, relative, mapping, mapping.horizon)
    evidence = strength(view)
    betas, beta_errors = _exposures(features, relative, mapping)
    programme = _programme(history, holdings, config, risk, view, evidence)
    optimum = optimal_weights(programme)
    half_life = signal_half_life(features)
    move = _move(programme, optimum, half_life, holdings.value, config)
    plan = plan_transition(move, config.transition)
    target = plan.path[-1] if plan.sessions else programme.current
    return Decision(
        tickers=history.tickers,
        target_weights=_spread(target, held),
        benchmark_weights=_spread(risk.benchmark, held),
        view=view,
        other_views={
            span: fit_view(features, relative, mapping, span) for span in mapping.other_horizons
        },
        evidence=evidence,
        betas=betas,
        beta_errors=beta_errors,
        plan=replace(plan, path=_spread(plan.path.T, held).T),
        half_life=half_life,
        optimum=optimum,
        style_residual_pct=risk.style_residual_pct,
        reason=_reason(view, features[-1], mapping),
    )


def _programme(
    history: History,
    holdings: Holdings,
    config: CoreConfig,
    risk: RiskInputs,
    view: View,
    evidence: float,
) -> Programme:
    """What the optimiser is asked, of the sectors held; a rebalance pays off over the horizon."""
    costs, held = config.costs, risk.held
    names = np.array(history.tickers)[held].tolist()
    terms = rebalance_terms(
        holdings.weights[held],
        float(holdings.value),
        risk.benchmark,
        view.rows[held] >= config.mapping.min_rows,
        evidence,
        history.adv_dollars[held],
        history.volatility[held],
        np.array([costs.half_spread_of(name) for name in names]),
        float(costs.commission_bps),
        float(costs.impact_coefficient),
        float(costs.max_participation),
        float(config.max_active_weight),
        config.transition.max_sessions,
    )
    per_year = SESSIONS_PER_YEAR / config.mapping.horizon
    return Programme(
        expected=view.expected[held] * per_year,
        covariance=risk.covariance * SESSIONS_PER_YEAR,
        benchmark=risk.benchmark,
        risk_aversion=config.risk_aversion,
        cost_rate=per_year,
        tax=np.zeros(len(names)),
        tracking_error_cap=config.tracking_error_budget_pct / 100.0,
        turnover_cap=config.max_turnover,
        evidence=evidence,
        **terms._asdict(),
    )


def _move(
    programme: Programme,
    optimum: OptimalWeights,
    half_life: float,
    value: float,
    config: CoreConfig,
) -> Move:
    """The move to the optimum; staying is no choice where what is held breaks a limit."""
    costs, transition = config.costs, config.transition
    return Move(
        current=programme.current,
        target=optimum.weights,
        benchmark=programme.benchmark,
        expected=programme.evidence * programme.expected,
        covariance=programme.covariance,
        risk_aversion=programme.risk_aversion,
        linear=programme.linear,
        impact=programme.impact,
        impact_memory=costs.impact_memory,
        permanent_share=costs.permanent_share,
        session_cost=session_cost(
            optimum.weights,
            programme.current,
            float(value),
            float(transition.session_dollars),
            float(costs.commission_minimum),
        ),
        session_limit=programme.trade_limit / transition.max_sessions,
        half_life=half_life,
        horizon=config.mapping.horizon,
        required=must_move(
            programme.current,
            programme.lower,
            programme.upper,
            programme.benchmark,
            programme.covariance,
            float(programme.effective_tracking_error_cap),
        ),
    )


def _exposures(
    features: np.ndarray, relative_log: np.ndarray, config: MappingConfig
) -> tuple[np.ndarray, np.ndarray]:
    """[N x K] betas to the contemporaneous stress changes among the features, and their errors."""
    shape = (relative_log.shape[1], len(config.features))
    betas, errors = np.full(shape, np.nan), np.full(shape, np.nan)
    for column, name in enumerate(config.features):
        span = name.rpartition("_")[2]
        if span.isdigit():
            betas[:, column], errors[:, column] = stress_betas(
                features[:, column], relative_log, int(span), config.window, MIN_BETA_ROWS
            )
    return betas, errors


def _spread(weights: np.ndarray, held: np.ndarray) -> np.ndarray:
    """[held ...] -> [N ...] with zeros elsewhere."""
    full = np.zeros((len(held), *weights.shape[1:]))
    full[held] = weights
    return full


def _reason(view: View, today: np.ndarray, config: MappingConfig) -> str:
    if not np.isfinite(today).all():
        missing = [
            name
            for name, value in zip(config.features, today, strict=True)
            if not np.isfinite(value)
        ]
        return f"benchmark weights: {', '.join(missing)} not available"
    best = int(view.rows.max(initial=0))
    if best < config.min_rows:
        return f"benchmark weights: {best} of {config.min_rows} training rows"
    return f"view from {best} training rows"
