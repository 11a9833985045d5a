"""Which mapping from bond stress to sectors holds up: nested walk-forward up to 2019.

Monthly decisions; labels are purged by their horizon and one session. Every candidate's forecasts
are turned into the same tilt (inverse variance, 3 % ex-ante tracking error) that is held to the
next decision from the session after it. Prints each candidate's rank IC and information ratio,
gross and after 5 basis points a side, and the stitched result of choosing, each January, the
candidate that had the best ratio up to then: what a chooser would really have earned.

`python -m benchmarks.mapping_comparison --data FOLDER` appends the results to
results/published/trials.jsonl.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.mapping_candidates import (
    Candidate,
    Known,
    average,
    boosted,
    local_projection,
    pooled,
    ridge,
    switching,
)
from feeds.bond_stress import market_stress
from feeds.directory import load_directory
from models.stress_sources import CHANNELS
from models.universe import BENCHMARK, SECTORS, SECTORS_REDEFINED
from research.trials import Trial, record_trials

FIRST, LAST = pd.Timestamp("2003-01-01"), pd.Timestamp("2019-12-31")
SECTORS_FROM = pd.Timestamp(SECTORS_REDEFINED)
TRIALS = Path(__file__).resolve().parents[1] / "results" / "published" / "trials.jsonl"
TWO = ("credit_60", "rates_60")
COST = 5e-4
BUDGET_PCT = 3.0
MIN_CHOICE_MONTHS = 48
SETTING = {"cost_bps": 1e4 * COST, "tracking_error_pct": BUDGET_PCT, "decisions": "monthly"}


def candidates() -> dict[str, Candidate]:
    """Every candidate that is looked at; each is one trial."""
    all_changes = tuple(f"{channel}_60" for channel in CHANNELS)
    spans = tuple(f"{name}_{span}" for name in ("credit", "rates") for span in (20, 60, 120))
    everything = (*CHANNELS, *(f"{c}_{s}" for c in CHANNELS for s in (20, 60, 120)))
    found: dict[str, Candidate] = {
        "ridge to zero, 2 changes, 60 ahead": ridge(TWO),
        "the same, 40 ahead": ridge(TWO, horizon=40),
        "the same, 20 ahead": ridge(TWO, horizon=20),
        "ridge to zero, penalty 0.1": ridge(TWO, penalty=0.1),
        "ridge to zero, penalty 10": ridge(TWO, penalty=10.0),
        "ridge to economic signs": ridge(TWO, economic=True),
        "ridge to economic signs, penalty 10": ridge(TWO, penalty=10.0, economic=True),
        "with interaction credit x rates": ridge((*TWO, "credit_60*rates_60")),
        "with levels": ridge((*TWO, "credit", "rates")),
        "three spans of the two": ridge(spans, penalty=3.0),
        "six channels": ridge(all_changes),
        "all 24 features": ridge(everything, penalty=3.0),
        "pooled by exposure": pooled(TWO),
        "local projections, significant only": local_projection(TWO),
        "regime switching": switching(TWO),
    }
    try:
        found["gradient boosting, 6 changes"] = boosted(all_changes)
    except ImportError:
        Console(stderr=True).print("scikit-learn is not installed: no gradient boosting")
    found["ensemble of horizons 20, 40, 60"] = average(
        *(ridge(TWO, horizon=h) for h in (20, 40, 60))
    )
    found["ensemble of zero, economic, pooled"] = average(
        ridge(TWO), ridge(TWO, economic=True), pooled(TWO)
    )
    return found


@dataclass(frozen=True)
class Panel:
    """The market on one set of sessions, with the rows on which decisions fall."""

    sessions: pd.DatetimeIndex
    digest: str
    features: dict[str, np.ndarray]
    prices: np.ndarray
    benchmark: np.ndarray
    decisions: list[int]

    def known(self, row: int) -> Known:
        """Nothing after `row`."""
        cut = slice(0, row + 1)
        features = {name: values[cut] for name, values in self.features.items()}
        return Known(features, self.prices[cut], self.benchmark[cut], tuple(SECTORS))


def panel(folder: Path) -> Panel:
    """Read the market up to 2019 and nothing later."""
    market = load_directory(folder).until(LAST)
    stress, _ = market_stress(market)
    closes = market.total_return_close.loc[SECTORS_FROM:]
    sessions = pd.DatetimeIndex(closes.index)
    months = sessions.to_period("M")
    first = np.flatnonzero(np.r_[True, months[1:] != months[:-1]])
    recent = stress.loc[SECTORS_FROM:]
    return Panel(
        sessions=sessions,
        digest=market.digest,
        features={str(name): recent[name].to_numpy() for name in recent},
        prices=closes[list(SECTORS)].to_numpy(),
        benchmark=closes[BENCHMARK].to_numpy(),
        decisions=[row for row in first.tolist() if sessions[row] >= FIRST],
    )


def monthly(source: Panel, candidate: Candidate, label: str) -> pd.DataFrame:
    """Rank IC, gross active return and turnover of each decision, by its session."""
    relative = np.log(source.prices) - np.log(source.benchmark)[:, None]
    rows, held = [], np.zeros(source.prices.shape[1])
    console = Console(stderr=True)
    for now, following in track(
        list(zip(source.decisions, source.decisions[1:], strict=False)),
        label,
        console=console,
        transient=True,
    ):
        expected = candidate(source.known(now))
        active = tilt_of(source, now, expected)
        earned = np.nan_to_num(relative[min(following + 1, len(relative) - 1)] - relative[now + 1])
        seen = expected != 0.0
        ic = math.nan
        if seen.sum() > 2:
            ranks = pd.DataFrame({"view": expected[seen], "earned": earned[seen]}).rank()
            ic = ranks["view"].corr(ranks["earned"])
        rows.append((ic, float(active @ earned), float(np.abs(active - held).sum())))
        held = active
    return pd.DataFrame(
        rows, source.sessions[source.decisions[:-1]], pd.Index(["ic", "gross", "traded"])
    )


def tilt_of(source: Panel, row: int, expected: np.ndarray) -> np.ndarray:
    """Zero-sum inverse-variance tilt at the tracking-error budget, long and short, [N]."""
    start = max(0, row - 252)
    seen = (expected != 0.0) & np.isfinite(source.prices[start])
    active = np.zeros(len(expected))
    if seen.sum() < 3:
        return active
    prices = source.prices[start : row + 1, seen]
    market = source.benchmark[start : row + 1]
    relative = prices[1:] / prices[:-1] - (market[1:] / market[:-1])[:, None]
    sigma = np.cov(relative, rowvar=False)
    variance = np.diag(sigma)
    sigma = 0.5 * sigma + 0.5 * np.diag(variance)
    direction = (expected[seen] - np.average(expected[seen], weights=1 / variance)) / variance
    error = 100.0 * math.sqrt(252.0 * float(direction @ sigma @ direction))
    if error > 0.0:
        active[seen] = direction * BUDGET_PCT / error
    return active


def ratio(returns: pd.Series) -> float:
    """Annualised information ratio of monthly active returns."""
    deviation = float(returns.std(ddof=1))
    return float(returns.mean()) / deviation * math.sqrt(12) if deviation > 0 else math.nan


def figures(months: pd.DataFrame) -> dict[str, float]:
    """What the table shows of one candidate."""
    net = months["gross"] - COST * months["traded"]
    half = len(net) // 2
    ic = months["ic"].dropna()
    return {
        "rank_ic": float(ic.mean()),
        "rank_ic_t": float(ic.mean() / ic.std(ddof=1) * math.sqrt(len(ic))),
        "ir_gross": ratio(months["gross"]),
        "ir_net": ratio(net),
        "ir_net_first_half": ratio(net.iloc[:half]),
        "ir_net_second_half": ratio(net.iloc[half:]),
        "traded_per_year": float(months["traded"].mean() * 12),
    }


def chosen(results: dict[str, pd.DataFrame]) -> tuple[pd.Series, dict[int, str]]:
    """Stitched net returns of the candidate that was best up to each January, and its names."""
    net = pd.DataFrame({name: m["gross"] - COST * m["traded"] for name, m in results.items()})
    stitched, names = [], {}
    years = pd.DatetimeIndex(net.index).year
    for year in sorted(set(years)):
        # December's month is not over when the choice is made on January's first session.
        past = net[years < year].iloc[:-1]
        if len(past) < MIN_CHOICE_MONTHS:
            continue
        names[year] = str(past.apply(ratio).idxmax())
        stitched.append(net.loc[years == year, names[year]])
    return pd.concat(stitched), names


def main() -> None:
    """Compare, print, log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    source = panel(parser.parse_args().data)
    results = {name: monthly(source, c, name) for name, c in candidates().items()}
    table = Table("mapping", "IC", "t", "IR gross", "IR net", "1st half", "2nd half", "traded/y")
    trials = []
    for name, months in results.items():
        shown = figures(months)
        table.add_row(
            name, f"{shown['rank_ic']:.3f}", *(f"{v:.2f}" for v in list(shown.values())[1:])
        )
        trials.append(
            Trial(
                "mapping",
                name,
                {},
                str(FIRST.date()),
                str(LAST.date()),
                source.digest,
                {key: round(value, 4) for key, value in shown.items()},
            )
        )
    console = Console(width=120)
    console.print(table)
    stitched, names = chosen(results)
    same = pd.DataFrame({n: m["gross"] - COST * m["traded"] for n, m in results.items()})
    first = next(iter(results))
    console.print(f"chosen each January: {names}")
    console.print(
        f"IR net of the chosen, {min(names)}-2019: {ratio(stitched):.2f}; "
        f"of '{first}' over the same months: {ratio(same.loc[stitched.index, first]):.2f}"
    )
    console.print(f"{record_trials(TRIALS, trials)} new trials in the log")


if __name__ == "__main__":
    main()
