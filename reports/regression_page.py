"""The regression grid as a page: what predicts, what survives, and how technology answers."""

from __future__ import annotations

import base64
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import numpy as np
import pandas as pd

from reports.plotting import quiet_plots

TEMPLATES = Path(__file__).parent / "templates"
AGAIN = "run regressions again"
NEEDED = {
    "regressions": [
        "sector", "channel", "kind", "horizon", "coefficient_pct", "corrected_pct", "hodrick_t",
        "newey_west_t", "p_value", "bh_p", "r2_pct", "oos_r2_pct", "clark_west_p", "sign_p",
        "break_p", "break_session", "granger_p", "tail_low_pct", "tail_high_pct",
    ],
    "projections": ["sector", "channel", "sessions", "response_pct", "low_pct", "high_pct"],
    "notes": ["line"],
}  # fmt: skip


def write_regression_page(folder: Path) -> Path:
    """Make `regressions.html` in the folder that `regressions` wrote; opens offline.

    Raises:
        FileNotFoundError, ValueError: a table is missing or damaged; the message names it.
    """
    tables = {name: _table(folder / f"{name}.parquet", needed) for name, needed in NEEDED.items()}
    lines = tables["notes"]["line"].tolist()
    shown = tables["regressions"].sort_values("p_value").head(20)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page = environment.get_template("regressions.html.j2").render(
        title=lines[0],
        lines=lines[1:],
        rows=shown.astype(object).where(shown.notna(), None).to_dict("records"),
        heat=_picture(_heat_map, tables["regressions"]),
        projections=[
            (sector, _picture(_bands, rows))
            for sector, rows in tables["projections"].groupby("sector", sort=False)
        ],
    )
    target, partial = folder / "regressions.html", folder / f".regressions-{os.getpid()}.partial"
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _picture(draw: Any, table: pd.DataFrame) -> str:
    with quiet_plots("regressions"):
        figure = draw(table)
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode()


def _heat_map(table: pd.DataFrame) -> Any:
    """Hodrick t of every cell: sectors down, channels across, a panel a horizon and kind."""
    import matplotlib.pyplot as plt

    sectors = list(dict.fromkeys(table["sector"]))
    channels = list(dict.fromkeys(table["channel"]))
    panels = [(kind, horizon) for kind in ("change", "level") for horizon in
              sorted(table["horizon"].unique())]  # fmt: skip
    columns = max(len(panels) // 2, 1)
    figure, axes = plt.subplots(
        2, columns, figsize=(3.9 * columns, 9.0), layout="constrained", squeeze=False
    )
    image = None
    for axis, (kind, horizon) in zip(axes.ravel(), panels, strict=False):
        cells = table[(table["kind"] == kind) & (table["horizon"] == horizon)]
        grid = cells.pivot_table(index="sector", columns="channel", values="hodrick_t")
        grid = grid.reindex(index=sectors, columns=channels)
        alone, found = (
            cells.pivot_table(index="sector", columns="channel", values=name)
            .reindex(index=sectors, columns=channels)
            .to_numpy()
            for name in ("p_value", "bh_p")
        )
        image = axis.imshow(grid, cmap="PuOr", vmin=-4, vmax=4, aspect="auto")
        for (row, column), value in np.ndenumerate(grid.to_numpy()):
            if np.isfinite(value):
                star = "*" if found[row, column] <= 0.10 else ""
                weight = "bold" if alone[row, column] <= 0.05 else "normal"
                colour = "white" if abs(value) > 2.8 else "black"
                label = f"{round(value, 1) + 0.0:.1f}{star}"
                axis.text(column, row, label, ha="center", va="center", fontsize=8,
                          color=colour, weight=weight)  # fmt: skip
        axis.set_xticks(range(len(channels)), [name.replace("_", "\n") for name in channels])
        axis.set_yticks(range(len(sectors)), sectors)
        axis.tick_params(labelsize=8)
        axis.grid(visible=False)
        what = "60-session change" if kind == "change" else "level"
        axis.set_title(f"{what}, next {horizon} sessions", fontsize=10)
    if image is not None:
        bar = figure.colorbar(image, ax=axes, shrink=0.6, location="bottom", aspect=40)
        bar.set_label(
            "t-value (Hodrick); bold: p at or below 5 % on its own, * survives control of false "
            "discoveries at 10 %, blank: too few sessions",
            fontsize=10,
        )
    return figure


def _bands(table: pd.DataFrame) -> Any:
    """Cumulative response to a shock in each channel, with 95 % bands."""
    import matplotlib.pyplot as plt

    channels = list(dict.fromkeys(table["channel"]))
    figure, axes = plt.subplots(
        2, 3, figsize=(11.0, 5.6), layout="constrained", sharex=True, sharey=True
    )
    for axis in axes.ravel()[len(channels) :]:
        axis.set_visible(False)
    for axis, channel in zip(axes.ravel(), channels, strict=False):
        rows = table[table["channel"] == channel]
        axis.fill_between(rows["sessions"], rows["low_pct"], rows["high_pct"], color="#c9d6e2")
        axis.plot(rows["sessions"], rows["response_pct"], color="#1b2733")
        axis.axhline(0.0, color="#41566b", linewidth=0.8, linestyle="--")
        axis.set_title(channel.replace("_", " "), fontsize=10)
    figure.supxlabel("sessions after the shock", fontsize=10)
    figure.supylabel("relative return, % per deviation", fontsize=10)
    return figure


def _table(file: Path, needed: list[str]) -> pd.DataFrame:
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing; {AGAIN}")
    try:
        with duckdb.connect() as connection:
            frame: pd.DataFrame = connection.read_parquet(str(file)).df()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{file} is damaged ({reason}); {AGAIN}") from None
    missing = [name for name in needed if name not in frame]
    if missing:
        raise ValueError(f"{file} has no column {missing[0]}; {AGAIN}")
    return frame
