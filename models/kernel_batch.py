"""Many configurations through the kernel, one after the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.compiled import compiled
from models.kernel import run_account
from models.kernel_account import COST, FILLS, ORDERS, TRADED, new_account, open_account
from models.kernel_inputs import Bars, Core, Costs, Rules, Signals, Targets

# Columns of what `run_batch` says of each configuration.
TRADED_DOLLARS, COST_DOLLARS, ORDER_COUNT, FILL_COUNT, TOLD = range(5)


class Configured(NamedTuple):
    """C configurations; every field but the last two is [C ...], named as in kernel_inputs.

    Attributes:
        half_spread: [C x A].
        risk_of, view_of, fit_of: [C] which of the batch's shared stages each reads.
        restricted: [A] 1 where a fund must not be traded, the same for all.
        session_dollars, idle_tracking_error: the same for all.
    """

    half_spread: np.ndarray
    coefficient: np.ndarray
    memory: np.ndarray
    permanent_share: np.ndarray
    commission_bps: np.ndarray
    commission_minimum: np.ndarray
    commission_per_share: np.ndarray
    max_participation: np.ndarray
    cash: np.ndarray
    cash_buffer: np.ndarray
    min_trade: np.ndarray
    lot: np.ndarray
    algorithm: np.ndarray
    sessions: np.ndarray
    participation_rate: np.ndarray
    order_risk_aversion: np.ndarray
    carry: np.ndarray
    tracking_error_cap: np.ndarray
    risk_aversion: np.ndarray
    max_active_weight: np.ndarray
    max_turnover: np.ndarray
    max_sessions: np.ndarray
    fixed_sessions: np.ndarray
    horizon: np.ndarray
    risk_of: np.ndarray
    view_of: np.ndarray
    fit_of: np.ndarray
    restricted: np.ndarray
    session_dollars: float
    idle_tracking_error: float


class Stages(NamedTuple):
    """The batch's shared stages: R risks, V views and F fits of D decisions; see Signals.

    Attributes:
        holdable, sectors, benchmark, covariance: [R x D ...].
        expected, viewed, evidence: [V x D ...].
        half_life: [F x D].
    """

    holdable: np.ndarray
    sectors: np.ndarray
    benchmark: np.ndarray
    covariance: np.ndarray
    expected: np.ndarray
    viewed: np.ndarray
    evidence: np.ndarray
    half_life: np.ndarray


@compiled
def run_batch(
    bars: Bars,
    batch: Configured,
    stages: Stages,
    targets: Targets,
    values: np.ndarray,
    told: np.ndarray,
    log: np.ndarray,
) -> None:
    """Run every configuration of a batch.

    Args:
        bars: the window.
        batch: the configurations.
        stages: what their decisions know.
        targets: decisions made elsewhere, the same for all; without a row, they are made here.
        values: [C x T - measured] takes the value at each measured close.
        told: [C x 5] takes dollars traded and of cost in the measured period, orders, executions
            and how the account ended.
        log: [F x 6] takes the executions of the last configuration; see Account.
    """
    account = new_account(len(bars.closes), log)
    for row in range(len(values)):
        open_account(
            account, batch.cash[row], batch.memory[row], batch.half_spread[row], batch.restricted
        )
        told[row, TOLD] = run_account(
            account, bars, costs_of(batch, row), rules_of(batch, row), core_of(batch, row),
            signals_of(stages, batch.risk_of[row], batch.view_of[row], batch.fit_of[row]),
            targets, values[row],
        )  # fmt: skip
        told[row, TRADED_DOLLARS] = account.money[TRADED]
        told[row, COST_DOLLARS] = account.money[COST]
        told[row, ORDER_COUNT] = account.counts[ORDERS]
        told[row, FILL_COUNT] = account.counts[FILLS]


@compiled
def costs_of(batch: Configured, row: int) -> Costs:
    """Costs of one configuration."""
    return Costs(
        batch.coefficient[row], batch.memory[row], batch.permanent_share[row],
        batch.commission_bps[row], batch.commission_minimum[row],
        batch.commission_per_share[row], batch.max_participation[row],
    )  # fmt: skip


@compiled
def rules_of(batch: Configured, row: int) -> Rules:
    """Order rules of one configuration."""
    return Rules(
        batch.cash[row], batch.cash_buffer[row], batch.min_trade[row], batch.lot[row],
        batch.algorithm[row], batch.sessions[row],
        batch.participation_rate[row], batch.order_risk_aversion[row], batch.carry[row],
    )  # fmt: skip


@compiled
def core_of(batch: Configured, row: int) -> Core:
    """Decision core of one configuration."""
    return Core(
        batch.tracking_error_cap[row], batch.idle_tracking_error, batch.risk_aversion[row],
        batch.max_active_weight[row], batch.max_turnover[row], batch.max_sessions[row],
        batch.fixed_sessions[row], batch.session_dollars, batch.horizon[row],
    )  # fmt: skip


@compiled
def signals_of(stages: Stages, risk: int, view: int, fit: int) -> Signals:
    """What one configuration's decisions know."""
    return Signals(
        stages.holdable[risk], stages.sectors[risk], stages.benchmark[risk],
        stages.covariance[risk], stages.expected[view], stages.viewed[view],
        stages.evidence[view], stages.half_life[fit],
    )  # fmt: skip
