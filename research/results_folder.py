"""Writing a run's folder: all of it or nothing, the same bytes for the same run."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd


def write_folder(root: Path, run_id: str, fill: Callable[[Path], None]) -> Path:
    """Let `fill` write into a temporary folder, then rename it to `root / run_id`.

    A run of the same id is replaced only when the new one is complete; whatever `fill` raises
    leaves the results as they were.
    """
    root.mkdir(parents=True, exist_ok=True)
    final = root / run_id
    partial = Path(tempfile.mkdtemp(prefix=f".{run_id}-", dir=root))
    try:
        fill(partial)
        partial.chmod(0o755)
        if final.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{run_id}-old-", dir=root))
            final.rename(old / run_id)
            partial.rename(final)
            shutil.rmtree(old)
        else:
            partial.rename(final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Indented JSON with a final newline; NaN is refused, because JSON has none."""
    text = json.dumps(content, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """One Parquet file of the frame's columns, without its index; deterministic bytes.

    Dates are DATE columns; None and NaN are null.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("frame", frame)
        dates = ", ".join(
            f"CAST({name} AS DATE) AS {name}" for name in ("date", "acts_from") if name in frame
        )
        columns = f"* REPLACE ({dates})" if dates else "*"
        connection.execute(
            f"COPY (SELECT {columns} FROM frame) TO '{_quoted(path)}' "  # noqa: S608
            "(FORMAT parquet, COMPRESSION zstd)"
        )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
