"""Batches on this machine: in this process, or in several with the market mapped into each."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from feeds.market import MarketData
from research.sweep_batches import Batch
from research.sweep_cache import StageCache
from research.sweep_evaluate import Job
from research.sweep_market import open_market, write_market
from research.sweep_part import Part, evaluated_part

MARKET = "market"
# Restarts without a single finished batch before a sweep gives up.
FRUITLESS = 3


class WorkersError(RuntimeError):
    """Workers keep dying; the message says what to try."""


class Workers(Protocol):
    """Something that evaluates batches, in any order."""

    def evaluate(self, batches: Sequence[Batch]) -> Generator[Part, None, None]:
        """Each batch once, as it is ready; a worker that dies loses nothing but time.

        Closing the generator abandons what is not ready.
        """
        ...

    def close(self) -> None:
        """Let the workers go."""
        ...


class LocalWorkers:
    """One process, or several of joblib's.

    Args:
        job: what the batches have in common.
        market: written to `folder` once; every process maps that file.
        folder: of market and stages.
        count: of processes; 1 stays in this one.
        notice: told in one line when workers had to be started again.
    """

    def __init__(
        self,
        job: Job,
        market: MarketData,
        folder: Path,
        count: int,
        notice: Callable[[str], object],
    ) -> None:
        self._job = job
        self._folder = str(folder)
        self._count = count
        self._notice = notice
        if not (folder / MARKET).is_dir():
            write_market(market, folder / MARKET)

    def evaluate(self, batches: Sequence[Batch]) -> Generator[Part, None, None]:
        """See Workers."""
        if self._count == 1:
            for batch in batches:
                yield _evaluate(0, self._job, batch, self._folder)[1]
            return
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        yield from until_done(batches, self._attempt, (TerminatedWorkerError,), self._notice)

    def close(self) -> None:
        """End the processes and unmap the market."""
        if self._count > 1:
            from joblib.externals.loky import get_reusable_executor

            # `reuse`, or asking for the pool would first wait for it to change its size.
            get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)
        _opened.cache_clear()

    def _attempt(self, pending: Mapping[int, Batch]) -> Generator[tuple[int, Part], None, None]:
        from joblib import Parallel, delayed

        # One thread of linear algebra each: they share the cores, and sums keep their order.
        parallel = Parallel(
            n_jobs=self._count,
            backend="loky",
            return_as="generator_unordered",
            batch_size=1,
            inner_max_num_threads=1,
        )
        tasks = [
            delayed(_evaluate)(index, self._job, batch, self._folder)
            for index, batch in pending.items()
        ]
        yield from parallel(tasks)


def until_done(
    batches: Sequence[Batch],
    attempt: Callable[[Mapping[int, Batch]], Generator[tuple[int, Part], None, None]],
    deaths: tuple[type[BaseException], ...],
    notice: Callable[[str], object],
) -> Generator[Part, None, None]:
    """Start what is left again whenever workers died.

    Args:
        batches: to evaluate.
        attempt: evaluates the batches it is given by number, as they are ready.
        deaths: what it raises when workers died.
        notice: told about each restart.

    Raises:
        WorkersError: three starts in a row finished nothing.
    """
    pending = dict(enumerate(batches))
    fruitless = 0
    while pending:
        before = len(pending)
        try:
            with closing(attempt(dict(pending))) as finished:
                for index, part in finished:
                    del pending[index]
                    yield part
        except deaths as error:
            fruitless = fruitless + 1 if len(pending) == before else 0
            if fruitless == FRUITLESS:
                raise WorkersError(
                    f"workers died {FRUITLESS} times before one of {len(pending)} batches was "
                    f"finished ({type(error).__name__}); memory may be short: take fewer workers; "
                    "finished configurations are kept"
                ) from None
            notice(f"a worker died; {len(pending)} batches start again, finished ones are kept")


def _evaluate(index: int, job: Job, batch: Batch, folder: str) -> tuple[int, Part]:
    market, shared = _opened(folder)
    return index, evaluated_part(job, market, batch, shared)


@lru_cache(maxsize=1)
def _opened(folder: str) -> tuple[MarketData, StageCache]:
    """The market and the stages of a folder, opened once a process."""
    return open_market(Path(folder) / MARKET), StageCache(Path(folder))
