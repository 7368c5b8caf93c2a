"""How well predictions met what happened. Pure arithmetic over arrays of chances and of outcomes, 1 or 0."""

from __future__ import annotations

import numpy as np

from cadence.domain.memory.forgetting import Floats


def rmse_in_bins(chance: Floats, outcome: Floats, *, bins: int = 10) -> float:
    """Return sqrt(sum n_b (mean predicted - mean observed)^2 / n) over ``bins`` equally full bins of the prediction."""
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(np.sqrt(sum(len(p) * (chance[p].mean() - outcome[p].mean()) ** 2 for p in parts) / len(order)))


def log_loss(chance: Floats, outcome: Floats) -> float:
    """Return the mean of -ln of the probability given to what happened."""
    sure = np.clip(chance, 1e-9, 1.0 - 1e-9)
    return float(-np.mean(outcome * np.log(sure) + (1.0 - outcome) * np.log1p(-sure)))
