"""A sweep to its folder: plan, evaluate, log, summarise; goes on where it was interrupted."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from research.sweep_cache import StageCache
from research.sweep_configurations import Configurations
from research.sweep_confirm import confirm
from research.sweep_engine import engine_named
from research.sweep_evaluate import Evaluation, evaluate
from research.sweep_plan import Plan, batches, make_plan
from research.sweep_samplers import proposals
from research.sweep_space import accepted
from research.sweep_store import SweepStore
from research.sweep_study import Study
from research.sweep_summary import Statistics, write_summary
from research.sweep_workers import LocalWorkers, Workers
from research.trials import Trial, TrialsLog

STAGES_FOLDER = ".stages"
TRIALS = "trials.jsonl"
# title, total -> what is called after each unit of it.
Progress = Callable[[str, int | None], Callable[[], object]]
Say = Callable[[str], object]


def plan_sweep(study: Study, out: Path, workers: int | None = None) -> Plan:
    """What `run_sweep` would do, timed on one batch whose result nobody sees; writes nothing.

    Raises:
        ConfigError: a combination that cannot run, or Optuna is wanted and missing.
    """
    rows = _first_rows(study)
    known = _store(study, out).scores()
    configs = Configurations(study.base, study.keys, tuple(rows))
    left = _missing(configs, configs.ids(), known)
    plan = make_plan(study, rows, len(known), workers or os.cpu_count() or 1)
    if not len(left):
        return plan
    engine = engine_named(study.job.engine)
    begun = time.perf_counter()
    batch = batches(left, engine.batch)[0]
    evaluate(study.job, study.market, batch, StageCache())
    each = (time.perf_counter() - begun) / len(batch)
    return replace(plan, seconds=each * (plan.configurations - plan.on_disk) / plan.workers)


def run_sweep(
    study: Study,
    out: Path,
    workers: int | None = None,
    scheduler: str | None = None,
    say: Say | None = None,
    progress: Progress | None = None,
    statistics: Statistics | None = None,
) -> Path:
    """Evaluate what is not on disk yet, and summarise everything.

    Every configuration enters `out/trials.jsonl` before its result is kept. The same call starts
    an interrupted sweep again. Results do not depend on the number or kind of workers.

    Args:
        study: see research.sweep_study.open_study.
        out: results root; the sweep's folder is `out / study.sweep_id`.
        workers: processes on this machine; None takes every core.
        scheduler: address of a Dask scheduler, instead of local processes.
        say: takes notices, a line each.
        progress: called with title and total, gives what is called after each of them.
        statistics: what the summary says about all configurations together.

    Returns:
        The sweep's folder.

    Raises:
        ConfigError: a combination that cannot run, or no cluster.
        RefusedError, WorkersError: see engine and workers.
    """
    say, progress = say or _silent, progress or _unwatched
    _first_rows(study)
    folder = out / study.sweep_id
    store = _store(study, out)
    log = TrialsLog(out / TRIALS)
    known = store.scores()
    count = workers or os.cpu_count() or 1
    with _workers(study, folder / STAGES_FOLDER, count, scheduler, say) as crew:
        source = proposals(study.axes, study.sweep.sampler, len(study.job.folds), study.sweep.seed)
        proposal = next(source)
        advance = progress("evaluating", study.size(proposal.rows))
        while True:
            configs = Configurations(study.base, study.keys, tuple(proposal.rows))
            ids = configs.ids()
            left = _missing(configs, ids, known)
            for _ in range(len(configs) - len(left)):
                advance()
            with closing(crew.evaluate(_batches(study, left, count))) as evaluations:
                for evaluation in evaluations:
                    log.append(_trials(study, evaluation))
                    store.write(evaluation, proposal.fold)
                    known |= dict(zip(evaluation.ids, evaluation.scores.inner, strict=True))
                    for _ in evaluation.ids:
                        advance()
            try:
                proposal = source.send(np.array([known[name] for name in ids]))
            except StopIteration:
                break
    progress("summarising", None)
    store.merge()
    confirmed = confirm(study, store)
    write_summary(study, store, folder, len(log), confirmed, statistics)
    shutil.rmtree(folder / STAGES_FOLDER, ignore_errors=True)
    return folder


def _silent(_line: str) -> None:
    """Say nothing."""


def _unwatched(_title: str, _total: int | None) -> Callable[[], object]:
    """Nobody watches the progress."""
    return lambda: None


def _first_rows(study: Study) -> list[tuple[bool | int | float | str, ...]]:
    """The first proposal, every combination of it accepted by RunConfig."""
    rows = next(
        proposals(study.axes, study.sweep.sampler, len(study.job.folds), study.sweep.seed)
    ).rows
    accepted(study.base, study.keys, rows)
    return rows


def _store(study: Study, out: Path) -> SweepStore:
    return SweepStore(out / study.sweep_id, study.keys, len(study.job.folds))


def _missing(configs: Configurations, ids: list[str], known: Iterable[str]) -> Configurations:
    present = set(known)
    return configs.take([place for place, name in enumerate(ids) if name not in present])


def _batches(study: Study, configs: Configurations, workers: int) -> list[Configurations]:
    """Small enough that every worker has some; the size changes no result."""
    most = max(1, math.ceil(len(configs) / (2 * workers)))
    return batches(configs, min(engine_named(study.job.engine).batch, most))


def _trials(study: Study, evaluation: Evaluation) -> list[Trial]:
    days = evaluation.result.dates
    name = study.sweep.name
    if study.sweep.window.burns_test_set:
        name = f"{name} (on the test set)"
    ratios = evaluation.information_ratio
    return [
        Trial(
            study=name,
            name=config_id,
            config=dict(zip(study.keys, row, strict=True)),
            first=str(days[1]),
            last=str(days[-1]),
            data=study.market.digest,
            result={"information_ratio": float(ratio) if math.isfinite(ratio) else None},
        )
        for config_id, row, ratio in zip(
            evaluation.ids, evaluation.configs.rows, ratios.tolist(), strict=True
        )
    ]


@contextmanager
def _workers(
    study: Study, folder: Path, count: int, scheduler: str | None, say: Say
) -> Iterator[Workers]:
    crew: Workers
    if scheduler is None:
        crew = LocalWorkers(study.job, study.market, folder, count, say)
    else:
        from research.sweep_cluster import ClusterWorkers

        crew = ClusterWorkers(study.job, study.market, scheduler, say)
    try:
        yield crew
    finally:
        crew.close()
