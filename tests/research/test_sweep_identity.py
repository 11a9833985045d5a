"""The short ways to identities and to acceptance give what the long ones give."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from research.config import ConfigError, RunConfig
from research.sweep_configurations import Configurations, varied
from research.sweep_identity import Identities
from research.sweep_space import accepted

# Every type that a key may have, in sections and among the parameters, there known and new.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "strategy.params.horizon": st.integers(-(2**60), 2**60),
    "strategy.params.penalty": st.floats(allow_nan=False, allow_infinity=False),
    "strategy.params.features": st.text(),
    "strategy.params.zz_new": st.booleans(),
    "strategy.name": st.text(),
    "stress.window": st.integers(252, 10**6),
    "stress.min_history": st.integers(20, 252),
    "account.cash": st.floats(1e-6, 1e12) | st.integers(1, 10**12),
    "account.cash_buffer": st.floats(0.0, 0.99),
    "costs.impact_coefficient": st.floats(0.0, 10.0) | st.integers(0, 10),
    "costs.free": st.booleans(),
}
BASES = (
    RunConfig(),
    RunConfig.model_validate(
        {
            "strategy": {"params": {"horizon": 40, "penalty": 1.0, "features": '\ue000 "é'}},
            "costs": {"half_spread_bps": {"XLK": 1.5}},
            "account": {"restricted": ["XLE"]},
        }
    ),
)


@given(base=st.sampled_from(BASES), data=st.data())
def test_spliced_identities_are_those_of_the_whole_configuration(
    base: RunConfig, data: st.DataObject
) -> None:
    keys = data.draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True))
    rows = tuple(tuple(data.draw(VALUES[key]) for key in keys) for _ in range(2))
    configs = Configurations(base, tuple(keys), rows)
    assert configs.ids() == [config.identity()[:12] for config in configs]


def test_the_markets_location_is_no_part_of_an_identity() -> None:
    ids = Identities(RunConfig(), ("data.seed", "stress.window")).of([(1, 300), (2, 300), (1, 301)])
    assert ids[0] == ids[1] != ids[2]


def test_sections_are_judged_alone() -> None:
    """What `accepted` builds on: no rule of RunConfig spans two sections."""
    decorators = RunConfig.__pydantic_decorators__
    assert not decorators.model_validators
    assert not decorators.root_validators
    assert not decorators.field_validators


ODD: dict[str, st.SearchStrategy[Any]] = {
    "stress.window": st.integers(50, 70) | st.sampled_from([100, 200]),
    "stress.min_history": st.integers(15, 70),
    "account.cash_buffer": st.floats(-0.1, 1.1),
    "costs.free": st.booleans(),
    "strategy.params.horizon": st.integers(-5, 90),
    "strategy.name": st.sampled_from(["BondStressRotation", ""]),
}


@given(data=st.data())
def test_what_is_accepted_is_what_run_config_accepts(data: st.DataObject) -> None:
    base = RunConfig()
    keys = data.draw(st.lists(st.sampled_from(sorted(ODD)), unique=True, min_size=1))
    rows = [tuple(data.draw(ODD[key]) for key in keys) for _ in range(3)]
    refused = []
    for row in rows:
        try:
            varied(base, dict(zip(keys, row, strict=True)))
        except ValidationError:
            refused.append(row)
    if not refused:
        accepted(base, keys, rows)
        return
    with pytest.raises(ConfigError) as refusal:
        accepted(base, keys, rows)
    named = [", ".join(f"{k} = {v!r}" for k, v in zip(keys, row, strict=True)) for row in refused]
    assert any(text in str(refusal.value) for text in named)
