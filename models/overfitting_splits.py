"""The splits of models.backtest_overfitting for many configurations, compiled.

A split's sums are those of its blocks in the first half of the window plus those in the second, and
either half has few subsets: a cell costs two additions instead of a product over all blocks.
"""

from __future__ import annotations

import numpy as np

from models.compiled import compiled

COLUMNS_AT_ONCE = 512
Tables = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def split_ranks(
    first: np.ndarray,
    second: np.ndarray,
    count: np.ndarray,
    centre: np.ndarray,
    member: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of every split [K]: chosen column, its ratio inside and outside, its relative rank outside.

    Args:
        first: [S x C] sums of centred returns by block, S even.
        second: [S x C] sums of their squares.
        count: [S] rows by block.
        centre: [C] means that were taken off.
        member: [K x S] 1 where a block is in-sample.

    Raises:
        ValueError: a column that does not move within some half (named).
    """
    inside, outside = (_Side(part, count) for part in (member, 1.0 - member))
    tiles = [slice(n, n + COLUMNS_AT_ONCE) for n in range(0, len(centre), COLUMNS_AT_ONCE)]
    best, chosen = np.full(len(member), -np.inf), np.zeros(len(member), dtype=np.int64)
    for tile in tiles:
        sums = inside.sums(first[:, tile], second[:, tile])
        if _take_best(sums, centre[tile], *inside.places, best, chosen, tile.start) >= 0:
            raise ValueError(_flat(inside, first[:, tile], second[:, tile], tile.start))
    own = outside.ratios(first, second, centre, chosen)
    below, equal = (np.zeros(len(member), dtype=np.int64) for _ in range(2))
    for tile in tiles:
        sums = outside.sums(first[:, tile], second[:, tile])
        _count_ranks(sums, centre[tile], *outside.places, own, below, equal)
    return chosen, best, own, (below + (equal + 1.0) / 2.0) / (len(centre) + 1.0)


class _Side:
    """One side of every split as subsets of the first and the second half of the blocks."""

    def __init__(self, member: np.ndarray, count: np.ndarray) -> None:
        self._half = member.shape[1] // 2
        powers = 1 << np.arange(self._half)
        low = member[:, : self._half].astype(np.int64) @ powers
        high = member[:, self._half :].astype(np.int64) @ powers
        self.places = low, high, member @ count

    def sums(self, first: np.ndarray, second: np.ndarray) -> Tables:
        """[2^(S/2) x c] sums of every subset: of either half of `first`, then of `second`."""
        tables = []
        for part in (*np.split(first, [self._half]), *np.split(second, [self._half])):
            table = np.zeros((1, part.shape[1]))
            # Block by block, so that a sum does not depend on which columns are beside it.
            for row in part:
                table = np.concatenate([table, table + row])
            tables.append(table)
        return tables[0], tables[1], tables[2], tables[3]

    def ratios(
        self, first: np.ndarray, second: np.ndarray, centre: np.ndarray, chosen: np.ndarray
    ) -> np.ndarray:
        """[K] ratio of each split's chosen column, to the digit that the counts compare."""
        ratios, one = np.empty(len(chosen)), np.empty(1)
        for column in np.unique(chosen).tolist():
            only = slice(column, column + 1)
            tables = self.sums(first[:, only], second[:, only])
            for split in np.flatnonzero(chosen == column).tolist():
                low, high, rows = (each[split] for each in self.places)
                _fill(tables, centre[only], low, high, rows, one)
                ratios[split] = one[0]
        return ratios


def _flat(side: _Side, first: np.ndarray, second: np.ndarray, start: int) -> str:
    for column in range(first.shape[1]):
        only = slice(column, column + 1)
        tables = side.sums(first[:, only], second[:, only])
        state = np.full(len(side.places[0]), -np.inf), np.zeros(len(side.places[0]), dtype=np.int64)
        if _take_best(tables, np.zeros(1), *side.places, *state, 0) >= 0:
            break
    return f"returns: column {start + column} does not move within some half; leave it out"


@compiled
def _fill(
    tables: Tables,
    centre: np.ndarray,
    low: int,
    high: int,
    rows: float,
    ratios: np.ndarray,
) -> bool:
    """Mean over deviation (ddof 1) of every column [c]; whether only rounding is left of one."""
    first_low, first_high = tables[0][low], tables[1][high]
    second_low, second_high = tables[2][low], tables[3][high]
    flat = False
    # Neither a call nor a branch inside, or the loop would not run on vectors.
    for column in range(len(centre)):
        total = first_low[column] + first_high[column]
        squares = second_low[column] + second_high[column]
        mean = total / rows
        around = squares - total * mean
        flat |= not around > 1e-12 * squares
        ratios[column] = (mean + centre[column]) / np.sqrt(around / (rows - 1.0))
    return flat


@compiled
def _take_best(
    tables: Tables,
    centre: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    rows: np.ndarray,
    best: np.ndarray,
    chosen: np.ndarray,
    start: int,
) -> int:
    """Raise each split's best ratio to that of the tile; a split with a flat column, or -1."""
    ratios = np.empty(len(centre))
    for split in range(len(low)):
        if _fill(tables, centre, low[split], high[split], rows[split], ratios):
            return split
        top = best[split]
        for column in range(len(centre)):
            top = max(top, ratios[column])
        if top > best[split]:
            best[split] = top
            for column in range(len(centre)):
                if ratios[column] == top:
                    chosen[split] = start + column
                    break
    return -1


@compiled
def _count_ranks(
    tables: Tables,
    centre: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    rows: np.ndarray,
    own: np.ndarray,
    below: np.ndarray,
    equal: np.ndarray,
) -> None:
    """Count the tile's columns whose ratio is below, or equal to, that of each split's own."""
    ratios = np.empty(len(centre))
    for split in range(len(low)):
        _fill(tables, centre, low[split], high[split], rows[split], ratios)
        mine = own[split]
        less, same = 0, 0
        for column in range(len(centre)):
            less += ratios[column] < mine
            same += ratios[column] == mine
        below[split] += less
        equal[split] += same
