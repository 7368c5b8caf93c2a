"""Rows of audiences, cadences, limits and slots.

A cadence's ``definition`` and the limits are the JSON form of ``domain/planning/cadences.py``. Which slots
ought to exist is decided by ``operations.authoring.apply_cadences``; moving a slot on is ``occurrences``' work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import audiences, cadences, limit_sets, people, slots, statements
from cadence.store.database.sql import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCadence:
    """A row of ``cadences``."""

    id: int
    slug: str
    definition: dict[str, Any]
    active: bool
    applied_at: datetime
    #: "file" or "browser"
    edited_in: str = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLimits:
    """The row of ``limit_sets``."""

    definition: dict[str, Any]
    applied_at: datetime
    edited_in: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSlot:
    """A row of ``slots``. ``fire_at`` is None when the cadence has ended."""

    cadence_id: int
    zone: str
    local_time: str
    local_date: date | None
    fire_at: datetime | None


def stored_cadences(connection: Connection) -> list[StoredCadence]:
    """Return all cadences, paused ones too, by slug."""
    rows = connection.execute(sa.select(cadences).order_by(cadences.c.slug))
    return [
        StoredCadence(id=r.id, slug=r.slug, definition=r.definition, active=r.active, applied_at=r.applied_at, edited_in=r.edited_in)
        for r in rows
    ]


def add_cadence(connection: Connection, *, slug: str, definition: dict[str, Any], active: bool, now: datetime) -> None:
    """Insert a cadence."""
    connection.execute(sa.insert(cadences).values(slug=slug, definition=definition, active=active, applied_at=now))


def change_cadence(
    connection: Connection, cadence_id: int, *, definition: dict[str, Any], active: bool, now: datetime, edited_in: str = "file"
) -> None:
    """Give a cadence another definition. ``edited_in``: "file" or "browser"."""
    values = {"definition": definition, "active": active, "applied_at": now, "edited_in": edited_in}
    connection.execute(sa.update(cadences).where(cadences.c.id == cadence_id).values(values))


def follow_file(connection: Connection, cadence_id: int) -> None:
    """Keep that a cadence stands in the file as it is in force."""
    connection.execute(sa.update(cadences).where(cadences.c.id == cadence_id).values(edited_in="file"))


def stored_audiences(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return slug -> rule of all audiences."""
    return {r.slug: r.rule for r in connection.execute(sa.select(audiences.c.slug, audiences.c.rule))}


def save_audience(connection: Connection, slug: str, rule: dict[str, Any]) -> None:
    """Insert an audience or give it another rule."""
    connection.execute(
        insert_for(connection, audiences).values(slug=slug, rule=rule).on_conflict_do_update(index_elements=["slug"], set_={"rule": rule})
    )


def remove_audiences(connection: Connection, slugs: Iterable[str]) -> None:
    """Delete audiences."""
    connection.execute(sa.delete(audiences).where(audiences.c.slug.in_(list(slugs))))


def audiences_of_statements(connection: Connection) -> set[str]:
    """Return the audiences that statements name."""
    return set(connection.execute(sa.select(statements.c.audience).distinct()).scalars())


def statement_slugs(connection: Connection) -> set[str]:
    """Return the slugs of all statements."""
    return set(connection.execute(sa.select(statements.c.slug)).scalars())


def tags_in_use(connection: Connection) -> set[str]:
    """Return the tags of all statements."""
    return {tag for tags in connection.execute(sa.select(statements.c.tags)).scalars() for tag in tags}


def stored_limits(connection: Connection) -> StoredLimits | None:
    """Return the limits in force; None before any were applied."""
    row = connection.execute(sa.select(limit_sets).order_by(limit_sets.c.id.desc()).limit(1)).one_or_none()
    return StoredLimits(definition=row.definition, applied_at=row.applied_at, edited_in=row.edited_in) if row is not None else None


def save_limits(connection: Connection, definition: dict[str, Any], *, now: datetime, edited_in: str = "file") -> bool:
    """Keep the limits in force in their one row; return whether they differ from those before. ``edited_in``: "file" or "browser"."""
    row = connection.execute(sa.select(limit_sets.c.id, limit_sets.c.definition).order_by(limit_sets.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        connection.execute(sa.insert(limit_sets).values(definition=definition, applied_at=now, edited_in=edited_in))
        return True
    differs = bool(row.definition != definition)
    changed: dict[str, Any] = {"definition": definition, "applied_at": now} if differs else {}
    connection.execute(sa.update(limit_sets).where(limit_sets.c.id == row.id).values(edited_in=edited_in, **changed))
    return differs


def zones_of_active_people(connection: Connection) -> list[str]:
    """Return the different zones in which somebody active lives, sorted."""
    found = connection.execute(
        sa.select(people.c.zone).where(people.c.deactivated_at.is_(None), ~people.c.shared, people.c.zone != "").distinct()
    )
    return sorted(found.scalars())


def slot_keys(connection: Connection) -> dict[tuple[int, str, str], int]:
    """Return (cadence id, zone, local time) -> slot id of all slots."""
    rows = connection.execute(sa.select(slots.c.id, slots.c.cadence_id, slots.c.zone, slots.c.local_time))
    return {(r.cadence_id, r.zone, r.local_time): r.id for r in rows}


def add_slots(connection: Connection, new: Iterable[StoredSlot]) -> None:
    """Insert slots; one that is there already stays as it is."""
    rows = [
        {"cadence_id": s.cadence_id, "zone": s.zone, "local_time": s.local_time, "next_local_date": s.local_date, "next_fire_at": s.fire_at}
        for s in new
    ]
    if rows:
        connection.execute(insert_for(connection, slots).on_conflict_do_nothing(index_elements=["cadence_id", "zone", "local_time"]), rows)


def remove_slots(connection: Connection, slot_ids: Iterable[int]) -> None:
    """Delete slots by id."""
    ids = list(slot_ids)
    for start in range(0, len(ids), 500):
        connection.execute(sa.delete(slots).where(slots.c.id.in_(ids[start : start + 500])))


def slots_of(connection: Connection, cadence_id: int) -> list[StoredSlot]:
    """Return the slots of a cadence."""
    found = connection.execute(sa.select(slots).where(slots.c.cadence_id == cadence_id).order_by(slots.c.id))
    return [
        StoredSlot(cadence_id=r.cadence_id, zone=r.zone, local_time=r.local_time, local_date=r.next_local_date, fire_at=r.next_fire_at)
        for r in found
    ]


def point_slot(connection: Connection, slot: StoredSlot, *, local_date: date | None, fire_at: datetime | None) -> None:
    """Give a slot another next occurrence."""
    connection.execute(
        sa.update(slots)
        .where(slots.c.cadence_id == slot.cadence_id, slots.c.zone == slot.zone, slots.c.local_time == slot.local_time)
        .values(next_local_date=local_date, next_fire_at=fire_at)
    )
