"""Sums of returns by block of sessions: all that models.backtest_overfitting needs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class BlockSums:
    """What CSCV needs of C configurations' returns.

    Attributes:
        first, second: [S x C] sums, and sums of squares, of centred returns by block.
        count: [S] rows by block.
        centre: [C] means that were taken off.
    """

    first: np.ndarray
    second: np.ndarray
    count: np.ndarray
    centre: np.ndarray

    @staticmethod
    def joined(parts: Sequence[BlockSums]) -> BlockSums:
        """The sums of all parts' configurations, in their order."""
        return BlockSums(
            np.concatenate([part.first for part in parts], axis=1),
            np.concatenate([part.second for part in parts], axis=1),
            parts[0].count,
            np.concatenate([part.centre for part in parts]),
        )


def block_sums(returns: np.ndarray, blocks: int = 16) -> BlockSums:
    """What `overfitting_of_sums` needs of some configurations' returns [T x C].

    Raises:
        ValueError: odd blocks, blocks of fewer than 2 rows, or a value that is not finite.
    """
    _check(returns, blocks)
    edges = np.linspace(0, len(returns), blocks + 1).astype(np.int64)
    centre = returns.mean(axis=0)
    centred = returns - centre
    first = np.add.reduceat(centred, edges[:-1], axis=0)
    second = np.add.reduceat(centred**2, edges[:-1], axis=0)
    return BlockSums(first, second, np.diff(edges).astype(float), centre)


def _check(returns: np.ndarray, blocks: int) -> None:
    if blocks < 4 or blocks % 2:
        raise ValueError(f"blocks: {blocks} must be even and at least 4")
    if returns.ndim != 2:
        raise ValueError("returns: give a table of sessions x configurations, two or more of them")
    if len(returns) < 2 * blocks:
        raise ValueError(f"returns: {len(returns)} rows are too few for {blocks} blocks of 2 rows")
    if not np.isfinite(returns).all():
        row, column = np.argwhere(~np.isfinite(returns))[0]
        raise ValueError(f"returns: row {row}, column {column} is not finite")
