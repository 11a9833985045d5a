"""Reading a run's folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd


@dataclass(frozen=True)
class RunFolder:
    """What the pages are made from.

    Attributes:
        path: the folder.
        manifest: what the run was made from.
        metrics: figures by name with unit; None where the data could not give one.
        equity: value, cash and benchmark wealth by session (index date).
    """

    path: Path
    manifest: dict[str, Any]
    metrics: dict[str, float | None]
    equity: pd.DataFrame


def read_run_folder(path: Path) -> RunFolder:
    """Read manifest, metrics and equity.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ValueError: a file is damaged; the message names it and the mend.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"{path}: no such run folder; give the folder that a run printed")
    for name in ("manifest.json", "metrics.json", "equity.parquet"):
        if not (path / name).is_file():
            raise FileNotFoundError(f"{path / name} is missing; run the backtest again")
    return RunFolder(
        path=path,
        manifest=_json(path / "manifest.json"),
        metrics=_json(path / "metrics.json"),
        equity=_equity(path / "equity.parquet"),
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}); run the backtest again") from None
    if not isinstance(content, dict):
        raise TypeError(f"{path} is damaged (not an object); run the backtest again")
    return content


def _equity(path: Path) -> pd.DataFrame:
    try:
        frame = duckdb.read_parquet(str(path)).df()
        frame = frame.set_index(pd.DatetimeIndex(frame.pop("date"), name="date"))
        return pd.DataFrame(frame[["value", "cash", "benchmark"]])
    except (duckdb.Error, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path} is damaged ({reason}); run the backtest again") from None
