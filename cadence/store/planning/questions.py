"""What planning reads and writes of questions: when people were last asked, the draws, and the company's first question.

Reads of a chunk and bulk writes go straight to the driver, as in ``chunks``. What a delivery asks: ``store.sending.digests``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.bulk import insert_rows
from cadence.store.database.core import asked_checks
from cadence.store.database.core import delivery_items as items
from cadence.store.database.sql import fetch, for_driver, one_of, stored_instant


class DrawnQuestion(NamedTuple):
    """One question to be planned. Days since 1970; ``known``: whether the pair has a row among the exposures."""

    person_id: int
    version_id: int
    statement_id: int
    check_id: int
    reason: str
    asked_day: float
    predicted: float
    shown_before: int
    silent_before: int
    eligible: bytes
    known: bool


_ASKED = ("delivery_id", *DrawnQuestion._fields[:-1])


def asked_days(connection: Connection, person_ids: Sequence[int]) -> dict[int, float]:
    """Return person -> day of the newest question planned for them, for those who were asked."""
    sql = f"SELECT person_id, asked_day FROM answering WHERE person_id IN {one_of(person_ids)} AND asked_day IS NOT NULL"
    return dict(map(tuple, fetch(connection, sql)))


def insert_questions(connection: Connection, drawn: Sequence[DrawnQuestion], deliveries: dict[int, int]) -> None:
    """Keep the draws, and that their people and pairs are asked; ``deliveries``: person -> the delivery that asks."""
    if not drawn:
        return
    insert_rows(connection, asked_checks, _ASKED, [(deliveries[one.person_id], *one[:-1]) for one in drawn])
    cursor = connection.connection.cursor()
    met = [(one.asked_day, one.person_id, one.statement_id) for one in drawn if one.known]
    if met:
        cursor.executemany(for_driver(connection, "UPDATE exposures SET asked_day = ? WHERE person_id = ? AND statement_id = ?"), met)
    fresh = [(one.asked_day, one.person_id, one.statement_id) for one in drawn if not one.known]
    if fresh:
        first = (
            "INSERT INTO exposures (asked_day, person_id, statement_id, times_sent) VALUES (?, ?, ?, 0)"
            " ON CONFLICT (person_id, statement_id) DO UPDATE SET asked_day = excluded.asked_day"
        )
        cursor.executemany(for_driver(connection, first), fresh)
    asked = (
        "INSERT INTO answering (person_id, asked_day) VALUES (?, ?) ON CONFLICT (person_id) DO UPDATE SET asked_day = excluded.asked_day"
    )
    people = {one.person_id: one.asked_day for one in drawn}
    cursor.executemany(for_driver(connection, asked), list(people.items()))


def first_question(connection: Connection, statement_ids: Sequence[int]) -> tuple[float, str] | None:
    """Return (day, reason) of the first question about any of these statements, None before it."""
    found = []
    for statement_id in statement_ids:  # one row of an index each
        query = (
            sa.select(asked_checks.c.asked_day, asked_checks.c.reason)
            .where(asked_checks.c.statement_id == statement_id)
            .order_by(asked_checks.c.asked_day)
            .limit(1)
        )
        found += [(row.asked_day, row.reason) for row in connection.execute(query)]
    return min(found, default=None)


def any_text(connection: Connection) -> bool:
    """Return whether any text was ever planned for anybody."""
    return connection.execute(sa.select(sa.literal(1)).select_from(items).limit(1)).first() is not None


def there_since(connection: Connection, person_ids: Sequence[int], at: datetime) -> set[int]:
    """Return those of these people who were known at an instant."""
    sql = f"SELECT id FROM people WHERE id IN {one_of(person_ids)} AND created_at <= ?"
    return {row[0] for row in fetch(connection, sql, (stored_instant(connection, at),))}
