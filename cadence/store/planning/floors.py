"""What the report on floors reads: showings of a quarter, people and whom each statement is meant for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.people.person import Person
from cadence.store.database.core import cadences, deliveries, evidence, people
from cadence.store.database.core import delivery_items as items
from cadence.store.people.audiences import audiences_in_force
from cadence.store.planning.chunks import CurrentStatement


def active_definitions(connection: Connection) -> list[dict[str, Any]]:
    """Return the definitions of the cadences in force."""
    return list(connection.execute(sa.select(cadences.c.definition).where(cadences.c.active)).scalars())


def started_on(connection: Connection) -> dict[int, date | None]:
    """Return active person -> first day, None when it is not known."""
    query = sa.select(people.c.id, people.c.started_on).where(people.c.deactivated_at.is_(None), ~people.c.shared)
    return {row.id: row.started_on for row in connection.execute(query)}


def people_meant(connection: Connection, statements: Sequence[CurrentStatement], *, on: date) -> dict[int, set[int]]:
    """Return statement -> the active people it is meant for."""
    in_force = audiences_in_force(connection)
    rows = connection.execute(sa.select(people).where(people.c.deactivated_at.is_(None), ~people.c.shared)).fetchall()
    belongs: dict[str, set[int]] = {}
    for audience in {statement.audience for statement in statements}:
        rule = in_force.get(audience)
        belongs[audience] = {row.id for row in rows if rule(cast(Person, row), on)} if rule else set()
    return {statement.id: belongs[statement.audience] for statement in statements}


def handed_over(connection: Connection, *, first: int, last: int) -> dict[tuple[int, int], int]:
    """Return (person, statement) -> showings handed over from local day ``first`` to ``last``, without the mails that came back."""
    came_back = sa.exists().where(evidence.c.source_id == sa.literal("bounce:").concat(sa.cast(deliveries.c.id, sa.Text)))
    query = (
        sa.select(deliveries.c.person_id, items.c.statement_id, sa.func.count())
        .join(items, items.c.delivery_id == deliveries.c.id)
        .where(deliveries.c.local_day.between(first, last), deliveries.c.state == "sent", ~came_back)
        .group_by(deliveries.c.person_id, items.c.statement_id)
    )
    return {(person, statement): count for person, statement, count in connection.execute(query).fetchall()}
