"""One file or frame as it came, before anything is believed: CSV, Parquet or memory."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import SupportsIndex

import pandas as pd

from feeds.problems import Problem

SUFFIXES = (".csv", ".parquet")
DOWNLOAD_AGAIN = "download the file again"


@dataclass(frozen=True)
class Table:
    """Columns as they stand in the source, nothing parsed beyond numbers.

    Attributes:
        file: how problems name it: path inside the data folder, or the ticker.
        frame: the columns on a RangeIndex; `date` as text or as timestamps.
        first_row: what a user calls the first record: 2 in a CSV file (the header is line 1),
            1 in Parquet and in memory, which have no header line.
    """

    file: str
    frame: pd.DataFrame
    first_row: int

    def row(self, position: SupportsIndex) -> int:
        """The user's row number of the record at this 0-based position."""
        return self.first_row + int(position)


def find_table(root: Path, stem: str) -> tuple[str | None, list[Problem]]:
    """The name of `<stem>.csv` or `<stem>.parquet` under `root`, None where there is neither.

    Two files of one name are an error: nobody could say which one a result came from.
    """
    found = [file for suffix in SUFFIXES if (root / (file := f"{stem}{suffix}")).exists()]
    if len(found) > 1:
        return None, [Problem(found[0], 0, f"{found[1]} stands beside it", "remove one of the two")]
    return (found[0] if found else None), []


def read_table(root: Path, file: str) -> tuple[Table | None, list[Problem]]:
    """Read `file` under `root`; None, with the reason, where it is unreadable or has no record."""
    path = root / file
    try:
        if path.suffix == ".parquet":
            return _read_parquet(path, file)
        return _read_csv(path.read_bytes(), file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return None, [Problem(file, 0, f"it cannot be read ({reason})", "make it a readable file")]


def _read_csv(content: bytes, file: str) -> tuple[Table | None, list[Problem]]:
    if not content.strip():
        return None, [Problem(file, 0, "the file is empty", DOWNLOAD_AGAIN)]
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        return None, [Problem(file, row, "the text is not UTF-8", "save the file as UTF-8")]
    try:
        frame = pd.read_csv(
            io.BytesIO(content),
            dtype={"date": str},
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,  # a skipped line would shift every row number after it
            low_memory=False,
        )
    except pd.errors.ParserError as error:
        return None, [_torn_row(str(error), file)]
    if not frame.index.equals(pd.RangeIndex(len(frame))):  # longer rows become an index
        return None, [_torn_row("line 2", file)]
    return _filled(Table(file, frame, first_row=2))


def _torn_row(message: str, file: str) -> Problem:
    """Keep the line of pandas: where a row has too many cells, or a quote never closes."""
    line = re.search(r"line (\d+)", message)
    quote = re.search(r"EOF inside string starting at row (\d+)", message)
    if quote:
        what, row = "a quotation mark is never closed", int(quote.group(1)) + 1
    else:
        what, row = "more cells than the header has columns", int(line.group(1)) if line else 0
    return Problem(file, row, what, f"mend the row or {DOWNLOAD_AGAIN}")


def _read_parquet(path: Path, file: str) -> tuple[Table | None, list[Problem]]:
    import duckdb

    # DuckDB expands patterns: brackets keep such characters in a folder's name literal.
    literal = re.sub(r"([*?\[])", r"[\1]", str(path))
    if path.stat().st_size == 0:
        return None, [Problem(file, 0, "the file is empty", DOWNLOAD_AGAIN)]
    try:
        with duckdb.connect() as connection, warnings.catch_warnings():
            # DuckDB 1.5 converts zoned timestamps by a keyword that pandas 3.1 deprecates.
            warnings.simplefilter("ignore", DeprecationWarning)
            frame = connection.execute("SELECT * FROM read_parquet(?)", [literal]).df()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(path), path.name)
        return None, [Problem(file, 0, f"it is not Parquet ({reason})", DOWNLOAD_AGAIN)]
    return _filled(Table(file, frame, first_row=1))


def _filled(table: Table) -> tuple[Table | None, list[Problem]]:
    if table.frame.empty:
        return None, [Problem(table.file, 0, "a header without a single row", DOWNLOAD_AGAIN)]
    return table, []
