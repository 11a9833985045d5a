from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from feeds.market import MarketData
from reports.sweep_folder import read_sweep_folder
from reports.sweep_page import write_sweep_page
from reports.sweep_svg import figure, shade, ticks
from tests.reports.sweep_folder_maker import sweep_folder


@pytest.fixture(scope="module")
def made(make_market: Callable[..., MarketData], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep_folder(make_market(last="2018-12-31"), tmp_path_factory.mktemp("sweeps"))


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(made, tmp_path / "sweep"))


class Checked(HTMLParser):
    """Refuses a tag that is closed without being open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_holds_the_figures_of_the_summary(folder: Path) -> None:
    page = write_sweep_page(folder).read_text()
    summary = json.loads((folder / "summary.json").read_text())
    assert f"{summary['out_of_sample']['information_ratio']:.2f}</td>" in page
    for fold in summary["folds"]:
        assert fold["chosen"] in page
        assert f'<td class="figure">{fold["outer"]:.2f}</td>' in page
    assert f"<strong>{summary['stability']['plateau']:.2f}</strong>" in page
    assert "31 %" in page
    assert "p = 0.412" in page
    assert "p = n/a" in page
    assert "1,234 trials in the log" in page


def test_it_is_whole_offline_escaped_and_the_same_again(folder: Path) -> None:
    path = write_sweep_page(folder)
    page = path.read_text()
    parser = Checked()
    parser.feed(page)
    assert parser.open == []
    assert "noise &lt;b&gt;&amp;&lt;/b&gt; nothing" in page
    assert not re.search(r"https?://|<script|<link|@import|src=", page)
    assert "nan" not in page.lower().replace("tenant", "")
    assert write_sweep_page(folder).read_text() == page
    assert not list(folder.glob(".*"))
    assert len(page) < 1_000_000


def test_pictures_show_every_configuration_and_pair(folder: Path) -> None:
    sweep = read_sweep_folder(folder)
    page = write_sweep_page(folder).read_text()
    count = len(sweep.table)
    scatters = page.partition('id="scatters"')[2].partition("<h2>")[0]
    # Every configuration in each of three folds, and a ring around the selected one.
    assert scatters.count("<circle") == 3 * (count + 1)
    assert scatters.count('fill="none" stroke="#b35c00"') == 3
    lines = page.partition('id="parallel"')[2].partition("</svg>")[0]
    assert lines.count("<polyline") == count
    maps = page.partition('id="maps"')[2].partition("<h2>")[0]
    assert maps.count("<svg") == 6


def test_many_configurations_are_counted_in_cells_and_the_page_says_so(
    make_market: Callable[..., MarketData], tmp_path: Path
) -> None:
    made = sweep_folder(make_market(last="2018-12-31"), tmp_path, samples=3000)
    page = write_sweep_page(made).read_text()
    assert len(page) < 1_500_000
    count = len(read_sweep_folder(made).table)
    scatters = page.partition('id="scatters"')[2].partition("<h2>")[0]
    assert scatters.count("<circle") == 3
    points = page.partition('id="points">')[2].partition("</p>")[0]
    assert "each cell shaded by its number of configurations" in points
    # No configuration is left out: the cells of each drawing add up to all.
    for drawing in [*scatters.split("</svg>")[:3], page.partition('id="stability"')[2]]:
        shaded = drawing.partition("</svg>")[0]
        titles = re.findall(r"<rect[^>]*><title>([\d,]+)</title>", shaded)
        assert sum(int(title.replace(",", "")) for title in titles) == count
    note = page.partition('id="parallel-note">')[2].partition("</p>")[0]
    assert f"of its {round(0.1 * count)} configurations the best 100" in note
    assert f"of all {count:,}, 300 evenly spaced by rank" in note


def test_a_single_configuration_has_a_page_too(
    make_market: Callable[..., MarketData], tmp_path: Path
) -> None:
    alone = {"strategy.params.horizon": [40]}
    market = make_market(last="2018-12-31")
    made = sweep_folder(market, tmp_path, luck=False, space=alone, sampler={"method": "grid"})
    page = write_sweep_page(made).read_text()
    assert "nothing can be said about luck" in page
    assert "no neighbours to compare with" in page
    assert 'id="maps"' not in page


def test_the_synthetic_market_and_the_test_set_are_named(folder: Path) -> None:
    path = folder / "summary.json"
    content = json.loads(path.read_text())
    assert "SYNTHETIC MARKET" not in write_sweep_page(folder).read_text()
    content["data"]["synthetic"] = content["on_test_set"] = True
    path.write_text(json.dumps(content))
    page = write_sweep_page(folder).read_text()
    assert "SYNTHETIC MARKET" in page
    assert "SEARCHED ON THE TEST SET" in page


@pytest.mark.parametrize(
    ("file", "content", "error", "said"),
    [
        ("summary.json", None, FileNotFoundError, r"summary\.json is missing; start the sweep"),
        ("summary.json", b"{", ValueError, r"summary\.json is damaged"),
        ("summary.json", b"{}", ValueError, r"summary\.json is damaged"),
        ("results", b"x", ValueError, r"results is damaged \(.*part-\w+\.parquet"),
        (
            "results",
            None,
            ValueError,
            r"results holds 38 configurations, summary\.json tells of 40",
        ),
        ("stability.parquet", None, FileNotFoundError, r"stability\.parquet is missing; start"),
    ],
)
def test_a_damaged_folder_is_named(
    folder: Path, file: str, content: bytes | None, error: type[Exception], said: str
) -> None:
    named = min((folder / file).glob("part-*")) if file == "results" else folder / file
    named.unlink()
    if content is not None:
        named.write_bytes(content)
    with pytest.raises(error, match=said):
        write_sweep_page(folder)


def test_axes_have_round_figures_and_shades_grow_darker() -> None:
    assert ticks(-0.13, 1.02) == pytest.approx([0.0, 0.5, 1.0])
    assert ticks(3.0, 3.0) == [3.0]
    assert [figure(x) for x in (0.0, 1260.0, 0.5, -1.25, 0.00123, 12.34)] == [
        "0", "1,260", "0.5", "-1.25", "0.0012", "12.3",
    ]  # fmt: skip
    fills = [int(shade(share)[0][1:3], 16) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert fills == sorted(fills, reverse=True)
    assert len(set(fills)) == 5
