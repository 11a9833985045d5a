"""The tearsheet's own header: what was run, on which data, and how it did against the benchmark."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import jinja2

from reports import figures
from reports.run_folder import RunFolder

TEMPLATES = Path(__file__).parent / "templates"
TITLE = "Bellwether: bond-stress sector rotation"


def header(run: RunFolder) -> str:
    """HTML of the header, one section with its style; every text of the run is escaped.

    Raises:
        ValueError: metrics.json lacks a figure.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    manifest, metrics = run.manifest, run.metrics
    return environment.get_template("tearsheet_header.html.j2").render(
        title=TITLE,
        synthetic=manifest.data.synthetic,
        source=manifest.data.source,
        notices=manifest.notices,
        strategy=manifest.config.strategy.name,
        free=manifest.config.costs.free,
        run_id=manifest.run_id,
        benchmark=manifest.benchmark,
        start=manifest.period.start,
        end=manifest.period.end,
        built=manifest.period.built,
        building_cost=figures.number(metrics["building_cost_bps"], 1, " bp"),
        active=figures.active(metrics),
        compared=figures.compared(metrics),
        orders=figures.number(metrics["orders"], 0),
        fills=figures.number(metrics["fills"], 0),
        decisions=figures.number(metrics["decisions"], 0),
        quantstats=version("quantstats"),
    )
