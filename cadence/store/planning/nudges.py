"""Occurrences that follow up another one, and whom they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.engine import Connection

from cadence.domain.planning.caps import day_number
from cadence.store.database.core import occurrences
from cadence.store.database.sql import fetch, insert_for, one_of
from cadence.store.planning.occurrences import OpenOccurrence


class FirstSending(NamedTuple):
    """A person received a version for the first time in its meaning, on a local day (days since 1970)."""

    person_id: int
    version_id: int
    local_day: int


def add_nudge(
    connection: Connection, source: OpenOccurrence, *, key: str, local_time: str, local_date: date, fire_at: datetime, until: datetime
) -> None:
    """Insert the occurrence of a nudge, to be planned when its time has come; nothing happens when it is there already."""
    connection.execute(
        insert_for(connection, occurrences)
        .values(
            key=key,
            cadence_id=source.cadence_id,
            zone=source.zone,
            local_time=local_time,
            local_date=local_date,
            fire_at=fire_at,
            until=until,
            state="planning",
            planned_through=0,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )


def first_sendings(connection: Connection, source_key: str, *, statement_ids: Sequence[int], after: int, people: int) -> list[FirstSending]:
    """Return what an occurrence really sent of these statements for the first time, to the next ``people`` people after an id."""
    sent = (
        "FROM deliveries d JOIN occurrences o ON o.id = d.occurrence_id JOIN delivery_items i ON i.delivery_id = d.id "
        f"WHERE o.key = ? AND d.state = 'sent' AND d.person_id > ? AND i.statement_id IN {one_of(statement_ids)} "
        "AND i.reason IN ('first_time', 'new_version')"
    )
    ids = fetch(connection, f"SELECT DISTINCT d.person_id {sent} ORDER BY d.person_id LIMIT {people}", (source_key, after))
    if not ids:
        return []
    query = f"SELECT d.person_id, i.version_id, d.local_day {sent} AND d.person_id <= ? ORDER BY d.person_id, i.position"
    return [FirstSending(*row) for row in fetch(connection, query, (source_key, after, ids[-1][0]))]


def acknowledged_among(connection: Connection, person_ids: Sequence[int], version_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Return the (person, version) that were acknowledged."""
    where = f"person_id IN {one_of(person_ids)} AND version_id IN {one_of(version_ids)}"
    return {(row[0], row[1]) for row in fetch(connection, f"SELECT person_id, version_id FROM acknowledgements WHERE {where}")}


def local_day_of(key: str) -> int:
    """Return the local date that ends an occurrence's key, as days since 1970."""
    return day_number(date.fromisoformat(key.rpartition("|")[2]))


def expire(connection: Connection, occurrence_id: int, *, now: datetime) -> None:
    """End an occurrence that was found too late."""
    connection.execute(occurrences.update().where(occurrences.c.id == occurrence_id).values(state="expired", closed_at=now))
