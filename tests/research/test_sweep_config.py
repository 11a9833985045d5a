from __future__ import annotations

from pathlib import Path

import pytest

from research.config import ConfigError
from research.sweep_config import Range, load_sweep

ROOT = Path(__file__).parents[2]
GOOD = """
name = "study"
[space]
"strategy.params.horizon" = [40, 60]
[window]
start = 2010-01-01
end = 2019-12-31
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(GOOD)
    return path


def test_the_shipped_sweep_reads_and_ends_before_the_test_period() -> None:
    sweep = load_sweep(ROOT / "configs" / "sweep.toml")
    assert sweep.window.end.year == 2019
    assert (ROOT / "configs" / sweep.config).is_file()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[window]", "[window]\nfold = 3", "unknown key window.fold; did you mean folds?"),
        ("name =", "nam =", "unknown key nam; did you mean name?"),
        ("[40, 60]", "{ low = 1, high = 2, step = 2 }", "did you mean steps?"),
        ("[40, 60]", "{ low = 3, high = 2 }", "space.strategy.params.horizon: high 2 must lie"),
        ("[40, 60]", '{ low = 0, high = 2, scale = "log" }', "must be positive on a log scale"),
        ("[40, 60]", "[]", "space.strategy.params.horizon: "),
        ("[40, 60]", "[[1]]", "is no number, text or truth value"),
        ("2010-01-01", "2020-01-01", "window.end 2019-12-31 must lie after"),
        ("end = 2019-12-31", "end = 2020-01-01", "--i-know-this-burns-the-test-set"),
        ("[window]", "[window", "not valid TOML"),
    ],
)
def test_bad_files_get_one_line_with_the_mend(written: Path, old: str, new: str, said: str) -> None:
    written.write_text(GOOD.replace(old, new))
    with pytest.raises(ConfigError) as refusal:
        load_sweep(written)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_test_period_opens_with_the_flag_only(written: Path) -> None:
    written.write_text(GOOD.replace("2019-12-31", "2020-01-02"))
    assert load_sweep(written, burn_test_set=True).window.burns_test_set
    with pytest.raises(ConfigError, match=r"lies in the test period, which starts on 2020-01-01"):
        load_sweep(written)


def test_nested_tables_are_the_same_keys(written: Path) -> None:
    nested = "[space.strategy.params]\nhorizon = [40, 60]\n[space.stress]\n"
    nested += "window = { low = 500, high = 900 }"
    written.write_text(GOOD.replace('[space]\n"strategy.params.horizon" = [40, 60]', nested))
    assert load_sweep(written).space == {
        "strategy.params.horizon": (40, 60),
        "stress.window": Range(low=500, high=900),
    }


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml: no such sweep file"):
        load_sweep(tmp_path / "nothing.toml")
