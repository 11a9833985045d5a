from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from reports import figures
from reports.summary import summary_table


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_shows_both_sides_and_the_intervals(run_folder: Path, width: int) -> None:
    metrics = json.loads((run_folder / "metrics.json").read_text())
    console = Console(file=StringIO(), width=width)
    console.print(summary_table(run_folder))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for key in ("total_return_pct", "benchmark_total_return_pct", "tracking_error_pct"):
        assert f"{metrics[key]:.2f} %" in text
    assert f"{metrics['information_ratio']:.2f}" in text
    assert f"{metrics['alpha_low_pct']:.2f} to {metrics['alpha_high_pct']:.2f} %" in text
    assert max(len(line) for line in text.splitlines()) <= width
    assert "BondStressRotation, 2017-01-03 to 2018-12-31" in text


def test_what_is_missing_is_said_so() -> None:
    assert figures.number(None) == "n/a"
    assert figures.number(1234.5, 1, " bp") == "1,234.5 bp"
    assert figures.interval(None, 1.0) == ""
