"""Which statements one person gets in one digest, and in which words.

One pure rule for the planner and for the simulation, over arrays people x statements; columns stand in reading
order (purpose first), which breaks ties, so that newcomers meet the core set first. ``choose`` is the adaptive
rule, ``longest_unseen_first`` the fixed one. Slots, quiet hours and counting what was sent are the planner's.
Why: docs/how-cadence-decides.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.planning.trace import UNTRACED, Rule, Untraced

Days = NDArray[np.float64]
Counts = NDArray[np.int64]

#: "never planned": older than any day
NEVER = -np.inf
#: a pair shown this often in 90 days is paused for ``WORN_OUT_DAYS``
MOST_IN_90_DAYS = 10
WORN_OUT_DAYS = 14.0
#: a pair with so many silent showings in a row is shown once in ``RETRY_DAYS``: nobody is given up
SILENT_IN_ROW = 8
RETRY_DAYS = 28.0
#: from this showing on a statement is said with another reason or example, not only in other words
SUBSTANTIVE_FROM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionLimits:
    """What the adaptive rule may not exceed; numbers, or arrays that fit people x statements."""

    #: predicted recall below which a statement is wanted
    target: float | Floats = 0.9
    #: days between two showings of the same statement to the same person
    min_gap_days: float | Floats = 2.0
    #: a statement not shown for this long is wanted even when predicted to be known
    max_gap_days: float = 60.0
    #: statements in one digest
    most_per_digest: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CappedStatements:
    """Statements that share one cap: ``covers`` one flag per column, ``room`` how many of them each person may still get."""

    covers: Mask
    room: Counts
    #: the cap, for those who explain
    about: object = None


def choose(
    predicted: Floats,
    since_sent: Floats,
    sent_in_90_days: Counts,
    room_this_week: Counts,
    *,
    limits: SelectionLimits,
    allowed: Mask | None = None,
    pressing: Mask | None = None,
    groups: Sequence[CappedStatements] = (),
    trace: Untraced = UNTRACED,
) -> Mask:
    """Return which statements to show to whom: below target, lowest predicted recall first, within every limit.

    predicted: m-hat; since_sent: days, infinite when never sent. Both people x statements, as is
    ``sent_in_90_days``. room_this_week: statements each person may still get (below 0 counts as 0).
    allowed: pairs that may be shown at all (audience, not withdrawn, not held); all when None.
    pressing: pairs whose floor cannot be reached any more unless shown now; they go first, lowest predicted recall first.
    Overdue pairs (``max_gap_days``) stand behind those below target.
    """
    wanted = predicted < limits.target
    due = wanted | (since_sent >= limits.max_gap_days)
    tier = np.where(wanted, 0.0, 1.0)
    if pressing is not None:
        due |= pressing
        tier = np.where(pressing, -2.0, tier)
    rested = trace.allow(Rule.TOO_SOON, since_sent >= limits.min_gap_days, since=since_sent, gap=limits.min_gap_days)
    due = trace.allow(Rule.KNOWN, due, target=limits.target, gap=limits.min_gap_days, longest=limits.max_gap_days)
    may = due & rested & (sent_in_90_days < MOST_IN_90_DAYS)
    if allowed is not None:
        may &= allowed
    quota = np.clip(room_this_week, 0, limits.most_per_digest)
    return take(np.where(may, predicted + tier, np.inf), may, quota, groups=groups, trace=trace)


def waits(silent_in_row: Days, since_sent: Days) -> Mask:
    """Return the pairs that are tried again later: silent so often, and shown less than ``RETRY_DAYS`` local days ago."""
    return np.asarray((silent_in_row >= SILENT_IN_ROW) & (since_sent < RETRY_DAYS))


def take(rank: Floats, may: Mask, quota: Counts, *, groups: Sequence[CappedStatements] = (), trace: Untraced = UNTRACED) -> Mask:
    """Return the up to ``quota`` pairs of lowest ``rank`` in each row among those that ``may``, within each group's room.

    Ties keep column order. A pair that a full group stops is passed over for the next one.
    """
    order = np.argsort(rank, axis=1, kind="stable")
    trace.ranked(order, may, quota)
    if not groups:
        place = np.empty_like(order)
        np.put_along_axis(place, order, np.arange(rank.shape[1])[None, :], axis=1)
        return np.asarray(may & (place < quota[:, None]))
    chosen = np.zeros(may.shape, dtype=np.bool_)
    left, rooms = quota.copy(), [group.room.copy() for group in groups]
    people = np.arange(len(rank))
    for step in range(rank.shape[1]):
        column = order[:, step]
        fits = may[people, column] & (left > 0)
        covered = [group.covers[column] for group in groups]
        for group, covers, room in zip(groups, covered, rooms, strict=True):
            if trace.is_kept:
                trace.crowded(full := np.flatnonzero(fits & covers & (room <= 0)), column[full], group.about)
            fits &= ~covers | (room > 0)
        chosen[people[fits], column[fits]] = True
        left -= fits
        for covers, room in zip(covered, rooms, strict=True):
            room -= fits & covers
    return chosen


def since_shown(planned_day: Days, *, local_today: Days, offset_days: Days) -> Days:
    """Return how many local calendar days ago each pair was last planned, infinite when never.

    planned_day: instants as days since 1970 UTC, ``NEVER`` for a pair not met. local_today and
    offset_days: one per person, the local date as days since 1970 and the zone's offset in days.
    Whole local dates are compared, so that a two-day gap fits Tuesday and Thursday over a clock change.
    """
    return np.asarray(local_today[:, None] - np.floor(planned_day + offset_days[:, None]))


def longest_unseen_first(
    planned_day: Days, may_show: Mask, quota: Counts, *, groups: Sequence[CappedStatements] = (), trace: Untraced = UNTRACED
) -> Mask:
    """Return which statements each person is shown: the longest unseen first, up to ``quota`` (>= 0). Ties keep column order."""
    return take(np.where(may_show, planned_day, np.inf), may_show, np.maximum(quota, 0), groups=groups, trace=trace)


def pressing_floors(shown: Counts, floor: Floats, allowed: Mask, *, slots_left: int, room_left: int) -> tuple[Mask, Mask]:
    """Return (pairs that must be shown now, pairs whose floor is out of reach already), for what is left of the quarter.

    shown: showings in this quarter, people x statements; floor: fewest showings, per statement or pair.
    slots_left: showings one pair can still get, this one included, with the gap between them.
    room_left: statements a person can still get in the slots *after* this one, within the caps.
    A pair is pressed when it lacks as many showings as there are slots for it, or when all that the person lacks
    would not fit into the room that follows.
    """
    lacks = np.where(allowed, np.maximum(floor - shown, 0.0), 0.0)
    tight = lacks.sum(axis=1) > room_left
    pressed = (lacks > 0) & ((lacks >= slots_left) | tight[:, None])
    return pressed, lacks > slots_left


def next_wording(wordings: tuple[int, ...], last: int | None) -> int:
    """Return the id of the wording that follows ``last`` in the rotation; the first when ``last`` is not among them."""
    if last not in wordings:
        return wordings[0]
    return wordings[(wordings.index(last) + 1) % len(wordings)]


def wording_for(wordings: tuple[int, ...], substantive: frozenset[int], last: int | None, showing: int) -> int:
    """Return the wording of the ``showing``-th (1, 2 ...) showing: never ``last`` again while there is another one.

    Up to the third, those that only change the words take turns; from the fourth on those that give another reason or
    example lead, and then all take turns.
    """
    plain = tuple(w for w in wordings if w not in substantive)
    rich = tuple(w for w in wordings if w in substantive)
    if showing < SUBSTANTIVE_FROM:
        return next_wording(plain if len(plain) > 1 else plain + rich, last)
    if showing == SUBSTANTIVE_FROM and rich and last not in rich:
        return rich[0]
    return next_wording(rich + plain, last)
