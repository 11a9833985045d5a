"""The kernel's views against the mapping's own, decision by decision."""

from __future__ import annotations

import numpy as np
import pytest

from models.evidence import strength
from models.kernel_views import views_of
from models.mapping import MappingConfig, fit_view, training_moments


@pytest.mark.parametrize("features", [("a",), ("a", "b"), ("a", "b", "c")])
def test_every_decision_has_the_view_that_the_mapping_reads(features: tuple[str, ...]) -> None:
    rng = np.random.default_rng(len(features))
    sessions, sectors = 700, 4
    given = rng.standard_normal((sessions, len(features)))
    relative = np.cumsum(0.01 * rng.standard_normal((sessions, sectors)), axis=0)
    relative[:400, 3] = np.nan
    given[650, 0] = np.nan
    config = MappingConfig(
        features=features, horizon=20, window=300, min_rows=200, penalty=0.3, feature_cap=2.0
    )
    rows = [250, 500, 651, 700]
    fits = [training_moments(given[:row], relative[:row], config, 20) for row in rows]
    expected, viewed, evidence = views_of(
        *(np.array([getattr(data, name) for data, _ in fits])
          for name in ("grams", "products", "squares", "rows")),
        np.array([today for _, today in fits]),
        config.min_rows,
        config.penalty * config.window,
        20.0,
    )  # fmt: skip
    for place, row in enumerate(rows):
        view = fit_view(given[:row], relative[:row], config, 20)
        np.testing.assert_array_equal(expected[place], view.expected)
        np.testing.assert_array_equal(viewed[place], view.rows >= config.min_rows)
        assert evidence[place] == strength(view)
    assert evidence.tolist()[2] == 0.0
    assert viewed.any(axis=0).all()
    assert not viewed.all()
