"""What a sweep will do, before it does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from research.sweep_configurations import Configurations
from research.sweep_engine import Engine, engine_named
from research.sweep_samplers import Row
from research.sweep_stages import STAGES, stage_of
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
        seconds: estimated, from one measured batch; None before anything was measured.
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
    order = [stage_of(key) for key in keys]
    counts = []
    for index, stage in enumerate(STAGES):
        read = [place for place, number in enumerate(order) if number <= index]
        distinct = len({tuple(row[place] for place in read) for row in rows})
        counts.append(StageCount(stage.name, distinct, stage.name in engine.shares))
    return counts


def batches(configs: Configurations, size: int) -> list[Configurations]:
    """Batches of configurations that share the earliest stages, whatever the number of workers."""
    order = sorted(range(len(configs.keys)), key=lambda place: stage_of(configs.keys[place]))
    texts = [tuple(repr(row[place]) for place in order) for row in configs.rows]
    ranked = sorted(range(len(configs)), key=texts.__getitem__)
    return [configs.take(ranked[start : start + size]) for start in range(0, len(ranked), size)]


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
