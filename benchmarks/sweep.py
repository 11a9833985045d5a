"""The sweep against its rivals, and end to end: rows of bench.json."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.given_weights import (
    bars_of,
    in_backtrader,
    in_kernel,
    in_plain_backtrader,
    in_vectorbt,
    make_task,
    vectorbt_frames,
)
from benchmarks.timing import seconds
from feeds.market import MarketData
from research.config import load_config
from research.sources import load_market
from research.sweep import run_sweep
from research.sweep_config import SweepConfig
from research.sweep_statistics import luck_statistics
from research.sweep_study import Study, make_study

ROOT = Path(__file__).resolve().parents[1]
PAIRS = 7
# Copies in one call: enough for the fixed cost of a call not to count.
KERNEL_COPIES, VECTORBT_COPIES = 256, 50
FEW, SOME, MANY = 10_000, 60_000, 100_000
# Varies something that every stage reads; penalty, risk and costs differ in every configuration.
SPACE: dict[str, Any] = {
    "stress.window": [1000, 1260],
    "strategy.params.horizon": [40, 60],
    "strategy.params.training_window": [1260, 2520],
    "strategy.params.penalty": {"low": 0.25, "high": 4.0, "scale": "log"},
    "strategy.params.style_window": [126, 252],
    "strategy.params.tracking_error_pct": {"low": 1.0, "high": 5.0},
    "strategy.params.risk_aversion": {"low": 2.0, "high": 20.0},
    "costs.impact_coefficient": {"low": 0.5, "high": 1.5},
    "account.cash_buffer": {"low": 0.002, "high": 0.01},
}
WINDOW = {"start": date(2015, 1, 2), "end": date(2019, 12, 31)}


def against_rivals(market: MarketData, source: str) -> dict[str, float]:
    """Configurations a second of the kernel over those of each rival; medians of paired runs.

    The same weights on the same bars, one process each, from weights to daily values: vectorbt and
    Backtrader with fees and slippage in percent; the Cerebro engine, which is Backtrader with the
    project's own feeds and broker, with every cost and to the kernel's very numbers.
    """
    config = load_config(
        data__source=source, period__start=WINDOW["start"], period__end=WINDOW["end"]
    )
    task = make_task(market, config, KERNEL_COPIES, seed=1)
    bars, frames = bars_of(task), vectorbt_frames(task, VECTORBT_COPIES)
    rivals: dict[str, tuple[Callable[[], Any], int]] = {
        "vectorbt": (lambda: in_vectorbt(task, frames), VECTORBT_COPIES),
        "backtrader": (lambda: in_plain_backtrader(task, bars), 1),
        "cerebro engine": (lambda: in_backtrader(task), 1),
    }
    in_kernel(task)
    found = {}
    for name, (rival, copies) in rivals.items():
        rival()
        pairs = []
        for _ in range(PAIRS):
            ours = seconds(lambda: in_kernel(task)) / KERNEL_COPIES
            pairs.append(seconds(rival) / copies / ours)
        found[name] = statistics.median(pairs)
    return found


def study_of(source: str, samples: int) -> Study:
    """A space that varies every stage, over five years, by Sobol's sequence."""
    sweep = SweepConfig.model_validate(
        {
            "name": "every stage",
            "space": SPACE,
            "sampler": {"method": "sobol", "samples": samples},
            "window": WINDOW,
        }
    )
    config = load_config(
        data__source=source, period__start=WINDOW["start"], period__end=WINDOW["end"]
    )
    return make_study(sweep, config, load_market(config.data), "kernel")


def whole_sweep(source: str, samples: int, workers: int) -> dict[str, float]:
    """Seconds from the study to its summary, and the largest process's peak memory, MB.

    In a process of its own, so that one sweep's memory is not another's.
    """
    command = [sys.executable, "-m", "benchmarks.sweep", source, str(samples), str(workers)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return result


def main() -> None:
    """One sweep: source, samples, workers."""
    source, samples, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    study = study_of(source, samples)
    marks: dict[str, float] = {}

    def progress(title: str, _total: int | None) -> Any:
        marks[title] = time.perf_counter()
        return lambda: None

    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        run_sweep(study, Path(folder), workers, progress=progress, statistics=luck_statistics)
        total = time.perf_counter() - begun
    peaks = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    memory = max(resource.getrusage(who).ru_maxrss for who in peaks) / 1024.0
    evaluated = marks["summarising"] - begun
    sys.stdout.write(
        json.dumps({"total_s": total, "evaluated_s": evaluated, "memory_mb": memory}) + "\n"
    )


if __name__ == "__main__":
    main()
