"""Warnings that open and close on the term structure of probabilities, with hysteresis."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class WarningRule:
    """When a warning opens and closes; docs/decisions/0008 says what it was compared with.

    Attributes:
        open_level: probability that a horizon must reach for a warning to open.
        open_lift: by how much it must exceed the sector's base rate as well.
        close_level, close_lift: the same for staying open; not above those for opening.
    """

    open_level: float = 0.60
    open_lift: float = 0.10
    close_level: float = 0.50
    close_lift: float = 0.05

    def __post_init__(self) -> None:
        if not 0.0 < self.close_level <= self.open_level < 1.0:
            raise ValueError("0 < close_level <= open_level < 1 must hold")
        if not 0.0 <= self.close_lift <= self.open_lift < 1.0:
            raise ValueError("0 <= close_lift <= open_lift < 1 must hold")

    def opening(self, base_rates: np.ndarray) -> np.ndarray:
        """Probability from which a warning opens, of the shape of `base_rates`."""
        return np.maximum(self.open_level, base_rates + self.open_lift)

    def closing(self, base_rates: np.ndarray) -> np.ndarray:
        """Probability under which it closes, of the shape of `base_rates`."""
        return np.maximum(self.close_level, base_rates + self.close_lift)


@dataclass(frozen=True)
class SectorWarning:
    """One open warning, as it was stated when it opened.

    Attributes:
        sector: column of the sector.
        opened: row at whose close it opened; it can be acted on from the next.
        window: (from, to), sessions after `opened`: the shortest horizon that reached the opening
            level, and the horizon that exceeds it most.
        probability: P(sector trails the benchmark over the next window[1] sessions).
        base_rate: the same without looking at stress.
    """

    sector: int
    opened: int
    window: tuple[int, int]
    probability: float
    base_rate: float


@dataclass(frozen=True)
class WarningState:
    """Open warnings at the close of one row, at most one a sector.

    Attributes:
        row: the last row seen; -1 before the first.
        open: open warnings, by column of the sector.
    """

    row: int = -1
    open: tuple[SectorWarning, ...] = ()

    @property
    def opened_now(self) -> tuple[SectorWarning, ...]:
        """Warnings that opened at this very row."""
        return tuple(warning for warning in self.open if warning.opened == self.row)


def advance(
    state: WarningState,
    probabilities: np.ndarray,
    base_rates: np.ndarray,
    horizons: tuple[int, ...],
    rule: WarningRule,
) -> WarningState:
    """The state one row later.

    A warning opens for a sector when any horizon reaches its opening level; it closes when every
    horizon is under its closing level. A NaN opens nothing, and does not keep a warning open.

    Args:
        state: the state at the row before.
        probabilities: [N x H] at this row, as WarningModel.probabilities gives them.
        base_rates: [N x H].
        horizons: [H] sessions.
        rule: see WarningRule.
    """
    row = state.row + 1
    beyond = probabilities - rule.opening(base_rates)
    reached = (beyond >= 0.0).any(axis=1)  # a NaN is not
    if not state.open and not reached.any():
        return WarningState(row)
    beyond = np.where(np.isnan(beyond), -math.inf, beyond)
    held = np.any(probabilities >= rule.closing(base_rates), axis=1)
    standing = {warning.sector: warning for warning in state.open if held[warning.sector]}
    for sector in np.flatnonzero(reached).tolist():
        if sector not in standing:
            first = int(np.argmax(beyond[sector] >= 0.0))
            peak = int(np.argmax(beyond[sector]))
            standing[sector] = SectorWarning(
                sector=sector,
                opened=row,
                window=(horizons[first], horizons[peak]),
                probability=float(probabilities[sector, peak]),
                base_rate=float(base_rates[sector, peak]),
            )
    return WarningState(row, tuple(standing[sector] for sector in sorted(standing)))


def states(
    probabilities: np.ndarray,
    base_rates: np.ndarray,
    horizons: tuple[int, ...],
    rule: WarningRule,
) -> Iterator[WarningState]:
    """The state at every row of [T x N x H] histories, starting with none open."""
    state = WarningState()
    for now, base in zip(probabilities, base_rates, strict=True):
        state = advance(state, now, base, horizons, rule)
        yield state
