"""Does the decision core find the lead that was planted, and nothing where none was?

Runs the published configuration over 2008-2024 on many synthetic markets, with the lead, without
one and with stress that has nothing to do with the sectors, and prints the mean net information
ratio with its standard error over seeds. `python -m benchmarks.planted_lead --seeds 12`
"""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from feeds.synthetic import SyntheticConfig, synthetic_market
from research.config import load_config
from research.run import run

VARIANTS: dict[str, dict[str, Any]] = {
    "planted lead, 40 sessions": {"lead_sessions": 40, "placebo": False},
    "no lead": {"lead_sessions": 0, "placebo": False},
    "placebo": {"lead_sessions": 40, "placebo": True},
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    seeds = range(1, parser.parse_args().seeds + 1)
    config = load_config(period__start=date(2008, 1, 1))
    console = Console(stderr=True)
    table = Table("synthetic market", "information ratio a year, net", "standard error", "seeds")
    for name, options in VARIANTS.items():
        ratios = []
        for seed in track(seeds, name, console=console, transient=True):
            market = synthetic_market(SyntheticConfig(seed=seed, **options))
            ratio = run(market, config).metrics["information_ratio"]
            ratios.append(float("nan") if ratio is None else ratio)
        error = np.std(ratios, ddof=1) / np.sqrt(len(ratios))
        table.add_row(name, f"{np.mean(ratios):.2f}", f"{error:.2f}", str(len(ratios)))
    Console().print(table)


if __name__ == "__main__":
    main()
