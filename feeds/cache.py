"""The cache of downloaded data: one embedded DuckDB file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from feeds.retry import SourceError

SCHEMA = """
CREATE TABLE IF NOT EXISTS prices (
    ticker VARCHAR, date DATE, open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE,
    adj_close DOUBLE, volume DOUBLE, PRIMARY KEY (ticker, date));
CREATE TABLE IF NOT EXISTS macro (
    series VARCHAR, date DATE, value DOUBLE, PRIMARY KEY (series, date));
CREATE TABLE IF NOT EXISTS loads (
    name VARCHAR PRIMARY KEY, loaded_at TIMESTAMP, rows BIGINT, first DATE, last DATE);
"""


def default_cache_path() -> Path:
    """`bellwether/market.duckdb` under the user's cache folder (XDG_CACHE_HOME is honoured)."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("bellwether", appauthor=False)) / "market.duckdb"


@contextmanager
def open_cache(path: Path) -> Iterator[MarketCache]:
    """Open or create the cache for this process alone.

    Raises:
        SourceError: another process holds it, or it is damaged; the message says the mend.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(path))
        connection.execute(SCHEMA)
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise SourceError(
                f"{path} is in use by another process; wait until it has finished"
            ) from None
        raise SourceError(f"{path} is damaged; delete it and download again") from None
    try:
        yield MarketCache(connection)
    finally:
        connection.close()


@dataclass(frozen=True)
class MarketCache:
    """Prices and macro series on disk; every change is one transaction, all of it or nothing."""

    connection: duckdb.DuckDBPyConnection

    def loaded_at(self, name: str) -> pd.Timestamp | None:
        """When a ticker or series was last downloaded whole, UTC without zone; None if never."""
        row = self.connection.execute(
            "SELECT loaded_at FROM loads WHERE name = ?", [name]
        ).fetchone()
        return pd.Timestamp(row[0]) if row else None

    def prices(self, ticker: str) -> pd.DataFrame:
        """Bars by date; empty when nothing is cached."""
        frame = self.connection.execute(
            "SELECT date, open, high, low, close, adj_close, volume FROM prices "
            "WHERE ticker = ? ORDER BY date",
            [ticker],
        ).df()
        return _by_date(frame)

    def macro(self, series: str) -> pd.Series:
        """Observations by date; empty when nothing is cached."""
        frame = self.connection.execute(
            "SELECT date, value FROM macro WHERE series = ? ORDER BY date", [series]
        ).df()
        return _by_date(frame)["value"].rename(series)

    def replace_prices(self, ticker: str, bars: pd.DataFrame, now: pd.Timestamp) -> None:
        """Replace a ticker's bars as a whole: adjustment restates the past.

        Raises:
            SourceError: the new bars lack a day that is cached; nothing is changed.
        """
        cached = self.prices(ticker).index
        lost = cached[cached >= bars.index[0]].difference(bars.index)
        if len(lost) or (len(cached) and bars.index[0] > cached[0]):
            day = (lost if len(lost) else cached)[0]
            raise SourceError(f"{ticker}: the download lacks {day.date()}, which is cached")
        with self._transaction():
            self.connection.execute("DELETE FROM prices WHERE ticker = ?", [ticker])
            self._insert("prices", ticker, bars)
            self._note(ticker, bars.index, now)

    def merge_macro(self, series: str, values: pd.Series, now: pd.Timestamp) -> None:
        """Add and update observations; dates that the vendor no longer serves stay.

        Raises:
            SourceError: the new values end before the cached ones do; nothing is changed.
        """
        cached = self.macro(series).index
        if len(cached) and values.index[-1] < cached[-1]:
            raise SourceError(
                f"{series}: the download ends on {values.index[-1].date()}, before the cached "
                f"{cached[-1].date()}"
            )
        with self._transaction():
            self._insert("macro", series, values.to_frame("value"))
            self._note(series, values.index, now)

    def _insert(self, table: str, name: str, frame: pd.DataFrame) -> None:
        rows = frame.reset_index(names="date")
        rows.insert(0, "name", name)
        self.connection.register("rows", rows)
        columns = "name, CAST(date AS DATE), " + ", ".join(frame.columns)
        self.connection.execute(
            f"INSERT OR REPLACE INTO {table} SELECT {columns} FROM rows"  # noqa: S608
        )
        self.connection.unregister("rows")

    def _note(self, name: str, dates: pd.Index, now: pd.Timestamp) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO loads VALUES (?, ?, ?, ?, ?)",
            [name, now.to_pydatetime(), len(dates), dates[0].date(), dates[-1].date()],
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")


def _by_date(frame: pd.DataFrame) -> pd.DataFrame:
    dates = pd.DatetimeIndex(pd.to_datetime(frame.pop("date")).to_numpy("datetime64[ns]"))
    return frame.set_index(dates.rename("date"))
