"""What a sweep searches: its TOML file, typed, frozen, refused when a key is unknown."""

from __future__ import annotations

import difflib
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from research.config import ConfigError

Value = bool | int | float | str
Method = Literal["grid", "random", "latin-hypercube", "sobol", "optuna"]
Algorithm = Literal["tpe", "cma-es", "gp", "random", "qmc"]
Figure = Literal["information_ratio", "active_return_pct", "sharpe_ratio"]
# The test period; docs/test_period_log.md holds every look at it.
TEST_SET_START = date(2020, 1, 1)
BURN_FLAG = "--i-know-this-burns-the-test-set"
# Some 400 bytes each are held of what is searched; the results themselves are streamed.
MOST_CONFIGURATIONS = 1_000_000


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Range(_Section):
    """Values from `low` to `high`, both included.

    Attributes:
        low, high: bounds; two integers make an integer parameter.
        scale: "linear", or "log" for steps that multiply.
        steps: values that a grid takes, evenly spaced on the scale.
    """

    low: int | float
    high: int | float
    scale: Literal["linear", "log"] = "linear"
    steps: Annotated[int, Field(ge=2, le=1000)] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.high <= self.low:
            raise ValueError(f"high {self.high} must lie above low {self.low}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"low {self.low} must be positive on a log scale")
        return self

    @property
    def whole(self) -> bool:
        """Whether the parameter is an integer."""
        return isinstance(self.low, int) and isinstance(self.high, int)


def _kind(given: object) -> str:
    return "range" if isinstance(given, dict | Range) else "choices"


Choices = Annotated[tuple[Value, ...], Field(min_length=1)]
Dimension = Annotated[
    Annotated[Choices, Tag("choices")] | Annotated[Range, Tag("range")], Discriminator(_kind)
]


class SamplerSection(_Section):
    """How configurations are drawn.

    Attributes:
        method: grid, random, latin-hypercube, sobol or optuna.
        samples: configurations to draw; a grid takes all of its own.
        algorithm: Optuna's sampler.
        round: configurations that Optuna proposes before it sees their results. Not the number of
            workers, so that this does not change what is proposed.
    """

    method: Method = "grid"
    samples: Annotated[int, Field(ge=1, le=MOST_CONFIGURATIONS)] = 64
    algorithm: Algorithm = "tpe"
    round: Annotated[int, Field(ge=1, le=10_000)] = 8


class WindowSection(_Section):
    """The development window and its folds.

    Attributes:
        start, end: first and last day measured.
        folds: outer parts, in which selections are reported.
        inner_share: share of the window before the first outer part, 0 to 1.
        inner_blocks: equal parts of a fold's inner part, each measured on its own.
    """

    start: date
    end: date
    folds: Annotated[int, Field(ge=1, le=100)] = 4
    inner_share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    inner_blocks: Annotated[int, Field(ge=1, le=100)] = 3

    @property
    def burns_test_set(self) -> bool:
        """Whether the window includes the test period."""
        return self.end >= TEST_SET_START


class ObjectiveSection(_Section):
    """What is maximised in the inner part of each fold.

    Attributes:
        metric: annualised, net of costs; see research/sweep_objective.py.
        aggregate: of the inner blocks.
    """

    metric: Figure = "information_ratio"
    aggregate: Literal["mean", "median", "worst"] = "mean"


class SweepConfig(_Section):
    """A whole sweep.

    Attributes:
        name: the study's name in the trials log.
        config: TOML file of the run that is varied, beside the sweep's file.
        seed: of the sampler.
        space: section.key of the run's configuration -> choices or a range.
    """

    name: Annotated[str, Field(min_length=1)]
    config: str = "published.toml"
    seed: Annotated[int, Field(ge=0)] = 20050103
    space: Annotated[dict[str, Dimension], Field(min_length=1)]
    sampler: SamplerSection = SamplerSection()
    window: WindowSection
    objective: ObjectiveSection = ObjectiveSection()

    @model_validator(mode="after")
    def _ordered(self) -> SweepConfig:
        if self.window.end <= self.window.start:
            raise ValueError(
                f"window.end {self.window.end} must lie after window.start {self.window.start}"
            )
        return self


def load_sweep(path: Path, burn_test_set: bool = False) -> SweepConfig:
    """Read a sweep's TOML file.

    Args:
        path: the file.
        burn_test_set: allow a window that includes the test period.

    Raises:
        ConfigError: unreadable file, invalid TOML, unknown key (with the nearest known one), a
            value out of its range, or a window in the test period; one line that names the key.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such sweep file; configs/sweep.toml is one") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    if isinstance(content.get("space"), dict):
        content["space"] = _flat(content["space"])
    try:
        sweep = SweepConfig.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{path.name}: {_explain(error)}") from None
    if sweep.window.burns_test_set and not burn_test_set:
        raise ConfigError(
            f"{path.name}: window.end {sweep.window.end} lies in the test period, which starts on "
            f"{TEST_SET_START}; end before it ({BURN_FLAG} searches on it and logs that)"
        )
    return sweep


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys, so that both ways of TOML to write a key are one."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict) and not value.keys() & Range.model_fields.keys():
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _explain(error: ValidationError) -> str:
    # A misspelt key is both unknown and missing under its right name; the former helps.
    found = error.errors(include_url=False)
    first = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
    kinds = {"choices", "range", "bool", "int", "float", "str"}
    place = first["loc"]
    key = ".".join(str(part) for part in place if part not in kinds)
    if first["type"] == "extra_forbidden":
        section: Any = SweepConfig
        if len(place) > 1:
            named = SweepConfig.model_fields[str(place[0])].annotation
            section = Range if place[0] == "space" else named
        known = list(section.model_fields)
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
        return f"unknown key {key}; {hint}"
    text = first["msg"].removeprefix("Value error, ")
    if place[:1] == ("space",) and place[-1] in kinds - {"choices", "range"}:
        text = f"{first['input']!r} is no number, text or truth value"
    return f"{key}: {text}" if key else text
