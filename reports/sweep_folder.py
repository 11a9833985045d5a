"""Reading a sweep's folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

AGAIN = "start the sweep again"
OBJECTIVES = {
    "information_ratio": "information ratio a year",
    "active_return_pct": "active return, % a year",
    "sharpe_ratio": "Sharpe ratio a year",
}


@dataclass(frozen=True)
class SweepFolder:
    """What the page is made from.

    Attributes:
        path: the folder.
        summary: content of summary.json.
        table: a row a configuration, sorted by config_id: the varied keys, figures, inner_1..,
            outer_1.. and whole (the objective); without the daily values.
    """

    path: Path
    summary: dict[str, Any]
    table: pd.DataFrame

    @property
    def keys(self) -> list[str]:
        """Varied keys, section.key."""
        return [str(axis["key"]) for axis in self.summary["space"]]

    @property
    def objective(self) -> str:
        """What was maximised, with its unit."""
        return OBJECTIVES[str(self.summary["objective"]["metric"])]


def read_sweep_folder(path: Path) -> SweepFolder:
    """Read summary and results.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ValueError: a file is damaged; the message names it and the mend.
    """
    summary, results = path / "summary.json", path / "results" / "all.parquet"
    for file in (summary, results):
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing; {AGAIN}, it goes on where it stopped")
    try:
        content = json.loads(summary.read_text(encoding="utf-8"))
        with duckdb.connect() as connection:
            table = connection.execute(
                "SELECT * EXCLUDE (value) FROM read_parquet(?) ORDER BY config_id", [str(results)]
            ).df()
        folder = SweepFolder(path, content, table)
        wanted = [*folder.keys, "config_id", "whole"]
        missing = [name for name in wanted if name not in table]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{summary} is damaged ({error}); {AGAIN}") from None
    except duckdb.Error as error:
        raise ValueError(f"{results} is damaged ({str(error).splitlines()[0]}); {AGAIN}") from None
    if missing:
        raise ValueError(f"{results} has no column {missing[0]}; {AGAIN}")
    return folder
