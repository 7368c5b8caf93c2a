"""What is on record about one person: slots to come, deliveries, exposures, acknowledgements.

Every query here is bounded by one person's id and an index on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import (
    acknowledgements,
    addresses,
    attempts,
    attention,
    cadences,
    deliveries,
    exposures,
    occurrences,
    people,
    slots,
    statements,
    wordings,
)
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import statement_versions as versions


def person_by_email(connection: Connection, email: str) -> sa.Row[Any] | None:
    """Return the row of ``people`` for a normalised address."""
    return connection.execute(sa.select(people).where(people.c.email == email)).first()


def person_by_id(connection: Connection, person_id: int) -> sa.Row[Any] | None:
    """Return the row of ``people`` with that id."""
    return connection.execute(sa.select(people).where(people.c.id == person_id)).first()


def reachable_on(connection: Connection, person_id: int) -> dict[str, bool]:
    """Return channel -> is the address suspended."""
    query = sa.select(addresses.c.channel, addresses.c.suspended_at).where(addresses.c.person_id == person_id)
    return {r.channel: r.suspended_at is not None for r in connection.execute(query)}


def active_cadences(connection: Connection) -> list[dict[str, Any]]:
    """Return the definitions of the active cadences."""
    return list(connection.execute(sa.select(cadences.c.definition).where(cadences.c.active).order_by(cadences.c.slug)).scalars())


def slots_to_come(connection: Connection, *, zone: str) -> list[sa.Row[Any]]:
    """Return (slug, next_local_date, next_fire_at) of the slots of a zone, soonest first."""
    query = (
        sa.select(cadences.c.slug, slots.c.next_local_date, slots.c.next_fire_at)
        .join(cadences, cadences.c.id == slots.c.cadence_id)
        .where(slots.c.zone == zone, slots.c.next_fire_at.is_not(None), cadences.c.active)
        .order_by(slots.c.next_fire_at)
    )
    return list(connection.execute(query))


def recent_deliveries(connection: Connection, person_id: int, *, limit: int, statement_id: int | None = None) -> list[sa.Row[Any]]:
    """Return the newest deliveries of a person, newest first, with the cadence's definition; those with a statement when asked."""
    query = (
        sa.select(deliveries, cadences.c.definition, cadences.c.slug)
        .join(occurrences, occurrences.c.id == deliveries.c.occurrence_id)
        .join(cadences, cadences.c.id == occurrences.c.cadence_id)
        .where(deliveries.c.person_id == person_id)
        .order_by(deliveries.c.send_after.desc(), deliveries.c.id.desc())
        .limit(limit)
    )
    if statement_id is not None:
        query = query.where(sa.exists().where(items.c.delivery_id == deliveries.c.id, items.c.statement_id == statement_id))
    return list(connection.execute(query))


def items_told(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return delivery -> (statement_id, slug, title, wording name, reason), in reading order."""
    query = (
        sa.select(
            items.c.delivery_id,
            items.c.statement_id,
            items.c.version_id,
            items.c.reason,
            statements.c.slug,
            versions.c.title,
            wordings.c.name.label("wording"),
        )
        .join(statements, statements.c.id == items.c.statement_id)
        .join(versions, versions.c.id == items.c.version_id)
        .join(wordings, wordings.c.id == items.c.wording_id)
        .where(items.c.delivery_id.in_(delivery_ids))
        .order_by(items.c.delivery_id, items.c.position)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.delivery_id].append(row)
    return found


def last_replies(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, str]:
    """Return delivery -> the newest answer of the service to it."""
    query = (
        sa.select(attempts.c.delivery_id, attempts.c.reply)
        .where(attempts.c.delivery_id.in_(delivery_ids), attempts.c.reply != "")
        .order_by(attempts.c.number)
    )
    return {r.delivery_id: r.reply for r in connection.execute(query)}


def exposures_of_person(connection: Connection, person_id: int) -> dict[int, sa.Row[Any]]:
    """Return statement -> exposure, with the name of the wording used last."""
    query = (
        sa.select(exposures, wordings.c.name.label("wording"))
        .outerjoin(wordings, wordings.c.id == exposures.c.last_wording_id)
        .where(exposures.c.person_id == person_id)
    )
    return {r.statement_id: r for r in connection.execute(query)}


def acknowledged_by(connection: Connection, person_id: int) -> dict[int, datetime]:
    """Return version -> when the person acknowledged it."""
    query = sa.select(acknowledgements.c.version_id, acknowledgements.c.acknowledged_at).where(acknowledgements.c.person_id == person_id)
    return {r.version_id: r.acknowledged_at for r in connection.execute(query)}


def statement_by_slug(connection: Connection, slug: str) -> sa.Row[Any] | None:
    """Return the row of ``statements``, withdrawn ones too."""
    return connection.execute(sa.select(statements).where(statements.c.slug == slug)).first()


def seen_if_silent(connection: Connection, person_id: int) -> dict[str, float]:
    """Return channel -> chance that a message the person did not respond to was seen."""
    query = sa.select(attention.c.channel, attention.c.seen_if_silent).where(attention.c.person_id == person_id)
    return {r.channel: r.seen_if_silent for r in connection.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSent:
    """The newest delivery of a statement to a person: its channel, why the statement was chosen, and when it went out."""

    channel: str
    reason: str
    at: datetime


def last_sent(connection: Connection, person_id: int) -> dict[int, LastSent]:
    """Return statement -> its newest delivery that was sent."""
    query = (
        sa.select(items.c.statement_id, deliveries.c.channel, items.c.reason, deliveries.c.finished_at)
        .join(deliveries, deliveries.c.id == items.c.delivery_id)
        .where(deliveries.c.person_id == person_id, deliveries.c.state == "sent")
        .order_by(deliveries.c.finished_at, deliveries.c.id)
    )
    return {r.statement_id: LastSent(channel=r.channel, reason=r.reason, at=r.finished_at) for r in connection.execute(query)}
