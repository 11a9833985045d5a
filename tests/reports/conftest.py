"""A run's folder with its tearsheet, made once from a small run."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from feeds.market import MarketData
from research.config import load_config
from research.run import run, write_run


@pytest.fixture(scope="session")
def make_folder(
    make_market: Callable[..., MarketData], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Factory of run folders without pages."""

    def make() -> Path:
        settings = load_config(
            period__start=date(2017, 1, 1),
            period__end=date(2018, 12, 31),
            strategy__params={"horizon": 20, "training_window": 300, "min_rows": 100},
        )
        market = make_market(last="2018-12-31")
        return write_run(run(market, settings), tmp_path_factory.mktemp("results"))

    return make


@pytest.fixture(scope="session")
def run_folder(make_folder: Callable[..., Path]) -> Path:
    from reports.tearsheet import write_tearsheet

    folder = make_folder()
    write_tearsheet(folder)
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium, or a skip."""
    import shutil

    found = os.environ.get("BELLWETHER_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not found:
        pytest.skip("no Chromium on this machine (or in BELLWETHER_CHROMIUM)")
    return found
