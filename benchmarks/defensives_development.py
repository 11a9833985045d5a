"""Which ranking of defensives holds up: monthly decisions on 2003-2019.

Each ranking's first choice is held for 60 sessions from the close after the decision and compared
with SPY and with equal parts of utilities, staples and health care; over all months, and over those
in which the mapping expects technology to trail SPY. Means with Newey-West t (overlapping months).

`python -m benchmarks.defensives_development --data FOLDER` appends the results to
results/published/trials.jsonl.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table

from feeds.bond_stress import market_stress
from feeds.directory import load_directory
from models.defensive_record import Defensive
from models.defensives import DefensiveConfig, MarketHistory, rank_defensives
from models.mapping import MappingConfig, View, fit_view
from models.stress_sources import CHANNELS
from models.universe import BENCHMARK, SECTORS, SECTORS_REDEFINED
from research.trials import Trial, record_trials

FIRST, LAST = pd.Timestamp("2003-01-01"), pd.Timestamp("2019-12-31")
SECTORS_FROM = pd.Timestamp(SECTORS_REDEFINED)
TRIALS = Path(__file__).resolve().parents[1] / "results" / "published" / "trials.jsonl"
MAPPING = MappingConfig()
TICKERS = tuple(SECTORS)
TECHNOLOGY = TICKERS.index("XLK")
CLASSICS = [TICKERS.index(ticker) for ticker in DefensiveConfig().candidates]
LEVELS = CHANNELS
CHANGES = tuple(f"{channel}_60" for channel in CHANNELS)
MONTHS_OVERLAPPING = 3  # 60 sessions from each month's first one
PORTFOLIO, PARTICIPATION = 1e7, 0.1


@dataclass(frozen=True)
class Ranking:
    """A way of ranking: its configuration, and the stress features that the analogues are of."""

    config: DefensiveConfig
    channels: tuple[str, ...] = LEVELS


def rankings() -> dict[str, Ranking]:
    """Every ranking that is looked at; each is one trial."""
    wide = DefensiveConfig()
    classic = replace(wide, capture_level=1e-9)
    found: dict[str, Ranking] = {}
    for pool, base in (("three classics", classic), ("and others of low capture", wide)):
        found |= {
            f"expected, {pool}": Ranking(replace(base, score="expected")),
            f"analogues by levels, {pool}": Ranking(replace(base, score="analogues")),
            f"analogues by changes, {pool}": Ranking(replace(base, score="analogues"), CHANGES),
            f"analogues by the mapping's features, {pool}": Ranking(
                replace(base, score="analogues"), MAPPING.features
            ),
            f"downside capture, {pool}": Ranking(replace(base, score="capture")),
            f"combined, {pool}": Ranking(replace(base, score="combined")),
            f"combined, by changes, {pool}": Ranking(replace(base, score="combined"), CHANGES),
        }
    for count in (5, 20):
        fewer_or_more = replace(wide, score="analogues", analogues=count)
        found[f"{count} analogues by levels, and others of low capture"] = Ranking(fewer_or_more)
    return found


@dataclass(frozen=True)
class Panel:
    """The market on one set of sessions, the decisions' rows and the mapping's views there."""

    digest: str
    sessions: pd.DatetimeIndex
    stress: pd.DataFrame
    prices: np.ndarray
    benchmark: np.ndarray
    dollar_volume: np.ndarray
    views: dict[int, View]

    def returns(self, row: int) -> np.ndarray:
        """[N + 1] simple returns from the close after `row` over the horizon, benchmark last."""
        both = np.column_stack([self.prices, self.benchmark])
        return np.asarray(both[row + 1 + MAPPING.horizon] / both[row + 1] - 1.0)


def panel(folder: Path) -> Panel:
    """Read the market up to 2019 and nothing later; fit the mapping at each decision."""
    market = load_directory(folder).until(LAST)
    stress, _ = market_stress(market)
    stress = stress.loc[SECTORS_FROM:]
    closes = market.total_return_close.loc[SECTORS_FROM:]
    dollars = (market.close * market.volume).loc[SECTORS_FROM:, list(SECTORS)]
    sessions = pd.DatetimeIndex(closes.index)
    months = sessions.to_period("M")
    first = np.flatnonzero(np.r_[True, months[1:] != months[:-1]]).tolist()
    prices, benchmark = closes[list(SECTORS)].to_numpy(), closes[BENCHMARK].to_numpy()
    relative = np.log(prices) - np.log(benchmark)[:, None]
    features = stress[list(MAPPING.features)].to_numpy()
    views = {}
    for row in track(first, "views", console=Console(stderr=True), transient=True):
        if sessions[row] >= FIRST and row + 1 + MAPPING.horizon < len(sessions):
            known = slice(0, row + 1)
            view = fit_view(features[known], relative[known], MAPPING, MAPPING.horizon)
            # All rankings are judged on the same months: those in which the mapping has a view.
            if view.rows[TECHNOLOGY] >= MAPPING.min_rows:
                views[row] = view
    return Panel(market.digest, sessions, stress, prices, benchmark, dollars.to_numpy(), views)


def walk(source: Panel, ranking: Ranking, label: str) -> list[Defensive]:
    """The first choice of each decision."""
    chosen = []
    features = source.stress[list(MAPPING.features)]
    channels = source.stress[list(ranking.channels)].to_numpy()
    console = Console(stderr=True)
    for row, view in track(source.views.items(), label, console=console, transient=True):
        known = slice(0, row + 1)
        history = MarketHistory(
            TICKERS,
            source.prices[known],
            source.benchmark[known],
            source.dollar_volume[known],
            channels[known],
        )
        places = rank_defensives(
            history,
            view,
            {str(name): float(value) for name, value in features.iloc[row].items()},
            ranking.config,
            portfolio_value=PORTFOLIO,
            max_participation=PARTICIPATION,
            warned=(TICKERS[TECHNOLOGY],),
        )
        chosen.append(places[0])
    return chosen


def excesses(source: Panel, choice: list[int] | None) -> dict[str, np.ndarray]:
    """Returns over SPY and over the basket of each month; `choice` None is the basket itself."""
    over_spy, over_basket = [], []
    for index, row in enumerate(source.views):
        returns = source.returns(row)
        basket = float(returns[CLASSICS].mean())
        own = basket if choice is None else float(returns[choice[index]])
        over_spy.append(own - float(returns[-1]))
        over_basket.append(own - basket)
    return {"spy": np.array(over_spy), "basket": np.array(over_basket)}


def figures(source: Panel, found: dict[str, np.ndarray]) -> dict[str, float | None]:
    """What the tables show of one ranking, percent over 60 sessions."""
    warned = np.array([view.expected[TECHNOLOGY] < 0.0 for view in source.views.values()])
    half = len(warned) // 2
    early = np.arange(len(warned)) < half
    shown: dict[str, float] = {}
    for months, among in (("all", np.ones(len(warned), dtype=bool)), ("warned", warned)):
        for against, excess in found.items():
            part = f"{months}_{against}"
            shown |= {
                f"{part}_beat_pct": 100.0 * float((excess[among] > 0.0).mean()),
                f"{part}_mean_pct": 100.0 * float(excess[among].mean()),
                f"{part}_t": hac_t(excess, among),
                f"{part}_first_half_pct": 100.0 * float(excess[among & early].mean()),
                f"{part}_second_half_pct": 100.0 * float(excess[among & ~early].mean()),
            }
        shown[f"{months}_months"] = float(among.sum())
    return {
        name: round(value, 4) if math.isfinite(value) else None for name, value in shown.items()
    }


def overtaking(chosen: list[Defensive]) -> str:
    """How little stress it takes to lift the second above the first."""
    changes = [abs(best.swap.change) for best in chosen if best.swap and best.swap.feature]
    middle = f", median change {np.median(changes):.2f}" if changes else ""
    return f"a change of stress swaps the first two in {len(changes)} of {len(chosen)}{middle}"


def hac_t(excess: np.ndarray, among: np.ndarray) -> float:
    """Newey-West t of the mean over some of the months, whose outcomes overlap in the calendar."""
    # Months that are left out keep their places, as zeros, so that neighbours stay neighbours.
    scores = np.where(among, excess - excess[among].mean(), 0.0)
    variance = float(scores @ scores)
    for lag in range(1, MONTHS_OVERLAPPING + 1):
        weight = 1.0 - lag / (MONTHS_OVERLAPPING + 1.0)
        variance += 2.0 * weight * float(scores[lag:] @ scores[:-lag])
    return float(excess[among].sum() / math.sqrt(variance)) if variance > 0.0 else math.nan


def table(results: dict[str, dict[str, float | None]], months: str, against: str) -> Table:
    """One of the four tables."""
    number = next(iter(results.values()))[f"{months}_months"]
    shown = Table(
        f"{months} months ({number:.0f}), over {against}", "beat", "mean", "t", "1st half",
        "2nd half",
    )  # fmt: skip
    for name, result in results.items():
        cells = [
            result[f"{months}_{against}_{key}"]
            for key in ("beat_pct", "mean_pct", "t", "first_half_pct", "second_half_pct")
        ]
        shown.add_row(name, *("-" if value is None else f"{value:.2f}" for value in cells))
    return shown


def main() -> None:
    """Compare, print, log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    source = panel(parser.parse_args().data)
    console = Console(width=150)
    results = {"equal parts of the three": figures(source, excesses(source, None))}
    configs: dict[str, dict[str, object]] = {"equal parts of the three": {}}
    for ticker in DefensiveConfig().candidates:
        always = [TICKERS.index(ticker)] * len(source.views)
        results[f"always {ticker}"] = figures(source, excesses(source, always))
        configs[f"always {ticker}"] = {}
    for name, ranking in rankings().items():
        chosen = walk(source, ranking, name)
        choice = [TICKERS.index(best.ticker) for best in chosen]
        results[name] = figures(source, excesses(source, choice))
        configs[name] = {"ranking": asdict(ranking.config), "channels": list(ranking.channels)}
        counts = ", ".join(f"{k} {v}" for k, v in Counter(b.ticker for b in chosen).items())
        console.print(f"{name}: {counts}; {overtaking(chosen)}")
    for months in ("all", "warned"):
        for against in ("spy", "basket"):
            console.print(table(results, months, against))
    trials = [
        Trial("defensives", name, configs[name], str(FIRST.date()), str(LAST.date()),
              source.digest, result)
        for name, result in results.items()
    ]  # fmt: skip
    console.print(f"{record_trials(TRIALS, trials)} new trials in the log")


if __name__ == "__main__":
    main()
