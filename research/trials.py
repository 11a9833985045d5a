"""The trials log: every evaluated configuration, so that significance can count them all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


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
        content = [self.study, self.name, self.config, self.first, self.last, self.data]
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def record_trials(path: Path, trials: list[Trial]) -> int:
    """Append the trials that the log does not hold yet; returns how many those were.

    A configuration that is evaluated again on the same data and window is one trial: what was seen
    once counts once. The log is written whole under a temporary name and renamed.
    """
    known = {trial.trial_id: trial for trial in read_trials(path)}
    fresh = {name: t for t in trials if (name := t.trial_id) not in known}
    if fresh:
        lines = [_line(trial, name) for name, trial in (known | fresh).items()]
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
        self._ids = {trial.trial_id for trial in read_trials(path)}

    def append(self, trials: Iterable[Trial]) -> int:
        """Append the trials that the log does not hold yet; returns how many those were."""
        fresh = {trial.trial_id: trial for trial in trials}
        lines = [_line(trial, name) for name, trial in fresh.items() if name not in self._ids]
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
        content = self._path.read_bytes() if self._path.exists() else b""
        whole = content.rfind(b"\n") + 1
        if whole == len(content):
            return
        try:
            json.loads(content[whole:])
        except ValueError:
            content = content[:whole]
        else:
            content += b"\n"
        partial = self._path.with_suffix(".partial")
        partial.write_bytes(content)
        partial.replace(self._path)


def read_trials(path: Path) -> list[Trial]:
    """All trials, oldest first; none where there is no log.

    Raises:
        TrialsError: a line that is no trial, or whose id does not fit its content.
    """
    if not path.exists():
        return []
    trials = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            content = json.loads(line)
            written = content.pop("id")
            trial = Trial(**content)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TrialsError(
                f"{path}, line {number}: not a trial ({error}); "
                "restore the line from version control"
            ) from None
        if trial.trial_id != written:
            raise TrialsError(
                f"{path}, line {number}: the id {written} does not fit its content; "
                "restore the line from version control"
            )
        trials.append(trial)
    return trials


def _line(trial: Trial, trial_id: str) -> str:
    return json.dumps({"id": trial_id, **vars(trial)}, sort_keys=True) + "\n"
