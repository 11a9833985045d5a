"""From the name of a market to its data."""

from __future__ import annotations

from pathlib import Path

from feeds.market import MarketData
from research.config import ConfigError, DataSection


def load_market(section: DataSection) -> MarketData:
    """Load the configured market.

    Raises:
        ConfigError: the source is neither a known name nor a folder.
        feeds.problems.DataError: the data cannot be used.
    """
    if section.source == "synthetic":
        from feeds.synthetic import SyntheticConfig, synthetic_market

        return synthetic_market(
            SyntheticConfig(seed=section.seed, lead_sessions=section.lead_sessions)
        )
    if section.source == "yahoo":
        from feeds.yahoo import load_yahoo

        return load_yahoo()
    folder = Path(section.source)
    if not section.source or not folder.is_dir():
        raise ConfigError(
            f"data.source {section.source}: no such folder; give a folder, synthetic or yahoo"
        )
    from feeds.directory import load_directory

    return load_directory(folder)
