"""How well predictions met what happened. Pure arithmetic over arrays of chances and of outcomes, 1 or 0."""

from __future__ import annotations

import numpy as np

from cadence.domain.memory.forgetting import Floats


def log_loss(chance: Floats, outcome: Floats) -> float:
    """Return the mean of -ln of the probability given to what happened."""
    sure = np.clip(chance, 1e-9, 1.0 - 1e-9)
    return float(-np.mean(outcome * np.log(sure) + (1.0 - outcome) * np.log1p(-sure)))
