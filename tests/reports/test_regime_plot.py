"""The picture of the regimes: from the file alone, reproducible, one line when it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from feeds.market import MarketData
from feeds.market_regimes import RegimeSettings
from feeds.sector_database import build_database
from models.markov_fit import MarkovConfig
from models.regimes import RegimeRule
from models.stress import StressConfig
from reports.regimes import write_regime_plot

SETTINGS = RegimeSettings(
    stress=StressConfig(window=250, min_history=60),
    rule=RegimeRule(window=250, min_history=60),
    markov=MarkovConfig(min_history=60, starts=0, em_steps=3),
    channels=("credit",),
)


@pytest.fixture(scope="module")
def database(
    make_market: Callable[..., MarketData], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("plot") / "sectors.duckdb"
    build_database(make_market(seed=4, first="2007-01-03", last="2009-12-31"), path, "1", SETTINGS)
    return path


def test_the_picture_names_every_part_and_is_the_same_twice(database: Path, tmp_path: Path) -> None:
    first = write_regime_plot(database, tmp_path / "new" / "one.svg")
    second = write_regime_plot(database, tmp_path / "new" / "two.svg", load_id=1)
    text = first.read_text(encoding="utf-8")
    assert second.read_text(encoding="utf-8") == text
    for label in (
        "late cycle",
        "no reading",
        "NBER recession (hindsight)",
        "memory, 2007-01-03 to 2009-12-31",
        "Treasury yield, %",
        "filtered probability of turbulence",
    ):
        assert label in text
    assert "http-equiv" not in text
    assert sorted(one.name for one in first.parent.iterdir()) == ["one.svg", "two.svg"]


def test_a_png_is_a_picture_with_content(database: Path, tmp_path: Path) -> None:
    import matplotlib.image

    pixels = matplotlib.image.imread(write_regime_plot(database, tmp_path / "regimes.png"))
    assert pixels.shape[0] > 600
    assert pixels.shape[1] > 1000
    assert 0.02 < float((pixels[..., :3].min(axis=2) < 0.9).mean()) < 0.9


def test_what_a_load_lacks_is_said_or_left_out(
    make_market: Callable[..., MarketData], tmp_path: Path
) -> None:
    market = make_market(seed=4, first="2008-01-02", last="2008-12-31")
    path = tmp_path / "sectors.duckdb"
    build_database(market, path, "1", RegimeSettings(channels=()))
    made_up = replace(market.until(pd.Timestamp("2008-12-30")), synthetic=True)
    build_database(made_up, path, "1", RegimeSettings(channels=()))
    lived, drawn = (
        write_regime_plot(path, tmp_path / f"{load}.svg", load).read_text(encoding="utf-8")
        for load in (1, 2)
    )
    assert "no Markov-switching model in this load" in lived
    assert "NBER recession" in lived
    assert "synthetic" not in lived
    # Nobody announced a recession in a made-up market.
    assert "NBER recession" not in drawn
    assert "synthetic" in drawn


def test_what_cannot_be_drawn_is_one_line(database: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in \.png or \.svg"):
        write_regime_plot(database, tmp_path / "regimes.gif")
    with pytest.raises(ValueError, match="there is no load 5"):
        write_regime_plot(database, tmp_path / "regimes.svg", load_id=5)
    with pytest.raises(ValueError, match="no sector database"):
        write_regime_plot(tmp_path / "absent.duckdb", tmp_path / "regimes.svg")
    bad = tmp_path / "bad.duckdb"
    bad.write_text("not a database")
    with pytest.raises(ValueError, match="cannot be read as a sector database"):
        write_regime_plot(bad, tmp_path / "regimes.svg")
    assert [one.name for one in tmp_path.iterdir()] == ["bad.duckdb"]
