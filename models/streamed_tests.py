"""The tests of models.reality_check where not all configurations fit into memory together."""

from __future__ import annotations

import math

import numpy as np

from models.performance import stationary_blocks
from models.reality_check import DRAWS, row_counts, stationary_kernel


class StreamedTests:
    """White's and Hansen's p-values from configurations that come some at a time.

    Nothing is left out: a draw keeps its best configuration so far, as every configuration is seen
    by every draw. Both tests share the draws, while `reality_check` and `superior_ability` make
    their own; either p-value is the one that the function gives for the same draws.

    Args:
        sessions: T, at least 20.
        rng: source of the draws.
        draws: bootstrap samples.
        mean_block: mean length of their blocks, sessions.
    """

    def __init__(
        self, sessions: int, rng: np.random.Generator, draws: int = DRAWS, mean_block: float = 10.0
    ) -> None:
        first, lengths = stationary_blocks(sessions, draws, mean_block, rng)
        self.draws = draws
        self._counts = row_counts(first, lengths, sessions) / sessions
        self._weights, self._padded = _spectral_weights(sessions, mean_block)
        self._root = math.sqrt(sessions)
        self._threshold = -math.sqrt(2.0 * math.log(math.log(sessions)))
        self._best_mean, self._best_t = -math.inf, 0.0
        self._drawn_means = np.full(draws, -np.inf)
        # Hansen's draws are at least zero, as his statistic is.
        self._drawn_t = np.zeros(draws)

    def add(self, active: np.ndarray) -> None:
        """Take some configurations' active returns, [c x T].

        Raises:
            ValueError: a value that is not finite, or a configuration that does not move.
        """
        if not np.isfinite(active).all():
            raise ValueError("active: a value is not finite")
        mean = active.mean(axis=1)
        centred = active - mean[:, None]
        deviation = np.sqrt(self._variance(centred))
        flat = np.flatnonzero(~(deviation > 1e-9 * np.abs(active).max(axis=1)))
        if len(flat):
            raise ValueError(f"active: row {flat[0]} does not move; leave that configuration out")
        t_ratios = self._root * mean / deviation
        self._best_mean = max(self._best_mean, float(mean.max()))
        self._best_t = max(self._best_t, float(t_ratios.max()))
        drawn = self._counts @ centred.T
        np.maximum(self._drawn_means, drawn.max(axis=1), out=self._drawn_means)
        drawn *= self._root / deviation
        # What is clearly worse than the benchmark keeps its shortfall.
        drawn += np.where(t_ratios < self._threshold, t_ratios, 0.0)
        np.maximum(self._drawn_t, drawn.max(axis=1), out=self._drawn_t)

    @property
    def reality_check_p(self) -> float:
        """White's p-value, see models.reality_check.reality_check."""
        return (1 + int((self._drawn_means >= self._best_mean).sum())) / (1 + self.draws)

    @property
    def superior_ability_p(self) -> float:
        """Hansen's consistent p-value, see models.reality_check.superior_ability."""
        return (1 + int((self._drawn_t >= self._best_t).sum())) / (1 + self.draws)

    def _variance(self, centred: np.ndarray) -> np.ndarray:
        """models.reality_check.stationary_variance of [c x T], without the autocovariances."""
        from scipy.fft import rfft

        spectrum = rfft(centred, self._padded, axis=1)
        power = spectrum.real**2 + spectrum.imag**2
        return np.asarray(np.maximum(power @ self._weights, 0.0))


def _spectral_weights(sessions: int, mean_block: float) -> tuple[np.ndarray, int]:
    """Weights of a padded spectrum's powers [n // 2 + 1] in the variance, and n.

    A weighted sum of autocovariances is one of powers (Parseval), the weights being the transform
    of the kernel.
    """
    from scipy.fft import next_fast_len, rfft

    padded = next_fast_len(2 * sessions, real=True)
    kernel = np.zeros(padded)
    kernel[:sessions] = stationary_kernel(sessions, mean_block)
    weights = 2.0 * rfft(kernel).real / (padded * sessions)
    # A real spectrum holds every frequency once that stands for two.
    weights[1 : (padded + 1) // 2] *= 2.0
    return np.asarray(weights), padded
