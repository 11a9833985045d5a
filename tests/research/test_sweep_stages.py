"""The table of stages is complete, and true of the strategy."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from feeds.market import MarketData
from research.assemble import STRATEGIES
from research.config import RunConfig
from research.run import RunResult, run
from research.sweep_cerebro import CerebroEngine
from research.sweep_plan import count_stages
from research.sweep_stages import FIXED, STAGES, covers, flatten, stage_key, stage_of


def test_every_key_is_read_by_one_stage_or_fixed_for_a_reason() -> None:
    defaults = dict(STRATEGIES["BondStressRotation"].params._getitems())
    keys = [key for key in flatten(RunConfig()) if not key.startswith("strategy.params")]
    for key in [*keys, *(f"strategy.params.{name}" for name in defaults)]:
        readers = [pattern for stage in STAGES for pattern in stage.reads if covers(pattern, key)]
        readers += [pattern for pattern in FIXED if covers(pattern, key)]
        assert len(readers) == 1, (key, readers)


def test_a_later_key_leaves_earlier_stages_alone() -> None:
    base = RunConfig()
    other = RunConfig.model_validate({"strategy": {"params": {"penalty": 2.0}}})
    same = [stage_key(stage.name, base) == stage_key(stage.name, other) for stage in STAGES]
    assert same == [True, True, False, True, False, False]


VIEW_COLUMNS = ["date", "ticker", "expected_relative_pct", "training_rows"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("strategy__params", {"tracking_error_pct": 1.0, "style_window": 126}),
        ("costs__impact_coefficient", 3.0),
        ("account__cash", 1e6),
    ],
)
def test_weights_and_execution_do_not_reach_the_view(
    small_market: MarketData,
    small_run: RunResult,
    make_config: Callable[..., RunConfig],
    key: str,
    value: object,
) -> None:
    if isinstance(value, dict):
        value = make_config().strategy.params | value
    other = run(small_market, make_config(**{key: value}))
    known = [name for name in VIEW_COLUMNS if name in small_run.tables["decisions"]]
    assert len(known) >= 3
    before, after = (result.tables["decisions"] for result in (small_run, other))
    pd.testing.assert_frame_equal(before[known], after[known])
    assert not before["target_weight"].equals(after["target_weight"])


def test_distinct_computations_are_counted_by_what_is_read() -> None:
    keys = ("strategy.params.tracking_error_pct", "stress.window", "strategy.params.penalty")
    rows = [(te, window, p) for te in (1.0, 2.0) for window in (300, 400) for p in (1.0, 2.0, 3.0)]
    counts = count_stages(keys, rows, CerebroEngine())
    assert [count.distinct for count in counts] == [2, 2, 6, 1, 12, 12]
    assert [count.shared for count in counts] == [True, False, False, False, False, False]
    assert stage_of("stress.window") == 0
