"""The trials log: every evaluated configuration, so that significance can count them all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
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
    known = read_trials(path)
    ids = {trial.trial_id for trial in known}
    fresh = {trial.trial_id: trial for trial in trials if trial.trial_id not in ids}
    if fresh:
        lines = [_line(trial) for trial in (*known, *fresh.values())]
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(path)
    return len(fresh)


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


def _line(trial: Trial) -> str:
    return json.dumps({"id": trial.trial_id, **asdict(trial)}, sort_keys=True) + "\n"
