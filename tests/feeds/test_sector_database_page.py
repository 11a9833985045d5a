"""docs/sector_database.md: its queries run, its tables are the database's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from sector_market import QUICK, with_another_future

from feeds.market import MarketData
from feeds.sector_database import build_database
from feeds.sector_database_schema import LOADED, VIEWS

PAGE = (Path(__file__).parents[2] / "docs" / "sector_database.md").read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"^### (.+?)\n```sql\n(.+?)```", PAGE, re.M | re.S))


@pytest.fixture(scope="module")
def database(
    make_market: Callable[..., MarketData], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("page") / "sectors.duckdb"
    market = make_market(seed=5, first="2016-01-04", last="2018-12-31")
    build_database(with_another_future(market, pd.Timestamp("2018-06-29"), 7), path, "code", QUICK)
    build_database(market, path, "code", QUICK)
    return path


def answer(database: Path, question: str) -> pd.DataFrame:
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(QUESTIONS[question]).fetchall()
        frame = connection.sql(QUESTIONS[question]).df()
    assert len(frame) == len(rows)
    return frame


def test_there_are_five_questions() -> None:
    assert len(QUESTIONS) == 5


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_query_answers(question: str, database: Path) -> None:
    frame = answer(database, question)
    assert len(frame) > 0
    assert frame.notna().any().all()


def test_two_answers_are_those_of_pandas(
    database: Path, make_market: Callable[..., MarketData]
) -> None:
    closes = make_market(seed=5, first="2016-01-04", last="2018-12-31").total_return_close
    drawdowns = 100.0 * (closes / closes.cummax() - 1.0)
    frame = answer(database, "When was each sector's deepest drawdown?").set_index("ticker")
    assert "HYG" not in frame.index
    assert frame.loc["XLK", "drawdown_pct"] == pytest.approx(drawdowns["XLK"].min(), abs=0.051)
    assert pd.Timestamp(frame.loc["XLK", "lowest_on"]) == drawdowns["XLK"].idxmin()
    changed = answer(database, "Which past returns differ between the two newest loads?")
    assert set(changed["ticker"]) == set(closes.columns)
    assert (pd.to_datetime(changed["first_session"]) == pd.Timestamp("2018-07-02")).all()


def test_the_python_example_runs(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(database.parent)
    (example,) = re.findall(r"```python\n(.+?)```", PAGE, re.S)
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102
    frame = names["frame"]
    assert isinstance(frame, pd.DataFrame)
    assert set(frame["method"]) == {"rule"}


def test_every_table_and_view_is_described(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        held = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
        described = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (.+) \|$", PAGE, re.M))
        assert held == ({"format", *described} | {f"newest_{name}" for name in (*LOADED, *VIEWS)})
        for name in ("loads", "instruments"):
            columns = [row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()]
            for column in set(columns) - {"load_id"}:
                assert re.search(rf"\b{column}\b", described[name]), (name, column)
