"""What a sequence of regimes looks like: shares, spells, transitions, agreement with recessions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


def spells(regimes: Sequence[str]) -> pd.DataFrame:
    """Runs of one regime, in order.

    Args:
        regimes: [T] names, one a session.

    Returns:
        One row a run: `regime`, `first` and `last` (positions, 0-based), `sessions`; the sessions
        sum to T. The first and the last run are cut off by the sample (`cut` is True).
    """
    names = np.asarray(regimes, dtype=object)
    starts = (
        np.flatnonzero(np.r_[True, names[1:] != names[:-1]]) if len(names) else np.array([], int)
    )
    ends = np.r_[starts[1:], len(names)] - 1 if len(names) else starts
    frame = pd.DataFrame(
        {"regime": names[starts], "first": starts, "last": ends, "sessions": ends - starts + 1}
    )
    frame["cut"] = (frame["first"] == 0) | (frame["last"] == len(names) - 1)
    return frame


def days_in_state(regimes: Sequence[str]) -> np.ndarray:
    """Sessions since the regime of each session began, itself included, [T] -> [T] from 1 on."""
    runs = spells(regimes)
    first = np.repeat(runs["first"].to_numpy(), runs["sessions"].to_numpy())
    return np.asarray(np.arange(len(regimes)) - first + 1, dtype=np.int64)


def transition_counts(regimes: Sequence[str], states: Sequence[str]) -> pd.DataFrame:
    """How often a session in the row's regime was followed by one in the column's, [S x S].

    Raises:
        ValueError: a name is not among the states.
    """
    names = np.asarray(regimes, dtype=object)
    unknown = sorted(set(names) - set(states))
    if unknown:
        raise ValueError(f"regimes {', '.join(unknown)} are not among {', '.join(states)}")
    counts = np.zeros((len(states), len(states)), dtype=np.int64)
    codes = pd.Index(states).get_indexer(pd.Index(names))
    np.add.at(counts, (codes[:-1], codes[1:]), 1)
    return pd.DataFrame(counts, index=list(states), columns=list(states))


def transition_matrix(regimes: Sequence[str], states: Sequence[str]) -> pd.DataFrame:
    """Share of a regime's sessions that each regime followed, [S x S]; rows sum to one.

    A row is NaN where its regime was never left behind (absent, or only the last session).
    """
    counts = transition_counts(regimes, states)
    totals = counts.sum(axis=1)
    return counts.div(totals.where(totals > 0), axis=0)


def regime_summary(regimes: Sequence[str], states: Sequence[str]) -> pd.DataFrame:
    """One row a regime: `sessions`, `share_pct`, `spells`, `mean_sessions`, `median_sessions`.

    Durations are in sessions over all spells, the two that the sample cuts off included (which
    makes them a little too short); NaN for a regime that never came.
    """
    runs = spells(regimes)
    unknown = sorted(set(runs["regime"]) - set(states))
    if unknown:
        raise ValueError(f"regimes {', '.join(unknown)} are not among {', '.join(states)}")
    grouped = runs.groupby("regime")["sessions"]
    frame = pd.DataFrame(
        {
            "sessions": grouped.sum(),
            "spells": grouped.count(),
            "mean_sessions": grouped.mean(),
            "median_sessions": grouped.median(),
        }
    ).reindex(list(states))
    frame[["sessions", "spells"]] = frame[["sessions", "spells"]].fillna(0).astype(np.int64)
    share = 100.0 * frame["sessions"] / max(1, len(regimes))
    frame.insert(1, "share_pct", share)
    return frame


@dataclass(frozen=True)
class Agreement:
    """How a set of regimes agrees with recessions, session by session, in hindsight.

    Attributes:
        sessions: sessions compared.
        recession_sessions: of them, those in a recession.
        signal_sessions: of them, those in the chosen regimes.
        both_sessions: those in both.
        recessions: separate recessions within the sample: the sample size that counts.
        recessions_met: of them, those with at least one session of signal.
    """

    sessions: int
    recession_sessions: int
    signal_sessions: int
    both_sessions: int
    recessions: int
    recessions_met: int

    @property
    def sensitivity(self) -> float:
        """Share of recession sessions with the signal; NaN without any."""
        return _ratio(self.both_sessions, self.recession_sessions)

    @property
    def precision(self) -> float:
        """Share of signal sessions in a recession; NaN without any."""
        return _ratio(self.both_sessions, self.signal_sessions)

    @property
    def specificity(self) -> float:
        """Share of sessions outside recessions without the signal; NaN without any."""
        quiet = self.sessions - self.recession_sessions
        return _ratio(quiet - (self.signal_sessions - self.both_sessions), quiet)

    @property
    def base_rate(self) -> float:
        """Share of sessions in a recession: the precision of a signal that knows nothing."""
        return _ratio(self.recession_sessions, self.sessions)


def agreement(
    regimes: Sequence[str], recession: np.ndarray, signal: Collection[str], unread: str
) -> Agreement:
    """Compare regimes with recessions.

    Args:
        regimes: [T] names.
        recession: [T] bool, True in a recession (known only in hindsight).
        signal: the regimes that should mark recessions.
        unread: the name of sessions without a reading; they are left out.
    """
    names = np.asarray(regimes, dtype=object)
    if recession.shape != names.shape:
        raise ValueError(f"{len(names)} regimes but recession flags of shape {recession.shape}")
    read = names != unread
    on = np.isin(names, list(signal)) & read
    inside = recession & read
    number = np.cumsum(np.diff(recession.astype(int), prepend=0) == 1)
    return Agreement(
        sessions=int(read.sum()),
        recession_sessions=int(inside.sum()),
        signal_sessions=int(on.sum()),
        both_sessions=int((on & inside).sum()),
        recessions=len(np.unique(number[inside])),
        recessions_met=len(np.unique(number[on & inside])),
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
