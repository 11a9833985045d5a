"""The capacity picture: assets against cost and against sessions to complete a rotation."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.table import Table
from rich.text import Text

from reports.plotting import quiet_plots

# Distinct in grey, too: by marker, dash and lightness.
STYLES = (
    ("#1b2733", "o", "-"),
    ("#1f5f8b", "s", "--"),
    ("#e69f00", "^", "-."),
    ("#8a9aa9", "D", ":"),
)
PANELS = (
    ("cost_bps", "cost of what is traded, basis points", "half-spread, impact, commission"),
    ("sessions", "sessions until the last order has ended", "at most 10 % of a session's volume"),
)


def write_capacity_plot(table: pd.DataFrame, title: str, path: Path) -> Path:
    """Draw `research.capacity.capacity_table` to an image; the same table gives the same bytes.

    Args:
        table: columns algorithm, assets, cost_bps, sessions.
        title: what was traded, on which market.
        path: PNG or SVG; written under a temporary name and renamed.
    """
    with quiet_plots(path.name):
        import matplotlib.pyplot as plt
        from matplotlib.ticker import FuncFormatter

        figure, axes = plt.subplots(1, 2, figsize=(11.0, 4.4), layout="constrained")
        for axis, (column, label, note) in zip(axes, PANELS, strict=True):
            for (name, rows), (colour, marker, dash) in zip(
                table.groupby("algorithm", sort=False), STYLES, strict=False
            ):
                axis.plot(
                    rows["assets"], rows[column], dash, color=colour, marker=marker, label=name
                )
            axis.set(xscale="log", xlabel="assets, dollars", ylabel=label, title=note)
            axis.title.set_fontsize(10)
            axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _dollars(x)))
            axis.set_ylim(bottom=0.0)
        axes[0].legend(frameon=False)
        figure.suptitle(title)
        partial = path.with_name(f".{path.name}.partial")
        try:
            figure.savefig(partial, format=path.suffix[1:], dpi=110, metadata={"Software": None})
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return path


def _dollars(value: float) -> str:
    return f"{value / 1e9:g} bn" if value >= 1e9 else f"{value / 1e6:g} m"


def capacity_rows(table: pd.DataFrame, title: str) -> Table:
    """The same for the terminal: cost expected and paid, shortfall, sessions and what was left."""
    columns = {
        "expected_cost_bps": "expected",
        "cost_bps": "paid",
        "shortfall_bps": "shortfall",
        "sessions": "sessions",
        "sessions_p95": "95 % in",
        "unfilled_pct": "unfilled %",
    }
    shown = Table(
        title=Text(f"{title}\nmeans over the rotations, costs in basis points"),
        box=None,
        padding=(0, 1, 0, 0),
    )
    shown.add_column("algorithm")
    for heading in ("assets", *columns.values()):
        shown.add_column(heading, justify="right")
    for name, rows in table.groupby("algorithm", sort=False):
        figures = rows[list(columns)].to_numpy(dtype=float)
        for place, (assets, cells) in enumerate(zip(rows["assets"], figures, strict=True)):
            label = "" if place else str(name)
            shown.add_row(label, _dollars(assets), *(f"{x:,.1f}" for x in cells))
        shown.add_section()
    return shown
