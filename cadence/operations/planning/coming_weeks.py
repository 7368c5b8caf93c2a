"""The days on which something goes out in the coming weeks, as the rules stand; what is in it is chosen on the day.

The rules of slots alone: nothing is planned and no person is read. What one person will get: ``foresight``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cadence.domain.planning.calendars import zone
from cadence.domain.planning.occurrences import occurrences_between
from cadence.errors import Invalid
from cadence.files.cadences_toml import from_json
from cadence.store.database.engine import Database
from cadence.store.planning import occurrences as rows

WEEKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingDay:
    """A day of one cadence (its slug and name), over all time zones. ``people``: active people in those zones, before audience and caps."""

    cadence: str
    name: str
    on: date
    first: datetime
    last: datetime
    people: int


def coming_weeks(database: Database, *, now: datetime, weeks: int = WEEKS) -> list[ComingDay]:
    """Return the days after ``now``, soonest first."""
    end = now + timedelta(weeks=weeks)
    found: dict[tuple[str, date], dict[str, datetime]] = defaultdict(dict)
    names: dict[str, str] = {}
    with database.read() as connection:
        for slot in rows.due_slots(connection, now=end):
            try:
                cadence, here = from_json(slot.definition), zone(slot.zone)
            except Invalid:  # planning logs it; a slot that cannot be read has no next instant
                continue
            names[slot.cadence_slug] = cadence.name or slot.cadence_slug
            for due in occurrences_between(cadence.schedule, here, now, end, starts_on=cadence.starts_on, ends_on=cadence.ends_on):
                found[slot.cadence_slug, due.local_date].setdefault(slot.zone, due.fire_at)
        people = rows.people_in(connection, {where for zones in found.values() for where in zones})
    days = []
    for (slug, on), zones in found.items():
        instants, count = sorted(zones.values()), sum(people.get(where, 0) for where in zones)
        days.append(ComingDay(cadence=slug, name=names[slug], on=on, first=instants[0], last=instants[-1], people=count))
    return sorted(days, key=lambda day: (day.first, day.cadence))
