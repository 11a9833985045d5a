"""A run's folder is read whole or refused in one line that names file, place and mend."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from reports.run_folder import read_run_folder
from research.results_folder import write_parquet


def test_a_folder_is_read_as_it_was_written(run_folder: Path) -> None:
    run = read_run_folder(run_folder)
    assert run.metrics == json.loads((run_folder / "metrics.json").read_text())
    manifest = json.loads((run_folder / "manifest.json").read_text())
    assert run.manifest.run_id == manifest["run_id"] == run_folder.name
    assert run.manifest.period.built == f"{run.equity.index[0]:%Y-%m-%d}"
    written = duckdb.read_parquet(str(run_folder / "equity.parquet")).df().set_index("date")
    pd.testing.assert_frame_equal(
        run.equity, written[["value", "cash", "benchmark"]], check_index_type=False
    )


def refused(folder: Path) -> str:
    with pytest.raises((ValueError, FileNotFoundError)) as error:
        read_run_folder(folder)
    text = str(error.value)
    assert "\n" not in text
    assert str(folder) in text
    return text


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "no such run folder; give the folder that a run printed" in refused(tmp_path / "none")


@pytest.mark.parametrize("name", ["manifest.json", "metrics.json", "equity.parquet"])
def test_a_missing_or_cut_off_file_is_named(copied: Path, name: str) -> None:
    content = (copied / name).read_bytes()
    (copied / name).write_bytes(content[: len(content) // 2])
    assert f"{name} is damaged" in refused(copied)
    (copied / name).write_bytes(b"\xff\xfe")
    assert f"{name} is damaged" in refused(copied)
    (copied / name).unlink()
    text = refused(copied)
    assert f"{name} is missing" in text
    assert text.endswith("run the backtest again")


def without(*path: str) -> Callable[[Any], object]:
    def change(content: Any) -> object:
        for part in path[:-1]:
            content = content[part]
        return content.pop(path[-1])

    return change


@pytest.mark.parametrize(
    ("name", "change", "place"),
    [
        ("manifest.json", without("period", "built"), "period.built"),
        ("manifest.json", without("config", "strategy"), "config.strategy"),
        ("manifest.json", lambda m: m.update(data="synthetic"), "data"),
        ("manifest.json", lambda m: m["data"].update(synthetic="no"), "data.synthetic"),
        ("metrics.json", lambda m: m.update(alpha_pct="2.5"), "alpha_pct"),
        ("metrics.json", lambda m: m.update(alpha_pct=float("nan")), "alpha_pct"),
        ("metrics.json", lambda m: m.update(alpha_pct=True), "alpha_pct"),
    ],
)
def test_a_wrong_key_is_named(
    copied: Path, name: str, change: Callable[[Any], object], place: str
) -> None:
    content = json.loads((copied / name).read_text())
    change(content)
    (copied / name).write_text(json.dumps(content))
    assert f"{name} is damaged ({place}: " in refused(copied)


def test_a_file_that_is_no_object_is_named(copied: Path) -> None:
    (copied / "metrics.json").write_text("[1]")
    assert "metrics.json is damaged" in refused(copied)


def test_a_figure_that_is_not_there_is_named(copied: Path) -> None:
    metrics = read_run_folder(copied).metrics
    with pytest.raises(ValueError, match=r"metrics\.json has no sortino_pct; run the backtest"):
        metrics["sortino_pct"]


def swapped_dates(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(date=frame["date"].to_numpy()[[0, 1, 2, 4, 3, *range(5, len(frame))]])


def hole(column: str, row: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.assign(**{column: frame[column].mask(frame.index == row - 1)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (swapped_dates, "row 5: date is missing or not later"),
        (hole("date", 1), "row 1: date is missing or not later"),
        (hole("date", 7), "row 7: date is missing or not later"),
        (hole("value", 10), "row 10: a value is missing"),
        (lambda frame: frame.assign(benchmark=0.0), "row 1: value or benchmark is not positive"),
        (lambda frame: frame.assign(value="much"), "is damaged (Conversion Error"),
        (lambda frame: frame[["date", "value", "cash"]], "has no column benchmark"),
        (lambda frame: frame.head(1), "has 1 rows, fewer than two"),
    ],
)
def test_unusable_equity_is_named_by_row(
    copied: Path, change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    frame = duckdb.read_parquet(str(copied / "equity.parquet")).df()
    write_parquet(copied / "equity.parquet", change(frame))
    text = refused(copied)
    assert "equity.parquet" in text
    assert message in text


def test_negative_cash_is_no_damage(copied: Path) -> None:
    frame = duckdb.read_parquet(str(copied / "equity.parquet")).df()
    frame["cash"] = -np.abs(frame["cash"]) - 1.0
    write_parquet(copied / "equity.parquet", frame)
    assert (read_run_folder(copied).equity["cash"] < 0.0).all()
