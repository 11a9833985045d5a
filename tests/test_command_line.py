"""The command line as a user runs it: another process, its output and its exit status."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROTATION = "strategies/bond_stress_rotation.py:BondStressRotation"


def command(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"},
    )


def test_the_default_run(tmp_path: Path) -> None:
    done = command("run_backtest.py", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    folder = Path(done.stdout.splitlines()[-1])
    assert folder.parent == tmp_path
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "metrics.json", "equity.parquet", "weights.parquet", "decisions.parquet",
        "orders.parquet", "fills.parquet", "warnings.parquet", "recommendations.parquet",
        "transitions.parquet", "monitor.parquet", "parents.parquet", "attribution.parquet",
        "tearsheet.html",
    }  # fmt: skip
    assert "synthetic" in done.stdout.lower()
    assert "warning:" not in done.stdout.lower()
    page = (folder / "tearsheet.html").read_bytes()
    spent = command("run_backtest.py", "slippage", folder, "--by", "sector")
    assert (spent.returncode, spent.stderr) == (0, "")
    assert "XLRE" in spent.stdout
    earned = command("run_backtest.py", "attribution", folder, "--by", "channel")
    assert (earned.returncode, earned.stderr) == (0, "")
    assert "credit" in earned.stdout
    assert "market" in earned.stdout
    again = command("run_backtest.py", "report", folder)
    assert (again.returncode, again.stderr) == (0, "")
    assert (folder / "tearsheet.html").read_bytes() == page


def test_a_watched_run_shows_its_orders(tmp_path: Path) -> None:
    done = command(
        "run_backtest.py", "--watch", "--start", "2024-06-03", "--end", "2024-08-30",
        "--out", tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "orders at the close of 2024-08-" in done.stderr
    assert "filled" in done.stderr


def test_capacity_writes_its_table_and_picture(tmp_path: Path) -> None:
    done = command(
        "run_backtest.py", "capacity", "--start", "2024-01-02", "--end", "2024-09-30",
        "--out", tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    folder = Path(done.stdout.splitlines()[-1])
    assert {path.name for path in folder.iterdir()} == {"capacity.parquet", "capacity.png"}
    assert "10 bn" in done.stdout


def test_the_sector_database_is_kept_and_its_regimes_shown(tmp_path: Path) -> None:
    file, picture = tmp_path / "sectors.duckdb", tmp_path / "regimes.png"
    missing = command("run_backtest.py", "data", "regimes", "--database", file)
    assert missing.returncode == 2
    assert missing.stderr.startswith("error: ")
    for said in ("added", "is there already"):
        done = command("run_backtest.py", "data", "pull", "--data", "synthetic", "--database", file)
        assert (done.returncode, done.stderr) == (0, "")
        assert said in done.stdout
    shown = command("run_backtest.py", "data", "regimes", "--database", file, "--plot", picture)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "late cycle" in shown.stdout
    assert Path(shown.stdout.splitlines()[-1]) == picture
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_sweep_is_planned_and_refused_on_the_test_period(tmp_path: Path) -> None:
    planned = command("run_backtest.py", "sweep", "--dry-run", "--out", tmp_path)
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "27 configurations" in planned.stdout
    assert list(tmp_path.iterdir()) == []
    burning = tmp_path / "burning.toml"
    text = (ROOT / "configs" / "sweep.toml").read_text()
    (tmp_path / "published.toml").write_text((ROOT / "configs" / "published.toml").read_text())
    burning.write_text(text.replace("end = 2019-12-31", "end = 2021-12-31"))
    refused = command("run_backtest.py", "sweep", burning, "--dry-run", "--out", tmp_path / "out")
    assert refused.returncode == 2
    assert "--i-know-this-burns-the-test-set" in refused.stderr


@pytest.mark.realdata
def test_a_run_on_a_folder_of_real_data(real_data_dir: Path, tmp_path: Path) -> None:
    done = command(
        "run_backtest.py", "--data", real_data_dir, "--start", "2003-01-01",
        "--end", "2004-12-31", "--out", tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "synthetic" not in done.stdout.lower()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "no/such/folder"], "no such folder; give a folder, synthetic or yahoo"),
        (["--start", "1990-01-01"], "start on"),
        (["--strategy", "Momentum"], "no strategy Momentum; known:"),
        (["--config", "no.toml"], "no.toml: no such configuration file"),
        (["--cash", "-5"], "account.cash"),
        (["--cash", "much"], "Invalid value for '--cash'"),
        (["--start", "yesterday"], "Invalid value for '--start'"),
        (["--sart", "2020-01-01"], "No such option: --sart"),
        (["--out", "README.md"], "README.md cannot be made"),
        (["report", "no/such/run"], "no/such/run"),
        (["data", "check", "no/such/folder"], "no/such/folder"),
    ],
)
def test_a_mistake_is_one_line_and_status_two(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    if not arguments[0].startswith(("report", "data")):
        arguments = ["--out", str(tmp_path), *arguments]
    done = command("run_backtest.py", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "run_backtest.py", "--start", "2006-02-01", "--out", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(2.5)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "interrupted; nothing was written"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.realdata
def test_the_benchmark_at_no_cost_earns_its_published_return(
    real_data_dir: Path, tmp_path: Path
) -> None:
    done = command(
        "run_backtest.py", "--data", real_data_dir, "--start", "2022-01-01", "--end", "2022-12-31",
        "--strategy", "BuyAndHold", "--free", "--out", tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    folder = Path(done.stdout.splitlines()[-1])
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["total_return_pct"] == pytest.approx(-18.18, abs=0.05)
    assert "before all costs" in (folder / "tearsheet.html").read_text()


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = command("run_backtest.py", "--data", "no/such", "--debug", "--out", tmp_path)
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def broken_folder(folder: Path) -> Path:
    (folder / "etf").mkdir(parents=True)
    (folder / "etf" / "SPY.csv").write_text(
        "date,open,high,low,close,adj_close,volume\n"
        "2024-01-02,100,101,99,100,100,1000\n"
        "2024-01-03,100,99,101,100,100,1000\n"
        "2024-01-05,-1,101,99,100,100,-1000\n"
    )
    return folder


def test_data_check_prints_every_problem(tmp_path: Path) -> None:
    done = command("run_backtest.py", "data", "check", broken_folder(tmp_path / "market"))
    assert done.returncode == 1
    for words in ("SPY.csv", "below low", "below zero", "2024-01-04 is missing"):
        assert words in done.stdout
    assert done.stdout.count("error") >= 3


def test_a_run_on_broken_data_names_file_row_and_mend(tmp_path: Path) -> None:
    folder = broken_folder(tmp_path / "market")
    done = command("run_backtest.py", "--data", folder, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "SPY.csv" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def btrun(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    code = "from backtrader.btrun import btrun; btrun()"
    return command("-W", "ignore", "-c", code, *arguments, cwd=cwd)


def test_the_plug_ins_load_in_btrun() -> None:
    done = btrun(
        "--data", "synthetic", "--nostdstats",
        "--hook", "run_backtest.py:configure:period__start='2023-01-01'",
        "--strategy", f"{ROTATION}:horizon=40,tracking_error_pct=2.0",
        "--analyzer", "analyzers/active_return.py:ActiveReturn",
        "--analyzer", "analyzers/weights.py:Weights",
        "--analyzer", "analyzers/trades.py:Trades",
        "--analyzer", "analyzers/equity.py:Equity",
        "--pranalyzer",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tracking_error_pct" in done.stdout
    assert "order_id" in done.stdout


# btrun 1.9.78.123 loads files by a method that Python has deprecated since 3.4.
legacy_loader = pytest.mark.filterwarnings("ignore:the load_module:DeprecationWarning")


STRATEGIES = [
    path for path in sorted((ROOT / "strategies").glob("*.py")) if "\nclass " in path.read_text()
]


@legacy_loader
@pytest.mark.parametrize("path", STRATEGIES)
def test_btrun_finds_the_files_own_strategy_without_a_class_name(path: Path) -> None:
    """btrun then takes the alphabetically first class, imported ones included."""
    module = importlib.import_module("backtrader.btrun.btrun")
    loaded, error = module.loadmodule(str(path))
    assert error is None
    import backtrader as bt

    names = [found.__name__ for found in module.getmodclasses(loaded, bt.Strategy)]
    assert len(names) <= 1
    if path.stem not in ("__init__",):
        assert names[0].lower() == path.stem.replace("_", "")


@legacy_loader
def test_the_sizer_loads_by_path() -> None:
    import backtrader as bt

    module = importlib.import_module("backtrader.btrun.btrun")
    loaded, error = module.loadmodule(str(ROOT / "sizers" / "target_weight.py"))
    assert error is None
    assert [c.__name__ for c in module.getmodclasses(loaded, bt.Sizer)] == ["TargetWeight"]


def test_the_embedded_market_needs_nothing_but_the_code(tmp_path: Path) -> None:
    """From a foreign folder: no file of the project is looked for in the working directory."""
    done = command(ROOT / "run_backtest.py", "--start", "2023-01-01", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "results").is_dir()
