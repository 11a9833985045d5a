"""The reference engine's word on another engine's results."""

from __future__ import annotations

import numpy as np

from research.sweep_cache import StageCache
from research.sweep_configurations import Configurations
from research.sweep_engine import engine_named
from research.sweep_store import SweepStore
from research.sweep_study import Study

REFERENCE = "cerebro"
SAMPLED = 5
TOLERANCE = 1e-9


class ParityError(RuntimeError):
    """Two engines disagree; the message names the configuration and the session."""


def confirm(study: Study, store: SweepStore) -> int:
    """Run sampled configurations of another engine through Cerebro; returns how many agreed.

    Every session's value must agree to 1e-9 relative. Cerebro's own results are not run again: 0.

    Raises:
        ParityError: a value differs.
    """
    if study.job.engine == REFERENCE:
        return 0
    table = store.table()
    rng = np.random.default_rng(study.sweep.seed)
    chosen = np.sort(rng.choice(len(table), min(SAMPLED, len(table)), replace=False))
    columns = [table[key].iloc[chosen].tolist() for key in study.keys]
    configs = Configurations(study.base, study.keys, tuple(zip(*columns, strict=True)))
    ids = table["config_id"].iloc[chosen].tolist()
    reference = engine_named(REFERENCE).run_batch(study.market, configs, StageCache())
    for name, ours, theirs in zip(ids, store.series(ids), reference.values, strict=True):
        wrong = ~np.isclose(ours, theirs, rtol=TOLERANCE, atol=0.0)
        if wrong.any():
            session = int(wrong.argmax())
            raise ParityError(
                f"configuration {name}: {study.job.engine} has {ours[session]:.6f} on "
                f"{reference.dates[session]}, {REFERENCE} {theirs[session]:.6f}; "
                f"please report it, and use --engine {REFERENCE}"
            )
    return len(chosen)
