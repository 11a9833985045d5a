"""The sweep's page in a real browser, without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.market import MarketData
from reports.sweep_page import write_sweep_page
from tests.reports.sweep_folder_maker import sweep_folder

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def page_file(
    make_market: Callable[..., MarketData], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    market = make_market(last="2018-12-31")
    return write_sweep_page(sweep_folder(market, tmp_path_factory.mktemp("sweeps")))


@pytest.mark.parametrize(("media", "width"), [("screen", 1280), ("print", 718)])
def test_the_page_opens_offline_and_every_picture_is_drawn(
    browser: Any, page_file: Path, media: str, width: int
) -> None:
    context = browser.new_context(offline=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.emulate_media(media=media)
    troubles: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_file.as_uri())
    assert troubles == []
    assert requests == [page_file.as_uri()]
    for place in ("result", "luck", "folds", "scatters", "stability", "parallel", "maps", "space"):
        assert page.locator(f"#{place}").is_visible(), place
    boxes = page.evaluate(
        "[...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect())"
        ".map(b => [b.width, b.height])"
    )
    assert len(boxes) == 3 + 1 + 1 + 6
    assert min(min(box) for box in boxes) > 60
    # No label leaves its drawing.
    outside = page.evaluate(
        "[...document.querySelectorAll('svg')].flatMap(s => { const b = s.getBoundingClientRect();"
        " return [...s.querySelectorAll('text')].filter(t => { const r = t.getBoundingClientRect();"
        " return r.left < b.left - 1 || r.right > b.right + 1 || r.top < b.top - 1"
        " || r.bottom > b.bottom + 1 }).map(t => t.textContent) })"
    )
    assert outside == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
