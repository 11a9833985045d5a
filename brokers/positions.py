"""Positions of a broker whose funds bear no interest and settle nothing daily."""

from __future__ import annotations

import collections
from typing import Any

import backtrader as bt


class Positions(collections.defaultdict[Any, Any]):
    """Backtrader's table of positions, with nothing to do at the end of a bar.

    `BackBroker.next` walks over `items()` twice at every bar, to charge interest and to settle
    futures. Where every commission scheme has neither, both walks change nothing and cost a tenth
    of a run; `plain` leaves them out.
    """

    def __init__(self) -> None:
        super().__init__(bt.Position)
        self.plain = False

    def items(self) -> Any:
        """Nothing where there is nothing to charge or settle, otherwise (data, position) pairs."""
        return () if self.plain else super().items()
