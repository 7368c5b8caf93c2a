"""Which statements one person gets in one digest.

Arrays are people x statements; columns stand in reading order (purpose first), which breaks ties,
so that newcomers meet the core set first. Pure and vectorised: a company of 200,000 is planned in
chunks of this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.float64]
Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]

#: "never planned": older than any day
NEVER = -np.inf


def eligible(planned_day: Days, allowed: Mask, *, local_today: Days, offset_days: Days, min_gap_days: float) -> Mask:
    """Return where a statement may be shown: meant for the person, and its last plan lies at least the gap of calendar days back.

    planned_day: instants as days since 1970 UTC, ``NEVER`` for a pair not met. local_today and
    offset_days: one per person, the local date as days since 1970 and the zone's offset in days.
    Whole local dates are compared, so that a two-day gap fits Tuesday and Thursday over a clock change.
    """
    planned_on = np.floor(planned_day + offset_days[:, None])
    return allowed & (planned_on <= local_today[:, None] - min_gap_days)


def longest_unseen_first(planned_day: Days, may_show: Mask, quota: Counts) -> tuple[NDArray[np.intp], Counts]:
    """Return ``(order, taken)``: row i shows the statements ``order[i, :taken[i]]``, the longest unseen first.

    quota: statements the digest of each person may still hold (>= 0). Ties keep column order.
    """
    rank = np.where(may_show, planned_day, np.inf)
    order = np.argsort(rank, axis=1, kind="stable")
    available = may_show.sum(axis=1)
    return order, np.minimum(available, np.maximum(quota, 0))


def next_wording(wordings: tuple[int, ...], last: int | None) -> int:
    """Return the id of the wording that follows ``last`` in the rotation; the first when ``last`` is not among them."""
    if last not in wordings:
        return wordings[0]
    return wordings[(wordings.index(last) + 1) % len(wordings)]
