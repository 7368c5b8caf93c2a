"""Slots that are due and the occurrences they become."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import cadences, deliveries, occurrences, people, slots
from cadence.store.database.sql import insert_for
from cadence.store.sending.states import OPEN

#: key of the advisory lock under which planning runs on PostgreSQL
_PLANNING = 0x63616465


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSlot:
    """A slot whose instant has come."""

    slot_id: int
    cadence_id: int
    cadence_slug: str
    definition: dict[str, Any]
    zone: str
    local_time: str
    local_date: date
    fire_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOccurrence:
    """An occurrence whose planning is not finished."""

    id: int
    key: str
    cadence_id: int
    definition: dict[str, Any]
    zone: str
    local_date: date
    fire_at: datetime
    until: datetime
    planned_through: int


_DUE = (
    sa.select(slots, cadences.c.slug, cadences.c.definition)
    .join(cadences, cadences.c.id == slots.c.cadence_id)
    .where(slots.c.next_fire_at <= sa.bindparam("now", type_=slots.c.next_fire_at.type), cadences.c.active)
    .order_by(slots.c.next_fire_at, slots.c.id)
)


def due_slots(connection: Connection, *, now: datetime) -> list[DueSlot]:
    """Return the slots due at ``now``, oldest first; reads the index on ``next_fire_at``, touches no person."""
    return [
        DueSlot(
            slot_id=r.id,
            cadence_id=r.cadence_id,
            cadence_slug=r.slug,
            definition=r.definition,
            zone=r.zone,
            local_time=r.local_time,
            local_date=r.next_local_date,
            fire_at=r.next_fire_at,
        )
        for r in connection.execute(_DUE, {"now": now})
    ]


def slots_after(connection: Connection, *, after: datetime, limit: int) -> list[tuple[str, str, datetime]]:
    """Return (cadence, zone, instant) of the slots due after an instant, soonest first."""
    query = (
        sa.select(cadences.c.slug, slots.c.zone, slots.c.next_fire_at)
        .join(cadences, cadences.c.id == slots.c.cadence_id)
        .where(slots.c.next_fire_at > after, cadences.c.active)
        .order_by(slots.c.next_fire_at, slots.c.id)
        .limit(limit)
    )
    return [(slug, zone, fire_at) for slug, zone, fire_at in connection.execute(query)]


def people_in(connection: Connection, zones: Collection[str]) -> dict[str, int]:
    """Return how many active people live in each of some zones; zones without any are left out."""
    query = (
        sa.select(people.c.zone, sa.func.count().label("people"))
        .where(people.c.zone.in_(sorted(zones)), people.c.deactivated_at.is_(None), ~people.c.shared)
        .group_by(people.c.zone)
    )
    return {row.zone: row.people for row in connection.execute(query)}


def add_occurrence(
    connection: Connection, *, key: str, slot: DueSlot, local_date: date, fire_at: datetime, until: datetime, expired: bool, now: datetime
) -> None:
    """Insert the occurrence under its unique key; nothing happens when it is there already."""
    connection.execute(
        insert_for(connection, occurrences)
        .values(
            key=key,
            cadence_id=slot.cadence_id,
            zone=slot.zone,
            local_time=slot.local_time,
            local_date=local_date,
            fire_at=fire_at,
            until=until,
            state="expired" if expired else "planning",
            planned_through=0,
            closed_at=now if expired else None,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )


def move_slot(connection: Connection, slot: DueSlot, *, local_date: date | None, fire_at: datetime | None) -> None:
    """Point a slot at its next occurrence, unless another worker has moved it."""
    connection.execute(
        sa.update(slots)
        .where(slots.c.id == slot.slot_id, slots.c.next_fire_at == slot.fire_at)
        .values(next_local_date=local_date, next_fire_at=fire_at)
    )


_OPEN = (
    sa.select(occurrences, cadences.c.definition)
    .join(cadences, cadences.c.id == occurrences.c.cadence_id)
    .where(occurrences.c.state == "planning")
    .where(occurrences.c.state != "closed")  # lets both planners use the partial index
    .order_by(occurrences.c.fire_at, occurrences.c.id)
)


def open_occurrences(connection: Connection, *, now: datetime) -> list[OpenOccurrence]:
    """Return occurrences whose time has come and whose planning is not finished, oldest first; nudges wait for theirs."""
    return [_open(r) for r in connection.execute(_OPEN.where(occurrences.c.fire_at <= now))]


def lock_planning(connection: Connection) -> None:
    """Let nobody else plan until the transaction ends: on SQLite its write lock sees to that."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_PLANNING)))


def lock_occurrence(connection: Connection, occurrence_id: int) -> OpenOccurrence | None:
    """Take one occurrence for planning until the transaction ends; None when another worker has it or it is planned.

    Workers plan one after the other: two occurrences may hold the same people, and caps and gaps are read before they are written.
    """
    lock_planning(connection)
    row = connection.execute(_OPEN.where(occurrences.c.id == occurrence_id).with_for_update(skip_locked=True, of=occurrences)).one_or_none()
    return _open(row) if row is not None else None


def _open(row: Any) -> OpenOccurrence:
    return OpenOccurrence(
        id=row.id,
        key=row.key,
        cadence_id=row.cadence_id,
        definition=row.definition,
        zone=row.zone,
        local_date=row.local_date,
        fire_at=row.fire_at,
        until=row.until,
        planned_through=row.planned_through,
    )


def planned_through(connection: Connection, occurrence_id: int, *, person_id: int, finished: bool) -> None:
    """Remember how far planning got."""
    connection.execute(
        sa.update(occurrences)
        .where(occurrences.c.id == occurrence_id)
        .values(planned_through=person_id, state="planned" if finished else "planning")
    )


def any_planned(connection: Connection) -> bool:
    """Return whether an occurrence waits to be closed."""
    query = sa.select(sa.literal(1)).where(occurrences.c.state == "planned", occurrences.c.state != "closed").limit(1)
    return connection.execute(query).first() is not None


def close_finished(connection: Connection, *, now: datetime) -> int:
    """Close planned occurrences whose every delivery is accounted for; return how many."""
    only_a_person_can = sa.and_(deliveries.c.state == "unknown", deliveries.c.settle_at.is_(None))
    waiting = sa.exists().where(deliveries.c.occurrence_id == occurrences.c.id, OPEN, ~only_a_person_can)
    result = connection.execute(
        sa.update(occurrences)
        .where(occurrences.c.state == "planned", occurrences.c.state != "closed", ~waiting)
        .values(state="closed", closed_at=now)
    )
    return result.rowcount
