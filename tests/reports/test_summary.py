from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from reports import figures
from reports.summary import summary_table

Wealth = Callable[..., tuple[np.ndarray, np.ndarray]]


def printed(folder: Path, width: int) -> str:
    stream = StringIO()
    Console(file=stream, width=width).print(summary_table(folder))
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_shows_both_sides_and_the_intervals(run_folder: Path, width: int) -> None:
    metrics = json.loads((run_folder / "metrics.json").read_text())
    text = printed(run_folder, width)
    for key in ("total_return", "cagr", "volatility", "max_drawdown"):
        ours, theirs = (f"{metrics[f'{side}{key}_pct']:.2f} %" for side in ("", "benchmark_"))
        assert any(ours in line and theirs in line.split(ours, 1)[1] for line in text.splitlines())
    low, high = (f"{metrics[f'information_ratio_{end}']:.2f}" for end in ("low", "high"))
    assert f"{low} to {high}" in text
    assert f"{metrics['information_ratio']:.2f}" in text
    assert f"{metrics['alpha_low_pct']:.2f} to {metrics['alpha_high_pct']:.2f} %" in text
    assert f"{metrics['tracking_error_pct']:.2f} %" in text
    assert f"{metrics['turnover_pct_per_year']:,.0f} %" in text
    assert f"{metrics['cost_bps_per_year']:.1f} bp" in text
    assert max(len(line) for line in text.splitlines()) <= width
    assert "BondStressRotation, 2017-01-03 to 2018-12-31" in text


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("synthetic", [True, False])
def test_the_title_says_whether_the_market_is_real(
    copied: Path, synthetic: bool, width: int
) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["data"] |= {"synthetic": synthetic, "source": "my [red]data[/red] [v2]"}
    (copied / "manifest.json").write_text(json.dumps(manifest))
    text = printed(copied, width)
    assert ("SYNTHETIC MARKET" in text) == synthetic
    assert "my [red]data[/red] [v2]" in text


def test_figures_that_the_data_cannot_give_are_not_available(
    wealth_folder: Callable[..., Path], random_wealth: Wealth
) -> None:
    lines = printed(wealth_folder(*random_wealth(5)), 80).splitlines()
    alpha = next(line for line in lines if "Alpha a year" in line)
    assert "n/a" in alpha
    assert "95" not in alpha


def test_what_is_missing_is_said_so() -> None:
    assert figures.number(None) == "n/a"
    assert figures.number(1234.5, 1, " bp") == "1,234.5 bp"
    assert figures.interval(None, 1.0) == ""


def test_warnings_are_stated_with_what_became_of_them(run_folder: Path) -> None:
    metrics = json.loads((run_folder / "metrics.json").read_text())
    plain = {**metrics, "tech_warning_opened": 4, "tech_warning_counted": 3}
    plain |= {
        "tech_warning_accuracy_pct": 100.0 * 2 / 3,
        "tech_warning_accuracy_low_pct": 9.4,
        "tech_warning_accuracy_high_pct": 99.2,
        "tech_warning_base_rate_pct": 40.2,
    }
    row = figures.active(plain)[-1]
    assert row == ("Technology warnings", "4", "2 of 3 right (9 to 99 %; base 40 %)")
    row = figures.active(plain | {"tech_warning_accuracy_pct": None})[-1]
    assert row[2] == "none that can be judged yet"
    without = {key: value for key, value in plain.items() if not key.startswith("tech")}
    assert figures.active(without)[-1][0] == "Shortfall a year"
    assert figures.active(without | {"shortfall_bps_per_year": None})[-1][0] == "Cost a year"
