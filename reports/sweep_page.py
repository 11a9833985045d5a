"""The page of a sweep: one file that opens offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.figures import interval, number
from reports.sweep_charts import (
    heat_maps,
    maps_note,
    parallel_coordinates,
    parallel_note,
    short,
)
from reports.sweep_folder import SweepFolder, read_sweep_folder
from reports.sweep_scatters import MOST_DOTS, fold_scatters, stability_chart

PAGE = "sweep.html"
PLATEAU, SPIKE = 0.7, 0.3


def write_sweep_page(folder: Path) -> Path:
    """Make `sweep.html` in a sweep's folder; the same folder gives the same bytes.

    Raises:
        FileNotFoundError, ValueError: the folder cannot be read; see `read_sweep_folder`.
    """
    sweep = read_sweep_folder(folder)
    environment = Environment(
        loader=PackageLoader("reports"), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("sweep.html.j2").render(**_content(sweep))
    target, partial = folder / PAGE, folder / f".sweep-{os.getpid()}.partial"
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _content(sweep: SweepFolder) -> dict[str, Any]:
    summary = sweep.summary
    charts = fold_scatters(sweep)
    best = sweep.table.set_index("config_id").loc[summary["in_sample_best"]["config_id"]]
    return {
        "sweep": summary,
        "objective": sweep.objective,
        "result": _result(summary["out_of_sample"]),
        "luck": _luck(summary["statistics"]),
        "folds": [
            {
                "number": place,
                "inner": f"{fold['inner_start']} to {fold['inner_end']}",
                "outer": f"{fold['outer_start']} to {fold['outer_end']}",
                "chosen": fold["chosen"],
                "values": _values(sweep, fold["chosen"]),
                "scores": [number(fold[name]) for name in ("inner", "outer", "outer_median")],
                "rank": number(_percent(fold["outer_rank"]), 0, " %"),
                "correlation": number(fold["correlation"]),
                "chart": Markup(chart),  # noqa: S704
            }
            for place, (fold, chart) in enumerate(
                zip(summary["folds"], charts, strict=True), start=1
            )
        ],
        "maps": [Markup(chart) for chart in heat_maps(sweep)],  # noqa: S704
        "maps_note": maps_note(sweep),
        "parallel": Markup(parallel_coordinates(sweep)),  # noqa: S704
        "parallel_note": parallel_note(sweep),
        "stability": Markup(stability_chart(sweep)),  # noqa: S704
        "point": _point(len(sweep.table)),
        "plateau": number(summary["stability"]["plateau"]),
        "verdict": _verdict(summary["stability"]["plateau"]),
        "best": _values(sweep, summary["in_sample_best"]["config_id"]),
        "best_objective": number(float(best["whole"])),
        "space": [(axis["key"], _domain(axis)) for axis in summary["space"]],
    }


def _point(configurations: int) -> str:
    """What a point of a scatter is."""
    if configurations <= MOST_DOTS:
        return "each point a configuration"
    return "each cell shaded by its number of configurations, on a log scale, darker is more"


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _values(sweep: SweepFolder, config_id: str) -> str:
    row = sweep.table[sweep.table["config_id"] == config_id].iloc[0]
    return ", ".join(f"{short(key)} {_plain(row[key])}" for key in sweep.keys)


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _domain(axis: dict[str, Any]) -> str:
    if "choices" in axis:
        return ", ".join(_plain(value) for value in axis["choices"])
    scale = ", log scale" if axis["scale"] == "log" else ""
    steps = f", {axis['steps']} steps" if axis["steps"] else ""
    return f"{_plain(axis['low'])} to {_plain(axis['high'])}{scale}{steps}"


def _verdict(plateau: float | None) -> str:
    if plateau is None:
        return "no neighbours to compare with"
    if plateau >= PLATEAU:
        return "a plateau"
    return "a spike" if plateau <= SPIKE else "between plateau and spike"


def _result(figures: dict[str, float | None]) -> list[tuple[str, str, str]]:
    """(label, value, interval) of holding each fold's selection in its outer part."""
    ends = {
        name: interval(figures[f"{name}_low{unit}"], figures[f"{name}_high{unit}"])
        for name, unit in (("information_ratio", ""), ("alpha", "_pct"))
    }
    return [
        (
            "Information ratio a year",
            number(figures["information_ratio"]),
            ends["information_ratio"],
        ),
        ("Alpha a year", number(figures["alpha_pct"], 2, " %"), ends["alpha"]),
        ("Active return a year", number(figures["active_return_pct"], 2, " %"), ""),
        ("Tracking error a year", number(figures["tracking_error_pct"], 2, " %"), ""),
    ]


def _luck(figures: dict[str, float | None]) -> list[tuple[str, str, str]]:
    """(label, value, meaning) of the statistics on all configurations together."""
    if not figures:
        return []
    ratio = interval(figures["best_information_ratio_low"], figures["best_information_ratio_high"])
    return [
        (
            "Probability of backtest overfitting",
            number(_percent(figures["overfitting_probability"]), 0, " %"),
            "the best of one half of the window is in the lower half of the other; "
            "50 % is pure chance",
        ),
        (
            "Best information ratio, in-sample",
            number(figures["best_information_ratio"]),
            f"95 % interval {ratio}, which ignores that it was chosen",
        ),
        (
            "What the best would show without skill",
            number(figures["expected_best_without_skill"]),
            f"of {number(figures['independent_trials'], 1)} configurations, as if independent",
        ),
        (
            "Deflated information ratio",
            number(_percent(figures["deflated_probability"]), 0, " %"),
            "probability that the best one's true ratio is above that; 95 % would be evidence",
        ),
        (
            "Reality check (White)",
            f"p = {number(figures['reality_check_p'], 3)}",
            f"if no configuration could beat the benchmark; {_draws(figures)}",
        ),
        (
            "Superior predictive ability (Hansen)",
            f"p = {number(figures['superior_ability_p'], 3)}",
            "the same, weighing the risk of each",
        ),
    ]


def _draws(figures: dict[str, float | None]) -> str:
    """The bootstrap behind the p-values, and its error."""
    shared = "both tests share " if figures["draws_shared"] else ""
    error = number(figures["p_error"], 3)
    return f"{shared}{number(figures['draws'], 0)} draws, standard error {error} at most"
