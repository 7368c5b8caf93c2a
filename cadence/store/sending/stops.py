"""Stops of all sending as rows, and what waits for their end.

Each start of a message looks here once more, in its own statement (``store.sending.journal``): nothing starts after the commit of a stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.stops import SendingStop
from cadence.store.database.core import accounts, deliveries, people, statement_versions, stops
from cadence.store.database.core import delivery_items as items
from cadence.store.sending.digests import free_statements


def in_force(now: Any) -> Any:
    """Return the condition on ``stops`` that one is in force at ``now``, an instant or a parameter."""
    return sa.and_(stops.c.ended_at.is_(None), sa.or_(stops.c.until.is_(None), stops.c.until > now))


def stop_in_force(connection: Connection, *, now: datetime) -> SendingStop | None:
    """Return the stop that is in force, None when messages may go out."""
    query = (
        sa.select(stops.c.id, stops.c.started_at, stops.c.until, stops.c.reason, accounts.c.name)
        .select_from(stops.outerjoin(accounts, accounts.c.id == stops.c.stopped_by))
        .where(in_force(now))
        .order_by(stops.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return row and SendingStop(id=row.id, started_at=row.started_at, until=row.until, reason=row.reason, by=row.name or "")


def begin_stop(connection: Connection, *, until: datetime | None, reason: str, account_id: int | None, now: datetime) -> None:
    """Stop all sending."""
    connection.execute(stops.insert().values(started_at=now, until=until, reason=reason, stopped_by=account_id))


def change_stop(connection: Connection, stop_id: int, *, until: datetime | None, reason: str) -> None:
    """Give a stop another end and reason."""
    connection.execute(sa.update(stops).where(stops.c.id == stop_id).values(until=until, reason=reason))


def end_stops(connection: Connection, *, account_id: int | None, now: datetime) -> None:
    """End every stop that is in force."""
    connection.execute(sa.update(stops).where(in_force(now)).values(ended_at=now, ended_by=account_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingMessage:
    """One message that waits. ``expires_at``: it is not sent after that."""

    id: int
    person_id: int
    name: str
    channel: str
    send_after: datetime
    expires_at: datetime
    titles: tuple[str, ...]


def _waits(before: datetime) -> Any:
    return sa.and_(deliveries.c.state == "planned", deliveries.c.send_after <= before)


def count_waiting(connection: Connection, *, before: datetime, ends_by: datetime) -> tuple[int, int]:
    """Return how many messages are planned for ``before`` at the latest, and how many of them may not be sent after ``ends_by``."""
    ended = sa.func.sum(sa.case((deliveries.c.expires_at <= ends_by, 1), else_=0))
    count, late = connection.execute(sa.select(sa.func.count(), ended).where(_waits(before))).one()
    return int(count), int(late or 0)


def count_ended_since(connection: Connection, since: datetime) -> int:
    """Return how many messages came to their end unsent at ``since`` or later."""
    ended = (deliveries.c.state == "expired", deliveries.c.reason == "too_late", deliveries.c.finished_at >= since)
    return connection.execute(sa.select(sa.func.count()).where(*ended)).scalar_one()


def waiting_messages(connection: Connection, *, before: datetime, limit: int) -> list[WaitingMessage]:
    """Return what is planned for ``before`` at the latest, what ends first at the top."""
    query = (
        sa.select(
            deliveries.c.id,
            deliveries.c.person_id,
            people.c.name,
            deliveries.c.channel,
            deliveries.c.send_after,
            deliveries.c.expires_at,
        )
        .join(people, people.c.id == deliveries.c.person_id)
        .where(_waits(before))
        .order_by(deliveries.c.expires_at, deliveries.c.id)
        .limit(limit)
    )
    rows = connection.execute(query).fetchall()
    titles = titles_of(connection, [row.id for row in rows])
    return [WaitingMessage(**row._mapping, titles=tuple(titles.get(row.id, ()))) for row in rows]


def titles_of(connection: Connection, delivery_ids: list[int]) -> dict[int, list[str]]:
    """Return the titles of what each delivery says, in its order."""
    query = (
        sa.select(items.c.delivery_id, statement_versions.c.title)
        .join(statement_versions, statement_versions.c.id == items.c.version_id)
        .where(items.c.delivery_id.in_(delivery_ids))
        .order_by(items.c.delivery_id, items.c.position)
    )
    found: dict[int, list[str]] = {}
    for delivery_id, title in connection.execute(query):
        found.setdefault(delivery_id, []).append(title)
    return found


def cancel_waiting(connection: Connection, *, before: datetime, now: datetime, delivery_id: int | None = None) -> int:
    """Cancel what is planned for ``before`` at the latest and no worker holds, or one of it; return how many."""
    free = sa.or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < now)
    chosen = [] if delivery_id is None else [deliveries.c.id == delivery_id]
    cancelled = connection.execute(
        sa.update(deliveries)
        .where(_waits(before), free, *chosen)
        .values(state="cancelled", reason="cancelled_by_hand", finished_at=now, lease_owner=None, lease_until=None)
        .returning(deliveries.c.id)
    )
    ids = list(cancelled.scalars())
    free_statements(connection, ids)
    return len(ids)
