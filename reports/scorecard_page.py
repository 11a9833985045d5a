"""The scorecard's page: does it work, how sure can one be, and beside what."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from models.success import TARGETS
from reports.figures import MISSING
from reports.interval_bars import common_scale, contribution_bar, interval_bar
from reports.scorecard_table import NAMES
from reports.validation_folder import ValidationFolder, read_validation_folder

TEMPLATES = Path(__file__).parent / "templates"
MARKS = {"met": "✓", "not met": "✗", "not enough evidence": "?"}
BY = {
    "channel": "by channel of the signal",
    "sector": "by sector",
    "regime": "by regime known the evening before",
    "year": "by year",
    "effect": "by effect",
}


def write_scorecard_page(folder: Path) -> Path:
    """Make `scorecard.html` in a validation's folder; the same folder gives the same bytes.

    Raises:
        FileNotFoundError, ValueError: the folder cannot be read, see `read_validation_folder`.
    """
    found = read_validation_folder(folder)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    page = environment.get_template("scorecard.html.j2").render(_content(found))
    target = folder / "scorecard.html"
    partial = folder / f".scorecard-{os.getpid()}.partial"
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _content(found: ValidationFolder) -> dict[str, Any]:
    tables = found.tables
    verdicts = [line["verdict"] for line in found.criteria]
    return {
        "summary": found.summary,
        "criteria": [_criterion(line) for line in found.criteria],
        "counts": {verdict: verdicts.count(verdict) for verdict in MARKS},
        "total": len(verdicts),
        "compared": _with_bars(tables["compared"]),
        "peers": [
            (name, _with_bars(rows)) for name, rows in tables["peers"].groupby("period", sort=False)
        ],
        "crises": _records(tables["crises"]),
        "years": _with_bars(tables["years"]),
        "attribution": _attribution(tables["attribution"]),
    }


def _criterion(line: dict[str, Any]) -> dict[str, Any]:
    target = TARGETS[line["criterion"]]
    ends = [x for x in (target.low, target.high) if math.isfinite(x)]
    scale = common_scale([line["value"], line["low"], line["high"], *ends])
    reach = (max(target.low, scale.low), min(target.high, scale.high))
    return line | {
        "label": NAMES[line["criterion"]],
        "mark": MARKS[line["verdict"]],
        "bar": interval_bar(line["value"], line["low"], line["high"], scale, reach),
    }


def _with_bars(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows, each with a bar of its information ratio on one scale."""
    rows = _records(table)
    estimates = [
        (row["information_ratio"], row["information_ratio_low"], row["information_ratio_high"])
        for row in rows
    ]
    scale = common_scale([end for estimate in estimates for end in estimate])
    return [
        row | {"bar": interval_bar(value, low, high, scale)}
        for row, (value, low, high) in zip(rows, estimates, strict=True)
    ]


def _attribution(table: pd.DataFrame) -> list[tuple[str, list[dict[str, Any]], float]]:
    parts = []
    for by, title in BY.items():
        rows = _records(table[table["by"] == by])
        scale = common_scale([row["contribution_pct"] for row in rows])
        shown = [
            row | {"bar": contribution_bar(row["contribution_pct"], scale)}
            for row in rows
            if abs(row["contribution_pct"]) >= 5e-4 or by in ("effect", "year")
        ]
        parts.append((title, shown, sum(row["contribution_pct"] for row in rows)))
    return [part for part in parts if part[1]]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with None for what is missing."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _number(value: float | None, digits: int = 2) -> str:
    return MISSING if value is None else f"{value:,.{digits}f}"
