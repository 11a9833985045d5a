"""Reading a run's folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import duckdb
import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, FiniteFloat, TypeAdapter, ValidationError

AGAIN = "run the backtest again"
EQUITY_COLUMNS = ("value", "cash", "benchmark")
_T = TypeVar("_T")


class _Section(BaseModel):
    """What a page needs; other keys may stand beside it."""

    model_config = ConfigDict(frozen=True, strict=True)


class Data(_Section):
    """The market of the run."""

    source: str
    synthetic: bool


class Period(_Section):
    """ISO dates: the portfolio is built at the close of `built`, measured from `start` to `end`."""

    built: str
    start: str
    end: str


class StrategyName(_Section):
    """The strategy by its class name."""

    name: str


class Costs(_Section):
    """Whether costs were switched off."""

    free: bool


class Settings(_Section):
    """The part of the config that the pages name."""

    strategy: StrategyName
    costs: Costs


class Manifest(_Section):
    """What the run was made from."""

    run_id: str
    benchmark: str
    config: Settings
    data: Data
    period: Period
    notices: list[str]


class Metrics(dict[str, float | None]):
    """Figures by name with unit, None where the data could not give one; names its file."""

    def __init__(self, file: Path, figures: dict[str, float | None]) -> None:
        super().__init__(figures)
        self.file = file

    def __missing__(self, key: str) -> NoReturn:
        raise ValueError(f"{self.file} has no {key}; {AGAIN}")


@dataclass(frozen=True)
class RunFolder:
    """What the pages are made from.

    Attributes:
        path: the folder.
        manifest: what the run was made from.
        metrics: figures by name with unit; a name that is not there raises ValueError.
        equity: value, cash and benchmark wealth in dollars at the close by session (index date):
            at least two rows, strictly increasing dates, finite, value and benchmark positive.
            The first row is the session at whose close the portfolio was built.
    """

    path: Path
    manifest: Manifest
    metrics: Metrics
    equity: pd.DataFrame


def read_run_folder(path: Path) -> RunFolder:
    """Read manifest, metrics and equity.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ValueError: a file is damaged; the message names it, the key or row, and the mend.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"{path}: no such run folder; give the folder that a run printed")
    for name in ("manifest.json", "metrics.json", "equity.parquet"):
        if not (path / name).is_file():
            raise FileNotFoundError(f"{path / name} is missing; {AGAIN}")
    metrics = path / "metrics.json"
    return RunFolder(
        path=path,
        manifest=_json(path / "manifest.json", TypeAdapter(Manifest)),
        metrics=Metrics(metrics, _json(metrics, TypeAdapter(dict[str, int | FiniteFloat | None]))),
        equity=_equity(path / "equity.parquet"),
    )


def _json(path: Path, shape: TypeAdapter[_T]) -> _T:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return shape.validate_python(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # A union's members stand behind the key that they were tried for.
        place = ".".join(str(part) for part in first["loc"] if part not in ("int", "float"))
        reason = f"{place}: {first['msg']}" if place else first["msg"]
        raise ValueError(f"{path} is damaged ({reason}); {AGAIN}") from None
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}); {AGAIN}") from None


def _equity(path: Path) -> pd.DataFrame:
    numbers = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in EQUITY_COLUMNS)
    try:
        table = duckdb.read_parquet(str(path))
        missing = [name for name in ("date", *EQUITY_COLUMNS) if name not in table.columns]
        if missing:
            raise ValueError(f"{path} has no column {missing[0]}; {AGAIN}")
        frame = table.select(f"CAST(date AS TIMESTAMP) AS date, {numbers}").df()
    except duckdb.Error as error:
        raise ValueError(f"{path} is damaged ({str(error).splitlines()[0]}); {AGAIN}") from None
    frame = pd.DataFrame(frame.set_index(pd.DatetimeIndex(frame.pop("date"), name="date")))
    if len(frame) < 2:
        raise ValueError(f"{path} has {len(frame)} rows, fewer than two; {AGAIN}")
    days = frame.index.to_numpy()
    _refuse(path, np.r_[np.isnat(days[0]), ~(days[1:] > days[:-1])], "date is missing or not later")
    _refuse(path, ~np.isfinite(frame.to_numpy()).all(axis=1), "a value is missing")
    unusable = (frame[["value", "benchmark"]] <= 0.0).any(axis=1).to_numpy()
    _refuse(path, unusable, "value or benchmark is not positive")
    return frame


def _refuse(path: Path, wrong: np.ndarray, what: str) -> None:
    if wrong.any():
        raise ValueError(f"{path}, row {int(wrong.argmax()) + 1}: {what}; {AGAIN}")
