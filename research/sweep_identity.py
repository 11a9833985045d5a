"""Identities of many configurations that differ from one base in a few keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from research.config import RunConfig
from research.sweep_config import Value

PARAMS = "strategy.params."
DIGITS = 12


class Identities:
    """The first digits of `RunConfig.identity()` of `base` with other values of some keys.

    The base's canonical JSON is made once and cut where a value differs, so that a row costs some
    microseconds instead of a validation.

    Args:
        base: the configuration that is varied.
        keys: [K] section.key names of single numbers, texts and truth values.
    """

    def __init__(self, base: RunConfig, keys: Sequence[str]) -> None:
        content = base.model_dump(mode="json")
        mark = "\ue000"
        while mark in json.dumps(content, ensure_ascii=False):
            mark += "\ue000"
        # The market's digest stands for its location: RunConfig.identity leaves it out too.
        kept = [place for place, key in enumerate(keys) if not key.startswith("data.")]
        del content["data"]
        for place in kept:
            _put(content, keys[place], f"{mark}{place}")
        text = json.dumps(content, sort_keys=True)
        wanted = {place: json.dumps(f"{mark}{place}") for place in kept}
        self._order = sorted(kept, key=lambda place: text.index(wanted[place]))
        self._texts = [_text(keys[place]) for place in self._order]
        pieces = []
        for place in self._order:
            before, _, text = text.partition(wanted[place])
            pieces.append(before)
        first, *self._after = [*pieces, text]
        self._start = hashlib.sha256(first.encode())

    def of(self, rows: Sequence[Sequence[Value]]) -> list[str]:
        """[C] twelve hexadecimal digits of each row of [C][K] values, as RunConfig accepts them."""
        varying = list(zip(self._order, self._texts, self._after, strict=True))
        names = []
        for row in rows:
            digest = self._start.copy()
            digest.update("".join([text(row[at]) + after for at, text, after in varying]).encode())
            names.append(digest.hexdigest()[:DIGITS])
        return names


def _put(content: dict[str, Any], key: str, value: str) -> None:
    section, _, name = key.partition(".")
    if key.startswith(PARAMS):
        content["strategy"]["params"][key.removeprefix(PARAMS)] = value
    else:
        content[section][name] = value


def _text(key: str) -> Callable[[Any], str]:
    """What makes a value of `key` the JSON that a validated RunConfig would hold."""
    if key.startswith(PARAMS):
        return json.dumps
    section, _, name = key.partition(".")
    kind: Any = RunConfig.model_fields[section].annotation
    wanted = kind.model_fields[name].annotation
    if wanted is float:
        return lambda value: repr(float(value))
    return lambda value: json.dumps(wanted(value))
