"""The tearsheet: our annualised figures above QuantStats' page, in one file that opens offline."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import jinja2
import pandas as pd

from reports import figures
from reports.run_folder import RunFolder, read_run_folder

TEMPLATES = Path(__file__).parent / "templates"
TITLE = "Bellwether: bond-stress sector rotation"
# Rows that QuantStats defines otherwise than the header above them.
CONTRADICTING_ROWS = ("Information Ratio", "Alpha", "Treynor Ratio")
RELABELLED_ROWS = {
    "Daily Value-at-Risk": "Daily Value-at-Risk (normal)",
    "Expected Shortfall (cVaR)": "Expected Shortfall (normal)",
}
# Panels that QuantStats 0.0.86 draws wrongly: years under the wrong bars, and a beta of zero until
# its first window is full. The table of years stands beside them.
WRONG_PANELS = ("eoy_returns", "rolling_beta")
SESSIONS_PER_YEAR = 252
PLOT_STYLE = {
    "axes.edgecolor": "#d4dde6",
    "grid.color": "#e3e9ef",
    "grid.linewidth": 0.6,
    "text.color": "#1b2733",
    "xtick.color": "#41566b",
    "ytick.color": "#41566b",
}


def write_tearsheet(folder: Path) -> Path:
    """Make `tearsheet.html` in a run's folder; the same folder gives the same bytes.

    Raises:
        FileNotFoundError, ValueError: the folder cannot be read; see `read_run_folder`.
    """
    run = read_run_folder(folder)
    strategy, benchmark = _returns(run)
    page = _quantstats_page(run, strategy, benchmark)
    page = _insert_header(_offline(_consistent(page, len(strategy))), _header(run))
    target = folder / "tearsheet.html"
    partial = target.with_suffix(".partial")
    partial.write_text(page, encoding="utf-8")
    partial.replace(target)
    return target


def _returns(run: RunFolder) -> tuple[pd.Series, pd.Series]:
    """Daily returns of strategy and benchmark on the same sessions."""
    changes = run.equity[["value", "benchmark"]].pct_change().iloc[1:]
    strategy = changes["value"].rename("Bellwether")
    return strategy, changes["benchmark"].rename(run.manifest["benchmark"])


def _quantstats_page(run: RunFolder, strategy: pd.Series, benchmark: pd.Series) -> str:
    with tempfile.TemporaryDirectory() as scratch, _quiet_plots(run.manifest["run_id"]):
        import quantstats

        output = Path(scratch) / "page.html"
        quantstats.reports.html(  # type: ignore[no-untyped-call]
            strategy,
            benchmark,
            rf=0.0,
            title=TITLE,
            output=str(output),
            # QuantStats would otherwise drop leading sessions on which the portfolio did not move.
            match_dates=False,
            benchmark_title=run.manifest["benchmark"],
            strategy_title="Bellwether",
            periods_per_year=SESSIONS_PER_YEAR,
        )
        return output.read_text(encoding="utf-8")


@contextmanager
def _quiet_plots(salt: str) -> Iterator[None]:
    """Headless, silent and repeatable plotting; Matplotlib's settings are as before afterwards."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    fonts = logging.getLogger("matplotlib.font_manager")
    level = fonts.level
    fonts.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), mpl.rc_context():
            warnings.simplefilter("ignore")
            # QuantStats sets Matplotlib's defaults when it is first imported only.
            import quantstats  # noqa: F401
            import seaborn

            mpl.rcdefaults()
            # DejaVu comes with Matplotlib, so that the page does not depend on installed fonts.
            seaborn.set_theme(style="whitegrid", font="DejaVu Sans", font_scale=1.1, rc=PLOT_STYLE)
            mpl.rcParams["svg.hashsalt"] = salt
            yield
    finally:
        fonts.setLevel(level)
        plt.close("all")


def _consistent(page: str, sessions: int) -> str:
    """Drop QuantStats' rows that contradict the header or its history, and its wrong panels."""
    dropped = list(CONTRADICTING_ROWS)
    dropped += [
        f"{years}Y (ann.)" for years in (3, 5, 10) if sessions < 1.05 * years * SESSIONS_PER_YEAR
    ]
    for panel in WRONG_PANELS:
        page = re.sub(rf'<div id="{panel}">.*?</div>', "", page, flags=re.S)
    for label in dropped:
        page = re.sub(rf"<tr>\s*<td>{re.escape(label)}\s*</td>.*?</tr>", "", page, flags=re.S)
    for label, better in RELABELLED_ROWS.items():
        page = page.replace(f"<td>{label}", f"<td>{better}")
    return page.replace("\N{SMALL PERCENT SIGN}", "")


def _offline(page: str) -> str:
    """Drop everything that points outside the file or changes from one rendering to the next."""
    page = re.sub(r"<link[^>]*https?://[^>]*>", "", page)
    page = re.sub(r'<a href="https?://[^"]*"[^>]*>(.*?)</a>', r"\1", page, flags=re.S)
    page = re.sub(r"<\?xml.*?\?>|<!DOCTYPE svg.*?>", "", page, flags=re.S)
    page = re.sub(r"<metadata>.*?</metadata>", "", page, flags=re.S)
    page = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    return page.replace(' onload="save()"', "")


def _insert_header(page: str, header: str) -> str:
    """Put the header first in the page's container, in place of QuantStats' own title."""
    page = re.sub(r"<title>.*?</title>", f"<title>{TITLE}</title>", page, flags=re.S)
    page, count = re.subn(
        r"<h1>.*?</h1>\s*<h4>.*?</h4>", lambda _: header, page, count=1, flags=re.S
    )
    if count != 1:
        raise ValueError("QuantStats' page has changed; reports/tearsheet.py must follow")
    return page


def _header(run: RunFolder) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    manifest, metrics = run.manifest, run.metrics
    return environment.get_template("tearsheet_header.html.j2").render(
        title=TITLE,
        synthetic=manifest["data"]["synthetic"],
        source=manifest["data"]["source"],
        run_id=manifest["run_id"],
        benchmark=manifest["benchmark"],
        start=manifest["period"]["start"],
        end=manifest["period"]["end"],
        built=manifest["period"]["built"],
        building_cost=figures.number(metrics["building_cost_bps"], 1, " bp"),
        active=figures.active(metrics),
        compared=figures.compared(metrics),
        orders=metrics["orders"],
        fills=metrics["fills"],
        decisions=metrics["decisions"],
        quantstats=version("quantstats"),
    )
