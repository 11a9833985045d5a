"""Where a run's active return came from: sector, effect, channel, decision, session."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.brinson import brinson_fachler, drifted_weights
from models.channel_attribution import channel_weights
from models.linking import linking_factors
from models.universe import BENCHMARK
from research.attribution_books import CASH, TRADING_EFFECTS, Books, read_books

CONTRIBUTION = re.compile(r"(?P<feature>.+)_contribution_pct")
SPAN = re.compile(r"_\d+$")
OPTIMISER, IMPLEMENTATION, COST = "optimiser", "implementation", "cost"
COLUMNS = (
    "date", "decision_id", "ticker", "effect", "channel", "contribution", "linked", "linked_year",
)  # fmt: skip


def attribution_table(
    tables: dict[str, pd.DataFrame],
    closes: pd.DataFrame,
    benchmark: str = BENCHMARK,
    sector_of: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Split every session's active return; the parts sum to it.

    Effects: `allocation`, `selection` and `interaction` of Brinson & Fachler against the
    benchmark's sector weights (the decisions' style weights, drifting between decisions), `cash`
    (the allocation to cash), `style_residual` (style portfolio less benchmark), `timing` (from the
    price of a fill before costs to the close: trading at the open and not at the close before),
    `half_spread`, `impact` and `commission`.

    Allocation is split further by channel: the decision's active weights by each channel's share of
    its expected returns (`models.channel_attribution`), `optimiser` for what limits and risk made
    of them, `implementation` for held less decided weights: transitions, drift, rounding. The other
    effects name themselves as channel, the three costs `cost`.

    Args:
        tables: a run's equity, weights, decisions and fills. Decisions without `benchmark_weight`
            are measured against the benchmark itself.
        closes: trading closes of everything held or in the benchmark; see `trading_closes`.
        benchmark: the benchmark's ticker.
        sector_of: held ticker -> the sector fund that it stands for (a substitute); by default
            itself.

    Returns:
        Columns `date` (ISO, the session earned in), `decision_id` (the decision in force), `ticker`
        (sector fund; for trading what was traded), `effect`, `channel`, `contribution` (simple,
        of the session), `linked` and `linked_year`. Contributions sum to the session's active
        return, `linked` to the run's compounded one, `linked_year` within each calendar year to
        that year's (Carino 1999). Fractions, not percent.

    Raises:
        ValueError: tables and closes do not belong together; the message names the session.
    """
    books = read_books(tables, closes)
    sectors = _Sectors(books, tables["decisions"], closes, benchmark, sector_of or {})
    parts = [*sectors.parts(), *_trading(books)]
    table = pd.concat(parts, ignore_index=True)
    years = np.asarray(books.sessions.year)
    position = books.sessions.get_indexer(pd.DatetimeIndex(table["date"]))
    whole = linking_factors(books.portfolio, books.benchmark)
    yearly = linking_factors(books.portfolio, books.benchmark, years)
    table["linked"] = table["contribution"] * whole[position]
    table["linked_year"] = table["contribution"] * yearly[position]
    table["date"] = books.sessions.strftime("%Y-%m-%d").to_numpy()[position]
    table = table.sort_values(["date", "ticker", "effect", "channel"], kind="stable")
    return table[list(COLUMNS)].reset_index(drop=True)


class _Sectors:
    """The holdings by sector against the style portfolio."""

    def __init__(
        self,
        books: Books,
        decisions: pd.DataFrame,
        closes: pd.DataFrame,
        benchmark: str,
        sector_of: Mapping[str, str],
    ) -> None:
        self._books, self._benchmark = books, benchmark
        of = [sector_of.get(name, name) for name in books.tickers]
        decided = [str(name) for name in decisions["ticker"].unique()] if len(decisions) else []
        for name in decided:
            if sector_of.get(name, name) != name:
                raise ValueError(f"sector_of: {name} is decided on by itself; map others to it")
        self._names = [*dict.fromkeys([*of[:-1], benchmark, *decided]), CASH]
        absent = [name for name in self._names[:-1] if name not in closes]
        if absent:
            raise ValueError(f"closes have no column {absent[0]}; give every sector of decisions")
        # Columns of the books to sectors: several funds may stand for one.
        self._member = np.array([[float(name == sector) for sector in self._names] for name in of])
        dates = decisions["date"] if len(decisions) else pd.Series([], dtype=str)
        first = min([books.sessions[0], *pd.to_datetime(dates)])
        prices = closes.loc[first:, self._names[:-1]].assign(**{CASH: 1.0})
        self._days = pd.DatetimeIndex(prices.index)
        self._returns = (prices / prices.shift(1) - 1.0).to_numpy(dtype=np.float64)
        self._ids, self._decided_on, self._frames = self._read(decisions)
        # A decision of this close is in force from the next session on.
        self._start = self._days.get_indexer(books.sessions) - 1
        self._current = self._decided_on.searchsorted(self._days[self._start], side="right") - 1

    def _read(
        self, decisions: pd.DataFrame
    ) -> tuple[np.ndarray, pd.DatetimeIndex, dict[str, np.ndarray]]:
        """Decision ids, days, and benchmark, target and contributions, each [D x N]."""
        if "benchmark_weight" not in decisions:
            decisions = decisions.assign(benchmark_weight=np.nan)
        ids = decisions.drop_duplicates("decision_id")
        columns = [name for name in decisions if CONTRIBUTION.fullmatch(str(name))]
        frames = {}
        for name in ("benchmark_weight", "target_weight", *columns):
            wide = decisions.pivot_table(
                index="decision_id", columns="ticker", values=name, dropna=False, aggfunc="first"
            )
            wide = wide.reindex(index=ids["decision_id"], columns=pd.Index(self._names))
            frames[str(name)] = wide.to_numpy(dtype=np.float64, copy=True)
        style = frames["benchmark_weight"]
        style[np.isnan(style).all(axis=1), self._names.index(self._benchmark)] = 1.0
        frames["benchmark_weight"] = np.nan_to_num(style)
        frames["target_weight"] = np.nan_to_num(frames["target_weight"])
        return ids["decision_id"].to_numpy(), pd.DatetimeIndex(ids["date"]), frames

    def _style(self) -> np.ndarray:
        """[T x N] benchmark sector weights at the start of each session."""
        known = np.full(self._returns.shape, np.nan)
        rows = self._days.get_indexer(self._decided_on)
        if (rows < 0).any():
            day = self._decided_on[int((rows < 0).argmax())].date()
            raise ValueError(f"decisions: {day} is no session of closes; give closes from there on")
        known[rows] = self._frames["benchmark_weight"]
        return drifted_weights(known, self._returns)[self._start]

    def parts(self) -> list[pd.DataFrame]:
        """Tables of every effect of holding."""
        books = self._books
        weights = books.weights @ self._member
        own = np.nan_to_num(self._returns[self._start + 1])
        earned = (books.weights * books.held_returns) @ self._member
        held = np.where(weights != 0.0, earned / np.where(weights != 0.0, weights, 1.0), own)
        style = self._style()
        effects = brinson_fachler(weights, held, style, own)
        style_return = (style * own).sum(axis=1, keepdims=True)
        parts = self._channels(effects.allocation, own - style_return)
        parts.append(self._long(effects.selection[:, :-1], "selection", "selection"))
        parts.append(self._long(effects.interaction[:, :-1], "interaction", "interaction"))
        cash = pd.DataFrame(
            {"ticker": CASH, "effect": "cash", "contribution": effects.allocation[:, -1]}
        )
        residual = pd.DataFrame(
            {
                "ticker": self._benchmark,
                "effect": "style_residual",
                "contribution": style_return[:, 0] - books.benchmark,
            }
        )
        ids = self._ids[self._current]
        for part in (cash, residual):
            parts.append(part.assign(channel=part["effect"], date=books.sessions, decision_id=ids))
        return parts

    def _channels(self, allocation: np.ndarray, relative: np.ndarray) -> list[pd.DataFrame]:
        """The allocation effect by channel of the signal; `relative` [T x N] is over the style."""
        target = self._frames["target_weight"] - self._frames["benchmark_weight"]
        columns = [name for name in self._frames if name.endswith("_contribution_pct")]
        asked = np.stack([np.zeros_like(target), *(self._frames[name] for name in columns)], axis=2)
        split = [channel_weights(*pair) for pair in zip(target, asked, strict=True)]
        by_name: dict[str, np.ndarray] = {}
        for column, name in enumerate(columns, start=1):
            match = CONTRIBUTION.fullmatch(name)
            channel = SPAN.sub("", match["feature"] if match else name)
            weights = np.stack([one.channels[:, column] for one in split])
            by_name[channel] = by_name.get(channel, 0.0) + weights
        by_name[OPTIMISER] = np.stack([one.optimiser for one in split])
        parts, rest = [], allocation[:, :-1].copy()
        for channel, weights in by_name.items():
            effect = (weights[self._current] * relative)[:, :-1]
            rest -= effect
            parts.append(self._long(effect, "allocation", channel))
        return [*parts, self._long(rest, "allocation", IMPLEMENTATION)]

    def _long(self, effect: np.ndarray, name: str, channel: str) -> pd.DataFrame:
        sessions, count = self._books.sessions, effect.shape[1]
        return pd.DataFrame(
            {
                "date": np.repeat(sessions.to_numpy(), count),
                "decision_id": np.repeat(self._ids[self._current], count),
                "ticker": np.tile(np.array(self._names[:-1], dtype=object), len(sessions)),
                "effect": name,
                "channel": channel,
                "contribution": effect.ravel(),
            }
        )


def _trading(books: Books) -> list[pd.DataFrame]:
    """Timing and costs, one row a session, fund, decision and effect."""
    keys = ["date", "decision_id", "ticker"]
    sums = books.trades.groupby(keys, as_index=False)[list(TRADING_EFFECTS)].sum()
    return [
        sums[keys].assign(
            effect=effect,
            channel="timing" if effect == "timing" else COST,
            contribution=sums[effect],
        )
        for effect in TRADING_EFFECTS
    ]
