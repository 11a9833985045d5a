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
            outer_1.. and whole (the objective), and distance (from the best, 0 to 1); without the
            daily values.
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
    summary, distances = path / "summary.json", path / "stability.parquet"
    for file in (summary, distances):
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing; {AGAIN}, it goes on where it stopped")
    results = path / "results"
    parts = sorted(str(part) for part in results.glob("[!.]*.parquet"))
    if not parts:
        raise FileNotFoundError(f"{results} is empty; {AGAIN}")
    try:
        content = json.loads(summary.read_text(encoding="utf-8"))
        with duckdb.connect() as connection:
            # An outer join, so that a result without its distance is found below.
            table = connection.execute(
                "SELECT results.* EXCLUDE (value), distance FROM read_parquet(?) AS results "
                "LEFT JOIN read_parquet(?) USING (config_id) ORDER BY config_id",
                [parts, str(distances)],
            ).df()
        folder = SweepFolder(path, content, table)
        wanted = [*folder.keys, "config_id", "whole"]
        missing = [name for name in wanted if name not in table]
        count = int(content["configurations"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{summary} is damaged ({error}); {AGAIN}") from None
    except duckdb.Error as error:
        # The message of a damaged file begins with its name.
        raise ValueError(f"{results} is damaged ({str(error).splitlines()[0]}); {AGAIN}") from None
    if missing:
        raise ValueError(f"{results} has no column {missing[0]}; {AGAIN}")
    if len(table) != count or table["distance"].isna().any():
        raise ValueError(
            f"{results} holds {len(table)} configurations, {summary.name} tells of {count}; {AGAIN}"
        )
    return folder
