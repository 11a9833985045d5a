"""Where the active return came from, for pages: tables and a picture, from a run's folder alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDED = ("date", "ticker", "effect", "channel", "linked", "linked_year")
FORMATS = (".png", ".svg")
TOTAL = "total"
# What is no channel of the signal, last and in this order.
OTHERS = (
    "optimiser", "implementation", "selection", "interaction", "cash", "style_residual", "timing",
    "cost",
)  # fmt: skip


def read_attribution(folder: Path) -> pd.DataFrame:
    """The run's `attribution.parquet`, with `date` as timestamps.

    Raises:
        FileNotFoundError: the run has none.
        ValueError: the file is damaged; the message names it and the mend.
    """
    path = folder / "attribution.parquet"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; run the backtest again")
    try:
        table = duckdb.read_parquet(str(path))
        missing = [name for name in NEEDED if name not in table.columns]
        if missing:
            raise ValueError(f"{path} has no column {missing[0]}; run the backtest again")
        frame: pd.DataFrame = table.df()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path} is damaged ({reason}); run the backtest again") from None
    if frame.empty or not np.isfinite(frame[["linked", "linked_year"]].to_numpy()).all():
        raise ValueError(f"{path} is damaged (a value is missing); run the backtest again")
    frame["date"] = pd.to_datetime(frame["date"])
    return frame


def by_sector(table: pd.DataFrame) -> pd.DataFrame:
    """Percent of the run's active return by ticker (rows) and channel (columns), with totals."""
    return _totalled(
        table.pivot_table(index="ticker", columns="channel", values="linked", aggfunc="sum")
    )


def by_year(table: pd.DataFrame) -> pd.DataFrame:
    """Percent of each year's active return by channel; linked within the year, so no column sum."""
    years = table["date"].dt.year.rename("year")
    wide = table.pivot_table(index=years, columns="channel", values="linked_year", aggfunc="sum")
    return _totalled(wide).drop(index=TOTAL)


def _totalled(wide: pd.DataFrame) -> pd.DataFrame:
    last = [name for name in OTHERS if name in wide]
    ordered = 100.0 * wide[[*(name for name in wide if name not in OTHERS), *last]].fillna(0.0)
    ordered[TOTAL] = ordered.sum(axis=1)
    ordered.loc[TOTAL] = ordered.sum(axis=0)
    return ordered


def write_attribution_plot(folder: Path, target: Path) -> Path:
    """Draw what each channel added up to over time, and what each sector brought.

    Args:
        folder: a run's folder.
        target: file to write, `.png` or `.svg`; written under a temporary name, then renamed.

    Returns:
        `target`.

    Raises:
        FileNotFoundError: see `read_attribution`.
        ValueError: see `read_attribution`; or another kind of file is asked for.
    """
    if target.suffix not in FORMATS:
        raise ValueError(f"{target}: give a file that ends in {' or '.join(FORMATS)}")
    table = read_attribution(folder)
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "bellwether", "font.size": 9}):
        figure = Figure(figsize=(11.0, 8.0), layout="constrained")
        FigureCanvasAgg(figure)
        over_time, bars = figure.subplots(2, 1, gridspec_kw={"height_ratios": [1.6, 1.0]})
        _draw_over_time(over_time, table)
        _draw_sectors(bars, table)
        partial = target.with_name(f".{target.stem}-{os.getpid()}{target.suffix}")
        try:
            # A date in the file would make two pictures of the same data differ.
            stamp = {"Date": None} if target.suffix == ".svg" else {}
            figure.savefig(partial, dpi=130, metadata=stamp)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    return target


def _draw_over_time(axes: Axes, table: pd.DataFrame) -> None:
    wide = table.pivot_table(index="date", columns="channel", values="linked", aggfunc="sum")
    lines = 100.0 * wide.fillna(0.0).cumsum()
    # Zero by construction where every sector is held by its own fund; a flat line says nothing.
    shown = [name for name in lines if lines[name].abs().max() > 1e-6]
    styles = ("-", "--", "-.", ":")
    for position, name in enumerate(shown):
        axes.plot(
            lines.index.to_numpy(),
            lines[name].to_numpy(),
            label=f"{_plain(str(name))} {lines[name].iloc[-1]:+.1f}",
            linestyle=styles[position % len(styles)],
            linewidth=1.1,
        )
    total = lines.sum(axis=1)
    axes.plot(
        lines.index.to_numpy(),
        total.to_numpy(),
        color="black",
        linewidth=2.0,
        label=f"active return {total.iloc[-1]:+.1f}",
    )
    axes.axhline(0.0, color="#777777", linewidth=0.8)
    axes.set_ylabel("contribution so far, linked, % of start")
    axes.set_title("Active return by channel (at the end, percentage points)")
    axes.legend(loc="upper left", ncols=2)


def _draw_sectors(axes: Axes, table: pd.DataFrame) -> None:
    totals = by_sector(table)[TOTAL].drop(index=TOTAL)
    axes.bar(list(totals.index), totals.to_numpy(), color="#4c6f91")
    for place, value in enumerate(totals):
        axes.annotate(
            f"{value:+.1f}",
            (place, value),
            textcoords="offset points",
            xytext=(0, 3 if value >= 0.0 else -11),
            ha="center",
        )
    axes.axhline(0.0, color="#777777", linewidth=0.8)
    axes.margins(y=0.2)
    axes.set_ylabel("percentage points")
    axes.set_title(
        "Active return by fund: allocation, selection, trading; the benchmark's bar is the style "
        "residual"
    )


def _plain(name: str) -> str:
    return name.replace("_", " ")
