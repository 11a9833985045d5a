"""The search space: typed, range-checked dimensions and the unit cube they are drawn from."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from pydantic import ValidationError

from research.assemble import STRATEGIES
from research.config import ConfigError, RunConfig
from research.sweep_config import MOST_CONFIGURATIONS, Choices, Dimension, Range, Value
from research.sweep_configurations import varied
from research.sweep_identity import PARAMS
from research.sweep_stages import stage_of


@dataclass(frozen=True)
class Axis:
    """One dimension.

    Attributes:
        key: section.key.
        domain: choices or a range.
        real: whether values are converted to float, as the parameter's default is one.
    """

    key: str
    domain: Choices | Range
    real: bool

    def at(self, unit: float) -> Value:
        """The value at a place of the unit interval, 0 <= unit < 1."""
        if not isinstance(self.domain, Range):
            return self._typed(self.domain[int(unit * len(self.domain))])
        low, high = float(self.domain.low), float(self.domain.high)
        if self.domain.whole and not self.real:
            if self.domain.scale == "log":
                low, high = math.log(low - 0.5), math.log(high + 0.5)
                value = round(math.exp(low + unit * (high - low)))
            else:
                value = math.floor(low + unit * (high - low + 1.0))
            return int(min(max(value, self.domain.low), self.domain.high))
        if self.domain.scale == "log":
            return math.exp(math.log(low) + unit * (math.log(high) - math.log(low)))
        return low + unit * (high - low)

    def grid(self) -> list[Value]:
        """Every value that a grid takes. ConfigError for a range without steps."""
        if not isinstance(self.domain, Range):
            return [self._typed(value) for value in self.domain]
        if self.domain.steps is None:
            raise ConfigError(f"space.{self.key}: a grid needs steps (or a list of values)")
        spaced = np.geomspace if self.domain.scale == "log" else np.linspace
        values = spaced(self.domain.low, self.domain.high, self.domain.steps).tolist()
        if self.domain.whole and not self.real:
            return list(dict.fromkeys(round(value) for value in values))
        # The ends of a geometric series carry rounding.
        return [float(self.domain.low), *values[1:-1], float(self.domain.high)]

    def extremes(self) -> list[Value]:
        """The values whose acceptance stands for that of all."""
        if isinstance(self.domain, Range):
            return [self._typed(self.domain.low), self._typed(self.domain.high)]
        return self.grid()

    def _typed(self, value: Value) -> Value:
        return float(value) if self.real and type(value) is int else value


def axes_of(space: Mapping[str, Dimension], base: RunConfig) -> list[Axis]:
    """The dimensions, checked through RunConfig: each key exists, each extreme value is accepted.

    Raises:
        ConfigError: unknown key (with the nearest known one), a key that a sweep must not vary, a
            wrong type or a value out of its range; one line that names it.
    """
    axes = [_axis(key, domain, base) for key, domain in space.items()]
    for axis in axes:
        for value in axis.extremes():
            try:
                varied(base, {axis.key: value})
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                # What two keys must obey together is judged where both have their values.
                if first["type"] != "value_error":
                    raise ConfigError(f"space.{axis.key} = {value!r}: {first['msg']}") from None
    return axes


def _axis(key: str, domain: Choices | Range, base: RunConfig) -> Axis:
    if key.startswith(PARAMS):
        strategy = STRATEGIES.get(base.strategy.name)
        defaults = dict(strategy.params._getitems()) if strategy is not None else {}
        name = key.removeprefix(PARAMS)
        stage_of(key)
        if name not in defaults:
            raise ConfigError(f"space.{key}: {base.strategy.name} has no parameter {name}")
        wanted = type(defaults[name])
    else:
        stage_of(key)
        wanted = _field_type(key)
    axis = Axis(key, domain, wanted is float)
    for value in axis.extremes():
        if type(value) is not wanted:
            raise ConfigError(
                f"space.{key}: {value!r} is no {wanted.__name__}, which this parameter is"
            )
    return axis


def _field_type(key: str) -> type:
    """Type of a leaf of RunConfig. ConfigError on a key that is none."""
    section, _, name = key.partition(".")
    fields = getattr(RunConfig.model_fields[section].annotation, "model_fields", {})
    if name not in fields:
        near = difflib.get_close_matches(name, fields, n=1)
        hint = f"did you mean {section}.{near[0]}?" if near else f"known: {', '.join(fields)}"
        raise ConfigError(f"space.{key}: unknown parameter; {hint}")
    kind = fields[name].annotation
    if not isinstance(kind, type) or kind not in (bool, int, float, str):
        raise ConfigError(f"space.{key}: only single numbers and texts can be varied")
    return kind


def accepted(base: RunConfig, keys: Sequence[str], rows: Sequence[tuple[Value, ...]]) -> None:
    """Refuse a combination that RunConfig does not accept. ConfigError names its values.

    A section of RunConfig knows nothing of the others, so that only the distinct combinations
    within each section are validated.
    """
    for section in dict.fromkeys(key.partition(".")[0] for key in keys):
        model: Any = RunConfig.model_fields[section].annotation
        places = [place for place, key in enumerate(keys) if key.startswith(f"{section}.")]
        names = [keys[place].removeprefix(f"{section}.") for place in places]
        inside = section == PARAMS.partition(".")[0]
        given = getattr(base, section).model_dump()
        for values, row in {tuple(row[place] for place in places): row for row in rows}.items():
            changes = dict(zip(names, values, strict=True))
            try:
                model.model_validate(given | (_with_params(given, changes) if inside else changes))
            except ValidationError:
                _refuse(base, keys, row)


def _with_params(given: dict[str, Any], changes: dict[str, Value]) -> dict[str, Any]:
    params = {key.removeprefix("params."): changes[key] for key in changes if "." in key}
    others = {key: value for key, value in changes.items() if "." not in key}
    return others | {"params": given["params"] | params}


def _refuse(base: RunConfig, keys: Sequence[str], row: tuple[Value, ...]) -> None:
    try:
        varied(base, dict(zip(keys, row, strict=True)))
    except ValidationError as error:
        text = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        values = ", ".join(f"{key} = {value!r}" for key, value in zip(keys, row, strict=True))
        raise ConfigError(f"space: {values}: {text}") from None


def grid(axes: list[Axis]) -> list[tuple[Value, ...]]:
    """Every combination, the last axis running fastest. ConfigError on more than a million."""
    values = [axis.grid() for axis in axes]
    size = math.prod(len(each) for each in values)
    if size > MOST_CONFIGURATIONS:
        raise ConfigError(
            f"space: a grid of {size:,} configurations, and a sweep takes {MOST_CONFIGURATIONS:,}; "
            "take fewer values or steps, or a sampler other than grid"
        )
    return list(product(*values))


def from_units(axes: list[Axis], units: np.ndarray) -> list[tuple[Value, ...]]:
    """Rows of values from places in the unit cube, [C x K]."""
    columns = [
        [axis.at(unit) for unit in places.tolist()]
        for axis, places in zip(axes, units.T, strict=True)
    ]
    return list(zip(*columns, strict=True))
