"""Do the 95 % intervals of a ratio and of a tracking error hold the truth 95 times in 100?

    python -m benchmarks.interval_coverage [--runs 1000] [--workers 2]

Active returns with a known information ratio, over 5 and 17 years, of four kinds. Three intervals
of the ratio: the stationary bootstrap of `models/performance.py`, the normal one for independent
returns and the normal one with Lo's correction (`models/deflated_ratio.py`); and the interval of a
transition tracking error of 3 %, 22 of 40 sessions in transition. A second table compares the power
of `models/track_record.py` with the share of the same runs that reject a ratio of zero.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.return_processes import DEVIATION, PROCESSES, active_returns
from models.deflated_ratio import ratio_interval_annual, ratio_moments
from models.performance import (
    SESSIONS_PER_YEAR,
    information_ratio_interval,
    newey_west_lags,
)
from models.track_record import power_of_years
from models.transition_error import transition_tracking_error
from models.warning_quality import exact_interval

RATIOS = (0.0, 0.5, 1.0, 1.8)
YEARS = (5, 17)
METHODS = ("bootstrap", "normal", "normal, Lo")
NOMINAL = 0.95

Job = tuple[str, int, float, int, int]
"""Process, years, ratio, runs, seed."""


def measure(job: Job) -> np.ndarray:
    """Runs in which the truth was below, inside and above, and those that reject zero, [4 x 4].

    Columns: the three methods, and the tracking error (which has no zero to reject).
    """
    process, years, ratio, runs, seed = job
    rng = np.random.default_rng(seed)
    count = round(years * SESSIONS_PER_YEAR)
    moving = np.arange(count) % 40 < 22
    found = np.zeros((4, 4), dtype=np.int64)
    for _ in range(runs):
        active = active_returns(PROCESSES[process](rng, count), ratio)
        plain = ratio_interval_annual(ratio_moments(active))
        lo = ratio_interval_annual(ratio_moments(active, newey_west_lags(count)))
        error = transition_tracking_error(active, moving)
        intervals = (
            information_ratio_interval(active, rng, draws=1000),
            (plain.low, plain.high),
            (lo.low, lo.high),
            (error.low, error.high),
        )
        deviation_pct = DEVIATION * math.sqrt(SESSIONS_PER_YEAR) * 100.0
        for column, (low, high) in enumerate(intervals):
            truth = deviation_pct if column == 3 else ratio
            place = 0 if truth < low else 2 if truth > high else 1
            found[place, column] += 1
            found[3, column] += not low <= 0.0 <= high
    return found


def jobs(runs: int, parts: int) -> Iterator[Job]:
    """Every cell of the table, in parts so that workers share it evenly."""
    seed = 0
    for process in PROCESSES:
        for years in YEARS:
            for ratio in RATIOS:
                for _ in range(parts):
                    seed += 1
                    yield process, years, ratio, runs // parts, seed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    todo = list(jobs(given.runs, parts=4))
    found: dict[tuple[str, int, float], np.ndarray] = {}
    with ProcessPoolExecutor(given.workers) as workers:
        done = track(workers.map(measure, todo), "simulating", len(todo))
        for (process, years, ratio, _, _), counts in zip(todo, done, strict=True):
            cell = (process, years, ratio)
            found[cell] = found.get(cell, np.zeros((4, 4), dtype=np.int64)) + counts
    runs = int(next(iter(found.values()))[:3, 0].sum())
    band = exact_interval(round(NOMINAL * runs), runs)
    coverage = Table(
        "active returns", "years", "true ratio", *METHODS, "tracking error",
        title=f"Coverage, percent (truth below/above the interval), {runs} runs; "
        f"{100 * band.low:.1f} to {100 * band.high:.1f} is noise around 95",
    )  # fmt: skip
    power = Table(
        "active returns", "years", "true ratio", "formula", *METHODS,
        title="Percent of runs that reject a ratio of zero at 5 %, two-sided",
    )  # fmt: skip
    for (process, years, ratio), counts in found.items():
        share = 100.0 * counts / runs
        coverage.add_row(
            process, str(years), f"{ratio:.1f}",
            *(f"{inside:.1f} ({below:.1f}/{above:.1f})" for below, inside, above, _ in share.T),
        )  # fmt: skip
        power.add_row(
            process, str(years), f"{ratio:.1f}", f"{100.0 * power_of_years(ratio, years):.1f}",
            *(f"{reject:.1f}" for reject in share[3, :3]),
        )  # fmt: skip
    console = Console(width=120)
    console.print(coverage)
    console.print(power)


if __name__ == "__main__":
    main()
