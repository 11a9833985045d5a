"""What can be wrong with data, said in one line that names the place and the mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR stops a run; NOTE is allowed and handled, but a reader should know."""

    ERROR = "error"
    NOTE = "note"


@dataclass(frozen=True, order=True)
class Problem:
    """One defect: where it stands, what is wrong and how to mend it.

    Attributes:
        file: file as the user named it (relative to the data folder), or a table's name.
        row: 1-based line in the file, header included (so an editor jumps to it); 0 = whole file.
        what: what is wrong, one sentence without a full stop.
        mend: what the user can do, one sentence without a full stop.
        severity: see Severity.
    """

    file: str
    row: int
    what: str
    mend: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.file}, row {self.row}" if self.row else self.file
        return f"{place}: {self.what}; {self.mend}"


class DataError(ValueError):
    """Data that cannot be used. `problems` holds every defect; the message shows the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [p for p in self.problems if p.severity is Severity.ERROR] or list(self.problems)
        more = f" (and {len(errors) - 1} more: run `data check`)" if len(errors) > 1 else ""
        super().__init__(f"{errors[0]}{more}")
