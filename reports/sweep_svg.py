"""Small inline SVG drawings: a frame with axes, and what stands in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

INK, MUTED, RULE, STRONG, ACCENT = "#1b2733", "#41566b", "#d4dde6", "#123a5e", "#b35c00"
PALE = (238, 243, 248)
DEEP = (18, 58, 94)


def text(
    x: float, y: float, content: str, anchor: str = "start", extra: str = "", fill: str = MUTED
) -> str:
    """A line of text."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" {extra}>'
        f"{escape(content)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str = RULE, extra: str = "") -> str:
    """A straight line."""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {extra}/>'
    )


def dot(x: float, y: float, title: str, chosen: bool = False) -> str:
    """A point; a chosen one is a ring, so that it differs without colour."""
    style = (
        f'r="6" fill="none" stroke="{ACCENT}" stroke-width="2.5"'
        if chosen
        else f'r="3" fill="{STRONG}" fill-opacity="0.55"'
    )
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" {style}><title>{escape(title)}</title></circle>'


def drawing(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    """The whole SVG; `label` is what a screen reader says."""
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(label, quote=True)}" font-size="11">{"".join(parts)}</svg>'
    )


def shade(share: float) -> tuple[str, str]:
    """Fill and ink for a share from 0 (pale) to 1 (deep): lightness alone tells them apart."""
    mixed = [round(low + share * (high - low)) for low, high in zip(PALE, DEEP, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mixed), "#ffffff" if share > 0.55 else INK


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from `low` to `high`."""
    if not high > low:
        return [low]
    raw = (high - low) / most
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1.0, 2.0, 5.0, 10.0) if size * factor >= raw)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def figure(value: float) -> str:
    """A number as short as its size allows."""
    if value == 0.0 or abs(value) < 1e-12:
        return "0"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2
    shown = f"{value:.2g}" if size < 0.1 else f"{value:,.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown and "e" not in shown else shown


class Frame:
    """Axes of a scatter: places in the drawing for values.

    Args:
        xs: values that must fit, likewise ys.
        labels: of x and y, with units.
        size: width and height of the drawing.
    """

    def __init__(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        labels: tuple[str, str],
        size: tuple[int, int] = (340, 260),
    ) -> None:
        self.width, self.height = size
        self._left, self._right, self._top, self._bottom = 52, 14, 14, 44
        self._x, self._y = _span(xs), _span(ys)
        self._labels = labels

    def x(self, value: float) -> float:
        """Horizontal place."""
        low, high = self._x
        inside = self.width - self._left - self._right
        return self._left + (value - low) / (high - low) * inside

    def y(self, value: float) -> float:
        """Vertical place."""
        low, high = self._y
        inside = self.height - self._top - self._bottom
        return self.height - self._bottom - (value - low) / (high - low) * inside

    def axes(self) -> list[str]:
        """Grid, figures and labels."""
        left, right = self._left, self.width - self._right
        floor, top = self.height - self._bottom, self._top
        parts = []
        for value in ticks(*self._x):
            parts.append(line(self.x(value), floor, self.x(value), top))
            parts.append(text(self.x(value), floor + 15, figure(value), "middle"))
        for value in ticks(*self._y):
            parts.append(line(left, self.y(value), right, self.y(value)))
            parts.append(text(left - 6, self.y(value) + 4, figure(value), "end"))
        middle = (top + floor) / 2.0
        turned = f'transform="rotate(-90 12 {middle:.1f})"'
        parts.append(text((left + right) / 2.0, self.height - 8, self._labels[0], "middle"))
        parts.append(text(12, middle, self._labels[1], "middle", turned))
        return parts


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or max(0.05 * abs(low), 0.05)
    return low - room, high + room
