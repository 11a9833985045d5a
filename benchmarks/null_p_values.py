"""Are p-values uniform when nobody has skill, and safe when some configurations are worse?

    python -m benchmarks.null_p_values [--runs 1000] [--workers 2]

Tables of active returns, 5 years x 20 configurations that share half their variance, of four kinds.
Null "zero": every true mean is zero, the case that White's and Hansen's p-values are made for.
Null "worse": 15 of the 20 have a true ratio of -1.5, where an upper bound is what White promises.
Shares of p-values up to 5 % and up to 10 %, and Kolmogorov-Smirnov against the uniform. The last
columns are one record of no skill (1 - PSR) and the best of the 20 against them all (1 - DSR).
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import stats

from benchmarks.return_processes import PROCESSES, active_returns
from models.backtest_overfitting import backtest_overfitting
from models.deflated_ratio import (
    average_correlation,
    deflated_ratio,
    probabilistic_ratio,
    ratio_moments,
)
from models.performance import SESSIONS_PER_YEAR, information_ratio
from models.reality_check import reality_check, superior_ability

YEARS, CONFIGURATIONS, WORSE, SHARED = 5, 20, 15, 0.5
TESTS = ("White", "SPA lower", "SPA consistent", "SPA upper", "1 - PSR, one", "1 - DSR, best")

Job = tuple[str, bool, int, int]
"""Process, whether some are worse, runs, seed."""


def configurations(process: str, worse: bool, rng: np.random.Generator) -> np.ndarray:
    """Active returns [T x C] without skill."""
    count = round(YEARS * SESSIONS_PER_YEAR)
    noise = PROCESSES[process]
    market = noise(rng, count)
    own = np.column_stack([noise(rng, count) for _ in range(CONFIGURATIONS)])
    unit = np.sqrt(SHARED) * market[:, None] + np.sqrt(1.0 - SHARED) * own
    ratio = np.where(np.arange(CONFIGURATIONS) < WORSE, -1.5 * worse, 0.0)
    return np.column_stack([active_returns(unit[:, k], r) for k, r in enumerate(ratio.tolist())])


def measure(job: Job) -> np.ndarray:
    """p-values by test, and the probability of overfitting, [runs x 7]."""
    process, worse, runs, seed = job
    rng = np.random.default_rng(seed)
    found = np.empty((runs, len(TESTS) + 1))
    for row in range(runs):
        active = configurations(process, worse, rng)
        spa = superior_ability(active, rng, draws=500)
        ratios = np.array([information_ratio(column) for column in active.T])
        deflated = deflated_ratio(active[:, ratios.argmax()], ratios, average_correlation(active))
        found[row] = (
            reality_check(active, rng, draws=500).p_value, spa.lower, spa.consistent, spa.upper,
            1.0 - probabilistic_ratio(ratio_moments(active[:, -1])), 1.0 - deflated.deflated,
            backtest_overfitting(active, 8).probability,
        )  # fmt: skip
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    cells = [(process, worse) for worse in (False, True) for process in PROCESSES]
    todo = [(*cell, given.runs // 4, seed) for seed, cell in enumerate(cells * 4)]
    found: dict[tuple[str, bool], list[np.ndarray]] = {}
    with ProcessPoolExecutor(given.workers) as workers:
        done = track(workers.map(measure, todo), "simulating", len(todo))
        for (process, worse, _, _), values in zip(todo, done, strict=True):
            found.setdefault((process, worse), []).append(values)
    table = Table(
        "active returns", "null", *TESTS, "mean PBO",
        title="Percent of p-values up to 5 % / up to 10 % (p of Kolmogorov-Smirnov)",
    )  # fmt: skip
    for (process, worse), parts in found.items():
        values = np.concatenate(parts)
        cell = []
        for p in values[:, :-1].T:
            uniform = stats.kstest(p, "uniform").pvalue
            cell.append(
                f"{100 * (p <= 0.05).mean():.1f} / {100 * (p <= 0.1).mean():.1f} ({uniform:.3f})"
            )
        table.add_row(process, "worse" if worse else "zero", *cell, f"{values[:, -1].mean():.2f}")
    Console(width=200).print(table)


if __name__ == "__main__":
    main()
