"""When each macro series becomes known: the one table of publication lags.

A value observed on date d is known by the close of the session that stands `lag` sessions after
the first NYSE session on or after d.

- Treasury yields, spreads between them and breakevens: the Treasury publishes the par curve in the
  evening of d; the Federal Reserve's H.15 follows at 16:15 on the next business day. One session.
- ICE BofA spreads and Moody's yields over Treasuries: on FRED in the morning of the next business
  day. One session.
- MOVE: published after the close of d. One session.

Weekly indices (NFCI, STLFSI4) are revised through their whole history, so no lag makes them
point-in-time; the system does not read them.
"""

from __future__ import annotations

from models.universe import MACRO_SERIES

PUBLICATION_LAG_SESSIONS: dict[str, int] = dict.fromkeys(MACRO_SERIES, 1)
