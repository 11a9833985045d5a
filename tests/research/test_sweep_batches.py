from __future__ import annotations

from itertools import pairwise, product

import numpy as np

from research.config import RunConfig
from research.sweep_batches import batches, ranked
from research.sweep_configurations import Configurations

KEYS = ("strategy.params.penalty", "stress.window", "strategy.params.features")
ROWS = tuple(
    product(np.linspace(0.1, 2.0, 20).tolist(), (300, 400, 500), ("credit_20", "rates_20"))
)
CONFIGS = Configurations(RunConfig(), KEYS, ROWS)


def test_every_configuration_is_in_one_batch_with_its_own_identity() -> None:
    cut = batches(CONFIGS, CONFIGS.ids(), 1, 7)
    assert [len(batch) for batch in cut] == [4] * 30
    rows = [row for batch in cut for row in batch.configs.rows]
    assert sorted(rows) == sorted(ROWS)
    assert all(batch.configs.ids() == list(batch.ids) for batch in cut)
    assert len({batch.name for batch in cut}) == len(cut)
    assert {batch.fold for batch in cut} == {1}


def test_the_engines_limit_holds_where_there_are_many() -> None:
    assert [len(batch) for batch in batches(CONFIGS, CONFIGS.ids(), 0, 3)] == [3] * 40


def test_the_earliest_stages_change_least_often() -> None:
    rows = [row for batch in batches(CONFIGS, CONFIGS.ids(), 0, 7) for row in batch.configs.rows]
    assert sum(before[1] != after[1] for before, after in pairwise(rows)) == 2
    assert sum(before[1:] != after[1:] for before, after in pairwise(rows)) == 5


def test_the_order_of_a_proposal_changes_no_batch() -> None:
    turned = CONFIGS.take(range(len(CONFIGS) - 1, -1, -1))
    names = [batch.name for batch in batches(CONFIGS, CONFIGS.ids(), 0, 256)]
    assert [batch.name for batch in batches(turned, turned.ids(), 0, 256)] == names


def test_ranks_are_of_values_and_not_of_their_text() -> None:
    assert ranked([10, 9, 100, 9]).tolist() == [1, 0, 2, 0]
    assert ranked([True, False]).tolist() == [1, 0]
    assert ranked(["b", "a", "b"]).tolist() == [1, 0, 1]
