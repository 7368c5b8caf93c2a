"""Which statements the memory model wants shown now, within gap, digest, cap and wear-out limits.

One pure rule for the planner and for the simulation, over arrays people x statements; columns stand in reading
order, which breaks ties. Slots, quiet hours, floors and must-deliver overrides are the planner's. Source:
science note, section 7 ("Due" and "Wear-out guard").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadence.domain.forgetting import Floats, Mask

Counts = NDArray[np.int64]

#: a pair shown this often in 90 days rests
MOST_IN_90_DAYS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the rule may not exceed."""

    #: predicted recall below which a statement is wanted, for all or one per statement
    target: float | Floats = 0.9
    #: days between two showings of the same statement to the same person
    min_gap_days: float = 2.0
    #: a statement not shown for this long is wanted even when predicted to be known
    max_gap_days: float = 60.0
    #: statements in one digest
    most_per_digest: int = 3


def choose(
    predicted: Floats,
    since_sent: Floats,
    sent_in_90_days: Counts,
    room_this_week: Counts,
    *,
    limits: Limits,
    allowed: Mask | None = None,
) -> Mask:
    """Return which statements to show to whom: below target, lowest predicted recall first, within every limit.

    predicted: m-hat; since_sent: days, infinite when never sent. Both people x statements, as is
    ``sent_in_90_days``. room_this_week: statements each person may still get (below 0 counts as 0).
    allowed: pairs that may be shown at all (audience, not withdrawn, not paused); all when None.
    Overdue pairs (``max_gap_days``) stand behind those below target.
    """
    wanted = predicted < limits.target
    overdue = since_sent >= limits.max_gap_days
    may = (wanted | overdue) & (since_sent >= limits.min_gap_days) & (sent_in_90_days < MOST_IN_90_DAYS)
    if allowed is not None:
        may &= allowed
    rank = np.where(may, predicted + ~wanted, np.inf)
    order = np.argsort(rank, axis=1, kind="stable")
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(predicted.shape[1])[None, :], axis=1)
    quota = np.clip(room_this_week, 0, limits.most_per_digest)
    chosen: Mask = may & (place < quota[:, None])
    return chosen
