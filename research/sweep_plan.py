"""What a sweep will do, before it does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from research.sweep_batches import ranked
from research.sweep_engine import Engine, engine_named
from research.sweep_samplers import Row
from research.sweep_stages import STAGES, needs, stage_of
from research.sweep_study import Study


@dataclass(frozen=True)
class StageCount:
    """How often a stage's result differs.

    Attributes:
        name: of the stage.
        distinct: different values of what it and the stages before it read.
        shared: whether the engine takes it from the cache, so that it is computed that often only.
    """

    name: str
    distinct: int
    shared: bool


@dataclass(frozen=True)
class Plan:
    """What will run.

    Attributes:
        engine: its name.
        window: first and last day, and sessions.
        configurations: distinct ones; with an adaptive sampler at most so many.
        on_disk: of them, finished by an earlier start.
        stages: in the order in which they depend on one another.
        workers: processes.
        seconds: estimated, see `research.sweep_timing`; None where nothing was measured.
        adaptive: whether the sampler decides as it goes; stages are then unknown.
    """

    engine: str
    window: tuple[str, str, int]
    configurations: int
    on_disk: int
    stages: tuple[StageCount, ...]
    workers: int
    seconds: float | None
    adaptive: bool

    def lines(self) -> list[str]:
        """For a terminal."""
        first, last, sessions = self.window
        most = "at most " if self.adaptive else ""
        lines = [
            f"window {first} to {last}, {sessions} sessions; engine {self.engine}",
            f"{most}{self.configurations} configurations, {self.on_disk} of them on disk",
        ]
        lines += [
            f"stage {stage.name}: {stage.distinct} distinct, "
            + ("computed once each" if stage.shared else "computed in every run")
            for stage in self.stages
        ]
        if self.seconds is not None:
            lines.append(f"estimated time on {self.workers} workers: {duration(self.seconds)}")
        return lines


def duration(seconds: float) -> str:
    """In words, two units at most."""
    if seconds < 60.0:
        return f"{seconds:.0f} s" if seconds >= 10.0 else f"{seconds:.1f} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def count_stages(keys: Sequence[str], rows: Sequence[Row], engine: Engine) -> list[StageCount]:
    """Distinct computations of each stage over rows of the varied keys."""
    reader = [stage_of(key) for key in keys]
    counts = []
    for stage in STAGES:
        read = set(needs(stage.name))
        # Place of each row among the distinct combinations of what was read so far.
        place = np.zeros(len(rows), dtype=np.int64)
        for key in (key for key, number in enumerate(reader) if number in read):
            values = ranked([row[key] for row in rows])
            place = np.unique(place * (values.max() + 1) + values, return_inverse=True)[1]
        counts.append(StageCount(stage.name, int(place.max()) + 1, stage.name in engine.shares))
    return counts


def make_plan(study: Study, rows: Sequence[Row], on_disk: int, workers: int) -> Plan:
    """The plan of a study whose first proposal has these rows; not timed yet."""
    engine = engine_named(study.job.engine)
    adaptive = study.sweep.sampler.method == "optuna"
    return Plan(
        engine=study.job.engine,
        window=(str(study.base.period.start), str(study.base.period.end), study.sessions),
        configurations=study.size(rows),
        on_disk=on_disk,
        stages=() if adaptive else tuple(count_stages(study.keys, rows, engine)),
        workers=workers,
        seconds=None,
        adaptive=adaptive,
    )
