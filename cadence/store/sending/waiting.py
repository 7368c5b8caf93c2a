"""What is ready to be sent or under way: how much, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import addresses, deliveries
from cadence.store.sending.states import ANY_CHANNEL, LEASED, PLANNED, SENDING


def _waiting(now: datetime) -> Iterator[Any]:
    """Yield the conditions one by one: together they would read no partial index."""
    yield sa.and_(PLANNED, ANY_CHANNEL, deliveries.c.send_after <= now)
    yield sa.and_(LEASED, SENDING)


def waiting_counts(connection: Connection, *, now: datetime) -> dict[str, int]:
    """Return channel -> deliveries that are ready at ``now`` or under way."""
    found: dict[str, int] = {}
    for condition in _waiting(now):
        query = sa.select(deliveries.c.channel, sa.func.count()).where(condition).group_by(deliveries.c.channel)
        for channel, count in connection.execute(query):
            found[channel] = found.get(channel, 0) + count
    return found


def waiting_addresses(connection: Connection, channel: str, *, now: datetime) -> list[str]:
    """Return the address of each delivery on ``channel`` that is ready at ``now`` or under way."""
    found: list[str] = []
    for condition in _waiting(now):
        query = (
            sa.select(addresses.c.value)
            .join(deliveries, sa.and_(addresses.c.person_id == deliveries.c.person_id, addresses.c.channel == deliveries.c.channel))
            .where(condition, deliveries.c.channel == channel)
        )
        found += connection.execute(query).scalars()
    return found
