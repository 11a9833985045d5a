"""Reading the folder that `validate` writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

AGAIN = "run validate again"
CRITERION = {"criterion", "value", "low", "high", "target", "p_value", "trials", "verdict"}
SUMMARY = {
    "run_id", "source", "synthetic", "strategy", "period", "development", "years", "trials",
    "deflated", "overfitting", "reality_check", "power", "notices",
}  # fmt: skip
RATIO = ["information_ratio", "information_ratio_low", "information_ratio_high"]
TABLES = {
    "compared": ["name", "note", "alpha_pct", *RATIO, "tracking_error_pct", "total_return_pct"],
    "peers": ["period", "strategy", "total_return_pct", "volatility_pct", "max_drawdown_pct",
              "alpha_pct", "alpha_low_pct", "alpha_high_pct", *RATIO, "tracking_error_pct",
              "turnover_pct_per_year", "cost_bps_per_year"],
    "crises": ["crisis", "first", "last", "strategy_pct", "benchmark_pct", "active_pct",
               "stress_at_start", "stress_maximum", "lead_sessions"],
    "years": ["year", "active_return_pct", "tracking_error_pct", *RATIO],
    "attribution": ["by", "name", "contribution_pct"],
}  # fmt: skip


@dataclass(frozen=True)
class ValidationFolder:
    """What the scorecard's page is made from.

    Attributes:
        criteria: scorecard.json, a dict a line.
        summary: validation.json.
        tables: the Parquet tables by name.
    """

    criteria: list[dict[str, Any]]
    summary: dict[str, Any]
    tables: dict[str, pd.DataFrame]


def read_validation_folder(folder: Path) -> ValidationFolder:
    """Read and check everything.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ValueError: a file is damaged; the message names it and the mend.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder; give one that validate printed")
    criteria = _json(folder / "scorecard.json")
    summary = _json(folder / "validation.json")
    whole = isinstance(criteria, list) and all(
        isinstance(line, dict) and line.keys() >= CRITERION for line in criteria
    )
    if not whole or not criteria:
        raise ValueError(f"{folder / 'scorecard.json'} holds no scorecard; {AGAIN}")
    if not isinstance(summary, dict) or not summary.keys() >= SUMMARY:
        raise ValueError(f"{folder / 'validation.json'} lacks a part; {AGAIN}")
    tables = {name: _table(folder / f"{name}.parquet", needed) for name, needed in TABLES.items()}
    return ValidationFolder(criteria, summary, tables)


def _json(file: Path) -> Any:
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing; {AGAIN}")
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is damaged ({error}); {AGAIN}") from None


def _table(file: Path, needed: list[str]) -> pd.DataFrame:
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing; {AGAIN}")
    try:
        with duckdb.connect() as connection:
            frame: pd.DataFrame = connection.read_parquet(str(file)).df()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{file} is damaged ({reason}); {AGAIN}") from None
    missing = [name for name in needed if name not in frame]
    if missing:
        raise ValueError(f"{file} has no column {missing[0]}; {AGAIN}")
    return frame
