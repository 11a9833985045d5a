"""The scorecard with its evidence, in one folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from feeds.bond_stress import market_stress
from feeds.market import MarketData
from models.regimes import curve_slope, rule_regimes
from models.success import Criterion
from models.universe import BENCHMARK, SECTORS_REDEFINED
from research.alternatives import (
    FORESIGHT,
    ROTATION,
    candidate_runs,
    placebo_runs,
    with_strategy,
)
from research.assemble import LEAD_IN_SESSIONS
from research.attribution import attribution_table
from research.attribution_summary import attribution_summary, yearly_ratio_table
from research.config import RunConfig
from research.crisis_windows import crisis_table
from research.peers import peer_table
from research.results_folder import write_folder, write_json, write_parquet
from research.run import RunResult, run
from research.scorecard import scorecard
from research.trials import Trial
from research.validation_summary import validation_summary

# Sessions of sector returns before the decision core can decide.
WARM_UP = 63
MIN_DEVELOPMENT_YEARS = 3
COMPARED = (
    "alpha_pct", "alpha_low_pct", "alpha_high_pct", "information_ratio", "information_ratio_low",
    "information_ratio_high", "tracking_error_pct", "total_return_pct",
    "benchmark_total_return_pct",
)  # fmt: skip
BY = {"sector": "ticker", "year": "year", "regime": "regime", "channel": "channel",
      "effect": "effect"}  # fmt: skip


@dataclass(frozen=True)
class Validation:
    """Everything that the scorecard's page shows.

    Attributes:
        result: the run that is judged.
        criteria: the five lines of the scorecard.
        summary: what validation.json holds.
        tables: compared, peers, crises, years and attribution.
    """

    result: RunResult
    criteria: list[Criterion]
    summary: dict[str, Any]
    tables: Mapping[str, pd.DataFrame]


def validate(
    market: MarketData,
    config: RunConfig,
    trials: Sequence[Trial],
    on_step: Callable[[str], Any] = lambda _: None,
) -> Validation:
    """Judge the configuration over its period and hold it beside everything that gives the scale.

    Args:
        market: the market.
        config: what is judged; `config.period` is the evaluated period. What the market has before
            it is the development period, where it is three years or more.
        trials: every configuration that was evaluated before this one was chosen.
        on_step: called with a title before each long step.
    """
    on_step("the evaluated period")
    result = run(market, config)
    earlier = development(market, config)
    before = stitched = None
    if earlier is not None:
        on_step("the development period")
        before = run(market, earlier)
        on_step("all years in one")
        stitched = run(market, _lengthened(earlier, config))
    tried = candidate_runs(market, config, on_step)
    placebos = placebo_runs(market, config, on_step) if config.strategy.name == ROTATION else []
    on_step("perfect foresight")
    foresight = run(market, with_strategy(config, FORESIGHT))
    on_step("peers")
    peers = [peer_table(market, config, result, on_step).assign(period="evaluated")]
    if earlier is not None and before is not None:
        peers.append(peer_table(market, earlier, before, on_step).assign(period="development"))
    on_step("attribution and crises")
    features, _ = market_stress(market, config.stress.model())
    slope = curve_slope(market.macro, market.publication_lags, market.sessions)
    regimes = rule_regimes(features, slope)["regime"]
    # Crises are dates of the real market.
    crises = crisis_table((stitched or result).tables, features)
    tables = {
        "compared": _compared(result, before, stitched, tried, placebos, foresight),
        "peers": pd.concat(peers, ignore_index=True),
        "crises": crises[:0] if market.synthetic else crises,
        "years": _years(stitched or result, config.seed),
        "attribution": _attribution(result, regimes),
    }
    summary = validation_summary(market, config, earlier, result, trials, tried)
    return Validation(result, scorecard(result, trials, config.seed), summary, tables)


def write_validation(
    validation: Validation, root: Path, write_page: Callable[[Path], object]
) -> Path:
    """Write the folder `validation-<run id>`; `write_page(folder)` adds the page."""

    def fill(folder: Path) -> None:
        lines = [criterion.as_dict() for criterion in validation.criteria]
        write_json(folder / "scorecard.json", lines)
        write_json(folder / "validation.json", validation.summary)
        for name, table in validation.tables.items():
            write_parquet(folder / f"{name}.parquet", table)
        write_page(folder)

    return write_folder(root, f"validation-{validation.result.run_id}", fill)


def development(market: MarketData, config: RunConfig) -> RunConfig | None:
    """The configuration over what the market has before the period; None if under three years."""
    sessions = market.sessions[market.sessions.searchsorted(pd.Timestamp(SECTORS_REDEFINED)) :]
    first = sessions[min(LEAD_IN_SESSIONS + WARM_UP, len(sessions) - 1)].date()
    last = config.period.start - timedelta(days=1)
    if (last - first).days < MIN_DEVELOPMENT_YEARS * 365:
        return None
    period = config.period.model_copy(update={"start": first, "end": last})
    return config.model_copy(update={"period": period})


def _lengthened(earlier: RunConfig, config: RunConfig) -> RunConfig:
    period = config.period.model_copy(update={"start": earlier.period.start})
    return config.model_copy(update={"period": period})


def _compared(
    result: RunResult,
    before: RunResult | None,
    stitched: RunResult | None,
    tried: Sequence[RunResult],
    placebos: Sequence[RunResult],
    foresight: RunResult,
) -> pd.DataFrame:
    rows = [_line("walk-forward, evaluated period", "the run that is judged", result)]
    if before is not None:
        rows.append(_line("walk-forward, development", "where choices were made", before))
    if stitched is not None:
        rows.append(_line("stitched", "all years, walk-forward", stitched))
    if tried:
        ratios = [candidate.metrics["information_ratio"] or -math.inf for candidate in tried]
        best = tried[int(np.argmax(ratios))]
        note = f"best of {len(tried)}, chosen with hindsight"
        rows.append(_line("in-sample optimum", note, best))
    if placebos:
        note = f"mean of {len(placebos)}, stress shuffled in blocks of a year"
        lines = [_line("placebo", note, placebo) for placebo in placebos]
        mean = {
            name: float(np.mean([line[name] for line in lines])) for name in ("sessions", *COMPARED)
        }
        # The interval of one placebo is not that of their mean.
        unknown = {name: None for name in COMPARED if name.endswith(("_low", "_high"))}
        unknown |= {"alpha_low_pct": None, "alpha_high_pct": None}
        rows.append({"name": "placebo", "note": note, **mean, **unknown})
    note = "knows the next 60 sessions; an upper bound, no strategy"
    rows.append(_line("perfect foresight", note, foresight))
    return pd.DataFrame(rows, columns=["name", "note", "sessions", *COMPARED])


def _line(name: str, note: str, result: RunResult) -> dict[str, Any]:
    return {"name": name, "note": note, "sessions": result.metrics["sessions"]} | {
        column: result.metrics[column] for column in COMPARED
    }


def _years(result: RunResult, seed: int) -> pd.DataFrame:
    table = yearly_ratio_table(result.tables["equity"], seed).reset_index()
    names = {"low": "information_ratio_low", "high": "information_ratio_high"}
    return table.rename(columns=names)


def _attribution(result: RunResult, regimes: pd.Series) -> pd.DataFrame:
    """Contributions in percent of the compounded active return, by each key."""
    table = attribution_table(result.tables, result.closes)
    # The regime known at the close before the session in which the return was earned.
    known = regimes.shift(1).fillna("no reading")
    parts = []
    for by, key in BY.items():
        sums = attribution_summary(table, [key], known if key == "regime" else None)
        names = sums.index.astype(str).str.replace("_", " ")
        # What the benchmark did beside its own style portfolio is booked under its fund.
        names = names.where(names != BENCHMARK, f"{BENCHMARK} beside its sectors")
        parts.append(
            pd.DataFrame({"by": by, "name": names, "contribution_pct": sums["linked_pct"].array})
        )
    return pd.concat(parts, ignore_index=True)
