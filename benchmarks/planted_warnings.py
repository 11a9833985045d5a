"""Does the warning model find the lead that was planted, and nothing where none was?

The default model and rule on synthetic markets with leads of 0 to 60 sessions, and with stress that
has nothing to do with the sectors; means over seeds. `python -m benchmarks.planted_warnings`
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.warning_candidates import panel
from benchmarks.warning_development import Judged, judge
from feeds.synthetic import SyntheticConfig, synthetic_market
from models.warning_model import WarningConfig
from models.warning_state import WarningRule
from models.warning_walk import walk_warnings

VARIANTS: dict[str, dict[str, Any]] = {
    **{f"lead {lead}": {"lead_sessions": lead} for lead in (0, 20, 40, 60)},
    "placebo": {"lead_sessions": 40, "placebo": True},
}


def judged(seed: int, options: dict[str, Any]) -> Judged:
    """One market."""
    source, config = panel(synthetic_market(SyntheticConfig(seed=seed, **options))), WarningConfig()
    features = source.features(config.features)
    history = walk_warnings(features, source.relative_log, source.refits, config)
    return judge(source, history, config, WarningRule())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    seeds = range(1, parser.parse_args().seeds + 1)
    console = Console(stderr=True)
    spans = WarningConfig().horizons
    table = Table(
        "synthetic market", *(f"skill {span}, %" for span in spans), "opened", "time open",
        "right, XLK", "base", "right, all", "base", "recall",
    )  # fmt: skip
    for name, options in VARIANTS.items():
        found = [
            judged(seed, options) for seed in track(seeds, name, console=console, transient=True)
        ]
        skill = [np.mean([one.skill[f"technology_{s}"].value for one in found]) for s in spans]
        cells = [
            f"{np.mean([one.opened for one in found]):.1f}",
            f"{np.mean([one.share_open for one in found]):.1%}",
        ]
        for kind in ("accuracy", "pooled"):
            hits = [getattr(one, kind) for one in found]
            count = sum(one.count for one in hits)
            base = sum(one.base_rate * one.count for one in hits if one.count) / max(count, 1)
            cells += [f"{sum(one.hits for one in hits)} of {count}", f"{base:.2f}"]
        cells.append(f"{np.mean([one.lead.recall for one in found]):.2f}")
        table.add_row(name, *(f"{100.0 * value:.1f}" for value in skill), *cells)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
