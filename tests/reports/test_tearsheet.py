from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import matplotlib as mpl
import pytest

from reports.tearsheet import write_tearsheet


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


def test_the_page_does_not_contradict_itself(run_folder: Path) -> None:
    table, expected = rows(run_folder), metrics(run_folder)
    for label in ("Information Ratio", "Alpha", "Treynor Ratio", "5Y (ann.)", "10Y (ann.)"):
        assert label not in table
    page = (run_folder / "tearsheet.html").read_text()
    assert 'id="eoy_returns"' not in page
    assert 'id="rolling_vol"' in page
    assert float(table["Volatility (ann.)"][1].rstrip("%")) == pytest.approx(
        expected["volatility_pct"], abs=0.006
    )
    assert float(table["Sharpe"][1]) == pytest.approx(expected["sharpe_ratio"], abs=0.006)
    assert float(table["Max Drawdown"][1].rstrip("%")) == pytest.approx(
        expected["max_drawdown_pct"], abs=0.006
    )
    assert float(table["Beta"][1]) == pytest.approx(expected["beta"], abs=0.006)


def test_nothing_points_outside_the_file(run_folder: Path) -> None:
    page = (run_folder / "tearsheet.html").read_text()
    assert not re.findall(r'(?:src|href)\s*=\s*"(?!#|data:)[^"]+"', page)
    assert "<script" not in page
    assert set(re.findall(r'https?://[^"\s<>]+', page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_two_renderings_are_the_same_bytes_and_say_nothing(
    run_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run_folder, copy)
    (copy / "tearsheet.html").unlink()
    before = dict(mpl.rcParams)
    write_tearsheet(copy)
    assert (copy / "tearsheet.html").read_bytes() == (run_folder / "tearsheet.html").read_bytes()
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
    assert dict(mpl.rcParams) == before
    assert not list(copy.glob("*.partial"))


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_synthetic_market_says_so(run_folder: Path, tmp_path: Path, synthetic: bool) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run_folder, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["data"] |= {"synthetic": synthetic, "source": "<b>mine</b>"}
    (copy / "manifest.json").write_text(json.dumps(manifest))
    page = write_tearsheet(copy).read_text()
    assert ("SYNTHETIC MARKET" in page) == synthetic
    assert "<b>mine</b>" not in page


def damage(name: str, content: bytes | None) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)

    return apply


@pytest.mark.parametrize(
    ("apply", "message"),
    [
        (damage("metrics.json", None), "metrics.json is missing"),
        (damage("metrics.json", b"{"), "metrics.json is damaged"),
        (damage("equity.parquet", b"PAR1"), "equity.parquet is damaged"),
    ],
)
def test_a_damaged_folder_is_named_and_the_old_page_stays(
    run_folder: Path, tmp_path: Path, apply: Callable[[Path], None], message: str
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run_folder, copy)
    apply(copy)
    before = (copy / "tearsheet.html").read_bytes()
    with pytest.raises((ValueError, FileNotFoundError)) as error:
        write_tearsheet(copy)
    assert message in str(error.value)
    assert (copy / "tearsheet.html").read_bytes() == before


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such run folder"):
        write_tearsheet(tmp_path / "nothing")
