"""Which warning model has skill: walk-forward on 2003-2019, refitted monthly, read daily.

For technology and for all sectors together: Brier skill against the walk-forward base rate by
horizon, and what the warnings that such probabilities open are worth - accuracy of those that do
not overlap, recall of technology's relative falls, lead, and a p-value against shifted warnings.

`python -m benchmarks.warning_development --data FOLDER` appends the results to
results/published/trials.jsonl.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.warning_candidates import (
    FIRST,
    LAST,
    Panel,
    candidates,
    isotonic_history,
    real_panel,
    rules,
)
from models.universe import SECTORS
from models.warning_lead import LeadRecord, fall_events, lead_record
from models.warning_model import WarningConfig
from models.warning_quality import (
    Estimate,
    Hits,
    brier_score,
    brier_skill,
    calibration_curve,
    exact_interval,
    precision_recall,
    underperformed,
    warning_accuracy,
)
from models.warning_state import WarningRule, states
from models.warning_walk import WarningHistory, walk_warnings
from research.trials import Trial, record_trials

TRIALS = Path(__file__).resolve().parents[1] / "results" / "published" / "trials.jsonl"
TECHNOLOGY = list(SECTORS).index("XLK")
SECOND_HALF = pd.Timestamp("2011-07-01")
DRAWS, SEED, BLOCK, BINS = 1000, 20190101, 120, 5
LEVELS = np.array([0.0, 0.5, 0.55, 0.6, 0.65])


@dataclass(frozen=True)
class Judged:
    """Everything the tables show of one candidate."""

    skill: dict[str, Estimate]
    halves: dict[str, tuple[float, float]]
    accuracy: Hits
    pooled: Hits
    opened: int
    share_open: float
    lead: LeadRecord

    def result(self) -> dict[str, float | None]:
        """Figures for the trials log."""
        found: dict[str, float | None] = {}
        for name, estimate in self.skill.items():
            first, second = self.halves[name]
            found |= {
                f"brier_skill_pct_{name}": 100.0 * estimate.value,
                f"brier_skill_pct_{name}_low": 100.0 * estimate.low,
                f"brier_skill_pct_{name}_high": 100.0 * estimate.high,
                f"brier_skill_pct_{name}_first_half": 100.0 * first,
                f"brier_skill_pct_{name}_second_half": 100.0 * second,
            }
        for name, hits in (("technology", self.accuracy), ("all", self.pooled)):
            found |= {f"hits_{name}": hits.hits, f"warnings_{name}": hits.count}
        found |= {
            "recall": self.lead.recall,
            "median_lead_sessions": self.lead.median.value,
            "p_value": self.lead.p_value,
        }
        return {
            name: round(value, 4) if value is not None and math.isfinite(value) else None
            for name, value in found.items()
        }


def judge(
    source: Panel, history: WarningHistory, config: WarningConfig, rule: WarningRule
) -> Judged:
    """Skill and warnings from the first session at which technology's model may have a view."""
    start = next(
        row
        for row, model in history.models.items()
        if model.rows[TECHNOLOGY, -1] >= config.min_rows
    )
    probabilities, base = history.probabilities[start:], history.base_rates[start:]
    half = int(source.sessions[start:].searchsorted(SECOND_HALF))
    skill, halves = {}, {}
    for index, horizon in enumerate(config.horizons):
        came = underperformed(source.relative_log, horizon)[start:]
        for name, columns in (("technology", [TECHNOLOGY]), ("all", range(len(SECTORS)))):
            p, b, y = probabilities[:, columns, index], base[:, columns, index], came[:, columns]
            rng = np.random.default_rng(SEED)
            skill[f"{name}_{horizon}"] = brier_skill(p, b, y, BLOCK, DRAWS, rng)
            halves[f"{name}_{horizon}"] = (
                brier_skill(p[:half], b[:half], y[:half], BLOCK, 1, rng).value,
                brier_skill(p[half:], b[half:], y[half:], BLOCK, 1, rng).value,
            )
    opened: list[list[int]] = [[] for _ in SECTORS]
    days = 0
    for state in states(probabilities, base, config.horizons, rule):
        days += sum(warning.sector == TECHNOLOGY for warning in state.open)
        for warning in state.opened_now:
            opened[warning.sector].append(warning.opened)
    longest = config.horizons[-1]
    came = underperformed(source.relative_log, longest)[start:]
    each = [warning_accuracy(rows, came[:, n], longest) for n, rows in enumerate(opened)]
    hits, count = sum(one.hits for one in each), sum(one.count for one in each)
    expected = sum(one.base_rate * one.count for one in each if one.count)
    events = [e - start for e in fall_events(source.relative_log[:, TECHNOLOGY]) if e >= start]
    rng = np.random.default_rng(SEED)
    return Judged(
        skill=skill,
        halves=halves,
        accuracy=each[TECHNOLOGY],
        pooled=Hits(hits, count, exact_interval(hits, count), expected / max(count, 1)),
        opened=len(opened[TECHNOLOGY]),
        share_open=days / len(probabilities),
        lead=lead_record(opened[TECHNOLOGY], events, len(probabilities), DRAWS, rng),
    )


def skill_table(found: Mapping[str, Judged], name: str) -> Table:
    """Brier skill by horizon, with its interval; halves at the last."""
    horizons = [key for key in next(iter(found.values())).skill if key.startswith(name)]
    spans = [key.split("_")[-1] for key in horizons]
    table = Table("Brier skill, %, " + name, *spans, "2004-2011, last", "2011-2019, last")
    for label, judged in found.items():
        cells = [
            "{:.1f} ({:.1f}, {:.1f})".format(*(100.0 * v for v in astuple(judged.skill[key])))
            for key in horizons
        ]
        table.add_row(label, *cells, *(f"{100.0 * v:.1f}" for v in judged.halves[horizons[-1]]))
    return table


def calibration_table(source: Panel, history: WarningHistory, config: WarningConfig) -> Table:
    """Forecasts of the longest horizon in bins of equal number, and what came."""
    horizon = config.horizons[-1]
    came = underperformed(source.relative_log, horizon)
    table = Table(f"calibration, {horizon} ahead", "mean forecast", "came true", "interval", "rows")
    for name, columns in (("technology", [TECHNOLOGY]), ("all", list(range(len(SECTORS))))):
        said = history.probabilities[:, columns, -1]
        for part in calibration_curve(said, came[:, columns], BINS, horizon):
            low, high = part.frequency.low, part.frequency.high
            table.add_row(
                name,
                f"{part.forecast:.3f}",
                f"{part.frequency.value:.3f}",
                f"{low:.2f}, {high:.2f}",
                str(part.count),
            )
    return table


def precision_table(source: Panel, history: WarningHistory, config: WarningConfig) -> Table:
    """Precision and recall of sessions at or above each probability, longest horizon."""
    horizon = config.horizons[-1]
    came = underperformed(source.relative_log, horizon)
    table = Table(f"{horizon} ahead", "level", "precision", "recall", "share of sessions", "Brier")
    for name, columns in (("technology", [TECHNOLOGY]), ("all", list(range(len(SECTORS))))):
        said, outcomes = history.probabilities[:, columns, -1], came[:, columns]
        score = f"{brier_score(said, outcomes):.4f}"
        for level, precision, recall, share in precision_recall(said, outcomes, LEVELS):
            row = (f"{level:.2f}", f"{precision:.2f}", f"{recall:.2f}", f"{share:.3f}")
            table.add_row(name, *row, score)
    return table


def warning_table(found: Mapping[str, Judged], first: str) -> Table:
    """What the warnings were worth."""
    table = Table(
        first, "opened", "time open", "right, XLK", "interval", "base", "right, all", "interval",
        "base", "recall", "median lead", "p",
    )  # fmt: skip
    for label, judged in found.items():
        cells = [str(judged.opened), f"{judged.share_open:.0%}"]
        for hits in (judged.accuracy, judged.pooled):
            cells += [
                f"{hits.hits} of {hits.count}",
                f"{hits.share.low:.2f}, {hits.share.high:.2f}",
                f"{hits.base_rate:.2f}",
            ]
        lead = judged.lead
        median = f"{lead.median.value:.0f} ({lead.median.low:.0f}, {lead.median.high:.0f})"
        table.add_row(label, *cells, f"{lead.recall:.2f}", median, f"{lead.p_value:.2f}")
    return table


def main() -> None:
    """Compare, print, log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    source = real_panel(parser.parse_args().data)
    models: dict[str, Judged] = {}
    ways: dict[str, Judged] = {}
    trials: list[tuple[str, dict[str, object]]] = []
    console = Console(width=170)
    progress = Console(stderr=True)
    for name, config in track(candidates().items(), "models", console=progress, transient=True):
        if name == "isotonic":
            history = isotonic_history(source, config)
        else:
            features = source.features(config.features)
            history = walk_warnings(features, source.relative_log, source.refits, config)
        models[name] = judge(source, history, config, WarningRule())
        trials.append((name, {"model": asdict(config), "rule": asdict(WarningRule())}))
        if not ways:
            curves = calibration_table(source, history, config)
            precisions = precision_table(source, history, config)
            ways = {way: judge(source, history, config, rule) for way, rule in rules().items()}
            for way, rule in rules().items():
                trials.append((way, {"model": asdict(config), "rule": asdict(rule)}))
    console.print(skill_table(models, "technology"))
    console.print(skill_table(models, "all"))
    console.print(curves)
    console.print(precisions)
    console.print(warning_table(models, "model"))
    console.print(warning_table(ways, "rule"))
    judged = models | ways
    log = [
        Trial("warning", name, config, str(FIRST.date()), str(LAST.date()), source.digest,
              judged[name].result())
        for name, config in trials
    ]  # fmt: skip
    console.print(f"{record_trials(TRIALS, log)} new trials in the log")


if __name__ == "__main__":
    main()
