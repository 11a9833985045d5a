"""The trials log: every evaluated configuration, so that significance can count them all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

_text = json.JSONEncoder(sort_keys=True).encode
# Bytes looked at together for the end of the last line.
TAIL = 65_536


class TrialsError(ValueError):
    """A damaged log; the message names the file, the line and the mend."""


@dataclass(frozen=True)
class Trial:
    """One evaluated configuration.

    Attributes:
        study: what the evaluation was for, such as "mapping".
        name: the configuration in words.
        config: its parameters, as JSON holds them.
        first, last: ISO dates of the evaluated window.
        data: digest of the market it was evaluated on.
        result: figures by name with unit; None where there is none.
    """

    study: str
    name: str
    config: Mapping[str, object]
    first: str
    last: str
    data: str
    result: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def trial_id(self) -> str:
        """Twelve hexadecimal digits of what was evaluated; the result is not part of it."""
        return _written(self)[0]


def record_trials(path: Path, trials: list[Trial]) -> int:
    """Append the trials that the log does not hold yet; returns how many those were.

    A configuration that is evaluated again on the same data and window is one trial: what was seen
    once counts once. The log is written whole under a temporary name and renamed.
    """
    known = {trial.trial_id: trial for trial in read_trials(path)}
    fresh = {name: t for t in trials if (name := t.trial_id) not in known}
    if fresh:
        lines = [_written(trial)[1] for trial in (known | fresh).values()]
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(path)
    return len(fresh)


class TrialsLog:
    """An open log that takes trials a batch at a time, without reading what it holds again.

    One writer a file. A write that was cut off leaves a line without its end; opening the log again
    removes it, because whoever evaluates those trials again logs them again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end_cleanly()
        # Numbers: a log of a million trials must not fill the memory.
        self._ids = {int(trial_id, 16) for trial_id, _ in _read(path)}

    def append(self, trials: Iterable[Trial]) -> int:
        """Append the trials that the log does not hold yet; returns how many those were."""
        fresh = {int(trial_id, 16): line for trial_id, line in map(_written, trials)}
        lines = [line for number, line in fresh.items() if number not in self._ids]
        if lines:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as log:
                log.write("".join(lines))
            self._ids.update(fresh)
        return len(lines)

    def __len__(self) -> int:
        return len(self._ids)

    def _end_cleanly(self) -> None:
        """End the last line, or remove it where it is only the beginning of one."""
        if not self._path.exists():
            return
        with self._path.open("r+b") as log:
            whole = _end_of_lines(log)
            log.seek(whole)
            rest = log.read()
            try:
                json.loads(rest or b"0")
            except ValueError:
                log.truncate(whole)
            else:
                log.write(b"\n" if rest else b"")


def _end_of_lines(log: BinaryIO) -> int:
    """Where the last line that was ended does, looking from the file's end."""
    place = log.seek(0, os.SEEK_END)
    while place > 0:
        start = max(0, place - TAIL)
        log.seek(start)
        found = log.read(place - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        place = start
    return 0


def read_trials(path: Path) -> list[Trial]:
    """All trials, oldest first; none where there is no log.

    Raises:
        TrialsError: a line that is no trial, or whose id does not fit its content.
    """
    return [trial for _, trial in _read(path)]


def _read(path: Path) -> Iterator[tuple[str, Trial]]:
    """Id and trial of each line, one at a time; see read_trials."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as log:
        for number, line in enumerate(log, start=1):
            try:
                content = json.loads(line)
                written = content.pop("id")
                trial = Trial(**content)
                own = trial.trial_id
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise TrialsError(
                    f"{path}, line {number}: not a trial ({error}); "
                    "restore the line from version control"
                ) from None
            if own != written:
                raise TrialsError(
                    f"{path}, line {number}: the id {written} does not fit its content; "
                    "restore the line from version control"
                )
            yield own, trial


def _written(trial: Trial) -> tuple[str, str]:
    """Id of a trial, and its line: JSON with sorted keys, both from the same pieces."""
    study, name, first, last, data = (
        _text(each) for each in (trial.study, trial.name, trial.first, trial.last, trial.data)
    )
    config = _text(trial.config)
    identity = f"[{study}, {name}, {config}, {first}, {last}, {data}]"
    trial_id = hashlib.sha256(identity.encode()).hexdigest()[:12]
    line = (
        f'{{"config": {config}, "data": {data}, "first": {first}, "id": "{trial_id}", '
        f'"last": {last}, "name": {name}, "result": {_text(trial.result)}, "study": {study}}}\n'
    )
    return trial_id, line
