"""Tells somebody outside that a session is done."""

from __future__ import annotations

import backtrader as bt


class Progress(bt.Analyzer):
    """Calls `on_session()` at every close.

    Params:
        on_session (None): callable without arguments; None does nothing.
    """

    params = (("on_session", None),)

    def __init__(self) -> None:
        self._sessions = 0

    def next(self) -> None:
        """Report the session."""
        self._sessions += 1
        if self.p.on_session is not None:
            self.p.on_session()

    def get_analysis(self) -> dict[str, int]:
        """Sessions seen."""
        return {"sessions": self._sessions}
