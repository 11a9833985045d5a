"""A proposal cut into batches, the same ones whoever evaluates them and whatever is on disk."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from research.sweep_config import Value
from research.sweep_configurations import Configurations
from research.sweep_stages import stage_of

# A small sweep still has work for so many processes.
AT_LEAST = 32


@dataclass(frozen=True)
class Batch:
    """Configurations that are evaluated together and whose results are one file.

    Attributes:
        configs: C of them.
        ids: [C] their identities.
        fold: the first fold that may select them, from 0.
    """

    configs: Configurations
    ids: tuple[str, ...]
    fold: int

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def name(self) -> str:
        """Sixteen hexadecimal digits of what is in it."""
        return hashlib.sha256("".join(self.ids).encode()).hexdigest()[:16]


def batches(configs: Configurations, ids: Sequence[str], fold: int, most: int) -> list[Batch]:
    """Batches of configurations that share the earliest stages.

    Neither the number of workers nor what is on disk already changes them, so that each file of
    results has the same bytes on every machine.

    Args:
        configs: a whole proposal.
        ids: its identities.
        fold: the first that may select it.
        most: configurations of a batch; smaller where there would be fewer than 32 batches.
    """
    size = min(most, max(1, math.ceil(len(configs) / AT_LEAST)))
    earliest = sorted(range(len(configs.keys)), key=lambda place: stage_of(configs.keys[place]))
    # The last key of lexsort counts most.
    ranks = [ranked(configs.column(configs.keys[place])) for place in reversed(earliest)]
    order = np.lexsort(ranks).tolist()
    cut = [order[start : start + size] for start in range(0, len(order), size)]
    return [Batch(configs.take(part), tuple(ids[n] for n in part), fold) for part in cut]


def ranked(column: Sequence[Value]) -> np.ndarray:
    """[C] place of each value among the distinct ones of a column of one type."""
    return np.unique(np.asarray(column), return_inverse=True)[1]
