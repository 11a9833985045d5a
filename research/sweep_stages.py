"""Which configuration keys each stage of a run reads: what sweeps share and what they may vary."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from research.config import ConfigError, RunConfig


@dataclass(frozen=True)
class Stage:
    """A step whose result depends on its own keys and those of the stages that it builds on.

    Attributes:
        name: for people.
        reads: section.key names, or "section.*" for all of a section.
        after: names of the stages whose results it takes.
    """

    name: str
    reads: tuple[str, ...]
    after: tuple[str, ...] = ()


_PARAMS = "strategy.params."
FEATURES, FIT, VIEW, RISK, WEIGHTS, EXECUTION = (
    "features", "model fit", "view", "risk", "weights", "execution",
)  # fmt: skip
STAGES = (
    Stage(FEATURES, ("stress.*",)),
    Stage(
        FIT,
        tuple(
            _PARAMS + name
            for name in ("features", "horizon", "training_window", "feature_cap")
        ),
        (FEATURES,),
    ),
    Stage(VIEW, tuple(_PARAMS + name for name in ("penalty", "min_rows")), (FIT,)),
    Stage(RISK, (_PARAMS + "style_window",)),
    # A decision depends on what is held, so weights and execution take turns at every decision:
    # what execution reads reaches later weights through the holdings.
    Stage(
        WEIGHTS,
        (
            "strategy.name",
            "costs.*",
            *(
                _PARAMS + name
                for name in (
                    "tracking_error_pct", "risk_aversion", "max_active_weight", "max_turnover",
                    "transition_max_sessions", "transition_fixed_sessions",
                )
            ),
        ),
        (VIEW, RISK),
    ),
    Stage(
        EXECUTION,
        (
            "account.*",
            *(
                _PARAMS + name
                for name in (
                    "algorithm", "sessions", "participation_rate", "order_risk_aversion",
                    "leftover",
                )
            ),
        ),
        (WEIGHTS,),
    ),
)  # fmt: skip
_PLACES = {stage.name: index for index, stage in enumerate(STAGES)}
# Keys that no sweep may vary, with the reason.
FIXED = {
    "data.*": "a sweep has one market; name it with --data",
    "period.*": "the window of the sweep sets the period",
    "seed": "it draws intervals and changes no trade",
    _PARAMS + "warning_level": "it opens warnings and changes no trade",
    _PARAMS + "warning_lift": "it opens warnings and changes no trade",
}


def covers(pattern: str, key: str) -> bool:
    """Whether a name of the table stands for `key`."""
    return key == pattern or (pattern.endswith(".*") and key.startswith(pattern[:-1]))


def stage_of(key: str) -> int:
    """Index of the stage that reads `key`.

    Raises:
        ConfigError: a key that must not be varied, with the reason, or that no stage reads.
    """
    for pattern, reason in FIXED.items():
        if covers(pattern, key):
            raise ConfigError(f"space.{key} cannot be varied: {reason}")
    for index, stage in enumerate(STAGES):
        if any(covers(pattern, key) for pattern in stage.reads):
            return index
    known = [name for stage in STAGES for name in stage.reads]
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    raise ConfigError(f"space.{key}: unknown parameter; {hint}")


def needs(name: str) -> list[int]:
    """Indices of the stages whose keys the stage `name` depends on, its own included, in order."""
    stage = STAGES[_PLACES[name]]
    found = {_PLACES[name]}.union(*(needs(earlier) for earlier in stage.after))
    return sorted(found)


def read_by(name: str, config: RunConfig) -> Mapping[str, object]:
    """Values of the keys that a stage and those it builds on read."""
    flat = flatten(config)
    patterns = [pattern for index in needs(name) for pattern in STAGES[index].reads]
    return {key: flat[key] for key in flat if any(covers(pattern, key) for pattern in patterns)}


def stage_key(name: str, config: RunConfig) -> str:
    """Sixteen hexadecimal digits of what a stage reads: equal for equal results on one market."""
    text = json.dumps(read_by(name, config), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def flatten(config: RunConfig) -> dict[str, object]:
    """section.key -> value as JSON holds it, of every key."""
    flat: dict[str, object] = {}
    for section, content in config.model_dump(mode="json").items():
        if not isinstance(content, dict):
            flat[section] = content
            continue
        for key, value in content.items():
            if (section, key) == ("strategy", "params"):
                flat |= {_PARAMS + name: given for name, given in value.items()}
            else:
                flat[f"{section}.{key}"] = value
    return flat
