"""The picture of the regimes, from a sector database alone; opens offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.regime_statistics import spells
from models.regimes import CALM, LATE_CYCLE, NO_READING, SQUEEZE, STRESS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Lightness falls with severity, so that the order survives a grey print.
COLOURS = {CALM: "#dfe9f0", LATE_CYCLE: "#dfb045", STRESS: "#cf5c4e", SQUEEZE: "#4b1d3f"}
RULE = "rule"
FORMATS = (".png", ".svg")


def write_regime_plot(database: Path, target: Path, load_id: int | None = None) -> Path:
    """Draw regimes, stress, slope and turbulence over time.

    Args:
        database: a sector database.
        target: file to write, `.png` or `.svg`; written under a temporary name, then renamed.
        load_id: which load; None for the newest.

    Returns:
        `target`.

    Raises:
        ValueError: another kind of file is asked for, or the database cannot be read.
    """
    if target.suffix not in FORMATS:
        raise ValueError(f"{target}: give a file that ends in {' or '.join(FORMATS)}")
    regimes, recessions, title = _read(database, load_id)
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "bellwether", "font.size": 9}):
        figure = Figure(figsize=(11.0, 8.0), layout="constrained")
        FigureCanvasAgg(figure)
        _draw(figure, regimes, recessions, title)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.stem}-{os.getpid()}{target.suffix}")
        try:
            # A date in the file would make two pictures of the same data differ.
            stamp = {"Date": None} if target.suffix == ".svg" else {}
            figure.savefig(partial, dpi=130, metadata=stamp)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    return target


def _read(path: Path, load_id: int | None) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Regimes of the load (session, method, regime, score, slope_pct), recessions, title."""
    import duckdb

    if not path.is_file():
        raise ValueError(f"{path}: no sector database")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            load = connection.execute(
                "SELECT load_id, source, synthetic, first_session, last_session FROM loads "
                "WHERE load_id = coalesce(?, (SELECT max(load_id) FROM loads))",
                [load_id],
            ).fetchone()
            if load is None:
                raise ValueError(f"{path}: there is no load {load_id}")
            regimes = connection.execute(
                "SELECT session, method, regime, score, slope_pct FROM regimes "
                "WHERE load_id = ? ORDER BY method, session",
                [load[0]],
            ).df()
            recessions = connection.execute(
                "SELECT first_day, last_day FROM recessions WHERE last_day >= ? AND first_day <= ?",
                [load[3], load[4]],
            ).df()
    except duckdb.Error:
        raise ValueError(f"{path} cannot be read as a sector database") from None
    if load[2]:  # a made-up market lived through none of them
        recessions = recessions.iloc[:0]
    source = str(load[1])
    if load[2] and not source.startswith("synthetic"):
        source = f"synthetic, {source}"
    title = f"Regimes as known at each close: {source}, {load[3]} to {load[4]}"
    return regimes, recessions, title


def _draw(figure: Any, regimes: pd.DataFrame, recessions: pd.DataFrame, title: str) -> None:
    rule = regimes[regimes["method"] == RULE].set_index("session")
    markov = regimes[regimes["method"] != RULE]
    strip, stress, slope, heat = figure.subplots(
        4, 1, sharex=True, gridspec_kw={"height_ratios": [0.7, 2.0, 1.5, 2.2]}
    )
    figure.suptitle(title, fontsize=11)
    _draw_strip(strip, rule, with_recessions=not recessions.empty)
    stress.plot(rule.index, 100.0 * rule["score"], color="#222222", linewidth=0.7)
    stress.set_ylabel("stress, quantile of\ntrailing history, %")
    stress.set_ylim(0.0, 100.0)
    slope.plot(rule.index, rule["slope_pct"], color="#222222", linewidth=0.8)
    slope.axhline(0.0, color="#777777", linewidth=0.8)
    slope.set_ylabel("ten-year less short\nTreasury yield, %")
    for axes in (stress, slope):
        for first, last in zip(recessions["first_day"], recessions["last_day"], strict=True):
            axes.axvspan(first, last, facecolor="none", edgecolor="#888888", hatch="////", lw=0.0)
    _draw_turbulence(figure, heat, markov)
    strip.set_xlim(rule.index[0], rule.index[-1])


def _draw_strip(axes: Axes, rule: pd.DataFrame, *, with_recessions: bool) -> None:
    from matplotlib.patches import Patch

    sessions = pd.DatetimeIndex(rule.index)
    days = sessions.to_numpy("datetime64[D]").astype(np.float64)  # Matplotlib's unit of dates
    runs = spells(rule["regime"].tolist())
    for name, colour in COLOURS.items():
        mine = runs[runs["regime"] == name]
        # A spell lasts until the next one begins, week-ends included.
        ends = np.minimum(mine["last"].to_numpy() + 1, len(sessions) - 1)
        for first, last in zip(days[mine["first"]], days[ends], strict=True):
            axes.axvspan(first, last, color=colour, linewidth=0.0)
    handles = [Patch(facecolor=colour, edgecolor="#555555") for colour in COLOURS.values()]
    handles.append(Patch(facecolor="white", edgecolor="#555555"))
    labels = [*COLOURS, NO_READING]
    if with_recessions:
        handles.append(Patch(facecolor="white", edgecolor="#888888", hatch="////"))
        labels.append("NBER recession (hindsight)")
    axes.legend(handles, labels, ncols=len(labels), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes.set_yticks([])
    axes.set_ylabel("regime\nby rule")


def _draw_turbulence(figure: Any, axes: Axes, markov: pd.DataFrame) -> None:
    if markov.empty:
        axes.text(0.5, 0.5, "no Markov-switching model in this load", transform=axes.transAxes)
        return
    wide = markov.pivot_table(
        index="session", columns="method", values="score", dropna=False, aggfunc="first"
    )
    mesh = axes.pcolormesh(
        wide.index.to_numpy(),
        np.arange(len(wide.columns)),
        wide.to_numpy(dtype=np.float64).T,
        cmap="Greys",
        vmin=0.0,
        vmax=1.0,
        shading="nearest",
        rasterized=True,
    )
    axes.set_facecolor("#e8f0e4")
    axes.set_yticks(
        np.arange(len(wide.columns)),
        [str(name).removeprefix("markov ").replace("_", " ") for name in wide.columns],
    )
    axes.set_ylabel("Markov-switching")
    axes.set_xlabel("close of the session")
    bar = figure.colorbar(mesh, ax=axes, orientation="horizontal", fraction=0.09, aspect=60)
    bar.set_label("filtered probability of turbulence (green: no reading)")
