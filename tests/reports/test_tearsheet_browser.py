"""The tearsheet in a real browser, without a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser


def test_the_page_opens_offline_and_shows_its_figures(run_folder: Path, chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    metrics = json.loads((run_folder / "metrics.json").read_text())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        troubles: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto((run_folder / "tearsheet.html").as_uri())
        assert troubles == []
        assert [url.split(":")[0] for url in requests] == ["file"]
        header = page.locator("#bellwether")
        assert header.is_visible()
        assert f"{metrics['alpha_pct']:.2f} %" in header.inner_text()
        assert f"{metrics['information_ratio']:.2f}" in header.inner_text()
        plots = page.locator("#left svg")
        assert plots.count() >= 10
        for index in range(plots.count()):
            box = plots.nth(index).bounding_box()
            assert box is not None
            assert box["width"] > 200
            assert box["height"] > 60
        tables = [page.locator(f"#{name}").bounding_box() for name in ("active", "compared")]
        left, right = tables
        assert left is not None
        assert right is not None
        # Side by side on a desk screen, without overlap, and nothing runs out of the page.
        assert left["x"] + left["width"] <= right["x"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        browser.close()
