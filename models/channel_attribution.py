"""Active weights by the channel of the signal that asked for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ChannelWeights:
    """One decision's active weights in parts that sum to target less benchmark weights.

    Attributes:
        channels: [N x K] what each channel's share of the expected returns asked for.
        optimiser: [N] what risk, limits, costs and the stay at older weights made of it.
        scale: active weight per unit of expected return; zero where the decision has no view or
            went against it.
    """

    channels: np.ndarray
    optimiser: np.ndarray
    scale: float


def channel_weights(active: np.ndarray, contributions: np.ndarray) -> ChannelWeights:
    """Split active weights by each channel's share of the expected returns.

    The expected returns m, less their mean over the sectors with a view, are scaled to the active
    weights a by least squares through the origin: s = a'm / m'm, at least zero. A channel k with
    the contributions c_k to m gets s c_k (centred alike); a - s m is the optimiser's. Dividing
    each sector's own weight by its own expected return would sum as well, but it gives shares
    without bound where two channels cancel.

    Args:
        active: [N] target less benchmark weights.
        contributions: [N x K] each channel's part of the expected return; NaN rows have no view.
    """
    viewed = np.isfinite(contributions).all(axis=1) & (contributions != 0.0).any(axis=1)
    centred = np.zeros(contributions.shape)
    if viewed.any():
        centred[viewed] = contributions[viewed] - contributions[viewed].mean(axis=0)
    expected = centred.sum(axis=1)
    size = float(expected @ expected)
    scale = max(float(active @ expected) / size, 0.0) if size > 0.0 else 0.0
    parts = scale * centred
    return ChannelWeights(parts, active - parts.sum(axis=1), scale)
