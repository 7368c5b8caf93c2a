"""Chances as log-odds, the scale on which the estimator of what people know works.

Owns the four formulas that all its parts share; knows nothing of answers or statements. Pure, for arrays of any shape.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cadence.domain.memory.forgetting import Floats

#: shares nearer to 0 or 1 than this are taken as this: no figure rests on a certainty
NEAREST = 0.01


def chance(log_odds: ArrayLike) -> Floats:
    """Return 1 / (1 + e^-x), the share in (0, 1) that ``log_odds`` stands for."""
    found: Floats = 1.0 / (1.0 + np.exp(-np.clip(np.asarray(log_odds, dtype=np.float64), -30.0, 30.0)))
    return found


def log_odds(share: ArrayLike) -> Floats:
    """Return ln(p / (1 - p)) with p held in [0.01, 0.99]."""
    held = np.clip(np.asarray(share, dtype=np.float64), NEAREST, 1.0 - NEAREST)
    found: Floats = np.log(held / (1.0 - held))
    return found


def normal_below(x: ArrayLike) -> Floats:
    """Return the standard normal distribution function, right to 0.0003 (tanh approximation, Page 1977)."""
    at = np.asarray(x, dtype=np.float64)
    found: Floats = 0.5 * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (at + 0.044715 * at**3)))
    return found


def log_mixture(points: Floats, parts: Sequence[tuple[float, float, float]]) -> Floats:
    """Return ln of a mixture of normal densities at ``points``, but for a constant; ``parts`` are weight, mean and deviation."""
    each = [np.log(weight) - 0.5 * ((points - mean) / deviation) ** 2 - np.log(deviation) for weight, mean, deviation in parts]
    found: Floats = np.logaddexp.reduce(each)
    return found


def normalised(log_weights: NDArray[np.float64]) -> Floats:
    """Return weights that add up to 1 from their logarithms."""
    weights = np.exp(log_weights - log_weights.max())
    found: Floats = weights / weights.sum()
    return found
