"""Nudges: a statement that must be acknowledged and was not comes once more on the third day and on the fifth, then no more.

When a first sending of such a statement is planned, two occurrences are written beside it that wait for their day
(working days, the cadence's local time). What they bring, and to whom, is decided then, by the ledger: only who was really sent
it and did not acknowledge, alone in a delivery of its own, under the same caps, hours and pauses as anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.planning.calendars import resolve
from cadence.domain.planning.occurrences import GRACE, occurrences_between
from cadence.domain.planning.recipients import Reason, nudge_key
from cadence.operations.planning.context import OccurrenceContext
from cadence.operations.planning.statements import Selection
from cadence.store.planning import chunks as planning_rows
from cadence.store.planning import nudges as rows

#: days after the first sending; the second comes at least so long after the first
AFTER_DAYS = (3, 5)
_APART = timedelta(days=2)
#: how long after its day a nudge may still go
_LASTS = timedelta(days=7)
_FIRST_SENDINGS = frozenset({Reason.FIRST_TIME.value, Reason.NEW_VERSION.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudged:
    """The people of one chunk of a nudge. ``last``: planning has dealt with everybody up to this id."""

    members: list[planning_rows.Member]
    last: int
    more: bool


def is_too_late(context: OccurrenceContext) -> bool:
    """Whether a nudge was missed by too much to be made up for."""
    return bool(context.follows) and context.now - context.occurrence.fire_at > GRACE


def schedule_nudges(connection: Connection, context: OccurrenceContext, chosen: Selection) -> None:
    """Write the two occurrences that follow up what an occurrence sends for the first time; nothing happens when they are there."""
    must = {k for k, statement in enumerate(context.statements) if statement.must_acknowledge}
    if context.follows or context.cadence.post_to or not must:
        return
    if not any(k in must and why in _FIRST_SENDINGS for k, why in zip(chosen.column, chosen.reason, strict=True)):
        return
    for days, on in zip(AFTER_DAYS, _dates(context), strict=True):
        fire_at = resolve(datetime.combine(on, context.cadence.schedule.local_time), context.here)
        rows.add_nudge(
            connection,
            context.occurrence,
            key=nudge_key(days, context.occurrence.key),
            local_time=context.cadence.schedule.local_time.strftime("%H:%M"),
            local_date=on,
            fire_at=fire_at,
            until=fire_at + _LASTS,
        )


def _dates(context: OccurrenceContext) -> Iterator[date]:
    """Yield the working days on which the nudges go, beside the cadence's own days where there are others: one message a day is enough."""
    today, working = context.occurrence.local_date, {day.number for day in context.limits.working_days}
    soon = occurrences_between(context.cadence.schedule, context.here, context.occurrence.fire_at, context.occurrence.fire_at + 4 * _LASTS)
    own = {due.local_date for due in soon}
    earliest = today
    for days in AFTER_DAYS:
        first = max(today + timedelta(days=days), earliest)
        possible = [on for n in range(14) if (on := first + timedelta(days=n)).weekday() in working]
        on = next((one for one in possible if one not in own), possible[0])
        yield on
        earliest = on + _APART


def people_to_nudge(connection: Connection, context: OccurrenceContext, *, limit: int) -> Nudged:
    """Return the next people whom the source of a nudge sent, for the first time, what they have not acknowledged; fills ``nudged``.

    A statement that was withdrawn, or has another meaning by now, is left alone: its new text has nudges of its own.
    """
    same_meaning = {v: s for s in context.statements for v in s.same_meaning}
    found = rows.first_sendings(
        connection,
        context.follows,
        statement_ids=[s.id for s in context.statements],
        after=context.occurrence.planned_through,
        people=limit + 1,
    )
    ids = sorted({one.person_id for one in found})
    more = len(ids) > limit
    del ids[limit:]
    acknowledged = rows.acknowledged_among(connection, ids, sorted(same_meaning))
    context.nudged = {}
    sent_on: dict[int, int] = {}
    for one in found:
        statement = same_meaning.get(one.version_id)
        if one.person_id in ids and statement is not None and not any((one.person_id, v) in acknowledged for v in statement.same_meaning):
            context.nudged[one.person_id] = context.nudged.get(one.person_id, frozenset()) | {statement.id}
            sent_on[one.person_id] = one.local_day
    context.delays = {person_id: max(0, day - rows.local_day_of(context.follows)) for person_id, day in sent_on.items()}
    members = planning_rows.members_among(connection, sorted(context.nudged))
    return Nudged(members=members, last=ids[-1] if ids else context.occurrence.planned_through, more=more)
