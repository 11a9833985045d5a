"""What a reader of a result should know about the data and decisions behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from models.stress_sources import STRESS_SOURCES
from research.config import RunConfig

FULLY_INVESTED = 0.97
END_TOLERANCE_DAYS = 7


def run_notices(
    config: RunConfig,
    tables: Mapping[str, pd.DataFrame],
    sources: pd.DataFrame,
) -> Iterator[str]:
    """One line for each departure from what the configuration suggests; none when all is as asked.

    Args:
        config: the run's configuration.
        tables: equity and decisions.
        sources: [sessions x channels] source behind each stress channel, "" for none.
    """
    if config.strategy.name == "PerfectForesight":
        yield "PERFECT FORESIGHT: it is given the future; an upper bound and no strategy"
    last = pd.Timestamp(tables["equity"]["date"].iloc[-1])
    if (pd.Timestamp(config.period.end) - last).days > END_TOLERANCE_DAYS:
        yield f"the data end on {last.date()}, before the end asked for ({config.period.end})"
    cash = tables["equity"]["cash"].iloc[0] / tables["equity"]["value"].iloc[0]
    if cash > max(1.0 - FULLY_INVESTED, 2.0 * config.account.cash_buffer):
        yield (
            f"only {100.0 * (1.0 - cash):.0f} % of the portfolio could be built before the period "
            "within the volume limit"
        )
    decisions = tables["decisions"]
    if "training_rows" in decisions:
        yield from _stress_notices(sources, decisions)
        reasons = decisions.groupby("decision_id")["reason"].first()
        without = reasons[reasons.str.startswith("benchmark weights")]
        if len(without):
            yield (
                f"{len(without)} of {len(reasons)} decisions had no view and held the benchmark's "
                f"weights ({without.iloc[-1].partition(': ')[2]})"
            )


def _stress_notices(sources: pd.DataFrame, decisions: pd.DataFrame) -> Iterator[str]:
    """Channels that the decisions read from another source than the preferred one, or from none."""
    readings = [str(column) for column in decisions if str(column).endswith("_z")]
    for channel, candidates in STRESS_SOURCES.items():
        if not any(reading.startswith(f"{channel}_") for reading in readings):
            continue
        used = sources[channel].value_counts()
        for name, count in used.drop(labels=candidates[0].name, errors="ignore").items():
            what = f"read from {name}" if name else "without any source"
            yield f"{channel} stress is {what} on {count} of {len(sources)} sessions"
