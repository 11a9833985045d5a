"""The scorecard's page from hand-made folders, and in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from reports.interval_bars import WIDTH, common_scale, contribution_bar, interval_bar
from reports.scorecard_page import write_scorecard_page
from reports.scorecard_table import scorecard_table

RATIO = {"information_ratio": 0.41, "information_ratio_low": -0.2, "information_ratio_high": 1.02}
CRITERIA = [
    ("advance_warning_sessions", None, None, None, "20 to 60", None, "not met"),
    ("alpha_pct", 2.71, -0.52, 5.94, ">= 2.5", 0.101, "not enough evidence"),
    ("transition_tracking_error_pct", 2.22, 1.81, 2.73, "< 5", None, "met"),
    ("tech_underperformance_accuracy_pct", 66.7, 22.3, 95.7, ">= 75", 0.344, "not enough evidence"),
    ("information_ratio", 0.41, -0.2, 1.02, ">= 1.8", 0.533, "not met"),
]


def write_table(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    frame = pd.DataFrame(rows)
    for column in ("first", "last"):
        if column in frame:
            frame[column] = pd.to_datetime(frame[column])
    duckdb.from_df(frame).write_parquet(str(folder / f"{name}.parquet"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = ("criterion", "value", "low", "high", "target", "p_value", "verdict")
    lines = [dict(zip(names, row, strict=True)) | {"trials": 151} for row in CRITERIA]
    (tmp_path / "scorecard.json").write_text(json.dumps(lines))
    summary = {
        "run_id": "abc", "source": "<b>folder</b>", "synthetic": True, "strategy": "Rotation",
        "period": {"start": "2020-01-02", "end": "2024-12-31"}, "development": None, "years": 4.99,
        "trials": 151,
        "deflated": {"expected_maximum_annual": 0.48, "deflated": 0.467, "probabilistic": 0.8,
                     "minimum_years": None, "minimum_years_deflated": None,
                     "independent_trials": 151.0, "trials": 151},
        "overfitting": None, "reality_check": None,
        "power": [{"ratio_annual": 0.5, "years": [15.2, 31.4, 42.0], "power": 0.2}],
        "notices": ["credit stress is read from HYG on 12 of 99 sessions"],
    }  # fmt: skip
    (tmp_path / "validation.json").write_text(json.dumps(summary))
    line = {"alpha_pct": 2.71, "tracking_error_pct": 2.2, "total_return_pct": 88.8, **RATIO}
    unknown = dict.fromkeys(RATIO)
    write_table(tmp_path, "compared", [
        {"name": "walk-forward", "note": "the run", **line},
        {"name": "placebo", "note": "mean of 5", **line, **unknown, "information_ratio": -0.7},
    ])  # fmt: skip
    write_table(tmp_path, "peers", [
        {"period": "evaluated", "strategy": name, **line, "volatility_pct": 19.0,
         "max_drawdown_pct": -30.0, "alpha_low_pct": -1.0, "alpha_high_pct": 4.0,
         "turnover_pct_per_year": 107.0, "cost_bps_per_year": 10.8}
        for name in ("Rotation", "a peer with quite a long name that must not break the page")
    ])  # fmt: skip
    write_table(tmp_path, "crises", [
        {"crisis": "COVID", "first": "2020-02-19", "last": "2020-03-23", "strategy_pct": -33.1,
         "benchmark_pct": -33.9, "active_pct": 0.8, "stress_at_start": 0.2, "stress_maximum": 5.1,
         "lead_sessions": None}
    ])  # fmt: skip
    write_table(tmp_path, "years", [
        {"year": 2020, "active_return_pct": 1.0, "tracking_error_pct": 2.0, **RATIO}
    ])  # fmt: skip
    write_table(tmp_path, "attribution", [
        {"by": "channel", "name": "rates", "contribution_pct": 0.8},
        {"by": "channel", "name": "credit", "contribution_pct": -0.3},
    ])  # fmt: skip
    return tmp_path


def test_the_page_says_what_the_files_say(folder: Path) -> None:
    page = write_scorecard_page(folder).read_text()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "1 of 5 criteria met, 2 not met, 2 without enough evidence." in text
    assert "SYNTHETIC MARKET" in text
    for part in (
        "2.71 -0.52 to 5.94 &gt;= 2.5 0.101", "66.70 22.30 to 95.70", "n/a 20 to 60",
        "31.4 years", "0.48 without any skill", "46.7 %", "COVID 2020-02-19 to 2020-03-23",
        "rates 0.80", "credit -0.30", "all 0.50", "12 of 99 sessions", "&lt;b&gt;folder",
    ):  # fmt: skip
        assert part in text, part
    assert "nan" not in text.lower().split()
    assert "None" not in text
    assert not re.search(r'(src|href)="(?!#)|@import|url\(', page)


def test_the_same_folder_gives_the_same_page(folder: Path) -> None:
    first = write_scorecard_page(folder).read_bytes()
    assert write_scorecard_page(folder).read_bytes() == first
    assert not list(folder.glob(".*"))


def test_luck_is_told_where_it_is_known(folder: Path) -> None:
    summary = json.loads((folder / "validation.json").read_text())
    summary["overfitting"] = {"configurations": 17, "blocks": 16, "probability": 0.59,
                              "probability_of_loss": 0.98, "slope": -1.2}  # fmt: skip
    summary["reality_check"] = {"white_p": 0.997, "spa_consistent_p": 0.5}
    (folder / "validation.json").write_text(json.dumps(summary))
    text = re.sub(r"\s+", " ", write_scorecard_page(folder).read_text())
    assert "59 % of all splits" in text
    assert "p = 0.997 (White" in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("scorecard.json", b"[", "scorecard.json is damaged"),
        ("scorecard.json", b"[]", "holds no scorecard"),
        ("validation.json", b"{}", "lacks a part"),
        ("peers.parquet", b"zzz", "peers.parquet is damaged"),
        ("years.parquet", None, "years.parquet is missing"),
    ],
)
def test_damage_is_named(folder: Path, name: str, content: bytes | None, message: str) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        write_scorecard_page(folder)
    assert not (folder / "scorecard.html").exists()


def test_a_missing_column_is_named(folder: Path) -> None:
    write_table(folder, "years", [{"year": 2020}])
    with pytest.raises(ValueError, match=r"years.parquet has no column active_return_pct"):
        write_scorecard_page(folder)


def test_the_terminal_s_table(folder: Path) -> None:
    table = scorecard_table(folder)
    assert table.row_count == 5
    (folder / "scorecard.json").write_text("[{}]")
    with pytest.raises(ValueError, match=r"scorecard.json is damaged"):
        scorecard_table(folder)


def test_bars_stand_where_they_should() -> None:
    scale = common_scale([-1.0, 3.0, None])
    assert scale.low == pytest.approx(-1.24)
    assert scale.high == pytest.approx(3.24)
    assert scale.place(scale.low) == 6.0
    assert scale.place(99.0) == WIDTH - 6.0
    bar = str(interval_bar(1.0, 0.0, 2.0, scale, (2.0, 3.24)))
    assert f'cx="{scale.place(1.0):.1f}"' in bar
    assert f'x1="{scale.place(0.0):.1f}" x2="{scale.place(2.0):.1f}"' in bar
    nothing = str(interval_bar(None, None, None, common_scale([None])))
    assert "circle" not in nothing
    assert 'class="loss"' in str(contribution_bar(-0.5, scale))
    assert 'class="gain"' in str(contribution_bar(0.5, scale))


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1200])
def test_the_page_opens_offline_at_any_width(folder: Path, browser: Any, width: int) -> None:
    page_file = write_scorecard_page(folder)
    page = browser.new_context(offline=True, viewport={"width": width, "height": 900}).new_page()
    troubles: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_file.as_uri())
    assert troubles == []
    assert requests == [page_file.as_uri()]
    assert page.locator("#verdict").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1200:
        inside = "document.querySelector('.peers').scrollWidth <= document.body.clientWidth"
        assert page.evaluate(inside)
