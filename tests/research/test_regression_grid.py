"""The regression grid: nothing where nothing is, something where a lead is planted."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from feeds.bond_stress import market_stress
from feeds.market import MarketData
from feeds.synthetic import SyntheticConfig, synthetic_market
from reports.regression_page import write_regression_page
from research.config import RunConfig, load_config
from research.regression_grid import regression_grid, write_regressions
from research.regression_sentences import plain_sentences


@pytest.fixture(scope="module")
def long_config() -> RunConfig:
    return load_config(period__start="2006-01-03", period__end="2024-12-31")


@pytest.fixture(scope="module")
def planted(long_config: RunConfig) -> pd.DataFrame:
    return regression_grid(synthetic_market(SyntheticConfig(seed=7, lead_sessions=40)), long_config)


def test_a_planted_lead_is_found(planted: pd.DataFrame) -> None:
    assert len(planted) == 11 * 6 * 2 * 3
    assert planted["survives"].sum() >= 3
    assert (planted["by_p"] >= planted["bh_p"]).sum() == planted["bh_p"].notna().sum()
    # Random signs, which assume less, see the lead as well.
    assert planted["sign_bh_p"].min() <= 0.1
    assert planted["sign_p"].min() >= 1e-4
    # No break is dated in the first or last 15 % of the years of a sector listed throughout.
    days = planted.loc[planted["sector"] == "XLK", "break_session"]
    assert days.between("2008-10-01", "2022-03-31").all()


def test_nothing_is_found_where_nothing_is(long_config: RunConfig) -> None:
    """Stress of one market, sectors of others: in most draws nothing survives."""
    stress = synthetic_market(SyntheticConfig(seed=3, lead_sessions=40))
    clean, many = 0, []
    for seed in (11, 12, 13):
        other = synthetic_market(SyntheticConfig(seed=seed, lead_sessions=40))
        frames = {}
        for name in ("open", "high", "low", "close", "total_return_close", "volume"):
            bonds = [t for t in stress.tickers if t not in other.close or not t.startswith("X")]
            frame = getattr(other, name).copy()
            for ticker in bonds:
                if ticker != "SPY":
                    frame[ticker] = getattr(stress, name)[ticker]
            frames[name] = frame
        market = MarketData(
            sessions=other.sessions, macro=stress.macro, source="mixed", synthetic=True, **frames
        )
        table = regression_grid(market, long_config, horizons=(40,))
        clean += not table["survives"].any()
        many.append(table["many_p"].iloc[0])
    assert clean >= 2
    assert min(many) > 0.01


def test_a_cell_against_statsmodels(planted: pd.DataFrame, long_config: RunConfig) -> None:
    market = synthetic_market(SyntheticConfig(seed=7, lead_sessions=40))
    features, _ = market_stress(market, long_config.stress.model())
    logs = np.log(market.total_return_close["XLK"] / market.total_return_close["SPY"])
    known = features["rates_60"].notna() & (logs.index >= "2006-01-03")
    x, y = features.loc[known, "rates_60"], logs[known]
    frame = pd.DataFrame({"x": x, "y": y.shift(-40) - y}).dropna()
    fit = sm.OLS(frame["y"], sm.add_constant(frame["x"])).fit(
        cov_type="HAC", cov_kwds={"maxlags": 40}
    )
    cell = planted.query(
        "sector == 'XLK' and channel == 'rates' and kind == 'change' and horizon == 40"
    ).iloc[0]
    assert cell["rows"] == len(frame)
    assert cell["coefficient_pct"] == pytest.approx(100 * fit.params["x"], rel=1e-8)
    assert cell["newey_west_t"] == pytest.approx(fit.tvalues["x"], rel=1e-8)
    assert cell["r2_pct"] == pytest.approx(100 * fit.rsquared, rel=1e-8)


def test_sentences_count_what_the_table_holds(planted: pd.DataFrame) -> None:
    lines = plain_sentences(planted)
    survivors = int(planted["survives"].sum())
    assert lines[0].startswith(f"{int(planted['p_value'].notna().sum())} regressions")
    assert lines[1].startswith(f"{survivors} survive")
    assert len(lines) == 2 + min(survivors, 8) + 4
    first = planted.sort_values("bh_p").iloc[0]
    assert first["sector"] in lines[2]
    turned = int((planted["sign_p"] <= 0.05).sum())
    tested = int(planted["p_value"].notna().sum())
    assert f"give {turned} of {tested} at or below 5 %" in lines[-4]
    broken = planted[planted["break_p"] <= 0.05]
    assert f"breaks in {len(broken)} of {tested}" in lines[-2]
    assert f"90 % quantile in {int((planted['tail_high_p'] <= 0.05).sum())} " in lines[-1]
    nothing = plain_sentences(planted.assign(survives=False))
    assert nothing[2].startswith(f"The nearest is {first['sector']} on the ")


def test_nothing_after_the_period_is_read(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    config = make_config(period__start="2015-06-01", period__end="2018-12-31")
    whole = regression_grid(small_market, config, horizons=(20,))
    cut = regression_grid(small_market.until("2018-12-31"), config, horizons=(20,))
    pd.testing.assert_frame_equal(whole, cut)


def test_too_short_a_period_is_refused(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    with pytest.raises(ValueError, match="no regression has 504 sessions"):
        regression_grid(small_market, make_config(period__start="2019-01-02"))


@pytest.fixture(scope="module")
def written(
    small_market: MarketData,
    make_config: Callable[..., RunConfig],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    config = make_config(period__start="2015-06-01", period__end="2019-09-30")
    root = tmp_path_factory.mktemp("regressions")
    return write_regressions(small_market, config, root, write_regression_page)


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / written.name))


def test_the_folder_and_its_page(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "regressions.parquet", "projections.parquet", "notes.parquet", "regressions.html",
    }  # fmt: skip
    page = (folder / "regressions.html").read_text()
    assert "regressions:" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    first = (folder / "regressions.html").read_bytes()
    assert write_regression_page(folder).read_bytes() == first
    (folder / "projections.parquet").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"projections.parquet is damaged"):
        write_regression_page(folder)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.mark.browser
def test_the_page_opens_offline(folder: Path, browser: Any) -> None:
    page = browser.new_context(offline=True, viewport={"width": 400, "height": 800}).new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.goto((folder / "regressions.html").as_uri())
    assert troubles == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    drawn = "[...document.images].every(image => image.complete && image.naturalWidth > 300)"
    assert page.evaluate(drawn)
