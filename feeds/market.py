"""MarketData: the one contract between every source and the rest of the system."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from feeds.publication import PUBLICATION_LAG_SESSIONS

BAR_FIELDS = ("open", "high", "low", "close", "total_return_close", "volume")


@dataclass(frozen=True)
class MarketData:
    """Validated daily market data, every frame on the same NYSE sessions.

    Attributes:
        sessions: NYSE sessions, time-zone-naive midnights, strictly increasing, no gap.
        open, high, low, close: prices in dollars, split-adjusted but not dividend-adjusted,
            [sessions x tickers]. NaN before a ticker's first session; close-only series (some
            bond ETFs) have NaN open, high, low and volume throughout.
        total_return_close: close with dividends reinvested, on any base (only its ratios
            between sessions are used), same shape.
        volume: shares in the same split-adjusted unit as `close`, same shape; 0 is allowed.
        macro: series id -> values by *observation* date (not publication date), no NaN.
        publication_lags: series id -> sessions from observation to common knowledge.
        source: where it came from, one line for people ("synthetic seed 7", a folder's name).
        synthetic: True when the market was generated; every page then says so.
        notices: what a reader of a result should know about the data, a line each.

    A value at session t is known at the close of t, except `macro`, which obeys `publication_lags`.
    """

    sessions: pd.DatetimeIndex
    open: pd.DataFrame
    high: pd.DataFrame
    low: pd.DataFrame
    close: pd.DataFrame
    total_return_close: pd.DataFrame
    volume: pd.DataFrame
    macro: Mapping[str, pd.Series]
    source: str
    synthetic: bool = False
    publication_lags: Mapping[str, int] = field(
        default_factory=lambda: dict(PUBLICATION_LAG_SESSIONS)
    )
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in BAR_FIELDS:
            frame = getattr(self, name)
            if not frame.index.equals(self.sessions):
                raise ValueError(f"{self.source}: {name} is not indexed by the sessions")
            if not frame.columns.equals(self.close.columns):
                raise ValueError(f"{self.source}: {name} and close have different tickers")
        unlagged = sorted(set(self.macro) - set(self.publication_lags))
        if unlagged:
            raise ValueError(
                f"{self.source}: no publication lag for {', '.join(unlagged)}; "
                "add it to feeds/publication.py"
            )

    @property
    def tickers(self) -> list[str]:
        """Tickers in column order."""
        return list(self.close.columns)

    @cached_property
    def derived(self) -> dict[Hashable, Any]:
        """What was worked out from this market, by key; it never changes, so nothing expires."""
        return {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every value, label and lag: two markets with one digest are the same."""
        hasher = hashlib.sha256()
        hasher.update(self.sessions.to_numpy("datetime64[D]").tobytes())
        hasher.update("\0".join(self.tickers).encode())
        for name in BAR_FIELDS:
            values = getattr(self, name).to_numpy(dtype=np.float64)
            hasher.update(np.ascontiguousarray(values).tobytes())
        for series_id in sorted(self.macro):
            series = self.macro[series_id]
            hasher.update(f"{series_id}\0{self.publication_lags[series_id]}\0".encode())
            hasher.update(series.index.to_numpy("datetime64[D]").tobytes())
            hasher.update(series.to_numpy(dtype=np.float64).tobytes())
        return hasher.hexdigest()

    def until(self, last: pd.Timestamp) -> MarketData:
        """The same market as it stood at the end of `last`: nothing later, macro included."""
        frames = {name: getattr(self, name).loc[:last] for name in BAR_FIELDS}
        macro = {series_id: series.loc[:last] for series_id, series in self.macro.items()}
        return replace(self, sessions=frames["close"].index, macro=macro, **frames)
