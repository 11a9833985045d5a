from __future__ import annotations

from feeds.publication import PUBLICATION_LAG_SESSIONS
from models.universe import MACRO_SERIES


def test_every_series_has_a_lag_and_none_is_known_on_its_own_day() -> None:
    assert set(PUBLICATION_LAG_SESSIONS) == set(MACRO_SERIES)
    assert min(PUBLICATION_LAG_SESSIONS.values()) >= 1
