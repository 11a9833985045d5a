"""Batches on a Dask cluster: the same calls, the market sent to each worker once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import islice
from typing import Any

from feeds.market import MarketData
from research.config import ConfigError
from research.run import code_version
from research.sweep_batches import Batch
from research.sweep_cache import StageCache
from research.sweep_evaluate import Job
from research.sweep_part import Part, evaluated_part
from research.sweep_workers import until_done

CONNECT_SECONDS = 20
# Batches a thread of the cluster that are asked for before the first is fetched.
AHEAD = 4


class ClusterWorkers:
    """The workers of a running Dask cluster. They need this project's code, not its data.

    Args:
        job: what the batches have in common.
        market: sent to every worker, once.
        address: of the scheduler, such as tcp://host:8786.
        notice: told in one line when batches had to be started again.

    Raises:
        ConfigError: Dask is missing, nobody answers at the address, no worker is there, or a worker
            runs other code than this process.
    """

    def __init__(
        self,
        job: Job,
        market: MarketData,
        address: str,
        notice: Callable[[str], object],
    ) -> None:
        distributed = _dask()
        self._job = job
        self._market = market
        self._notice = notice
        self._sent: Any = None
        try:
            self._client: Any = distributed.Client(address, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ConfigError(
                f"--scheduler {address}: no Dask scheduler answers ({reason}); start one with "
                "`dask scheduler`"
            ) from None
        try:
            self._check(address)
        except BaseException:
            self._client.close()
            raise

    def evaluate(self, batches: Sequence[Batch]) -> Generator[Part, None, None]:
        """See research.sweep_workers.Workers."""
        from concurrent.futures import CancelledError

        deaths = (_dask().KilledWorker, CancelledError)
        yield from until_done(batches, self._attempt, deaths, self._notice)

    def close(self) -> None:
        """Leave the cluster running."""
        self._client.close()

    def _attempt(self, pending: Mapping[int, Batch]) -> Generator[tuple[int, Part], None, None]:
        distributed = _dask()
        # Kept over the proposals of an adaptive sampler; whoever dies takes it along.
        market, self._sent = self._sent or self._scattered(), None
        left = iter(pending.items())
        # What is finished waits on the cluster until it is fetched, so that not all is asked at
        # once.
        ahead = AHEAD * sum(self._client.nthreads().values())
        first = [self._submitted(*each, market) for each in islice(left, max(ahead, AHEAD))]
        running, futures = set(first), distributed.as_completed(first)
        try:
            for future in futures:
                yield future.result()
                running.discard(future)
                for each in islice(left, 1):
                    submitted = self._submitted(*each, market)
                    running.add(submitted)
                    futures.add(submitted)
            self._sent = market
        finally:
            self._client.cancel(list(running))

    def _scattered(self) -> Any:
        return self._client.scatter(self._market, broadcast=True, hash=False)

    def _submitted(self, index: int, batch: Batch, market: Any) -> Any:
        return self._client.submit(_evaluate, index, self._job, batch, market, pure=False)

    def _check(self, address: str) -> None:
        versions = self._client.run(code_version)
        if not versions:
            raise ConfigError(
                f"--scheduler {address}: the cluster has no worker; start some with "
                f"`dask worker {address}` in the project's folder"
            )
        own = _own_version()
        other = [worker for worker, version in versions.items() if version != own]
        if other:
            raise ConfigError(
                f"--scheduler {address}: worker {other[0]} runs other code than this process; "
                "bring both to the same version"
            )


def _dask() -> Any:
    try:
        return import_module("distributed")
    except ModuleNotFoundError:
        raise ConfigError(
            "--scheduler needs Dask, which is not installed; install the extra cluster"
        ) from None


def _own_version() -> str:
    return code_version()


def _evaluate(index: int, job: Job, batch: Batch, market: MarketData) -> tuple[int, Part]:
    return index, evaluated_part(job, market, batch, _stages(market.digest))


@lru_cache(maxsize=1)
def _stages(digest: str) -> StageCache:  # noqa: ARG001
    """This worker's stages of one market."""
    return StageCache()
