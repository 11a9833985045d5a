from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feeds.market import BAR_FIELDS, MarketData
from research.sweep_cache import KEPT, StageCache
from research.sweep_market import open_market, write_market


def test_a_market_comes_back_the_same_without_a_copy(
    small_market: MarketData, tmp_path: Path
) -> None:
    write_market(small_market, tmp_path / "market")
    opened = open_market(tmp_path / "market")
    assert opened.digest == small_market.digest
    assert opened.source == small_market.source
    assert opened.publication_lags == small_market.publication_lags
    for name in BAR_FIELDS:
        values = getattr(opened, name).to_numpy()
        while isinstance(values, np.ndarray) and not isinstance(values, np.memmap):
            values = values.base
        assert isinstance(values, np.memmap), name
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_stage_is_computed_once_for_what_it_reads(tmp_path: Path, on_disk: bool) -> None:
    folder = tmp_path if on_disk else None
    cache = StageCache(folder)
    first = cache.arrays("model fit", "a", lambda: {"x": np.arange(3.0)})
    again = cache.arrays("model fit", "a", lambda: pytest.fail("computed twice"))
    cache.arrays("model fit", "b", lambda: {"x": np.zeros(1)})
    np.testing.assert_array_equal(first["x"], again["x"])
    assert cache.computed["model fit"] == 2
    with pytest.raises(ValueError, match="read-only"):
        first["x"][0] = 1.0
    if on_disk:
        other = StageCache(folder)
        found = other.arrays("model fit", "a", lambda: pytest.fail("computed twice"))
        assert isinstance(found["x"], np.memmap)
        assert not other.computed


def test_memory_is_bounded() -> None:
    cache = StageCache()
    for number in range(2 * KEPT):
        cache.arrays("features", str(number), lambda: {"x": np.zeros(1)})
    cache.arrays("features", str(2 * KEPT - 1), lambda: pytest.fail("was kept"))
    cache.arrays("features", "0", lambda: {"x": np.zeros(1)})
    assert cache.computed["features"] == 2 * KEPT + 1


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> dict[str, np.ndarray]:
        return {"x": np.array([object()])}

    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        StageCache(tmp_path).arrays("features", "a", broken)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]
