"""The five success criteria of a run, exactly as they are defined, with their evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from models.deflated_ratio import DeflatedRatio, deflated_ratio
from models.performance import daily_returns, newey_west_lags
from models.success import (
    Criterion,
    judge,
    judge_accuracy,
    judge_alpha,
    judge_information_ratio,
    judge_lead,
)
from models.transition_error import transition_sessions, transition_tracking_error
from models.warning_quality import Estimate
from research.run import RunResult
from research.trials import Trial
from research.warning_metrics import warning_record

# Names under which trials keep their annualised information ratio, the net one first.
RATIO_NAMES = ("information_ratio", "ir_net")
# One-sided distance from the target at which weights count as arrived: the cash buffer, whole
# shares and a day's drift stay below it.
ARRIVED = 0.015
UNKNOWN = Estimate(math.nan, math.nan, math.nan)


def scorecard(result: RunResult, trials: Sequence[Trial], seed: int) -> list[Criterion]:
    """The criteria in the order of the scorecard.

    Args:
        result: the run that is judged.
        trials: every configuration that was evaluated before this one was chosen.
        seed: of the bootstrap intervals.
    """
    looks = max(len(trials), 1)
    metrics = result.metrics
    record = warning_record(result.tables["warnings"], result.relative, seed)
    lead, accuracy = (
        (judge_lead(record.lead, looks), judge_accuracy(record.hits, looks))
        if record
        else (
            judge("advance_warning_sessions", UNKNOWN, math.nan, looks),
            judge("tech_underperformance_accuracy_pct", UNKNOWN, math.nan, looks),
        )
    )
    ratio = Estimate(*(_known(metrics[f"information_ratio{end}"]) for end in ("", "_low", "_high")))
    return [
        lead,
        judge_alpha(_known(metrics["alpha_pct"]), _known(metrics["alpha_se_pct"]), looks),
        judge("transition_tracking_error_pct", transition_error(result.tables), math.nan, looks),
        accuracy,
        judge_information_ratio(ratio, deflated(result, trials)),
    ]


def transition_error(tables: Mapping[str, pd.DataFrame]) -> Estimate:
    """Tracking error from each decision until weights have arrived and 20 sessions more, percent.

    Arrived: half the sum of absolute distances from the target, cash included, is at most ARRIVED.
    """
    equity, weights, decisions = (tables[n] for n in ("equity", "weights", "decisions"))
    value, benchmark = (equity[n].to_numpy(dtype=np.float64) for n in ("value", "benchmark"))
    active = daily_returns(value) - daily_returns(benchmark)
    distance = (weights["weight"] - weights["target_weight"]).abs()
    drift = 0.5 * distance.groupby(weights["date"]).sum()
    days = equity["date"].tolist()
    rows = [days.index(day) for day in sorted(set(decisions["date"])) if day in set(days)]
    moving = transition_sessions(rows, drift.reindex(days).to_numpy(dtype=np.float64), ARRIVED)
    return transition_tracking_error(active, moving[1:])


def deflated(result: RunResult, trials: Sequence[Trial]) -> DeflatedRatio:
    """The run's information ratio against all trials.

    The trials' own returns are not kept: each counts as independent, which deflates too much
    rather than too little.
    """
    equity = result.tables["equity"]
    value, benchmark = (equity[n].to_numpy(dtype=np.float64) for n in ("value", "benchmark"))
    active = daily_returns(value) - daily_returns(benchmark)
    ratios = [ratio for trial in trials if (ratio := trial_ratio(trial)) is not None]
    # Without any trial the run is its own.
    own = [_known(result.metrics["information_ratio"])]
    return deflated_ratio(
        active,
        np.array(ratios or own),
        lags=newey_west_lags(len(active)),
        looks=len(trials),
    )


def trial_ratio(trial: Trial) -> float | None:
    """A trial's annualised information ratio, where that is what it was judged by."""
    for name in RATIO_NAMES:
        ratio = trial.result.get(name)
        if ratio is not None:
            return ratio
    return None


def _known(value: float | None) -> float:
    return math.nan if value is None else float(value)
