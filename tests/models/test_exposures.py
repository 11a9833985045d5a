from __future__ import annotations

import numpy as np
import statsmodels.api as sm

from models.exposures import stress_betas


def sample(rows: int = 1300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    stress = np.cumsum(0.1 * rng.standard_normal(rows))
    change = np.full(rows, np.nan)
    change[20:] = stress[20:] - stress[:-20]
    noise = 0.01 * rng.standard_normal((rows, 3))
    relative = np.outer(stress, [0.5, -0.3, 0.0]) + np.cumsum(noise, axis=0)
    relative[:1000, 2] = np.nan
    return change, relative


def test_betas_and_errors_agree_with_statsmodels() -> None:
    change, relative = sample()
    betas, errors = stress_betas(change, relative, 20, 1000, 20)
    ends = np.arange(1299, 299, -20)[::-1]
    for sector in (0, 1):
        y = relative[ends, sector] - relative[ends - 20, sector]
        fit = sm.OLS(y, sm.add_constant(change[ends])).fit(
            cov_type="HAC", cov_kwds={"maxlags": int(4 * (len(ends) / 100) ** (2 / 9))}
        )
        np.testing.assert_allclose(betas[sector], fit.params[1], rtol=1e-9)
        np.testing.assert_allclose(errors[sector], fit.bse[1], rtol=1e-9)
    np.testing.assert_allclose(betas[:2], [0.5, -0.3], atol=0.1)


def test_a_late_listing_has_none_yet() -> None:
    change, relative = sample()
    betas, errors = stress_betas(change, relative, 20, 1000, 20)
    assert np.isnan(betas[2])
    assert np.isnan(errors[2])


def test_nothing_but_the_past_counts() -> None:
    change, relative = sample()
    cut = stress_betas(change[:900], relative[:900], 20, 500, 10)
    shaken_change, shaken = change.copy(), relative.copy()
    shaken_change[900:], shaken[900:] = 9.0, 9.0
    again = stress_betas(shaken_change[:900], shaken[:900], 20, 500, 10)
    np.testing.assert_array_equal(cut[0], again[0])
    np.testing.assert_array_equal(stress_betas(change[:5], relative[:5], 20, 500, 10)[0], np.nan)
