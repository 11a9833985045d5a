"""One batch, wherever it is evaluated: simulate it and score it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feeds.market import MarketData
from research.sweep_cache import StageCache
from research.sweep_config import ObjectiveSection
from research.sweep_configurations import Configurations
from research.sweep_engine import BatchResult, engine_named
from research.sweep_folds import Fold
from research.sweep_objective import Scores, active_returns, annual_ratio, score


@dataclass(frozen=True)
class Job:
    """What every batch of a sweep has in common.

    Attributes:
        engine: by name, so that a worker imports it itself.
        folds: over the daily returns of the window.
        objective: what is maximised.
    """

    engine: str
    folds: tuple[Fold, ...]
    objective: ObjectiveSection


@dataclass(frozen=True)
class Evaluation:
    """C evaluated configurations.

    Attributes:
        result: values and trading figures.
        scores: the objective.
        information_ratio: [C] over the whole window, whatever the objective is.
    """

    result: BatchResult
    scores: Scores
    information_ratio: np.ndarray


def evaluate(
    job: Job, market: MarketData, configs: Configurations, shared: StageCache
) -> Evaluation:
    """Simulate and score a batch.

    Raises:
        ConfigError, RefusedError: see research.sweep_engine.Engine.
    """
    return scored(job, engine_named(job.engine).run_batch(market, configs, shared))


def scored(job: Job, result: BatchResult) -> Evaluation:
    """Score what was simulated."""
    scores = score(result.values, result.benchmark, job.folds, job.objective)
    active = active_returns(result.values, result.benchmark)
    return Evaluation(result, scores, annual_ratio(active))
