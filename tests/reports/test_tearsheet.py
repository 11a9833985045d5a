from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from reports.tearsheet import write_tearsheet

ROOT = Path(__file__).parents[2]
Wealth = Callable[..., tuple[np.ndarray, np.ndarray]]
# QuantStats' row and our figure of the same meaning.
SHARED = {
    "Cumulative Return": "total_return_pct",
    "CAGR": "cagr_pct",
    "Volatility (ann.)": "volatility_pct",
    "Sharpe": "sharpe_ratio",
    "Max Drawdown": "max_drawdown_pct",
}


class Tables(HTMLParser):
    """Rows of every table of a page, as lists of cell texts."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None and self.rows:
            self.rows[-1].append("".join(self._cell).strip())
            self._cell = None


def rows(folder: Path) -> dict[str, list[str]]:
    parser = Tables()
    parser.feed((folder / "tearsheet.html").read_text(encoding="utf-8"))
    return {row[0]: row[1:] for row in parser.rows if row}


def metrics(folder: Path) -> dict[str, float]:
    return json.loads((folder / "metrics.json").read_text())


def test_our_figures_stand_at_the_top_with_units(run_folder: Path) -> None:
    table, expected = rows(run_folder), metrics(run_folder)
    assert table["Alpha a year"][0] == f"{expected['alpha_pct']:.2f} %"
    assert f"t = {expected['alpha_t_hac']:.2f}" in table["Alpha a year"][1]
    assert table["Information ratio a year"][0] == f"{expected['information_ratio']:.2f}"
    assert table["Tracking error a year"][0] == f"{expected['tracking_error_pct']:.2f} %"
    page = (run_folder / "tearsheet.html").read_text()
    assert page.index('id="bellwether"') < page.index("Key Performance Metrics")


def test_the_benchmark_is_the_right_one(run_folder: Path) -> None:
    """QuantStats' own benchmark column against an independent computation from the folder."""
    equity = duckdb.read_parquet(str(run_folder / "equity.parquet")).df()
    total = (equity["benchmark"].iloc[-1] / equity["benchmark"].iloc[0] - 1) * 100
    ours = (equity["value"].iloc[-1] / equity["value"].iloc[0] - 1) * 100
    table = rows(run_folder)
    assert [float(cell.rstrip("%")) for cell in table["Cumulative Return"]] == [
        pytest.approx(total, abs=0.006),
        pytest.approx(ours, abs=0.006),
    ]
    assert table["Metric"] == ["SPY", "Bellwether"]


def assert_consistent(folder: Path) -> dict[str, list[str]]:
    """Every figure that QuantStats shows beside ours is ours; gives the page's rows."""
    table, expected = rows(folder), metrics(folder)
    for label, key in SHARED.items():
        for side, cell in zip(("benchmark_", ""), table.get(label, []), strict=False):
            shown = float(cell.rstrip("%").replace(",", ""))
            assert shown == pytest.approx(expected[side + key], abs=0.0051), label
    if "Beta" in table and expected["beta"] is None:
        assert table["Beta"] == ["n/a", ""]
    return table


def test_the_page_does_not_contradict_itself(run_folder: Path) -> None:
    table = assert_consistent(run_folder)
    assert table.keys() >= SHARED.keys()
    assert float(table["Beta"][1]) == pytest.approx(metrics(run_folder)["beta"], abs=0.0051)
    for label in ("Information Ratio", "Alpha", "Treynor Ratio", "3M", "6M", "1Y", "3Y (ann.)"):
        assert label not in table
    page = (run_folder / "tearsheet.html").read_text()
    for panel in ("eoy_returns", "rolling_beta", "log_returns", "daily_returns"):
        assert f'id="{panel}"' not in page
    for panel in ("rolling_vol", "monthly_heatmap", "dd_plot"):
        assert f'id="{panel}"' in page


def test_calendar_years_are_those_of_the_folder(run_folder: Path) -> None:
    equity = duckdb.read_parquet(str(run_folder / "equity.parquet")).df().set_index("date")
    ends = equity.groupby(equity.index.year).last()
    table = rows(run_folder)
    for year in (2017, 2018):
        change = (ends.loc[year] / ends.loc[year - 1] - 1.0) * 100.0
        ours, theirs = change["value"], change["benchmark"]
        shown = [float(cell) for cell in table[str(year)][:2]]
        assert shown == [pytest.approx(theirs, abs=0.0051), pytest.approx(ours, abs=0.0051)]
        assert table[str(year)][2] == ("+" if ours > theirs else "-")
    assert table["Year"] == ["SPY", "Bellwether", "Won"]
    assert float(table["YTD"][1].rstrip("%")) == pytest.approx(ours, abs=0.0051)


@pytest.mark.parametrize("returns", [1, 21, 300])
def test_a_short_history_shows_no_empty_panel_and_no_contradiction(
    wealth_folder: Callable[..., Path], random_wealth: Wealth, returns: int
) -> None:
    folder = wealth_folder(*random_wealth(returns))
    page = write_tearsheet(folder).read_text()
    assert_consistent(folder)
    for panel in ("rolling_vol", "rolling_sharpe", "rolling_sortino", "monthly_dist"):
        assert (f'id="{panel}"' in page) == (returns >= 252)
    assert "95 %: " not in page


def test_a_drawdown_from_the_first_session_is_not_shown_as_none(
    wealth_folder: Callable[..., Path], random_wealth: Wealth
) -> None:
    """QuantStats leaves the cell empty; the header has the figure."""
    value, _ = random_wealth(40)
    falling = 1e6 * np.cumprod(np.r_[1.0, np.tile([0.99, 1.005], 20)])
    folder = wealth_folder(value, falling)
    write_tearsheet(folder)
    table = assert_consistent(folder)
    assert "Max Drawdown" not in table
    assert table["Maximum drawdown"][1] == f"{metrics(folder)['benchmark_max_drawdown_pct']:.2f} %"


@pytest.mark.parametrize(("ending", "shown"), [(0.97, True), (1.5, False)])
def test_a_drawdown_that_lasts_has_not_recovered(
    wealth_folder: Callable[..., Path], random_wealth: Wealth, ending: float, shown: bool
) -> None:
    value, benchmark = random_wealth(60)
    value[-1] = ending * value[:-1].max()
    page = write_tearsheet(wealth_folder(value, benchmark)).read_text()
    assert page.count("<td>not yet</td>") == int(shown)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (np.zeros(300), "the portfolio's value never moves"),
        (np.r_[np.full(150, 0.001), 2.0, np.full(149, 0.001)], "reads as prices"),
    ],
)
def test_what_quantstats_would_misread_is_refused(
    wealth_folder: Callable[..., Path], random_wealth: Wealth, shape: np.ndarray, message: str
) -> None:
    _, benchmark = random_wealth(300)
    folder = wealth_folder(1e6 * np.cumprod(np.r_[1.0, 1.0 + shape]), benchmark)
    before = (folder / "tearsheet.html").read_bytes()
    with pytest.raises(ValueError, match=message) as error:
        write_tearsheet(folder)
    assert "equity.parquet" in str(error.value)
    assert (folder / "tearsheet.html").read_bytes() == before


def test_a_benchmark_that_does_not_move_has_no_beta(
    wealth_folder: Callable[..., Path], random_wealth: Wealth
) -> None:
    value, _ = random_wealth(300)
    folder = wealth_folder(value, np.full(301, 1e6))
    write_tearsheet(folder)
    assert_consistent(folder)


def test_nothing_points_outside_the_file(run_folder: Path) -> None:
    page = (run_folder / "tearsheet.html").read_text()
    assert not re.findall(r'(?:src|href)\s*=\s*"(?!#|data:)[^"]+"', page)
    assert "<script" not in page
    assert set(re.findall(r'https?://[^"\s<>]+', page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_two_renderings_are_the_same_bytes_and_say_nothing(
    copied: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = (copied / "tearsheet.html").read_bytes()
    settings, mine = dict(mpl.rcParams), plt.figure()
    try:
        assert write_tearsheet(copied).read_bytes() == before
        assert plt.fignum_exists(mine.number)
    finally:
        plt.close(mine)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
    assert dict(mpl.rcParams) == settings


def test_the_first_rendering_of_a_process_is_quiet_too(copied: Path, tmp_path: Path) -> None:
    """What imports say, a font cache that must be made, another backend, style and time zone."""
    before = (copied / "tearsheet.html").read_bytes()
    config = tmp_path / "matplotlib"
    config.mkdir()
    (config / "matplotlibrc").write_text("font.size: 30\nbackend: svg\n")
    script = (
        "import sys; from pathlib import Path; from reports.tearsheet import write_tearsheet; "
        "write_tearsheet(Path(sys.argv[1])); import matplotlib as mpl; "
        "assert mpl.rcParams['font.size'] == 30 and mpl.get_backend() == 'svg'; "
        "assert mpl.rcParams['svg.hashsalt'] is None"
    )
    environment = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", script, str(copied)],
        cwd=ROOT,
        env=environment | {"MPLCONFIGDIR": str(config), "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (copied / "tearsheet.html").read_bytes() == before


def test_a_synthetic_market_and_notices_are_told_at_the_top(copied: Path) -> None:
    plain = (copied / "tearsheet.html").read_text()
    assert "SYNTHETIC MARKET" not in plain
    assert 'id="notices"' not in plain
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["data"] = {"synthetic": True, "source": "<b>mine</b>"}
    manifest["notices"] = ["MOVE ends <i>early</i>"]
    (copied / "manifest.json").write_text(json.dumps(manifest))
    page = write_tearsheet(copied).read_text()
    assert page.index("SYNTHETIC MARKET") < page.index("Alpha a year")
    assert "MOVE ends &lt;i&gt;early&lt;/i&gt;" in page
    assert "&lt;b&gt;mine&lt;/b&gt;" in page
    assert "<b>mine</b>" not in page


@pytest.mark.parametrize(("name", "key"), [("metrics.json", "beta"), ("manifest.json", "run_id")])
def test_a_damaged_folder_is_named_and_the_old_page_stays(
    copied: Path, name: str, key: str
) -> None:
    content = json.loads((copied / name).read_text())
    del content[key]
    (copied / name).write_text(json.dumps(content))
    before = (copied / "tearsheet.html").read_bytes()
    with pytest.raises(ValueError, match=rf"{name}.*{key}.*run the backtest again"):
        write_tearsheet(copied)
    assert (copied / "tearsheet.html").read_bytes() == before


def test_a_page_that_cannot_be_written_leaves_nothing_half_written(copied: Path) -> None:
    (copied / "tearsheet.html").unlink()
    (copied / "tearsheet.html").mkdir()
    before = sorted(copied.iterdir())
    with pytest.raises(OSError, match=r"tearsheet\.html"):
        write_tearsheet(copied)
    assert sorted(copied.iterdir()) == before
