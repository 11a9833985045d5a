"""The decision core: from what is known at a close to target weights, as one pure function."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.covariance import ledoit_wolf
from models.decision_inputs import MIN_STYLE_SESSIONS, CoreConfig, History, Holdings
from models.evidence import strength
from models.exposures import stress_betas
from models.mapping import MappingConfig, View, fit_view
from models.optimal_weights import TOLERANCE, OptimalWeights, optimal_weights
from models.signal_decay import signal_half_life
from models.style import style_residual_pct, style_weights
from models.transition import Move, TransitionPlan, plan_transition
from models.weight_programme import Programme, impact_coefficients

SESSIONS_PER_YEAR, BUFFER_DRIFT = 252.0, 0.02
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
    held, window = _held(history, config.style_window)
    prices = history.sector_prices[-window - 1 :, held]
    benchmark = history.benchmark_prices[-window - 1 :]
    benchmark_returns = benchmark[1:] / benchmark[:-1] - 1.0
    sector_returns = prices[1:] / prices[:-1] - 1.0
    style = style_weights(benchmark_returns, sector_returns)

    mapping = config.mapping
    # Only what the models look back on; a long history would be read for nothing.
    recent = slice(-(mapping.window + max(mapping.horizon, *mapping.other_horizons) + 1), None)
    features = history.features[recent]
    relative = np.log(history.sector_prices[recent])
    relative -= np.log(history.benchmark_prices[recent])[:, None]
    view = view or fit_view(features, relative, mapping, mapping.horizon)
    evidence = strength(view)
    betas, beta_errors = _exposures(features, relative, mapping)
    covariance = ledoit_wolf(sector_returns - benchmark_returns[:, None]).covariance
    programme = _programme(history, holdings, config, held, style, view, evidence, covariance)
    optimum = optimal_weights(programme)
    half_life = signal_half_life(features)
    move = _move(programme, optimum, half_life, holdings.value, config)
    plan = plan_transition(move, config.transition)
    target = plan.path[-1] if plan.sessions else programme.current
    return Decision(
        tickers=history.tickers,
        target_weights=_spread(target, held),
        benchmark_weights=_spread(style, held),
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
        style_residual_pct=style_residual_pct(benchmark_returns, sector_returns, style),
        reason=_reason(view, features[-1], mapping),
    )


def _held(history: History, style_window: int) -> tuple[np.ndarray, int]:
    """[N] which sectors have enough returns to be held, and how many returns are looked at."""
    available = np.isfinite(history.sector_prices[-style_window - 1 :][::-1])
    # Sessions since the last gap, that is since listing.
    returns = np.where(available.all(axis=0), len(available), available.argmin(axis=0)) - 1
    window = min(style_window, int(returns.max()))
    if window < MIN_STYLE_SESSIONS:
        raise ValueError(
            f"the decision core needs {MIN_STYLE_SESSIONS} returns of at least one sector and has "
            f"{max(window, 0)}; start later"
        )
    return returns >= window, window


def _programme(
    history: History,
    holdings: Holdings,
    config: CoreConfig,
    held: np.ndarray,
    style: np.ndarray,
    view: View,
    evidence: float,
    covariance: np.ndarray,
) -> Programme:
    """What the optimiser is asked, of the sectors held.

    Nothing held yet: the building trades are due whatever the views, so the programme starts from
    the benchmark's weights. A sector without a view is kept at its benchmark weight where others
    have one, a sector without volume is not traded. A rebalance pays off over the views' horizon.
    """
    costs = config.costs
    names = np.array(history.tickers)[held].tolist()
    half_spreads = np.array([costs.half_spread_of(name) for name in names])
    adv = history.adv_dollars[held]
    viewed = (view.rows[held] >= config.mapping.min_rows) | (evidence == 0.0)
    room = np.where(viewed, config.max_active_weight, 0.0)
    per_year = SESSIONS_PER_YEAR / config.mapping.horizon
    return Programme(
        expected=view.expected[held] * per_year,
        covariance=covariance * SESSIONS_PER_YEAR,
        benchmark=style,
        current=_current(holdings.weights[held], style),
        risk_aversion=config.risk_aversion,
        cost_rate=per_year,
        linear=(half_spreads + costs.commission_bps) * 1e-4,
        impact=impact_coefficients(
            history.volatility[held],
            holdings.value,
            np.where(adv > 0.0, adv, 1.0),
            costs.impact_coefficient,
        ),
        tax=np.zeros(len(style)),
        lower=np.maximum(style - room, 0.0),
        upper=np.minimum(style + room, 1.0),
        trade_limit=costs.max_participation * adv / holdings.value * config.transition.max_sessions,
        tracking_error_cap=config.tracking_error_budget_pct / 100.0,
        turnover_cap=config.max_turnover,
        evidence=evidence,
    )


def _move(
    programme: Programme,
    optimum: OptimalWeights,
    half_life: float,
    value: float,
    config: CoreConfig,
) -> Move:
    """The move to the optimum; staying is no choice where what is held breaks a limit."""
    current = programme.current
    beyond = programme.tracking_error(current) > programme.effective_tracking_error_cap + TOLERANCE
    outside = (current < programme.lower - TOLERANCE) | (current > programme.upper + TOLERANCE)
    traded = int((optimum.weights != current).sum())
    cash = current.sum() < 1.0 - TOLERANCE
    return Move(
        current=current,
        target=optimum.weights,
        benchmark=programme.benchmark,
        expected=programme.evidence * programme.expected,
        covariance=programme.covariance,
        risk_aversion=programme.risk_aversion,
        linear=programme.linear,
        impact=programme.impact,
        impact_memory=config.costs.impact_memory,
        permanent_share=config.costs.permanent_share,
        session_cost=(config.transition.session_dollars + config.costs.commission_minimum * traded)
        / value,
        session_limit=programme.trade_limit / config.transition.max_sessions,
        half_life=half_life,
        horizon=config.mapping.horizon,
        required=bool(beyond or outside.any() or cash),
    )


def _current(weights: np.ndarray, style: np.ndarray) -> np.ndarray:
    total = float(weights.sum())
    if total == 0.0:
        return style
    # Prices move the cash buffer a little; that is neither cash to invest nor money borrowed.
    return weights / total if total > 1.0 - BUFFER_DRIFT else weights


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
