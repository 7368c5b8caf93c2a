"""Who got fewer showings in a quarter than its floor: the shortfall that is reported where the caps won."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from cadence.domain.planning.cadences import Cadence
from cadence.domain.planning.caps import day_number, quarter
from cadence.domain.planning.floors import fair
from cadence.domain.planning.limits import Limits
from cadence.files.cadences_toml import from_json
from cadence.store.database.engine import Database
from cadence.store.planning import chunks as planning_rows
from cadence.store.planning import floors as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorShortfall:
    """One statement in one calendar quarter. ``people``: for whom it is meant; ``short``: of these, who got fewer than the floor."""

    slug: str
    floor: int
    people: int
    short: int
    #: showings that lack, over all people
    lacking: int


def floor_shortfall(database: Database, *, on: date) -> list[FloorShortfall]:
    """Return, for each statement in force, how the calendar quarter that ``on`` lies in kept its floor.

    Showings handed over count, by the person's local date. Who, or what, came during the quarter has the part of the floor
    that is fair. Statements that no active adaptive cadence brings have no floor and are left out.
    """
    first, last = quarter(day_number(on))
    with database.read() as connection:
        limits = planning_rows.limits_in_force(connection)
        statements = planning_rows.current_statements(connection)
        cadences = [one for one in map(from_json, rows.active_definitions(connection)) if one.mode == "adaptive"]
        people = rows.started_on(connection)
        meant = rows.people_meant(connection, statements, on=on)
        shown = rows.handed_over(connection, first=first, last=last)
    found = []
    for statement in statements:
        floor = _floor(statement, cadences, limits)
        mine = sorted(meant[statement.id])
        if floor is None or not mine:
            continue
        published = day_number(statement.meaning_at.date())
        began = [first if (start := people[i]) is None else day_number(start) for i in mine]
        since = np.array([max(first, published, day) for day in began], dtype=np.float64)
        due = fair(np.full(len(mine), float(floor)), first=first, last=last, since=since)
        lacks = np.maximum(due - np.array([shown.get((i, statement.id), 0) for i in mine]), 0.0)
        found.append(
            FloorShortfall(slug=statement.slug, floor=floor, people=len(mine), short=int((lacks > 0).sum()), lacking=int(lacks.sum()))
        )
    return found


def _floor(statement: planning_rows.CurrentStatement, cadences: list[Cadence], limits: Limits) -> int | None:
    """Return the highest floor of the cadences that bring the statement, None when none does."""
    bringing = [c for c in cadences if (not c.statements or statement.slug in c.statements) and (not c.kinds or statement.kind in c.kinds)]
    floors = [int(limits.floor[statement.kind]) if c.floor is None else c.floor for c in bringing]
    return max(floors, default=None)
