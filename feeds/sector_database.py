"""The sector performance database: one DuckDB file of loads that are never changed.

Each load of a market is a version: prices, total returns, stress, regimes. What a load holds
follows from the market's content, the code and the settings alone; no clock enters, so that the
same load twice adds nothing.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from feeds.market import MarketData
from feeds.market_regimes import RegimeSettings
from feeds.recessions import recession_table
from feeds.sector_database_schema import FORMAT, LOADED, schema
from feeds.sector_database_tables import load_tables

# No extension is ever fetched: a file that would need one is not ours.
CONFIG: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False}


class SectorDatabaseError(ValueError):
    """The file cannot be used; the message says which and the mend."""


@dataclasses.dataclass(frozen=True)
class Load:
    """One load of a market.

    Attributes:
        load_id: 1, 2, ... in the order of loading.
        added: False when the database held the same load already.
    """

    load_id: int
    added: bool


def default_database_path() -> Path:
    """`bellwether/sectors.duckdb` under the user's cache folder (XDG_CACHE_HOME is honoured)."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("bellwether", appauthor=False)) / "sectors.duckdb"


def build_database(
    market: MarketData,
    path: Path,
    code_version: str,
    settings: RegimeSettings | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Load:
    """Add a market to the database, which is made where there is none.

    A new file is written under a temporary name and renamed; a load into an existing file is one
    transaction. Older loads stay as they are.

    Args:
        market: what to load.
        path: the database file.
        code_version: identity of the code that computes stress and regimes.
        settings: of stress and regimes.
        on_step: called with a title before each long step.

    Raises:
        SectorDatabaseError: the file is damaged, foreign or in use.
    """
    settings = settings or RegimeSettings()
    identity = (market.digest, code_version, json.dumps(dataclasses.asdict(settings)))
    if path.exists():
        with open_database(path) as connection:
            found = _find(connection, identity)
        if found is not None:
            return Load(found, added=False)
        tables = load_tables(market, settings, on_step)
        on_step("writing the sector database")
        with _connected(path, read_only=False) as connection:
            return _insert(connection, market, identity, tables)
    tables = load_tables(market, settings, on_step)
    on_step("writing the sector database")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        fresh = partial / path.name
        with _connected(fresh, read_only=False) as connection:
            connection.execute(schema())
            connection.register("frame", recession_table())
            connection.execute("INSERT INTO recessions SELECT * FROM frame")
            load = _insert(connection, market, identity, tables)
        # The log of a database that somebody deleted would be replayed into the new one.
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        fresh.replace(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return load


@contextmanager
def open_database(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a sector database for reading.

    Raises:
        SectorDatabaseError: there is none, or the file is damaged, foreign or in use.
    """
    if not path.is_file():
        raise SectorDatabaseError(f"{path}: no sector database; `data pull` or a load makes one")
    with _connected(path, read_only=True) as connection:
        _check_format(connection, path)
        yield connection


def resolve_load(connection: duckdb.DuckDBPyConnection, load_id: int | None) -> int:
    """The id itself when the database holds it; the newest for None.

    Raises:
        SectorDatabaseError: there is no such load.
    """
    known = [int(row[0]) for row in connection.execute("SELECT load_id FROM loads").fetchall()]
    wanted = max(known) if load_id is None else load_id
    if wanted not in known:
        raise SectorDatabaseError(f"load {wanted}: the database holds loads 1 to {max(known)}")
    return wanted


@contextmanager
def _connected(path: Path, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection; what the file itself does wrong becomes one clear line."""
    try:
        with duckdb.connect(str(path), read_only=read_only, config=CONFIG) as connection:
            yield connection
    except (duckdb.ProgrammingError, duckdb.IntegrityError):
        raise  # our own mistake, not the file's
    except duckdb.Error as error:
        if any(words in str(error) for words in ("set lock on file", "used by another process")):
            raise SectorDatabaseError(
                f"{path} is in use by another process; wait until it has finished"
            ) from None
        raise SectorDatabaseError(
            f"{path} is damaged or no DuckDB file; move it away and load the data again"
        ) from None


def _check_format(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    held = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    name = connection.execute("SELECT name FROM format").fetchall() if "format" in held else []
    if name != [(FORMAT,)]:
        raise SectorDatabaseError(
            f"{path} is no sector database of this version; name another file or move it away"
        )


def _find(connection: duckdb.DuckDBPyConnection, identity: tuple[str, str, str]) -> int | None:
    row = connection.execute(
        "SELECT load_id FROM loads WHERE digest = ? AND code_version = ? AND settings = ?", identity
    ).fetchone()
    return None if row is None else int(row[0])


def _insert(
    connection: duckdb.DuckDBPyConnection,
    market: MarketData,
    identity: tuple[str, str, str],
    tables: dict[str, pd.DataFrame],
) -> Load:
    connection.execute("BEGIN")
    found = _find(connection, identity)
    if found is not None:  # another process was faster
        connection.execute("ROLLBACK")
        return Load(found, added=False)
    row = connection.execute("SELECT coalesce(max(load_id), 0) + 1 FROM loads").fetchone()
    load_id = int(row[0]) if row else 1
    span = (market.sessions[0].date(), market.sessions[-1].date(), len(market.sessions))
    connection.execute(
        "INSERT INTO loads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [load_id, *identity, market.source, market.synthetic, *span],
    )
    for name in LOADED:
        connection.register("frame", tables[name])
        columns = ", ".join(tables[name].columns)
        connection.execute(
            f"INSERT INTO {name} (load_id, {columns}) SELECT {load_id}, * FROM frame"  # noqa: S608
        )
        connection.unregister("frame")
    connection.execute("COMMIT")
    return Load(load_id, added=True)
