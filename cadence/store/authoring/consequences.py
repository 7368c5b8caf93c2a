"""What the store counts for somebody who is about to publish: people, answers, and the turns that come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import acknowledgements, cadences, check_answers, checks, people, slots, statement_versions, statements
from cadence.store.database.engine import Database

_ACTIVE = people.c.deactivated_at.is_(None)


def count_active(connection: Connection) -> int:
    """Return how many people are on the list."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(people).where(_ACTIVE)).scalar_one())


def active_people(connection: Connection) -> Sequence[Any]:
    """Return the whole rows of everybody on the list."""
    return connection.execute(sa.select(people).where(_ACTIVE)).all()


def people_in_zone(connection: Connection, zone: str) -> int:
    """Return how many of them are in one zone."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(people).where(_ACTIVE, people.c.zone == zone)).scalar_one())


def answers_about(connection: Connection, statement_id: int) -> int:
    """Return how many answers there are to the question about what a statement means now."""
    query = (
        sa.select(sa.func.count())
        .select_from(check_answers)
        .join(checks, checks.c.id == check_answers.c.check_id)
        .join(statement_versions, statement_versions.c.id == checks.c.version_id)
        .where(statement_versions.c.statement_id == statement_id, statement_versions.c.number >= _since(statement_id))
    )
    return int(connection.execute(query).scalar_one())


def confirmed_of(connection: Connection, statement_id: int) -> int:
    """Return how many people have acknowledged what a statement means now."""
    query = (
        sa.select(sa.func.count(acknowledgements.c.person_id.distinct()))
        .join(statement_versions, statement_versions.c.id == acknowledgements.c.version_id)
        .where(statement_versions.c.statement_id == statement_id, statement_versions.c.number >= _since(statement_id))
    )
    return int(connection.execute(query).scalar_one())


def next_turn(connection: Connection, *, after: datetime) -> datetime | None:
    """Return the instant of the next slot of a cadence in force, None when there is none."""
    query = (
        sa.select(sa.func.min(slots.c.next_fire_at))
        .join(cadences, cadences.c.id == slots.c.cadence_id)
        .where(slots.c.next_fire_at > after, cadences.c.active)
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def titles_by_slug(database: Database, slugs: Sequence[str]) -> dict[str, str]:
    """Return slug -> title of the newest version."""
    if not slugs:
        return {}
    query = (
        sa.select(statements.c.slug, statement_versions.c.title)
        .join(statement_versions, statement_versions.c.statement_id == statements.c.id)
        .where(statements.c.slug.in_([*slugs]))
        .order_by(statement_versions.c.number)
    )
    with database.read() as connection:
        return {row.slug: row.title for row in connection.execute(query)}


def _since(statement_id: int) -> sa.ScalarSelect[Any]:
    """Return the number of the newest version that means something new."""
    return (
        sa.select(sa.func.max(statement_versions.c.number))
        .where(statement_versions.c.statement_id == statement_id, statement_versions.c.material)
        .scalar_subquery()
    )
