"""The scatters of a sweep: inner against outer scores, and the objective around the best."""

from __future__ import annotations

import math

import numpy as np

from reports import sweep_svg as svg
from reports.sweep_folder import SweepFolder

# More configurations than this are counted in cells instead of drawn one by one.
MOST_DOTS = 600
CELL = 6.0


def fold_scatters(sweep: SweepFolder) -> list[str]:
    """A drawing a fold: what each candidate scored inside against what it earned outside."""
    labels = f"inner part: {sweep.objective}", "outer part"
    drawings = []
    for number, fold in enumerate(sweep.summary["folds"], start=1):
        names = [f"inner_{number}", f"outer_{number}"]
        rows = sweep.table[sweep.table["fold"] < number].dropna(subset=names)
        xs, ys = (rows[name].to_numpy(np.float64) for name in names)
        frame = svg.Frame(xs.tolist(), ys.tolist(), labels)
        ids = rows["config_id"].tolist()
        parts = frame.axes() + _points(frame, xs, ys, ids if _few(sweep) else None)
        place = ids.index(fold["chosen"])
        parts.append(_dot(frame, float(xs[place]), float(ys[place]), fold["chosen"], True))
        title = f"Inner against outer, fold {number}"
        drawings.append(svg.drawing(frame.width, frame.height, title, parts))
    return drawings


def stability_chart(sweep: SweepFolder) -> str:
    """The objective by distance from the best configuration: a plateau falls slowly."""
    rows = sweep.table.dropna(subset=["whole"])
    xs, ys = (rows[name].to_numpy(np.float64) for name in ("distance", "whole"))
    labels = "distance from the best, 0 to 1", sweep.objective
    frame = svg.Frame(xs.tolist(), ys.tolist(), labels, (520, 280))
    middle = frame.y(float(np.median(ys)))
    parts = frame.axes()
    dashed = 'stroke-dasharray="6 4" stroke-width="1.5"'
    ends = frame.x(float(xs.min())), frame.x(float(xs.max()))
    ids = rows["config_id"].tolist()
    parts += _points(frame, xs, ys, ids if _few(sweep) else None)
    parts.append(svg.line(ends[0], middle, ends[1], middle, svg.ACCENT, dashed))
    parts += _steps(frame, xs, ys)
    best = sweep.summary["in_sample_best"]["config_id"]
    top = ids.index(best)
    place = frame.x(float(xs[top])), frame.y(float(ys[top]))
    parts.append(svg.dot(*place, f"{best}, the best", chosen=True))
    return svg.drawing(frame.width, frame.height, "Stability around the best", parts)


def _few(sweep: SweepFolder) -> bool:
    return len(sweep.table) <= MOST_DOTS


def _points(frame: svg.Frame, xs: np.ndarray, ys: np.ndarray, ids: list[str] | None) -> list[str]:
    """A dot each, or without ids cells shaded by their count."""
    if ids is None:
        return _cells(frame, xs, ys)
    points = zip(xs.tolist(), ys.tolist(), ids, strict=True)
    return [_dot(frame, x, y, name, False) for x, y, name in points]


def _dot(frame: svg.Frame, x: float, y: float, name: str, chosen: bool) -> str:
    title = f"{name}: {svg.figure(x)}, {svg.figure(y)}"
    return svg.dot(frame.x(x), frame.y(y), title, chosen)


def _cells(frame: svg.Frame, xs: np.ndarray, ys: np.ndarray) -> list[str]:
    """Squares of six pixels that hold a configuration; shade by the logarithm of their count."""
    # A frame's places are linear in the values, so that whole arrays have places too.
    across = ((frame.x(0.0) + xs * (frame.x(1.0) - frame.x(0.0))) // CELL).astype(np.int64)
    down = ((frame.y(0.0) + ys * (frame.y(1.0) - frame.y(0.0))) // CELL).astype(np.int64)
    cells, counts = np.unique(np.column_stack([across, down]), axis=0, return_counts=True)
    most = math.log(float(counts.max()) + 1.0)
    squares = []
    for (x, y), count in zip(cells.tolist(), counts.tolist(), strict=True):
        fill, _ = svg.shade(0.15 + 0.85 * math.log(count + 1.0) / most)
        squares.append(
            f'<rect x="{CELL * x:g}" y="{CELL * y:g}" width="{CELL:g}" height="{CELL:g}" '
            f'fill="{fill}"><title>{count:,}</title></rect>'
        )
    return squares


def _steps(frame: svg.Frame, xs: np.ndarray, ys: np.ndarray) -> list[str]:
    """Mean objective in up to ten bands of distance, as a line."""
    bands = np.minimum((xs * 10.0).astype(int), 9)
    means = [
        (float(xs[bands == band].mean()), float(ys[bands == band].mean()))
        for band in np.unique(bands).tolist()
    ]
    points = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in means)
    # A pale edge, so that the line shows on dark cells too.
    strokes = ("#fff", 5), (svg.INK, 2)
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        for colour, width in strokes
    ]
