"""The tearsheet: our annualised figures above QuantStats' page, in one file that opens offline."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pandas as pd

from reports.plotting import quiet_plots
from reports.run_folder import RunFolder, read_run_folder
from reports.tearsheet_header import TITLE, header

SESSIONS_PER_YEAR = 252
# What QuantStats 0.0.86 defines otherwise than the header above it.
DEFINED_OTHERWISE = ("Information Ratio", "Alpha", "Treynor Ratio")
# Windows that are not what their labels say: 3M, 6M and 1Y take in the session that they should
# start from, the others are 35, 59 and 119 months; a shorter history is filled with its whole.
WRONG_WINDOWS = ("3M", "6M", "1Y", "3Y (ann.)", "5Y (ann.)", "10Y (ann.)")
AGAINST_BENCHMARK = ("Beta", "Correlation")
RELABELLED_ROWS = {
    "Daily Value-at-Risk": "Daily Value-at-Risk (normal)",
    "Expected Shortfall (cVaR)": "Expected Shortfall (normal)",
}
# Years under the wrong bars; a beta of zero until its window is full; a "log scale" that is linear
# up to 200 %; daily returns summed where every other panel compounds them.
WRONG_PANELS = ("eoy_returns", "rolling_beta", "log_returns", "daily_returns")
# Windows of half a year and distributions of months: next to empty on less than a year.
PANELS_OF_A_YEAR = (
    "rolling_vol", "rolling_sharpe", "rolling_sortino", "monthly_dist", "returns_dist",
)  # fmt: skip
# QuantStats' yellow hardly shows on white; these two also differ in greyscale.
COLOURS = {"#fedd78": "#e69f00", "#348dc1": "#1f5f8b"}
RULE = r'<tr><td colspan="3"><hr></td></tr>\s*'


def write_tearsheet(folder: Path) -> Path:
    """Make `tearsheet.html` in a run's folder; the same folder gives the same bytes.

    Raises:
        FileNotFoundError, ValueError: the folder cannot be read (see `read_run_folder`), or its
            returns are such that QuantStats would misread them.
    """
    run = read_run_folder(folder)
    head = header(run)
    page = _quantstats_page(run, *_returns(run))
    page = _insert_header(_offline(_consistent(page, run)), head)
    target = folder / "tearsheet.html"
    partial = folder / f".tearsheet-{os.getpid()}.partial"
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _returns(run: RunFolder) -> tuple[pd.Series, pd.Series]:
    """Daily returns of strategy and benchmark on the same sessions."""
    changes = run.equity[["value", "benchmark"]].pct_change().iloc[1:]
    place = run.path / "equity.parquet"
    if len(changes) > 1 and changes["value"].min() == changes["value"].max():
        raise ValueError(f"{place}: the portfolio's value never moves; check that it was invested")
    for name in changes:
        if changes[name].min() >= 0.0 and changes[name].max() > 1.0:
            raise ValueError(
                f"{place}: {name} never falls and more than doubles in a session, which QuantStats "
                "reads as prices; check the data of that session"
            )
    strategy = changes["value"].rename("Bellwether")
    return strategy, changes["benchmark"].rename(run.manifest.benchmark)


def _quantstats_page(run: RunFolder, strategy: pd.Series, benchmark: pd.Series) -> str:
    with tempfile.TemporaryDirectory() as scratch, quiet_plots(run.manifest.run_id):
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
            benchmark_title=run.manifest.benchmark,
            strategy_title="Bellwether",
            periods_per_year=SESSIONS_PER_YEAR,
        )
        return output.read_text(encoding="utf-8")


def _consistent(page: str, run: RunFolder) -> str:
    """Drop or relabel what QuantStats shows otherwise than the header or than its label says."""
    sessions = len(run.equity) - 1
    panels = WRONG_PANELS + (PANELS_OF_A_YEAR if sessions < SESSIONS_PER_YEAR else ())
    for panel in panels:
        page = re.sub(rf'<div id="{panel}">.*?</div>', "", page, flags=re.S)
    for theirs, ours in COLOURS.items():
        page = page.replace(theirs, ours)
    figures, years, tail = page.replace("\N{SMALL PERCENT SIGN}", "").partition('<div id="eoy">')
    if not years:
        raise ValueError("QuantStats' page has changed; reports/tearsheet.py must follow")
    return _figures(figures, run) + years + _tables(tail, run)


def _figures(page: str, run: RunFolder) -> str:
    """The rows of QuantStats' table that are right and that it could work out."""
    dropped = {*DEFINED_OTHERWISE, *WRONG_WINDOWS}
    if run.metrics["beta"] is None:
        dropped.update(AGAINST_BENCHMARK)

    def row(match: re.Match[str]) -> str:
        label = match[1].strip()
        cells = re.findall(r"<td>(.*?)</td>", match[2], flags=re.S)
        # On a drawdown since the first session, and the like, a cell stays empty.
        blank = any(cell.strip() in ("", "-", "%") for cell in cells)
        if label in dropped or (blank and label not in AGAINST_BENCHMARK):
            return ""
        return f"<tr><td>{RELABELLED_ROWS.get(label, label)}</td>{match[2]}</tr>\n"

    page = re.sub(r"<tr><td>([^<]+)</td>(.*?)</tr>\n?", row, page, flags=re.S)
    page = re.sub(rf"({RULE})(?:{RULE})+", r"\1", page)
    return re.sub(rf"{RULE}(?=</tbody>)", "", page)


def _tables(page: str, run: RunFolder) -> str:
    """Years without the ratio of two returns; a drawdown that lasts has not recovered."""
    cell = r"<t[dh]>[^<]*</t[dh]>"
    page = re.sub(rf"(<tr>(?:{cell}){{3}}){cell}({cell}</tr>)", r"\1\2", page)
    # "Recovered" is the last session under water: on the run's last one nothing has recovered yet.
    last = f"{run.equity.index[-1]:%Y-%m-%d}"
    return re.sub(rf"(<tr><td>[^<]*</td>)<td>{last}</td>", r"\1<td>not yet</td>", page)


def _offline(page: str) -> str:
    """Drop everything that points outside the file or changes from one rendering to the next."""
    page = re.sub(r"<link[^>]*https?://[^>]*>", "", page)
    page = re.sub(r'<a href="https?://[^"]*"[^>]*>(.*?)</a>', r"\1", page, flags=re.S)
    page = re.sub(r"<\?xml.*?\?>|<!DOCTYPE svg.*?>", "", page, flags=re.S)
    page = re.sub(r"<metadata>.*?</metadata>", "", page, flags=re.S)
    page = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    return page.replace(' onload="save()"', "")


def _insert_header(page: str, head: str) -> str:
    """Put the header first in the page's container, in place of QuantStats' own title."""
    page = re.sub(r"<title>.*?</title>", f"<title>{TITLE}</title>", page, flags=re.S)
    page, count = re.subn(r"<h1>.*?</h1>\s*<h4>.*?</h4>", lambda _: head, page, count=1, flags=re.S)
    if count != 1:
        raise ValueError("QuantStats' page has changed; reports/tearsheet.py must follow")
    return page
