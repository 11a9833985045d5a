"""The tearsheet in a real browser, without a network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.tearsheet import write_tearsheet

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def synthetic_page(copied: Path) -> Path:
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["data"]["synthetic"] = True
    (copied / "manifest.json").write_text(json.dumps(manifest))
    return write_tearsheet(copied)


def test_the_page_opens_offline_and_shows_its_figures(browser: Any, synthetic_page: Path) -> None:
    metrics = json.loads((synthetic_page.parent / "metrics.json").read_text())
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    troubles: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(request.url))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(synthetic_page.as_uri())
    assert troubles == []
    # The page itself and nothing else.
    assert requests == [synthetic_page.as_uri()]

    banner = page.locator("#synthetic")
    assert banner.is_visible()
    assert banner.bounding_box()["y"] < 100
    assert "SYNTHETIC MARKET" in banner.inner_text()

    def cells(label: str) -> list[str]:
        row = page.locator("#bellwether tr").filter(has=page.get_by_role("rowheader", name=label))
        assert row.is_visible()
        return list(row.locator("td").all_inner_texts())

    assert cells("Alpha a year")[0] == f"{metrics['alpha_pct']:.2f} %"
    assert cells("Information ratio a year")[0] == f"{metrics['information_ratio']:.2f}"
    assert cells("Tracking error a year")[0] == f"{metrics['tracking_error_pct']:.2f} %"
    assert cells("Beta")[0] == f"{metrics['beta']:.2f}"
    assert cells("Cost a year")[0] == f"{metrics['cost_bps_per_year']:.1f} bp"
    assert cells("Total return") == [
        f"{metrics[key]:.2f} %" for key in ("total_return_pct", "benchmark_total_return_pct")
    ]
    context.close()


@pytest.mark.parametrize(("media", "width"), [("screen", 1280), ("print", 718)])
def test_every_plot_is_drawn_and_the_columns_stand_apart(
    browser: Any, run_folder: Path, media: str, width: int
) -> None:
    """On a desk screen, and on A4 at 96 dots an inch less 1 cm of margin on each side."""
    context = browser.new_context(offline=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.emulate_media(media=media)
    page.goto((run_folder / "tearsheet.html").as_uri())
    plots = page.locator("#left svg")
    assert plots.count() == 10
    marks = page.evaluate(
        "[...document.querySelectorAll('#left svg')].map(s => s.querySelectorAll('path').length)"
    )
    assert min(marks) > 10
    drawn = page.evaluate(
        "[...document.querySelectorAll('#left svg > g')].map(g => g.getBoundingClientRect())"
        ".map(b => [b.top, b.bottom, b.width])"
    )
    for top, bottom, across in drawn:
        assert across > 200
        assert bottom - top > 60
    left, right = page.locator("#left").bounding_box(), page.locator("#right").bounding_box()
    assert left["x"] + left["width"] <= right["x"]
    active, compared = (page.locator(f"#{name}").bounding_box() for name in ("active", "compared"))
    assert active["x"] + active["width"] <= compared["x"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
