"""Does the estimated lead agree with the planted one, and is none found where there is none?

On synthetic markets of many seeds, with leads of 0, 20, 40 and 60 sessions and with stress that has
nothing to do with the sectors: the estimated lead from the daily changes of the high-yield spread
and the 10-year yield. `python -m benchmarks.lead_estimation [--data FOLDER]`; a folder adds the
real market up to 2019.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from feeds.directory import load_directory
from feeds.market import MarketData
from feeds.synthetic import SyntheticConfig, synthetic_market
from models.lead import LeadEstimate, estimate_lead
from models.universe import BENCHMARK, SECTORS, SECTORS_REDEFINED
from models.warning_quality import exact_interval

LEADS_SHOWN = (12, 20, 30, 40, 50, 60, 70, 80)
SHOCKS = ("BAMLH0A0HYM2", "DGS10")
VARIANTS = {
    "lead 0": (0, False),
    "lead 20": (20, False),
    "lead 40": (40, False),
    "lead 60": (60, False),
    "placebo": (40, True),
}


def lead_of(market: MarketData, seed: int) -> LeadEstimate:
    """Of the market's sessions from the sectors' redefinition on, where they reach back as far."""
    closes = market.total_return_close.loc[SECTORS_REDEFINED:]
    sectors = [ticker for ticker in SECTORS if ticker in closes]
    relative = np.log(closes[sectors].to_numpy()) - np.log(closes[[BENCHMARK]].to_numpy())
    levels = pd.DataFrame({name: market.macro[name] for name in SHOCKS}).reindex(closes.index)
    return estimate_lead(
        levels.diff().to_numpy()[1:], np.diff(relative, axis=0), np.random.default_rng(seed)
    )


def measure(job: tuple[int, int, bool]) -> LeadEstimate:
    """One synthetic market."""
    seed, lead, placebo = job
    config = SyntheticConfig(seed=seed, lead_sessions=lead, placebo=placebo)
    return lead_of(synthetic_market(config), seed)


def share(hits: int, count: int) -> str:
    """Hits of count, with the exact interval."""
    found = exact_interval(hits, count)
    return f"{hits} of {count} ({found.low:.2f}, {found.high:.2f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    table = Table(
        "synthetic market", "estimated, mean", "deviation", "inside its interval",
        "a lead is found, 5 %", "an answer in the same session, 5 %",
    )  # fmt: skip
    jobs = [(s, *v) for v in VARIANTS.values() for s in range(1, given.seeds + 1)]
    with ProcessPoolExecutor(2) as workers:
        found = list(workers.map(measure, jobs))
    for row, (name, (lead, placebo)) in enumerate(VARIANTS.items()):
        mine = found[row * given.seeds : (row + 1) * given.seeds]
        leads = np.array([estimate.lead for estimate in mine])
        planted = lead > 0 and not placebo
        inside = sum(e.low <= lead <= e.high for e in mine)
        table.add_row(
            name,
            f"{leads.mean():.1f}" if planted else "",
            f"{leads.std(ddof=1):.1f}" if planted else "",
            share(inside, len(mine)) if planted else "",
            share(sum(e.leads() for e in mine), len(mine)),
            share(sum(e.p_same_session <= 0.05 for e in mine), len(mine)),
        )
    Console(width=140).print(table)
    if given.data:
        market = load_directory(given.data).until(pd.Timestamp("2019-12-31"))
        real = lead_of(market, 1)
        Console(width=140).print(
            f"real, to 2019: lead {real.lead} ({real.low:.0f} to {real.high:.0f}), p of none "
            f"{real.p_lead:.3f}, p of none in the same session {real.p_same_session:.3f}; strength "
            + ", ".join(f"{lead}: {real.profile[lead]:.2f}" for lead in LEADS_SHOWN)
        )


if __name__ == "__main__":
    main()
