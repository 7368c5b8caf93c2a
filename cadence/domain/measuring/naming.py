"""The share of people who name a priority by heart, among those who replied when they were asked.

Owns its range. It is about those who reply, who may be the attentive ones, and it is never mixed with "know it", which is about
everybody the statement is meant for. When it may be published: ``releases``.
"""

from __future__ import annotations

from datetime import timedelta
from math import sqrt

#: a reply is told of for this long: people are asked once a quarter
REPLIES_LAST = timedelta(days=100)
#: half of the widest range that is told, and of the normal range that holds nine times of ten
WIDEST = 0.25
_NINE_OF_TEN = 1.645


def share_naming(named: int, replied: int) -> tuple[float, float, float] | None:
    """Return (share, low, high), each in [0, 1], when ``named`` of ``replied`` name it; None where the range would be too wide.

    The share is drawn to one half by two replies (Agresti and Coull 1998), so that no range is empty.

    >>> [round(part, 2) for part in share_naming(18, 40)]
    [0.45, 0.33, 0.58]
    """
    share = (named + 1.0) / (replied + 2.0)
    half = _NINE_OF_TEN * sqrt(share * (1.0 - share) / (replied + 2.0))
    return None if half > WIDEST else (share, max(0.0, share - half), min(1.0, share + half))
