"""summary.json of a sweep: what was searched, what selecting earned, how likely it is luck."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.performance import active_metrics
from research.results_folder import write_json
from research.run import code_version
from research.sweep_active import ActiveReturns, StoredReturns
from research.sweep_config import Range
from research.sweep_selection import chained, select
from research.sweep_space import Axis
from research.sweep_stability import Stability, stability
from research.sweep_store import SweepStore, write_renamed
from research.sweep_study import Study

SUMMARY = "summary.json"
DISTANCES = "stability.parquet"
# Active returns of every configuration and a seed -> figures by name with unit.
Statistics = Callable[[ActiveReturns, int], Mapping[str, float | None]]


def write_summary(
    study: Study,
    store: SweepStore,
    folder: Path,
    trials: int,
    confirmed: int,
    statistics: Statistics | None = None,
) -> Path:
    """Write the summary of a finished sweep; the same results give the same bytes.

    Beside it stands `stability.parquet`: config_id and its distance from the best, 0 to 1. Daily
    values are read some hundreds at a time.

    Args:
        study: what was searched.
        store: its results.
        folder: of the sweep.
        trials: entries of the trials log, those of other sweeps included.
        confirmed: configurations that Cerebro confirmed.
        statistics: of all configurations together.

    Raises:
        ValueError: no configuration has a value of the objective.
    """
    table = store.table()
    dates, benchmark = store.window()
    folds = study.job.folds
    numbers = range(1, len(folds) + 1)
    inner = table[[f"inner_{n}" for n in numbers]].to_numpy(np.float64)
    outer = table[[f"outer_{n}" for n in numbers]].to_numpy(np.float64)
    selections = select(inner, outer, table["fold"].to_numpy())
    days = [str(day) for day in dates.tolist()]
    ids = table["config_id"].tolist()
    whole = table["whole"].to_numpy(np.float64)
    around = stability([table[key].tolist() for key in study.keys], whole)
    _write_distances(folder, ids, around)
    start = folds[0].outer.start
    wealth = chained(store.series([ids[each.chosen] for each in selections]), folds)
    content: dict[str, Any] = {
        "sweep_id": study.sweep_id,
        "name": study.sweep.name,
        "engine": study.job.engine,
        "confirmed_in_cerebro": confirmed,
        "data": {
            "source": study.market.source,
            "synthetic": study.market.synthetic,
            "digest": study.market.digest,
        },
        "code_version": code_version(),
        "period": {"start": days[1], "end": days[-1], "sessions": len(days) - 1},
        "on_test_set": study.sweep.window.burns_test_set,
        "objective": study.sweep.objective.model_dump(),
        "sampler": study.sweep.sampler.model_dump() | {"seed": study.sweep.seed},
        "space": [_described(axis) for axis in study.axes],
        "configurations": len(table),
        "trials_logged": trials,
        "folds": [
            asdict(selection)
            | {
                "chosen": ids[selection.chosen],
                "inner_start": days[1],
                "inner_end": days[fold.outer.start],
                "outer_start": days[fold.outer.start + 1],
                "outer_end": days[fold.outer.stop],
            }
            for selection, fold in zip(selections, folds, strict=True)
        ],
        "out_of_sample": dict(active_metrics(wealth, benchmark[start:], study.base.seed)),
        "in_sample_best": {"config_id": ids[around.best], "whole": float(whole[around.best])},
        "stability": {
            "plateau": around.plateau,
            "neighbours": around.neighbours,
        },
        "statistics": dict(statistics(StoredReturns(store), study.sweep.seed))
        if statistics
        else {},
    }
    partial = folder / f".{SUMMARY}"
    write_json(partial, _plain(content))
    return partial.replace(folder / SUMMARY)


def _write_distances(folder: Path, ids: list[str], around: Stability) -> None:
    columns = {"config_id": ids, "distance": around.distances.round(6)}
    write_renamed(folder / DISTANCES, pd.DataFrame(columns))


def _described(axis: Axis) -> dict[str, Any]:
    if isinstance(axis.domain, Range):
        return {"key": axis.key, **axis.domain.model_dump()}
    return {"key": axis.key, "choices": list(axis.domain)}


def _plain(content: Any) -> Any:
    """NaN and infinity as None, because JSON has neither."""
    if isinstance(content, dict):
        return {key: _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
