"""Where configurations come from: fixed designs, or Optuna's samplers that learn from results."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from research.config import ConfigError
from research.sweep_config import Range, SamplerSection, Value
from research.sweep_space import Axis, from_units, grid

Row = tuple[Value, ...]


@dataclass(frozen=True)
class Proposal:
    """Configurations to evaluate next.

    Attributes:
        rows: [C] values in the order of the axes.
        fold: the first fold that may select them: a proposal that learned from results up to a
            fold's start is no candidate of an earlier one.
    """

    rows: list[Row]
    fold: int


# Receives [C x F] inner scores of what it proposed.
Proposals = Generator[Proposal, np.ndarray, None]


def proposals(axes: list[Axis], sampler: SamplerSection, folds: int, seed: int) -> Proposals:
    """Everything that the sampler proposes, a round at a time, each configuration once.

    Raises:
        ConfigError: a grid without steps, or Optuna is wanted and missing.
    """
    if sampler.method == "optuna":
        return _adaptive(axes, sampler, folds, seed)
    return _fixed(axes, sampler, seed)


def _fixed(axes: list[Axis], sampler: SamplerSection, seed: int) -> Proposals:
    rows = grid(axes) if sampler.method == "grid" else from_units(axes, design(axes, sampler, seed))
    yield Proposal(list(dict.fromkeys(rows)), 0)


def design(axes: list[Axis], sampler: SamplerSection, seed: int) -> np.ndarray:
    """Places in the unit cube, [samples x K], 0 <= place < 1."""
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    shape = (sampler.samples, len(axes))
    if sampler.method == "random":
        return rng.random(shape)
    if sampler.method == "latin-hypercube":
        return np.asarray(qmc.LatinHypercube(len(axes), rng=rng).random(sampler.samples))
    with warnings.catch_warnings():
        # Balance needs a power of two; any prefix of the sequence is still low-discrepancy.
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(qmc.Sobol(len(axes), scramble=True, rng=rng).random(sampler.samples))


def _adaptive(axes: list[Axis], sampler: SamplerSection, folds: int, seed: int) -> Proposals:
    """A study a fold, which sees the scores of that fold's inner part and of nothing later."""
    optuna = _optuna()
    spaces = {axis.key: _distribution(optuna, axis) for axis in axes}
    seen: list[Row] = []
    scores: list[np.ndarray] = []
    budgets = [len(part) for part in np.array_split(np.arange(sampler.samples), folds)]
    for fold, budget in enumerate(budgets):
        study = optuna.create_study(
            direction="maximize", sampler=_algorithm(optuna, sampler, seed + fold)
        )
        for row, known in zip(seen, scores, strict=True):
            _tell_known(optuna, study, spaces, row, float(known[fold]))
        while budget > 0:
            asked = [study.ask(spaces) for _ in range(min(sampler.round, budget))]
            rows = [tuple(_value(axis, trial.params[axis.key]) for axis in axes) for trial in asked]
            fresh = [row for row in dict.fromkeys(rows) if row not in seen]
            if fresh:
                scores.extend((yield Proposal(fresh, fold)))
                seen.extend(fresh)
            known_scores = dict(zip(seen, scores, strict=True))
            for trial, row in zip(asked, rows, strict=True):
                value = float(known_scores[row][fold])
                failed = optuna.trial.TrialState.FAIL
                study.tell(trial, *((value,) if np.isfinite(value) else (None, failed)))
            budget -= len(asked)


def _optuna() -> Any:
    try:
        optuna: Any = import_module("optuna")
    except ModuleNotFoundError:
        raise ConfigError(
            "sampler.method optuna needs Optuna, which is not installed; install the extra "
            "optuna, or use grid, random, latin-hypercube or sobol"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _algorithm(optuna: Any, sampler: SamplerSection, seed: int) -> Any:
    classes = {
        "tpe": "TPESampler",
        "cma-es": "CmaEsSampler",
        "gp": "GPSampler",
        "random": "RandomSampler",
        "qmc": "QMCSampler",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(optuna.samplers, classes[sampler.algorithm])(seed=seed)


def _distribution(optuna: Any, axis: Axis) -> Any:
    domain = axis.domain
    if not isinstance(domain, Range):
        return optuna.distributions.CategoricalDistribution(tuple(axis.grid()))
    log = domain.scale == "log"
    if domain.whole and not axis.real:
        return optuna.distributions.IntDistribution(int(domain.low), int(domain.high), log=log)
    return optuna.distributions.FloatDistribution(float(domain.low), float(domain.high), log=log)


def _value(axis: Axis, given: Value) -> Value:
    return float(given) if axis.real else given


def _tell_known(
    optuna: Any, study: Any, spaces: dict[str, Any], row: Sequence[Value], value: float
) -> None:
    if np.isfinite(value):
        params = dict(zip(spaces, row, strict=True))
        study.add_trial(optuna.trial.create_trial(params=params, distributions=spaces, value=value))
