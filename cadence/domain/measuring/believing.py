"""The share of everyone that believes a statement is right for the company, from those who said what they believe.

Owns a figure of its own, never mixed with knowing. Those who did not say are taken to believe as the others do, and widen the range.
Pure; shares in [0, 1].
"""

from __future__ import annotations

import numpy as np

from cadence.domain.measuring.know_it import Shares, mix

#: deviation of what those who did not say believe, relative to the others
_UNSAID_SPREAD = 0.20
#: deviation that remains however many say it
_MODEL_SPREAD = 0.05


def share_believing(yes: int, said: int, people: int) -> Shares:
    """Return the share and its 90 % range when ``yes`` of ``said`` believe it, in an audience of ``people``.

    "Not sure" is no belief. The share is drawn to one half by two words (Agresti and Coull 1998), so that no range is empty.
    """
    share = (yes + 1.0) / (said + 2.0)
    unsaid = max(people - said, 0) / max(people, 1)
    variance = share * (1.0 - share) / (said + 2.0) + _MODEL_SPREAD**2 + (share * unsaid * _UNSAID_SPREAD) ** 2
    return mix(np.ones(1), np.array([[share]]), np.array([[variance]]))
