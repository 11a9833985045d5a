"""Many configurations as one base and a table of what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from research.config import RunConfig
from research.sweep_config import Value
from research.sweep_identity import PARAMS as PARAMS
from research.sweep_identity import Identities
from research.sweep_stages import flatten


@dataclass(frozen=True)
class Configurations:
    """A sequence of RunConfig that holds the base once: what an engine gets.

    Attributes:
        base: the configuration that is varied.
        keys: [K] section.key names that differ.
        rows: [C][K] their values, typed as RunConfig takes them.
    """

    base: RunConfig
    keys: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> RunConfig:
        return varied(self.base, dict(zip(self.keys, self.rows[index], strict=True)))

    def __iter__(self) -> Iterator[RunConfig]:
        return (self[index] for index in range(len(self)))

    def column(self, key: str) -> list[Any]:
        """[C] values of a key, the base's where it is not varied. KeyError on an unknown key."""
        if key in self.keys:
            place = self.keys.index(key)
            return [row[place] for row in self.rows]
        return [flatten(self.base)[key]] * len(self)

    def take(self, indices: Sequence[int]) -> Configurations:
        """These configurations only, in this order."""
        return Configurations(self.base, self.keys, tuple(self.rows[index] for index in indices))

    def ids(self) -> list[str]:
        """[C] twelve hexadecimal digits of each configuration's identity."""
        return Identities(self.base, self.keys).of(self.rows)


def varied(base: RunConfig, values: dict[str, Value]) -> RunConfig:
    """`base` with other values of some section.key names; pydantic's ValidationError if refused."""
    content = {name: getattr(base, name) for name in RunConfig.model_fields}
    sections: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        changed = sections.setdefault(section, getattr(base, section).model_dump())
        if key.startswith(PARAMS):
            changed["params"] = changed["params"] | {key.removeprefix(PARAMS): value}
        else:
            changed[name] = value
    return RunConfig.model_validate(content | sections)
