"""Headless, repeatable Matplotlib for every page."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

PLOT_STYLE = {
    "axes.edgecolor": "#d4dde6",
    "grid.color": "#e3e9ef",
    "grid.linewidth": 0.6,
    "text.color": "#1b2733",
    "xtick.color": "#41566b",
    "ytick.color": "#41566b",
}


@contextmanager
def quiet_plots(salt: str) -> Iterator[None]:
    """Headless, silent, repeatable plotting; settings and open figures are as before afterwards."""
    # The parent of every Matplotlib logger, before the import: a first import writes a font cache.
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import matplotlib as mpl
            import matplotlib.pyplot as plt

            backend, opened = mpl.get_backend(auto_select=False), set(plt.get_fignums())
            with mpl.rc_context():
                try:
                    mpl.use("agg")
                    _style(salt)
                    yield
                finally:
                    for figure in set(plt.get_fignums()) - opened:
                        plt.close(figure)
                    if backend is not None:
                        # rc_context leaves the backend out; one that cannot be had stays Agg.
                        mpl.use(backend, force=False)
    finally:
        logger.setLevel(level)


def _style(salt: str) -> None:
    # QuantStats sets Matplotlib's defaults when it is first imported only.
    import matplotlib as mpl
    import quantstats  # noqa: F401
    import seaborn

    mpl.rcdefaults()
    # DejaVu comes with Matplotlib, so that the page does not depend on installed fonts.
    seaborn.set_theme(style="whitegrid", font="DejaVu Sans", font_scale=1.1, rc=PLOT_STYLE)
    mpl.rcParams["svg.hashsalt"] = salt
