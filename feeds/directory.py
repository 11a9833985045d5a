"""The directory source: a folder of CSV or Parquet files, read and validated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from feeds.market import MarketData
from feeds.minute_files import read_minute_bars
from feeds.panel import TRADED, build_market, check_lags, check_together
from feeds.problems import DataError, Problem, Severity
from feeds.publication import PUBLICATION_LAG_SESSIONS
from feeds.tables import SUFFIXES, find_table, read_table
from feeds.validation_actions import NO_ACTIONS, Actions, validate_actions
from feeds.validation_bars import Bars, validate_bars
from feeds.validation_macro import Observations, validate_macro
from models.universe import BENCHMARK, BOND_ETFS, MACRO_SERIES, SECTORS

LATE_SECTORS = frozenset({"XLC", "XLRE"})
REQUIRED = frozenset({BENCHMARK, *SECTORS}) - LATE_SECTORS
DEFAULT_TICKERS = (BENCHMARK, *SECTORS, *BOND_ETFS)


def load_directory(
    path: Path,
    *,
    tickers: Iterable[str] | None = None,
    macro: Iterable[str] | None = None,
) -> MarketData:
    """Read a data folder; only the files that are asked for are opened.

    Layout: `etf/<TICKER>` with date, open, high, low, close, adj_close, volume (prices in dollars,
    split-adjusted; adj_close a total-return close), `macro/<SERIES>` with date, value (empty = no
    observation), optional `actions` with date, ticker, kind, value. Each `.csv` (UTF-8) or
    `.parquet`.

    Args:
        path: the folder.
        tickers: which to read, in column order, each required; None for the benchmark and the
            nine original sectors (required), and XLC, XLRE and the bond ETFs where present.
        macro: which series to read, each required; None for those of models.universe present.

    Returns:
        MarketData on the benchmark's sessions (the longest ticker's where the benchmark was not
        asked for), NaN before a ticker's first and after a bond ETF's last session. `source` is
        the folder's name.

    Raises:
        DataError: any file has an ERROR; it carries the problems of all files read.
    """
    wanted = list(dict.fromkeys(DEFAULT_TICKERS if tickers is None else tickers))
    series = list(dict.fromkeys(MACRO_SERIES if macro is None else macro))
    folder = _Folder(path)
    folder.read_actions()
    required = REQUIRED if tickers is None else set(wanted)
    for ticker in wanted:
        folder.read_bars(ticker, required=ticker in required)
    for series_id in series:
        folder.read_macro(series_id, required=macro is not None)
    folder.check_together(unlagged=Severity.ERROR)
    return build_market(folder.bars, folder.macro, folder.problems, source=path.resolve().name)


def check_directory(path: Path) -> list[Problem]:
    """Every problem of every file in a data folder, sorted by file and row.

    All of `etf/`, `macro/`, `minute/` and the actions are read, also tickers and series outside the
    default universe; files missing from the default universe's required part are errors too.
    """
    try:
        folder = _Folder(path)
    except DataError as error:
        return list(error.problems)
    folder.read_actions()
    for ticker in dict.fromkeys([*sorted(REQUIRED), *folder.names("etf")]):
        folder.read_bars(ticker, required=ticker in REQUIRED)
    for series_id in folder.names("macro"):
        folder.read_macro(series_id, required=False)
    folder.check_together(unlagged=Severity.NOTE)
    for ticker in folder.names("minute"):
        try:
            read_minute_bars(path, ticker)
        except DataError as error:
            folder.problems += error.problems
    return sorted(folder.problems)


@dataclass
class _Folder:
    """A data folder while it is read: what was parsed so far, and what was wrong with it."""

    path: Path
    bars: list[Bars] = field(default_factory=list)
    macro: list[Observations] = field(default_factory=list)
    actions: Actions = NO_ACTIONS
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.path.is_dir():
            what, mend = "there is no such folder", "give a folder that holds etf/ and macro/"
            raise DataError([Problem(str(self.path), 0, what, mend)])

    def names(self, kind: str) -> list[str]:
        """Tickers or series that have a file under `kind`, sorted."""
        files = self.path.glob(f"{kind}/*")
        return sorted({file.stem for file in files if file.suffix in SUFFIXES})

    def read_actions(self) -> None:
        file, found = find_table(self.path, "actions")
        self.problems += found
        if file is None:
            return
        table, found = read_table(self.path, file)
        self.problems += found
        if table is not None:
            self.actions, found = validate_actions(table)
            self.problems += found

    def read_bars(self, ticker: str, *, required: bool) -> None:
        file = self._find(f"etf/{ticker}", required)
        table, found = read_table(self.path, file) if file else (None, [])
        self.problems += found
        if table is None:
            return
        full = ticker in TRADED
        bars, found = validate_bars(table, ticker, full=full, actions=self.actions)
        self.problems += found
        if bars is not None:
            self.bars.append(bars)

    def read_macro(self, series_id: str, *, required: bool) -> None:
        file = self._find(f"macro/{series_id}", required)
        table, found = read_table(self.path, file) if file else (None, [])
        self.problems += found
        if table is None:
            return
        series, found = validate_macro(table, series_id)
        self.problems += found
        if series is not None:
            self.macro.append(series)

    def check_together(self, unlagged: Severity) -> None:
        """What only shows when all files are read; `unlagged`: severity of an unknown lag."""
        self.problems += check_lags(self.macro, PUBLICATION_LAG_SESSIONS, unlagged)
        self.problems += check_together(self.bars, self.macro)

    def _find(self, stem: str, required: bool) -> str | None:
        file, found = find_table(self.path, stem)
        if file is None and required and not found:
            what, mend = "the file is missing", "add it as CSV or Parquet"
            found = [Problem(f"{stem}.csv", 0, what, mend)]
        self.problems += found
        return file
