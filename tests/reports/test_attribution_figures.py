"""Attribution tables and picture from a run's folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.attribution_figures import (
    by_sector,
    by_year,
    read_attribution,
    write_attribution_plot,
)
from research.results_folder import write_parquet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sessions in two years, two sectors, a channel and costs."""
    rows = [
        ("2018-12-31", "XLF", "allocation", "credit", 0.02, 0.021),
        ("2018-12-31", "XLF", "commission", "cost", -0.01, -0.011),
        ("2019-01-02", "XLK", "allocation", "credit", -0.03, -0.031),
        ("2019-01-02", "SPY", "style_residual", "style_residual", 0.004, 0.005),
    ]
    columns = ["date", "ticker", "effect", "channel", "linked", "linked_year"]
    write_parquet(tmp_path / "attribution.parquet", pd.DataFrame(rows, columns=columns))
    return tmp_path


def test_tables_add_up_in_percent_with_the_signal_first(folder: Path) -> None:
    table = read_attribution(folder)
    sectors = by_sector(table)
    assert list(sectors.columns) == ["credit", "style_residual", "cost", "total"]
    np.testing.assert_allclose(sectors.loc["XLF"], [2.0, 0.0, -1.0, 1.0])
    np.testing.assert_allclose(sectors.loc["total"], [-1.0, 0.4, -1.0, -1.6])
    years = by_year(table)
    np.testing.assert_allclose(years.loc[2018], [2.1, 0.0, -1.1, 1.0])
    np.testing.assert_allclose(years.loc[2019], [-3.1, 0.5, 0.0, -2.6])
    assert list(years.index) == [2018, 2019]


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_picture_is_written_whole_and_the_same_twice(folder: Path, suffix: str) -> None:
    first = write_attribution_plot(folder, folder / f"first{suffix}").read_bytes()
    second = write_attribution_plot(folder, folder / f"second{suffix}").read_bytes()
    assert first == second
    assert len(first) > 5_000
    assert not list(folder.glob(".*"))


def test_what_is_missing_or_damaged_is_named(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in \.png or \.svg"):
        write_attribution_plot(folder, folder / "plot.pdf")
    path = folder / "attribution.parquet"
    table = read_attribution(folder).assign(date=lambda f: f["date"].dt.strftime("%Y-%m-%d"))
    write_parquet(path, table.assign(linked=np.nan))
    with pytest.raises(ValueError, match=r"attribution\.parquet is damaged \(a value is missing"):
        read_attribution(folder)
    write_parquet(path, table.drop(columns="linked"))
    with pytest.raises(ValueError, match="no column linked; run"):
        read_attribution(folder)
    path.write_bytes(b"PAR1 torn")
    with pytest.raises(ValueError, match="is damaged"):
        read_attribution(folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match="is missing; run the backtest again"):
        read_attribution(folder)
