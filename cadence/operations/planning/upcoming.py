"""What is due next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
    """Return the slots due after an instant, soonest first."""
    with database.read() as connection:
        return [
            Upcoming(cadence=r.slug, zone=r.zone, fire_at=r.next_fire_at, people=r.people)
            for r in rows.slots_after(connection, after=after, limit=limit)
        ]
