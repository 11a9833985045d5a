"""A sweep to its folder: plan, evaluate, log, summarise; goes on where it was interrupted."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from research.config import ConfigError
from research.sweep_batches import Batch, batches
from research.sweep_configurations import Configurations
from research.sweep_confirm import confirm
from research.sweep_engine import engine_named
from research.sweep_part import Part
from research.sweep_plan import Plan, make_plan
from research.sweep_samplers import Proposal, Proposals, proposals
from research.sweep_space import accepted
from research.sweep_store import StoreError, SweepStore
from research.sweep_study import Study
from research.sweep_summary import Statistics, write_summary
from research.sweep_timing import estimated_seconds
from research.sweep_workers import LocalWorkers, Workers
from research.trials import Trial, TrialsLog

STAGES_FOLDER = ".stages"
TRIALS = "trials.jsonl"
# title, total -> what is called after each unit of it.
Progress = Callable[[str, int | None], Callable[[], object]]
Say = Callable[[str], object]


def plan_sweep(study: Study, out: Path, workers: int | None = None) -> Plan:
    """What `run_sweep` would do, timed on a few configurations; writes nothing.

    Raises:
        ConfigError: a combination that cannot run, or Optuna is wanted and missing.
    """
    proposal = next(_proposals(study))
    store = _store(study, out)
    plan = make_plan(study, proposal.rows, store.count(), workers or os.cpu_count() or 1)
    left = store.missing(_batches(study, proposal))
    if not left:
        return plan
    return replace(plan, seconds=estimated_seconds(study, plan, left[0]))


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
    source = _proposals(study)
    proposal = next(source)
    folder = out / study.sweep_id
    store = _store(study, out)
    log = TrialsLog(out / TRIALS)
    count = workers or os.cpu_count() or 1
    found = 0
    with _workers(study, folder / STAGES_FOLDER, count, scheduler, say) as crew:
        advance = progress("evaluating", study.size(proposal.rows))
        while True:
            found += len(proposal.rows)
            asked = _batches(study, proposal)
            _finish(study, asked, crew, log, store, advance)
            try:
                proposal = source.send(_told(study, proposal, asked, store))
            except StopIteration:
                break
    if store.count() != found:
        raise StoreError(
            f"{store.results} holds {store.count()} configurations, and the sweep has {found}; "
            "remove what the sweep did not write there"
        )
    progress("summarising", None)
    confirmed = confirm(study, store)
    write_summary(study, store, folder, len(log), confirmed, statistics)
    shutil.rmtree(folder / STAGES_FOLDER, ignore_errors=True)
    return folder


def _finish(
    study: Study,
    asked: list[Batch],
    crew: Workers,
    log: TrialsLog,
    store: SweepStore,
    advance: Callable[[], object],
) -> None:
    """Evaluate, log and keep the batches that are not on disk."""
    left = {batch.name: batch for batch in store.missing(asked)}
    for _ in range(sum(len(batch) for batch in asked if batch.name not in left)):
        advance()
    with closing(crew.evaluate(list(left.values()))) as parts:
        for part in parts:
            batch = left[part.name]
            log.append(_trials(study, batch, part))
            store.keep(part)
            for _ in range(len(batch)):
                advance()


def _told(study: Study, proposal: Proposal, asked: list[Batch], store: SweepStore) -> np.ndarray:
    """[C x F] inner scores of a proposal, for a sampler that learns from them."""
    if study.sweep.sampler.method != "optuna":
        return np.empty((0, len(study.job.folds)))
    known = store.inner(asked)
    ids = Configurations(study.base, study.keys, tuple(proposal.rows)).ids()
    return np.array([known[name] for name in ids])


def _silent(_line: str) -> None:
    """Say nothing."""


def _unwatched(_title: str, _total: int | None) -> Callable[[], object]:
    """Nobody watches the progress."""
    return lambda: None


def _proposals(study: Study) -> Proposals:
    """The sampler's proposals, every combination of the first accepted by RunConfig."""
    source = proposals(study.axes, study.sweep.sampler, len(study.job.folds), study.sweep.seed)
    proposal = next(source)
    accepted(study.base, study.keys, proposal.rows)
    while True:
        scores = yield proposal
        try:
            proposal = source.send(scores)
        except StopIteration:
            return


def _store(study: Study, out: Path) -> SweepStore:
    return SweepStore(out / study.sweep_id, len(study.job.folds))


def _batches(study: Study, proposal: Proposal) -> list[Batch]:
    """All of a proposal. ConfigError where two configurations have the same identity."""
    configs = Configurations(study.base, study.keys, tuple(proposal.rows))
    ids = configs.ids()
    if len(set(ids)) < len(ids):
        raise ConfigError("two configurations share an identity of 12 digits; take another seed")
    return batches(configs, ids, proposal.fold, engine_named(study.job.engine).batch)


def _trials(study: Study, batch: Batch, part: Part) -> list[Trial]:
    first, last = str(part.dates[1]), str(part.dates[-1])
    name = study.sweep.name
    if study.sweep.window.burns_test_set:
        name = f"{name} (on the test set)"
    return [
        Trial(
            study=name,
            name=config_id,
            config=dict(zip(study.keys, row, strict=True)),
            first=first,
            last=last,
            data=study.market.digest,
            result={"information_ratio": ratio if math.isfinite(ratio) else None},
        )
        for config_id, row, ratio in zip(
            batch.ids, batch.configs.rows, part.information_ratio.tolist(), strict=True
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
