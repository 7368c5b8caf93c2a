"""How often the right line is tapped by somebody who could not say it: guessing, skill with tests, and recognising.

Owns the one constant of the company that stands for all three, learnt from what people wrote in their own words after a
right tap. Without such words its prior holds. Pure.
"""

from __future__ import annotations

import numpy as np

from cadence.domain.measuring.answering_habits import Ints
from cadence.domain.measuring.log_odds import chance, log_mixture, log_odds, normalised
from cadence.domain.memory.forgetting import Floats, Mask

#: points of f = P(right line tapped | could not say it)
LUCK: Floats = np.array([0.06, 0.12, 0.18, 0.26, 0.34, 0.42, 0.50])
#: mostly rare luck among four lines; one company in four recognises far more than it could say
_PRIOR = ((0.75, 0.15, 0.06), (0.25, 0.42, 0.08))
COULD, COULD_NOT, NOT_SAID = 1, 0, -1


def luck(weight: Floats, predicted: Floats, right: Floats, said: Ints, certain: Mask) -> Floats:
    """Return how probable each point of ``LUCK`` is; the weights add up to 1.

    One element for each answer: its ``weight``, m-hat in [0, 1], ``right`` 1 or 0, own words ``COULD``, ``COULD_NOT`` or
    ``NOT_SAID``; only words of those who probably do not tap anything (``certain``) are used. With r the chance to be right there,
    moved by how much better or worse the company answers than predicted, Bayes gives P(could say it | right) = (r - f) / ((1 - f) r).
    """
    log_weights, used = log_mixture(LUCK, _PRIOR), (said != NOT_SAID) & certain
    total = float(weight.sum())
    if not used.any() or total <= 0.0:
        return normalised(log_weights)
    moved = log_odds((weight @ right) / total) - log_odds((weight @ predicted) / total)
    r = np.clip(chance(log_odds(predicted[used]) + moved), 0.30, 0.985)[:, None]
    could = np.clip((r - LUCK) / ((1.0 - LUCK) * r), 0.03, 0.995)
    words = np.where(said[used][:, None] == COULD, np.log(could), np.log(1.0 - could))
    return normalised(log_weights + words.sum(axis=0))
