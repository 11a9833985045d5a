"""A small sweep on the small random market, for the tests of every part that runs one."""

from __future__ import annotations

from typing import Any

from feeds.market import MarketData
from research.config import RunConfig
from research.sweep_config import SweepConfig
from research.sweep_study import Study, make_study

SPACE: dict[str, Any] = {
    "strategy.params.horizon": [20, 30],
    "strategy.params.tracking_error_pct": [2.0, 4.0],
    "stress.window": [300, 400],
}


def small_study(
    market: MarketData, base: RunConfig, engine: str = "cerebro", **given: Any
) -> Study:
    """Eight configurations over one year; `given` replaces parts of the sweep."""
    content = {
        "name": "small",
        "space": SPACE,
        "window": {
            "start": base.period.start,
            "end": base.period.end,
            "folds": 2,
            "inner_blocks": 2,
        },
    }
    return make_study(SweepConfig.model_validate(content | given), base, market, engine)
