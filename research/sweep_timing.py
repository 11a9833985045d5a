"""How long a sweep will take, measured on a few configurations whose results nobody sees."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable

from research.sweep_batches import Batch
from research.sweep_cache import Arrays, StageCache
from research.sweep_configurations import Configurations
from research.sweep_engine import engine_named
from research.sweep_evaluate import evaluate
from research.sweep_plan import Plan
from research.sweep_study import Study

# Enough for a fast engine to show its pace, and still over in a moment.
TIMED = 32


def estimated_seconds(study: Study, plan: Plan, batch: Batch) -> float:
    """Time that what is not on disk will take on the plan's workers.

    A slow engine, whose batches hold one configuration, runs one. A fast one may compile on its
    first call, which is not counted; then up to 32 configurations are timed, and the stages that
    they share apart from them, because the plan knows how many distinct ones there are.

    Args:
        study: what will run.
        plan: of it, not timed yet.
        batch: the first that is not on disk.
    """
    left = plan.configurations - plan.on_disk
    size = min(TIMED, len(batch))
    if engine_named(study.job.engine).batch == 1:
        size = 1
    else:
        _timed(study, batch.configs.take([0]), StageCache())
    shared = TimedCache()
    whole = _timed(study, batch.configs.take(range(size)), shared)
    own = (whole - sum(shared.seconds.values())) / size
    distinct = {stage.name: stage.distinct for stage in plan.stages}
    stages = sum(
        min(distinct.get(name, shared.computed[name]), left) * seconds / shared.computed[name]
        for name, seconds in shared.seconds.items()
    )
    return (left * own + stages) / plan.workers


class TimedCache(StageCache):
    """A cache that knows how long its stages took.

    Attributes:
        seconds: stage -> time spent on it, without that on the stages that it asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inside = [0.0]

    def arrays(self, stage: str, key: str, compute: Callable[[], Arrays]) -> Arrays:
        """See StageCache."""

        def timed() -> Arrays:
            begun = time.perf_counter()
            self._inside.append(0.0)
            made = compute()
            spent = time.perf_counter() - begun
            self.seconds[stage] += spent - self._inside.pop()
            self._inside[-1] += spent
            return made

        return super().arrays(stage, key, timed)


def _timed(study: Study, configs: Configurations, shared: StageCache) -> float:
    begun = time.perf_counter()
    evaluate(study.job, study.market, configs, shared)
    return time.perf_counter() - begun
