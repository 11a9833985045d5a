"""How fast to move: chosen transitions against immediate and fixed schedules, up to 2019.

Whole runs, all costs, on 2003-2019, for three sizes of portfolio. `python -m
benchmarks.transition_comparison --data FOLDER` appends to results/published/trials.jsonl.
"""

from __future__ import annotations

import argparse
import math
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.settings_comparison import FIRST, LAST, SECOND_HALF, TRIALS
from feeds.directory import load_directory
from models.performance import information_ratio
from research.config import load_config
from research.run import code_version, run
from research.trials import Trial, record_trials

SCHEDULES: dict[str, dict[str, Any]] = {
    "immediate, always": {"transition_fixed_sessions": 1},
    "immediate, or hold": {"transition_max_sessions": 1},
    "3 equal parts": {"transition_fixed_sessions": 3},
    "5 equal parts": {"transition_fixed_sessions": 5},
    "10 equal parts": {"transition_fixed_sessions": 10},
    "20 equal parts": {"transition_fixed_sessions": 20},
    "chosen": {},
}
SIZES = (1e6, 1e7, 1e9)


def measure(job: tuple[float, dict[str, Any], Path]) -> tuple[dict[str, float | None], str]:
    """Figures of one run, and the digest of its data."""
    cash, params, folder = job
    market = load_directory(folder).until(pd.Timestamp(LAST))
    base = load_config(period__start=FIRST, period__end=LAST, account__cash=cash)
    strategy = base.strategy.model_copy(update={"params": base.strategy.params | params})
    result = run(market, base.model_copy(update={"strategy": strategy}))
    equity = result.tables["equity"].set_index("date")
    active = (equity["value"].pct_change() - equity["benchmark"].pct_change()).dropna()
    late = active.index >= SECOND_HALF
    plans = result.tables["transitions"]
    paid = plans["break_even_sessions"]
    figures = {
        "active_return_pct": result.metrics["active_return_pct"],
        "information_ratio": result.metrics["information_ratio"],
        "ir_first_half": information_ratio(active[~late].to_numpy()),
        "ir_second_half": information_ratio(active[late].to_numpy()),
        "tracking_error_pct": result.metrics["tracking_error_pct"],
        "turnover_pct_per_year": result.metrics["turnover_pct_per_year"],
        "cost_bps_per_year": result.metrics["cost_bps_per_year"],
        "mean_sessions": float(plans["sessions"].mean()),
        "held_pct": 100.0 * float((plans["sessions"] == 0).mean()),
        "median_break_even_sessions": float(np.median(paid[np.isfinite(paid)])),
    }
    return {k: None if v is None else round(v, 4) for k, v in figures.items()}, market.digest


def main() -> None:
    """Run, print, log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    cases = list(product(SIZES, SCHEDULES.items()))
    with ProcessPoolExecutor(2) as workers:
        results = list(workers.map(measure, [(cash, p, folder) for cash, (_, p) in cases]))
    table = Table(
        "dollars", "schedule", "active %", "IR", "to 6.2011", "from 7.2011", "TE %",
        "turnover %", "cost bp", "sessions", "held %", "break-even",
    )  # fmt: skip
    trials = []
    for (cash, (name, params)), (figures, digest) in zip(cases, results, strict=True):
        size = f"10^{math.log10(cash):.0f}"
        table.add_row(size, name, *("" if v is None else f"{v:.2f}" for v in figures.values()))
        content = {**params, "cash": cash, "code": code_version()[:12]}
        trials.append(Trial("transition", name, content, str(FIRST), str(LAST), digest, figures))
    Console(width=150).print(table)
    Console().print(f"{record_trials(TRIALS, trials)} new trials in the log")


if __name__ == "__main__":
    main()
