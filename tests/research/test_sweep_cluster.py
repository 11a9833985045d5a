"""A sweep on a Dask cluster of real processes on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feeds.market import MarketData
from research.config import ConfigError, RunConfig
from research.sweep import run_sweep
from research.sweep_cluster import ClusterWorkers
from research.sweep_study import Study
from tests.research.sweep_study_maker import small_study

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as started:
        yield started


@pytest.fixture(scope="module")
def study(small_market: MarketData, make_config: Callable[..., RunConfig]) -> Study:
    base = make_config(period__start=date(2018, 1, 2), period__end=date(2018, 12, 31))
    return small_study(small_market, base)


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "results").iterdir()}


def test_a_cluster_gives_the_same_bytes_although_a_worker_is_killed(
    cluster: Any, study: Study, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill_once() -> None:
        if not killed:
            with distributed.Client(cluster, set_as_default=False) as client:
                pids = client.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    local = run_sweep(study, tmp_path / "local", workers=1)
    remote = run_sweep(
        study,
        tmp_path / "remote",
        scheduler=cluster.scheduler_address,
        progress=lambda title, total: kill_once if total else lambda: None,
    )
    assert killed
    assert results(remote) == results(local)


def test_a_cluster_that_is_not_there_is_named(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("research.sweep_cluster.CONNECT_SECONDS", 1)
    with pytest.raises(ConfigError, match=r"--scheduler tcp://127\.0\.0\.1:1: no Dask scheduler"):
        ClusterWorkers(study.job, study.market, "tcp://127.0.0.1:1", print)


def test_workers_with_other_code_are_refused(
    cluster: Any, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("research.sweep_cluster._own_version", lambda: "other")
    with pytest.raises(ConfigError, match="runs other code than this process"):
        ClusterWorkers(study.job, study.market, cluster.scheduler_address, print)
