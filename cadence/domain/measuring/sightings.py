"""How often somebody probably saw something, from the sums that the ledger keeps of its deliveries.

Deliveries are independent trials whose chances of having been seen are known, so mean and variance of the count are theirs
(Poisson binomial). Pure; what becomes evidence of having seen something: ``domain.memory.evidence``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: half-width of a 95 % interval in standard deviations
_WIDTH = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesSeen:
    """How often something was probably seen: ``low`` to ``high`` hold the truth 95 times in 100."""

    likely: float
    low: int
    high: int


def likely_seen(seen_sum: float, seen_variance: float, times_sent: int) -> TimesSeen:
    """Return the probable number of sightings among ``times_sent`` showings, with whole-number bounds within [0, times_sent].

    >>> likely_seen(2.4, 0.5, 4)
    TimesSeen(likely=2.4, low=1, high=4)
    """
    spread = _WIDTH * math.sqrt(max(seen_variance, 0.0))
    likely = min(max(seen_sum, 0.0), float(times_sent))
    low, high = math.ceil(likely - spread - 0.5), math.floor(likely + spread + 0.5)
    return TimesSeen(likely=likely, low=max(0, low), high=min(times_sent, high))
