"""What people knew before Cadence first said it, from questions about texts that had never been delivered to them.

Owns the share of a figure of its own; it never enters what is predicted of a person. Pure; shares in [0, 1].
"""

from __future__ import annotations

import numpy as np

from cadence.domain.measuring.answering_habits import Ints
from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.memory.forgetting import Floats

#: near misses of a question: wrong taps over this are the lucky ones
_NEAR_MISSES = 3.0
#: a statement's share is drawn to that of all by so many questions
_DRAWN_BY = 4.0


def from_elsewhere(right: Ints | Floats, wrong: Ints | Floats, asked: Ints | Floats) -> Floats:
    """Return for each statement the share that knew it before; ``right`` and ``wrong`` taps of ``asked`` answered questions.

    "I don't remember" is neither. At most 0.95; 0 for all before five questions were answered.
    """
    net, everything = right - wrong / _NEAR_MISSES, float(asked.sum())
    mean = float(np.clip(net.sum() / (everything + 2.0), 0.0, 1.0))
    found: Floats = np.clip((net + _DRAWN_BY * mean) / (asked + _DRAWN_BY), 0.0, 0.95) * (everything >= SMALLEST_GROUP)
    return found
