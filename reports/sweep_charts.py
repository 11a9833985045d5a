"""The pictures of all parameters of a sweep: heat maps and parallel coordinates."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from reports import sweep_svg as svg
from reports.sweep_folder import SweepFolder

MOST_CELLS = 8
MOST_LINES = 300
MOST_MAPS = 10
MOST_BEST = 100
BEST_SHARE = 0.1


def short(key: str) -> str:
    """A key in words; a strategy's parameter needs no section."""
    return key.removeprefix("strategy.params.").replace(".", " ").replace("_", " ")


def heat_maps(sweep: SweepFolder) -> list[str]:
    """A map a pair of parameters: the objective, averaged over the other parameters."""
    bins = {key: _bins(sweep.table[key]) for key in sweep.keys}
    return [
        _heat_map(sweep, across, down, bins[across], bins[down])
        for across, down in _pairs(sweep)[:MOST_MAPS]
    ]


def maps_note(sweep: SweepFolder) -> str:
    """Which pairs `heat_maps` leaves out."""
    count = len(_pairs(sweep))
    if count <= MOST_MAPS:
        return ""
    return f" The first {MOST_MAPS} of {count} pairs, in the order in which the space names them."


def _pairs(sweep: SweepFolder) -> list[tuple[str, str]]:
    varied = [key for key in sweep.keys if len(sweep.table[key].unique()) > 1]
    return list(combinations(varied, 2))


def _bins(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """[C] cell of each value, and the cells' labels in order."""
    values = _sortable(column)
    if values.dtype.kind == "U":
        names = np.unique(values)
        return np.searchsorted(names, values), names.tolist()
    distinct = np.unique(values)
    if len(distinct) <= MOST_CELLS:
        return np.searchsorted(distinct, values), [svg.figure(value) for value in distinct.tolist()]
    edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, MOST_CELLS + 1)))
    cells = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    ends = [svg.figure(value) for value in edges.tolist()]
    return cells, [f"{low}-{high}" for low, high in pairwise(ends)]


def _heat_map(
    sweep: SweepFolder,
    across: str,
    down: str,
    columns: tuple[np.ndarray, list[str]],
    rows: tuple[np.ndarray, list[str]],
) -> str:
    whole = sweep.table["whole"].to_numpy(np.float64)
    shape = (len(rows[1]), len(columns[1]))
    known = np.isfinite(whole)
    place = (rows[0][known], columns[0][known])
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, place, whole[known])
    np.add.at(count, place, 1.0)
    mean = np.where(count > 0.0, total / np.maximum(count, 1.0), np.nan)
    low, high = float(np.nanmin(mean)), float(np.nanmax(mean))
    wide = max(50, *(7 * len(name) + 8 for name in columns[1]))
    left = 10 + max(7 * len(name) for name in rows[1])
    width, height = left + wide * shape[1] + 10, 30 * shape[0] + 72
    parts = []
    for (row, column), value in np.ndenumerate(mean):
        x, y = left + wide * column, 24 + 30 * (shape[0] - 1 - row)
        box = f'<rect x="{x}" y="{y}" width="{wide - 2}" height="28"'
        if not np.isfinite(value):
            parts.append(f'{box} fill="none" stroke="{svg.RULE}"/>')
            continue
        fill, ink = svg.shade((value - low) / (high - low) if high > low else 0.0)
        parts.append(f'{box} fill="{fill}"/>')
        parts.append(svg.text(x + wide / 2 - 1, y + 18, svg.figure(value), "middle", "", ink))
    for row, name in enumerate(rows[1]):
        parts.append(svg.text(left - 6, 42 + 30 * (shape[0] - 1 - row), name, "end"))
    for column, name in enumerate(columns[1]):
        parts.append(svg.text(left + wide * (column + 0.5), height - 28, name, "middle"))
    bold = 'font-weight="bold"'
    parts.append(svg.text(2, 14, f"{short(down)} \u2191", "start", bold))
    parts.append(svg.text(left, height - 8, f"{short(across)} \u2192", "start", bold))
    label = f"{sweep.objective} by {short(across)} and {short(down)}"
    # A narrow map must still hold its label.
    return svg.drawing(
        max(width, left + 8 * max(len(short(across)), len(short(down)))), height, label, parts
    )


def parallel_note(sweep: SweepFolder) -> str:
    """Which configurations `parallel_coordinates` draws."""
    known = int(np.isfinite(sweep.table["whole"].to_numpy(np.float64)).sum())
    best = max(1, round(BEST_SHARE * known))
    note = "Dark: the best tenth over the whole window (in-sample)"
    if best > MOST_BEST:
        note += f", of its {best:,} configurations the best {MOST_BEST}"
    if known > MOST_LINES:
        note += f". Light: of all {known:,}, {MOST_LINES} evenly spaced by rank, from worst to best"
    return f"{note}."


def parallel_coordinates(sweep: SweepFolder) -> str:
    """A line a configuration over the parameters to the objective; the best tenth dark.

    Of many configurations some are drawn; `parallel_note` says which.
    """
    whole = sweep.table["whole"].to_numpy(np.float64)
    order = np.argsort(np.where(np.isfinite(whole), whole, -np.inf), kind="stable")
    order = order[np.isfinite(whole[order])]
    best = order[len(order) - max(1, round(BEST_SHARE * len(order))) :]
    shown = order[np.unique(np.linspace(0, len(order) - 1, MOST_LINES).astype(int))]
    names = [*sweep.keys, "whole"]
    width, height, left, right, top, bottom = 960, 300, 70, 80, 40, 30
    places = np.column_stack([_heights(sweep.table[name]) for name in names])
    xs = np.linspace(left, width - right, len(names))

    def path(number: int, style: str) -> str:
        ys = height - bottom - places[number] * (height - top - bottom)
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        return f'<polyline points="{points}" fill="none" {style}/>'

    rest = shown[~np.isin(shown, best)]
    parts = [path(number, 'stroke="#b8c4d0" stroke-width="1"') for number in rest]
    dark = f'stroke="{svg.STRONG}" stroke-width="1.6" stroke-opacity="0.6"'
    parts += [path(number, dark) for number in best[-MOST_BEST:]]
    for place, (x, name) in enumerate(zip(xs.tolist(), names, strict=True)):
        parts.append(svg.line(x, top, x, height - bottom, svg.MUTED))
        title = sweep.objective if name == "whole" else short(name)
        # Neighbours stand on two lines, so that long names do not run into each other.
        parts.append(
            svg.text(x, 14 + 14 * (place % 2), title, "middle", 'font-weight="bold"', svg.INK)
        )
        for share, value in _ends(sweep.table[name]):
            y = height - bottom - share * (height - top - bottom)
            halo = 'paint-order="stroke" stroke="#fff" stroke-width="4"'
            parts.append(svg.text(x + 6, y + 4, value, "start", halo, svg.INK))
    return svg.drawing(width, height, "Parallel coordinates of all configurations", parts)


def _heights(column: pd.Series) -> np.ndarray:
    """[C] places on an axis, 0 to 1.

    Parameters stand by rank among their values, so that no scale hides
    some of them, the objective by size.
    """
    if column.name != "whole":
        _, ranks = np.unique(_sortable(column), return_inverse=True)
        return np.asarray(ranks / max(1, int(ranks.max())))
    values = column.to_numpy(np.float64)
    low, high = np.nanmin(values), np.nanmax(values)
    return np.asarray((values - low) / (high - low) if high > low else np.zeros(len(values)))


def _sortable(column: pd.Series) -> np.ndarray:
    """Numbers as numbers, everything else as text."""
    if pd.api.types.is_numeric_dtype(column) and column.dtype != bool:
        return column.to_numpy(np.float64)
    return column.astype(str).to_numpy(dtype=str)


def _ends(column: pd.Series) -> list[tuple[float, str]]:
    heights = _heights(column)
    if column.name != "whole" and len(column.unique()) <= MOST_CELLS:
        pairs = dict(zip(heights.tolist(), column.tolist(), strict=True))
        return [(share, _shown(value)) for share, value in sorted(pairs.items())]
    values = column.to_numpy(np.float64)
    return [(0.0, svg.figure(np.nanmin(values))), (1.0, svg.figure(np.nanmax(values)))]


def _shown(value: object) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return svg.figure(float(value)) if number else str(value)  # type: ignore[arg-type]
