"""What is due next: the slots that wait for their instant, and what follows those that are due and not run yet."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from sqlalchemy.engine import Connection

from cadence.domain.planning.calendars import zone
from cadence.domain.planning.occurrences import next_occurrence
from cadence.errors import Invalid
from cadence.files.cadences_toml import from_json
from cadence.store.database.engine import Database
from cadence.store.planning import occurrences as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """A slot and the instant it is next due; ``people``: active people in its zone, before audience and caps."""

    cadence: str
    zone: str
    fire_at: datetime
    people: int


def upcoming(database: Database, *, after: datetime, limit: int = 10) -> list[Upcoming]:
    """Return what is due after an instant, soonest first; of slots that are due by then the occurrence that follows."""
    with database.read() as connection:
        waiting = rows.slots_after(connection, after=after, limit=limit)
        soonest = heapq.nsmallest(limit, [*waiting, *_following(connection, after)], key=itemgetter(2))
        people = rows.people_in(connection, {where for _, where, _ in soonest})
    return [Upcoming(cadence=slug, zone=where, fire_at=fire_at, people=people.get(where, 0)) for slug, where, fire_at in soonest]


def _following(connection: Connection, after: datetime) -> Iterator[tuple[str, str, datetime]]:
    """Yield what comes after ``after`` of each slot that is due: its stored instant moves on only when a tick runs it."""
    for slot in rows.due_slots(connection, now=after):
        try:
            cadence, here = from_json(slot.definition), zone(slot.zone)
        except Invalid:  # planning logs it; a slot that cannot be read has no next instant
            continue
        due = next_occurrence(cadence.schedule, here, after, starts_on=cadence.starts_on, ends_on=cadence.ends_on)
        if due is not None:
            yield slot.cadence_slug, slot.zone, due.fire_at
