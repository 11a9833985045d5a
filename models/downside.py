"""How much of the benchmark's falls a sector takes part in."""

from __future__ import annotations

import math

import numpy as np


def downside_capture(
    sector_prices: np.ndarray, benchmark_prices: np.ndarray, min_down_sessions: int
) -> tuple[np.ndarray, np.ndarray]:
    """Downside capture ratio of each sector, and the number of sessions behind it.

    Geometric mean return of the sector over that of the benchmark, on the sessions on which the
    benchmark fell: Morningstar's downside capture ratio
    (https://www.morningstar.com/articles/374386) on sessions instead of months, as a ratio instead
    of percent. Below one the sector lost less, below zero it gained.

    Args:
        sector_prices: [T x N] total-return closes; a session counts for a sector where its close
            and the one before are finite.
        benchmark_prices: [T] total-return closes.
        min_down_sessions: such sessions that a figure needs.

    Returns:
        [N] captures, NaN where there are too few such sessions, and [N] their number.
    """
    market = np.diff(np.log(benchmark_prices))
    down = market < 0.0
    moves = np.diff(np.log(sector_prices), axis=0)[down]
    known = np.isfinite(moves)
    sessions = known.sum(axis=0)
    enough = sessions >= max(min_down_sessions, 1)
    number = np.where(enough, sessions, 1)
    own = np.expm1(np.where(known, moves, 0.0).sum(axis=0) / number)
    theirs = np.expm1((known * market[down][:, None]).sum(axis=0) / number)
    captures = np.full(sector_prices.shape[1], math.nan)
    np.divide(own, theirs, out=captures, where=enough)
    return captures, sessions
