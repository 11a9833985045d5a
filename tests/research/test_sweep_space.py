from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.config import ConfigError, RunConfig
from research.sweep_config import Dimension, Range
from research.sweep_configurations import Configurations, varied
from research.sweep_space import Axis, accepted, axes_of, from_units, grid

BASE = RunConfig()


def test_integers_are_equally_likely_and_include_both_ends() -> None:
    axis = Axis("strategy.params.horizon", Range(low=10, high=12), real=False)
    units = (np.arange(300) + 0.5) / 300
    values, counts = np.unique([axis.at(unit) for unit in units], return_counts=True)
    assert values.tolist() == [10, 11, 12]
    assert counts.tolist() == [100, 100, 100]


def test_a_log_scale_puts_the_geometric_mean_in_the_middle() -> None:
    axis = Axis("strategy.params.penalty", Range(low=0.25, high=4.0, scale="log"), real=True)
    assert axis.at(0.5) == pytest.approx(1.0)
    assert axis.at(0.0) == pytest.approx(0.25)


@given(
    low=st.integers(1, 50),
    span=st.integers(1, 50),
    scale=st.sampled_from(["linear", "log"]),
    real=st.booleans(),
    unit=st.floats(0.0, 1.0, exclude_max=True),
)
def test_values_stay_in_the_range(low: int, span: int, scale: str, real: bool, unit: float) -> None:
    domain = Range(low=low, high=low + span, scale=scale)  # type: ignore[arg-type]
    value = Axis("key", domain, real).at(unit)
    assert type(value) is (float if real else int)
    assert low * (1 - 1e-12) <= value <= (low + span) * (1 + 1e-12)  # type: ignore[operator]


def test_a_grid_takes_every_combination_and_ends_exactly() -> None:
    space: dict[str, Dimension] = {
        "strategy.params.penalty": Range(low=0.1, high=10, scale="log", steps=3),
        "strategy.params.horizon": (20, 40),
    }
    rows = grid(axes_of(space, BASE))
    assert [row[1] for row in rows] == [20, 40] * 3
    assert [row[0] for row in rows[::2]] == [0.1, pytest.approx(1.0), 10.0]
    with pytest.raises(ConfigError, match=r"space\.stress\.window: a grid needs steps"):
        grid(axes_of({"stress.window": Range(low=300, high=900)}, BASE))


def test_a_grid_that_no_memory_holds_is_refused_before_it_is_made() -> None:
    steps = Range(low=0.1, high=1.0, steps=1000)
    names = ("penalty", "tracking_error_pct", "risk_aversion")
    axes = axes_of({f"strategy.params.{name}": steps for name in names}, BASE)
    with pytest.raises(ConfigError, match="a grid of 1,000,000,000 configurations"):
        grid(axes)


@pytest.mark.parametrize(
    ("key", "domain", "said"),
    [
        ("stress.windw", (300,), "did you mean stress.window?"),
        ("strategy.params.horzon", (40,), "did you mean strategy.params.horizon?"),
        ("account.cash_bufer", (0.1,), "did you mean account.cash_buffer?"),
        ("nonsense", (1,), "unknown parameter"),
        ("period.start", ("2010-01-01",), "the window of the sweep sets the period"),
        ("data.seed", (1, 2), "a sweep has one market"),
        ("seed", (1, 2), "changes no trade"),
        ("strategy.params.warning_level", (0.5,), "changes no trade"),
        ("stress.window", (300.5,), "300.5 is no int"),
        ("strategy.params.horizon", (40.0,), "40.0 is no int"),
        ("strategy.params.horizon", ("40",), "'40' is no int"),
        ("stress.window", (30,), "space.stress.window = 30: "),
        ("account.cash_buffer", Range(low=0.0, high=1.0), "space.account.cash_buffer = 1.0: "),
        ("costs.half_spread_bps", (1.0,), "only single numbers and texts"),
    ],
)
def test_a_key_or_value_that_cannot_be_is_named(key: str, domain: Dimension, said: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        axes_of({key: domain}, BASE)
    assert said in str(refusal.value)


def test_two_keys_are_judged_together_with_the_values_they_both_have() -> None:
    keys = ("stress.window", "stress.min_history")
    axes_of({keys[0]: (100,), keys[1]: (90,)}, BASE)
    accepted(BASE, keys, [(100, 90)])
    with pytest.raises(ConfigError, match=r"stress\.window = 100, stress\.min_history = 200"):
        accepted(BASE, keys, [(100, 90), (100, 200)])


def test_whole_numbers_become_real_where_the_parameter_is() -> None:
    axis, cash = axes_of({"strategy.params.penalty": (1, 2), "account.cash": (10**6,)}, BASE)
    assert [type(value) for value in (*axis.grid(), *cash.grid())] == [float] * 3
    assert from_units([axis], np.array([[0.0], [0.99]])) == [(1.0,), (2.0,)]


def test_configurations_are_a_sequence_of_run_configs() -> None:
    configs = Configurations(
        BASE, ("strategy.params.horizon", "stress.window"), ((40, 900), (60, 1000))
    )
    second = configs[1]
    assert (second.strategy.params["horizon"], second.stress.window) == (60, 1000)
    assert second.strategy.params == {"horizon": 60}
    assert configs.column("stress.window") == [900, 1000]
    assert configs.column("account.cash_buffer") == [0.005, 0.005]
    assert configs.ids() == [config.identity()[:12] for config in configs]
    assert configs.take([1]).ids() == configs.ids()[1:]
    assert len(set(configs.ids())) == 2
    assert math.isclose(varied(BASE, {"account.cash": 5.0}).account.cash, 5.0)
