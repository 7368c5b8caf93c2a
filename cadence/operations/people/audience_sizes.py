"""How many people each audience has at this moment."""

from __future__ import annotations

from datetime import datetime

from cadence.domain.planning.cadences import EVERYONE
from cadence.store.database.engine import Database
from cadence.store.people.audiences import audiences_in_force
from cadence.store.people.directory import stored_people


def audience_sizes(database: Database, *, now: datetime) -> list[tuple[str, int]]:
    """Return (slug, people), everyone first, then by slug."""
    with database.read() as connection:
        rules, people = audiences_in_force(connection), stored_people(connection)
    sizes = {slug: sum(belongs(one, now.date()) for one in people) for slug, belongs in rules.items()}
    return sorted(sizes.items(), key=lambda one: (one[0] != EVERYONE, one[0]))
