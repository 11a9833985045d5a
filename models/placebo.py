"""A placebo for bond stress: the same readings at other times."""

from __future__ import annotations

import numpy as np


def shuffled_blocks(values: np.ndarray, block: int, rng: np.random.Generator) -> np.ndarray:
    """Rows in blocks of `block`, cut at a random place and put in random order.

    Within a block everything stays: levels, changes, persistence and how channels move together.
    What is broken is when it happened, and so any lead over the sectors. Rows before the first
    complete one (NaN) stay in front. Kunsch (1989), doi:10.1214/aos/1176347265, for the blocks.

    Args:
        values: [T x K] features by session; NaN only in rows before the first complete one.
        block: rows of a block, at least 1; the last may be shorter.
        rng: source of the order.

    Returns:
        [T x K].
    """
    if block < 1:
        raise ValueError(f"block must be 1 or more, not {block}")
    complete = np.isfinite(values).all(axis=1)
    first = int(complete.argmax()) if complete.any() else len(values)
    rows = np.arange(first, len(values))
    if len(rows) < 2:
        return values.copy()
    rows = np.roll(rows, int(rng.integers(len(rows))))
    blocks = [rows[start : start + block] for start in range(0, len(rows), block)]
    order = rng.permutation(len(blocks))
    moved = np.concatenate([blocks[place] for place in order])
    return np.asarray(np.concatenate([values[:first], values[moved]]))
