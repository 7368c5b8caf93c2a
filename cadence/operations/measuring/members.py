"""Who belongs to an audience today: the one place where figures, reports and estimates learn it.

Owns nothing else. What a rule means: ``domain.people.audiences``; people who left and shared addresses belong to none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.planning.cadences import EVERYONE
from cadence.domain.planning.calendars import zone
from cadence.store.measuring import reports as rows
from cadence.store.people.audiences import audiences_in_force


def members_of(connection: Connection, names: Iterable[str], now: datetime) -> dict[str, list[int] | None]:
    """Return for each audience the ids of its active members; None is everyone. An audience that was removed has none."""
    found: dict[str, list[int] | None] = {name: [] for name in names}
    found[EVERYONE] = None
    rules = {name: rule for name, rule in audiences_in_force(connection).items() if name in found and name != EVERYONE}
    if not rules:
        return found
    people = rows.active_people(connection)
    today = {name: now.astimezone(zone(name)).date() for name in {r.zone for r in people}}
    listed: dict[str, list[int]] = {name: [] for name in rules}
    for row in people:
        for name, rule in rules.items():
            if rule(row, today[row.zone]):
                listed[name].append(row.id)
    return {**found, **listed}
