"""Small inline pictures of estimates with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 260.0, 22.0


@dataclass(frozen=True)
class Scale:
    """A horizontal axis in the data's unit."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Pixels from the left, kept on the picture."""
        share = (value - self.low) / (self.high - self.low)
        return 6.0 + min(max(share, 0.0), 1.0) * (WIDTH - 12.0)


def common_scale(values: Sequence[float | None]) -> Scale:
    """From the smallest to the largest known value and zero, with a little room."""
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    room = 0.06 * (high - low) or 1.0
    return Scale(low - room, high + room)


def interval_bar(
    value: float | None,
    low: float | None,
    high: float | None,
    scale: Scale,
    target: tuple[float, float] | None = None,
) -> Markup:
    """SVG of a point with its interval, a line at zero and the target's range in grey.

    Nothing known gives only the axis; an infinite end of the target reaches to the picture's.
    """
    middle = HEIGHT / 2.0
    parts = [f'<line class="axis" x1="6" x2="{WIDTH - 6:g}" y1="{middle:g}" y2="{middle:g}"/>']
    if target is not None:
        left, right = scale.place(target[0]), scale.place(target[1])
        parts.insert(
            0,
            f'<rect class="target" x="{left:.1f}" y="2" width="{max(right - left, 1.5):.1f}" '
            f'height="{HEIGHT - 4:g}"/>',
        )
    zero = scale.place(0.0)
    parts.append(f'<line class="zero" x1="{zero:.1f}" x2="{zero:.1f}" y1="3" y2="{HEIGHT - 3:g}"/>')
    if low is not None and high is not None and math.isfinite(low + high):
        a, b = scale.place(low), scale.place(high)
        parts.append(
            f'<line class="interval" x1="{a:.1f}" x2="{b:.1f}" y1="{middle:g}" y2="{middle:g}"/>'
        )
    if value is not None and math.isfinite(value):
        at = scale.place(value)
        parts.append(f'<circle class="point" cx="{at:.1f}" cy="{middle:g}" r="4"/>')
    view = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}"'
    return Markup(f'<svg class="bar" {view} aria-hidden="true">{"".join(parts)}</svg>')  # noqa: S704


def contribution_bar(value: float, scale: Scale) -> Markup:
    """SVG of a bar from zero to the value."""
    zero, end = scale.place(0.0), scale.place(value)
    left, width = min(zero, end), max(abs(end - zero), 0.5)
    kind = "gain" if value >= 0.0 else "loss"
    return Markup(  # noqa: S704
        f'<svg class="bar" viewBox="0 0 {WIDTH:g} 14" width="{WIDTH:g}" height="14" '
        f'aria-hidden="true"><rect class="{kind}" x="{left:.1f}" y="2" width="{width:.1f}" '
        f'height="10"/><line class="zero" x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="14"/></svg>'
    )
