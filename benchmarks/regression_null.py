"""Is the regression grid right where bond stress foretells nothing, and does it see a lead?

    python -m benchmarks.regression_null [--seeds 18] [--workers 2]

Synthetic markets, 2006-2024: "placebo" (sectors answer to a world that is not published), "no lead"
(they answer in the same session only) and the planted lead of 40 sessions. By Hodrick's test and by
random signs of blocks: the share of regressions with p up to 5 %, and of markets in which any
survives control of false discoveries at 10 % (nominal: at most 10 % without a lead); last, markets
in which the number of p-values up to 5 % by signs is itself significant at 5 %.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from feeds.synthetic import SyntheticConfig, synthetic_market
from research.config import load_config
from research.regression_grid import regression_grid

MARKETS: dict[str, dict[str, object]] = {
    "placebo": {"placebo": True},
    "no lead": {"lead_sessions": 0},
    "lead 40": {"lead_sessions": 40},
}
LEVEL = 0.10
COLUMNS = (
    "Hodrick p <= 5 %", "any, BH", "any, BY", "signs p <= 5 %", "any by signs, BH",
    "so many by signs",
)  # fmt: skip

Job = tuple[str, int]
"""Kind of market, seed."""


def measure(job: Job) -> np.ndarray:
    """The COLUMNS of one market, shares or 0 and 1."""
    kind, seed = job
    market = synthetic_market(SyntheticConfig(seed=seed, **MARKETS[kind]))  # type: ignore[arg-type]
    config = load_config(period__start="2006-01-03", period__end="2024-12-31", seed=seed)
    table = regression_grid(market, config)
    made = table[table["p_value"].notna()]
    return np.array(
        [
            (made["p_value"] <= 0.05).mean(),
            (made["bh_p"] <= LEVEL).any(),
            (made["by_p"] <= LEVEL).any(),
            (made["sign_p"] <= 0.05).mean(),
            (made["sign_bh_p"] <= LEVEL).any(),
            made["many_p"].iloc[0] <= 0.05,
        ],
        dtype=np.float64,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=18)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    todo = [(kind, seed) for kind in MARKETS for seed in range(1, given.seeds + 1)]
    found: dict[str, list[np.ndarray]] = {kind: [] for kind in MARKETS}
    with ProcessPoolExecutor(given.workers) as workers:
        done = track(workers.map(measure, todo), "regressing", len(todo))
        for (kind, _), shares in zip(todo, done, strict=True):
            found[kind].append(shares)
    table = Table("market", *COLUMNS, title=f"Percent, {given.seeds} markets each")
    for kind, rows in found.items():
        table.add_row(kind, *(f"{100.0 * share:.1f}" for share in np.mean(rows, axis=0)))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
