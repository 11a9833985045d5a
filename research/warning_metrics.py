"""Figures on the warnings of a run: were they right, and did they come in time?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.warning_lead import LeadRecord, fall_events, lead_record
from models.warning_quality import (
    Estimate,
    Hits,
    brier_skill,
    underperformed,
    warning_accuracy,
)

TECHNOLOGY = "XLK"
HIGH_SESSIONS = 252
BLOCK = 120
DRAWS = 1000

Figures = dict[str, float | int | None]


@dataclass(frozen=True)
class WarningRecord:
    """Technology's warnings against what came.

    Attributes:
        opened: warnings in all.
        sessions_open: sessions with a warning standing.
        hits: those that do not overlap and whose outcome is known, over the longest horizon.
        skill: Brier skill over that horizon.
        lead: warnings against events.
    """

    opened: int
    sessions_open: int
    hits: Hits
    skill: Estimate
    lead: LeadRecord


def warning_record(
    warnings: pd.DataFrame, relative: pd.DataFrame, seed: int
) -> WarningRecord | None:
    """Technology's warnings against what came; None for a strategy that does not warn.

    Args:
        warnings: the analyzer's columns, see analyzers.warnings.
        relative: [sessions x tickers] log price of each sector less the benchmark's, by ISO date;
            it starts before the first warning so that running highs are known, and ends with it.
        seed: of the bootstrap intervals.
    """
    if "open" not in warnings:
        return None
    mine = warnings[warnings["ticker"] == TECHNOLOGY].reset_index(drop=True)
    first = int(relative.index.searchsorted(mine["date"].iloc[0]))
    prices = relative[TECHNOLOGY].to_numpy(dtype=np.float64)
    names = [str(name) for name in mine]
    horizon = max(int(name.split("_")[1]) for name in names if name.startswith("probability_"))
    said = mine[f"probability_{horizon}_pct"].to_numpy() / 100.0
    base = mine[f"base_rate_{horizon}_pct"].to_numpy() / 100.0
    outcomes = underperformed(prices[first:, None], horizon)[:, 0]
    standing = mine["open"].to_numpy(dtype=bool)
    opened = np.flatnonzero(standing & (mine["sessions_open"].to_numpy() == 0)).tolist()
    hits = warning_accuracy(opened, outcomes, horizon)
    rng = np.random.default_rng(seed)
    skill = brier_skill(said, base, outcomes, BLOCK, DRAWS, rng)
    before = max(0, first - HIGH_SESSIONS)
    events = [e + before - first for e in fall_events(prices[before:]) if e + before >= first]
    lead = lead_record(opened, events, len(mine), DRAWS, rng)
    return WarningRecord(len(opened), int(standing.sum()), hits, skill, lead)


def warning_metrics(warnings: pd.DataFrame, relative: pd.DataFrame, seed: int) -> Figures:
    """The record as figures; arguments as of `warning_record`.

    Returns:
        `tech_warning_*`: warnings opened and counted (not overlapping, with their outcome known);
        the share after which technology trailed over the longest horizon, with its exact interval
        and base rate; Brier skill there with its interval; events (falls through 5 % below the
        running 252-session high), their share that a warning preceded by up to 80 sessions, the
        median lead with its interval, and the p-value against shifted warnings. None where the
        data cannot give one; empty without warnings' columns.
    """
    record = warning_record(warnings, relative, seed)
    if record is None:
        return {}
    hits, lead = record.hits, record.lead
    figures: dict[str, float] = {
        "opened": record.opened,
        "counted": hits.count,
        "sessions_open": record.sessions_open,
        "base_rate_pct": 100.0 * hits.base_rate,
        "events": len(lead.leads),
        "recall_pct": 100.0 * lead.recall,
        "lead_p_value": lead.p_value,
    }
    for name, estimate, unit in (
        ("accuracy", hits.share, "pct"),
        ("brier_skill", record.skill, "pct"),
        ("median_lead", lead.median, "sessions"),
    ):
        figures |= _interval(name, estimate, unit)
    return {f"tech_warning_{k}": v if math.isfinite(v) else None for k, v in figures.items()}


def _interval(name: str, estimate: Estimate, unit: str) -> dict[str, float]:
    scale = 100.0 if unit == "pct" else 1.0
    return {
        f"{name}_{unit}": scale * estimate.value,
        f"{name}_low_{unit}": scale * estimate.low,
        f"{name}_high_{unit}": scale * estimate.high,
    }
