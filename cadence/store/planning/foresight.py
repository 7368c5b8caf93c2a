"""What foresight asks of, and writes into, a transaction that is rolled back: one person's turns, and their messages as if delivered.

Bounded by one person's id. The facts written are those that planning looks at after a real send; nothing else is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import cadences, deliveries, exposures, occurrences, slots
from cadence.store.database.core import delivery_items as items
from cadence.store.sending.digests import end_unsent
from cadence.store.sending.journal import showing_counted

#: a nudge that still waits follows something that was planned this recently
_FOLLOWED_WITHIN = timedelta(days=60)


def next_slot(connection: Connection, *, zone: str, but: Collection[int] = ()) -> datetime | None:
    """Return when the first slot of a zone is due, those of the cadences ``but`` left out; None when there is none."""
    query = (
        sa.select(sa.func.min(slots.c.next_fire_at))
        .join(cadences, cadences.c.id == slots.c.cadence_id)
        .where(slots.c.zone == zone, slots.c.next_fire_at.is_not(None), cadences.c.active, slots.c.cadence_id.not_in(but))
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def keys_of(connection: Connection, person_id: int, *, now: datetime) -> list[str]:
    """Return the keys of the occurrences that lately had a message for a person."""
    query = (
        sa.select(occurrences.c.key)
        .join(deliveries, deliveries.c.occurrence_id == occurrences.c.id)
        .where(deliveries.c.person_id == person_id, deliveries.c.send_after > now - _FOLLOWED_WITHIN)
        .where(deliveries.c.state.in_(("planned", "sending", "sent", "unknown")))
    )
    return list(connection.execute(query).scalars())


def first_waiting(connection: Connection, keys: Collection[str]) -> datetime | None:
    """Return when the first of these occurrences that is not planned yet is due, None when none waits."""
    query = sa.select(sa.func.min(occurrences.c.fire_at)).where(occurrences.c.key.in_(keys), occurrences.c.state == "planning")
    found: datetime | None = connection.execute(query).scalar()
    return found


def deliver(connection: Connection, person_id: int, *, before: datetime, now: datetime) -> None:
    """Take what is planned for a person before an instant as delivered at its own time; what is too late already is dropped."""
    waiting = (
        sa.select(deliveries.c.id, deliveries.c.send_after, deliveries.c.expires_at)
        .where(deliveries.c.person_id == person_id, deliveries.c.state == "planned", deliveries.c.send_after < before)
        .order_by(deliveries.c.send_after, deliveries.c.id)
    )
    for row in connection.execute(waiting).all():
        if row.expires_at <= now:
            end_unsent(connection, row.id, state="expired", reason="too_late", now=now)
        elif before > now:  # a tick plans before it sends
            sent = {"state": "sent", "attempt_count": 1, "dated": row.send_after, "finished_at": row.send_after}
            connection.execute(sa.update(deliveries).where(deliveries.c.id == row.id).values(**sent))
            mine = (items.c.delivery_id == row.id, exposures.c.person_id == person_id, exposures.c.statement_id == items.c.statement_id)
            connection.execute(showing_counted(*mine, day=row.send_after.timestamp() / 86_400.0))
