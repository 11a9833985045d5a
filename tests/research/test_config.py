from __future__ import annotations

from pathlib import Path

import pytest

from models.costs import CostConfig
from research.config import PUBLISHED, ConfigError, RunConfig, load_config


def write(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[acount]\ncash = 1", "unknown key acount; did you mean account?"),
        ("[account]\ncsh = 1", "unknown key account.csh; did you mean cash?"),
        ("[costs]\nzzz = 1", "unknown key costs.zzz; known keys: half_spread_bps"),
        ("[account]\ncash = -1", "account.cash: Input should be greater than 0"),
        ("[period]\nstart = 2024-01-01\nend = 2023-01-01", "must lie after period.start"),
        ("[period\n", "not valid TOML"),
        ("[period]\nstart = 'soon'", "period.start"),
        ("[account]\ncash = inf", "account.cash"),
        ("[account]\ncash_buffer = 1.0", "account.cash_buffer: Input should be less than 1"),
        ("[costs.half_spread_bps]\nXYZ = 1", "costs.half_spread_bps.XYZ: unknown ticker; known:"),
        ("[costs]\nmax_participation = 0", "costs.max_participation"),
        ("[stress]\nwindow = 100\nmin_history = 200", "stress.min_history 200 must not exceed"),
        ("[data]\nseed = -1", "data.seed"),
        ("seed = -1", "seed: Input should be greater"),
        ("costs = 3", "costs: Input should be a valid dictionary"),
    ],
)
def test_mistakes_are_one_line_with_the_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(write(tmp_path, text))
    assert message in str(error.value)
    assert "\n" not in str(error.value).replace("\\n", "")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: no such configuration file"):
        load_config(tmp_path / "nowhere.toml")


def test_a_section_that_is_no_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"run\.toml: account must be a table \[account\]"):
        load_config(write(tmp_path, "account = 3"), account__cash=1.0)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_the_published_file_says_what_the_defaults_say() -> None:
    published = load_config(PUBLISHED)
    assert published.model_copy(update={"strategy": RunConfig().strategy}) == RunConfig()
    assert published.costs.model() == CostConfig()


def test_overrides_replace_single_keys() -> None:
    settings = load_config(account__cash=5.0)
    assert settings.account.cash == 5.0
    assert settings.account.cash_buffer == 0.005


def test_identity_is_the_content_without_the_datas_place() -> None:
    base = load_config()
    assert base.identity() == load_config(data__source="elsewhere").identity()
    assert base.identity() != load_config(account__cash=5.0).identity()


def test_half_spreads_replace_single_tickers() -> None:
    costs = load_config(costs__half_spread_bps={"XLK": 9.0}).costs.model()
    assert costs.half_spread_of("XLK") == 9.0
    assert costs.half_spread_of("XLF") == CostConfig().half_spread_of("XLF")
