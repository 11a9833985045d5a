"""Writing a run's folder: all of it or nothing, the same bytes for the same run."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

DATES = ("date", "acts_from", "until", "first", "last")


def write_folder(root: Path, run_id: str, fill: Callable[[Path], None]) -> Path:
    """Let `fill` write into a temporary folder, then rename it to `root / run_id`.

    A run of the same id is replaced only when the new one is complete; whatever `fill` raises
    leaves the results as they were.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"{root} cannot be made ({error.strerror}); choose another --out") from None
    final = root / run_id
    partial = Path(tempfile.mkdtemp(prefix=f".{run_id}-", dir=root))
    try:
        fill(partial)
        partial.chmod(0o755)
        _replace(final, partial)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def _replace(final: Path, fresh: Path) -> None:
    """Put `fresh` where `final` is; whatever fails, a complete folder stands there afterwards."""
    old = fresh.with_name(f"{fresh.name}-old")
    try:
        final.rename(old)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise OSError(f"{final} cannot be replaced ({error.strerror}); move it away") from None
    try:
        fresh.rename(final)
    except BaseException:
        if not final.exists():
            if old.exists():
                old.rename(final)
            raise
        # Another process finished the same run in between: same inputs, same folder.
    finally:
        shutil.rmtree(old, ignore_errors=True)


def write_json(path: Path, content: Mapping[str, Any] | Sequence[Any]) -> None:
    """Indented JSON with a final newline; NaN is refused, because JSON has none."""
    text = json.dumps(content, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """One Parquet file of the frame's columns, without its index; deterministic bytes.

    Dates are DATE columns; None and NaN are null.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("frame", frame)
        dates = ", ".join(f"CAST({name} AS DATE) AS {name}" for name in DATES if name in frame)
        columns = f"* REPLACE ({dates})" if dates else "*"
        connection.execute(
            f"COPY (SELECT {columns} FROM frame) TO '{_quoted(path)}' "  # noqa: S608
            "(FORMAT parquet, COMPRESSION zstd)"
        )


def read_lines(path: Path) -> list[str]:
    """The column `line` of a Parquet file, in its order."""
    with duckdb.connect() as connection:
        return [row[0] for row in connection.read_parquet(str(path)).project("line").fetchall()]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
