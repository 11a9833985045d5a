"""Slippage, working orders and capacity as people see them."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from models.shortfall import PARTS
from reports.capacity_plot import capacity_rows, write_capacity_plot
from reports.order_table import order_table
from reports.slippage_table import slippage, slippage_table


def text(table: object) -> str:
    with io.StringIO() as out:
        Console(width=80, file=out).print(table)
        return out.getvalue()


@pytest.fixture
def parents() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    dollars = {f"{part}_dollars": rng.normal(0, 100, 12).round(2) for part in PARTS}
    return pd.DataFrame(
        {
            "order_id": [f"order-{k}" for k in range(12)],
            "decision_id": np.repeat(["2019-11-01", "2019-12-02", "2020-01-02"], 4),
            "date": pd.to_datetime(np.repeat(["2019-11-01", "2019-12-02", "2020-01-02"], 4)),
            "ticker": ["XLK", "XLF", "XLU", "XLP"] * 3,
            "shares": 100.0,
            "filled_shares": [100.0] * 11 + [50.0],
            "decision_price": 50.0,
            "value": 5000.0,
            "expected_cost_bps": rng.uniform(1, 9, 12),
            "shortfall_dollars": sum(dollars.values()),
            **dollars,
        }
    )


def write(folder: Path, frame: pd.DataFrame) -> None:
    duckdb.from_df(frame).write_parquet(str(folder / "parents.parquet"))


@pytest.mark.parametrize(("by", "groups"), [("sector", 4), ("rotation", 3), ("year", 2)])
def test_slippage_against_pandas(
    tmp_path: Path, parents: pd.DataFrame, by: str, groups: int
) -> None:
    write(tmp_path, parents)
    rows = slippage(tmp_path, by)
    assert len(rows) == groups + 1
    keys = {"sector": parents["ticker"], "rotation": parents["decision_id"]}
    key = keys.get(by, parents["date"].dt.strftime("%Y"))
    grouped = parents.groupby(key)
    for name, dollars, filled, expected, paid, *parts in rows[:-1]:
        mine = grouped.get_group(name)
        assert dollars == mine["value"].sum()
        assert filled == pytest.approx(100 * mine["filled_shares"].sum() / mine["shares"].sum())
        assert expected == pytest.approx(mine["expected_cost_bps"].mean())
        costs = mine[["spread_dollars", "impact_dollars", "commission_dollars"]].to_numpy().sum()
        assert paid == pytest.approx(1e4 * costs / dollars)
        assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=1e-9)
    assert rows[-1][-1] == pytest.approx(1e4 * parents["shortfall_dollars"].sum() / 60_000)
    shown = text(slippage_table(tmp_path, by))
    assert all(str(row[0]) in shown for row in rows)
    assert "…" not in shown


def test_slippage_says_what_is_wrong(tmp_path: Path, parents: pd.DataFrame) -> None:
    with pytest.raises(FileNotFoundError, match=r"parents.parquet is missing; run the backtest"):
        slippage(tmp_path, "year")
    (tmp_path / "parents.parquet").write_bytes(b"no parquet")
    with pytest.raises(ValueError, match=r"parents.parquet is damaged"):
        slippage(tmp_path, "year")
    (tmp_path / "parents.parquet").unlink()
    write(tmp_path, parents.iloc[:0])
    assert slippage(tmp_path, "order") == []
    assert "no orders" in text(slippage_table(tmp_path, "order"))


def test_the_watched_orders_by_hand() -> None:
    row = {
        "side": "sell", "ticker": "XLK", "shares": 1000.0, "filled_shares": 400.0,
        "scheduled_shares": 500.0, "participation": 0.0123, "arrival_price": 50.0,
        "average_price": 49.9, "expected_sessions_left": 3, "status": "working",
    }  # fmt: skip
    line = text(order_table("2020-01-02", [row])).splitlines()[2].split()
    # Sold 20 bp below the arrival: a cost.
    assert line == ["sell", "XLK", "1,000", "400", "40", "50", "1.23", "50.00", "49.90", "20.0",
                    "3", "working"]  # fmt: skip
    waiting = text(order_table("2020-01-02", [row | {"average_price": float("nan")}]))
    assert "nan" not in waiting


def test_the_capacity_plot_repeats_itself(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "algorithm": ["at once"] * 3 + ["TWAP over 5"] * 3,
            "assets": [1e7, 1e9, 1e10] * 2,
            "expected_cost_bps": 1.0, "cost_bps": [5.0, 40.0, 80.0, 4.0, 35.0, 78.0],
            "shortfall_bps": 1.0, "sessions": [1.0, 6.0, 46.0, 5.0, 7.0, 46.0],
            "sessions_p95": 1.0, "unfilled_pct": 0.0,
        }
    )  # fmt: skip
    first = write_capacity_plot(table, "title", tmp_path / "capacity.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    assert len(first) > 10_000
    assert write_capacity_plot(table, "title", tmp_path / "capacity.png").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["capacity.png"]
    shown = text(capacity_rows(table, "title"))
    assert "TWAP over 5" in shown
    assert "10 bn" in shown
