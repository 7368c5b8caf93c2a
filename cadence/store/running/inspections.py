"""What ``cadence doctor`` counts in the database; each query answers one of its questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import addresses, attempts, cadences, channel_status, deliveries, people, slots


def active_people(connection: Connection) -> int:
    """Return how many people are active."""
    query = sa.select(sa.func.count()).select_from(people).where(people.c.deactivated_at.is_(None), ~people.c.shared)
    return connection.execute(query).scalar_one()


def unreachable(connection: Connection, channels: Sequence[str]) -> tuple[int, list[str]]:
    """Return how many active people have no working address on ``channels``, and the first of them by email."""
    healthy = sa.exists().where(addresses.c.person_id == people.c.id, addresses.c.suspended_at.is_(None), addresses.c.channel.in_(channels))
    lost = (people.c.deactivated_at.is_(None), ~people.c.shared, ~healthy)
    count = connection.execute(sa.select(sa.func.count()).select_from(people).where(*lost)).scalar_one()
    return count, list(connection.execute(sa.select(people.c.email).where(*lost).order_by(people.c.email).limit(3)).scalars())


class PausedChannel(NamedTuple):
    """A channel that is paused, until when and why."""

    channel: str
    paused_until: datetime
    reason: str


def paused_channels(connection: Connection, now: datetime) -> list[PausedChannel]:
    """Return the channels that are paused."""
    columns = [channel_status.c[name] for name in PausedChannel._fields]
    query = sa.select(*columns).where(channel_status.c.paused_until > now).order_by(channel_status.c.channel)
    return [PausedChannel._make(row) for row in connection.execute(query)]


class InDoubt(NamedTuple):
    """A delivery that only a person can settle."""

    email: str
    channel: str
    finished_at: datetime


def in_doubt(connection: Connection) -> list[InDoubt]:
    """Return the deliveries that only a person can settle, oldest first, at most 100."""
    query = (
        sa.select(people.c.email, deliveries.c.channel, deliveries.c.finished_at)
        .join(people, people.c.id == deliveries.c.person_id)
        .where(deliveries.c.state == "unknown", deliveries.c.settle_at.is_(None))
        .order_by(deliveries.c.finished_at, deliveries.c.id)
        .limit(100)
    )
    return [InDoubt._make(row) for row in connection.execute(query)]


def has_sent(connection: Connection) -> bool:
    """Whether any message went out, or may have."""
    query = sa.select(deliveries.c.id).where(deliveries.c.state.in_(("sent", "unknown", "sending"))).limit(1)
    return connection.execute(query).first() is not None


def newest_conversation(connection: Connection) -> str:
    """Return the Slack conversation of the newest message that was delivered there, empty when there is none."""
    query = (
        sa.select(attempts.c.provider_id)
        .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
        .where(deliveries.c.channel == "slack", attempts.c.outcome == "sent", attempts.c.provider_id != "")
        .order_by(attempts.c.id.desc())
        .limit(1)
    )
    return str(connection.execute(query).scalar() or "").partition(":")[0]


class OverdueSlot(NamedTuple):
    """A slot that was due and did not fire."""

    slug: str
    zone: str
    next_fire_at: datetime


def overdue_slots(connection: Connection, before: datetime) -> list[OverdueSlot]:
    """Return the slots that were due before an instant, oldest first."""
    query = (
        sa.select(cadences.c.slug, slots.c.zone, slots.c.next_fire_at)
        .join(cadences, cadences.c.id == slots.c.cadence_id)
        .where(slots.c.next_fire_at < before, cadences.c.active)
        .order_by(slots.c.next_fire_at)
    )
    return [OverdueSlot._make(row) for row in connection.execute(query)]
