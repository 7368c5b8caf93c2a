"""How a channel does today: what went out, what waits, what its service said last.

Reads the newest occurrences, never a year of messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import addresses, attempts, channel_status, deliveries, occurrences, people

#: a message goes out within a day of its slot, or not at all
_BACK = timedelta(hours=25)
#: newest attempts that are looked at for what the service said
_NEWEST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDay:
    """One channel since ``since``. ``retrying``: put off by the service; ``said``: its newest words on a message that it did not take."""

    channel: str
    sent: int
    failed: int
    waiting: int
    retrying: int
    last_sent: datetime | None
    next_try: datetime | None
    said: str
    said_at: datetime | None
    reaches: int
    paused_until: datetime | None
    paused_because: str


def channel_day(connection: Connection, channel: str, *, since: datetime, now: datetime) -> ChannelDay:
    """Return how ``channel`` does since ``since`` (midnight), as of ``now``."""
    d = deliveries.c
    ready = sa.and_(d.state == "planned", d.send_after <= now)
    again = sa.and_(d.state == "planned", d.attempt_count > 0, d.reason != "")
    query = (
        sa.select(
            sa.func.sum(sa.case((sa.and_(d.state == "sent", d.finished_at >= since), 1), else_=0)).label("sent"),
            sa.func.sum(sa.case((sa.and_(d.state == "failed", d.finished_at >= since), 1), else_=0)).label("failed"),
            sa.func.sum(sa.case((sa.or_(ready, again, d.state == "sending"), 1), else_=0)).label("waiting"),
            sa.func.sum(sa.case((again, 1), else_=0)).label("retrying"),
            sa.func.max(sa.case((d.state == "sent", d.finished_at))).label("last_sent"),
            sa.func.min(sa.case((again, d.send_after))).label("next_try"),
        )
        .join(occurrences, occurrences.c.id == d.occurrence_id)
        .where(occurrences.c.fire_at >= since - _BACK, d.channel == channel)
    )
    row = connection.execute(query).one()
    pause = connection.execute(
        sa.select(channel_status).where(channel_status.c.channel == channel, channel_status.c.paused_until > now)
    ).first()
    newest = connection.execute(sa.select(sa.func.max(attempts.c.id))).scalar() or 0
    said = connection.execute(
        sa.select(attempts.c.reply, attempts.c.finished_at)
        .join(deliveries, d.id == attempts.c.delivery_id)
        .where(attempts.c.id > newest - _NEWEST, d.channel == channel, attempts.c.finished_at >= since)
        .where(attempts.c.outcome.in_(("retry", "deferred", "failed", "unknown")), attempts.c.reply != "")
        .order_by(attempts.c.id.desc())
        .limit(1)
    ).first()
    reaches = (
        sa.select(sa.func.count())
        .select_from(addresses.join(people, people.c.id == addresses.c.person_id))
        .where(addresses.c.channel == channel, addresses.c.suspended_at.is_(None), people.c.deactivated_at.is_(None), ~people.c.shared)
    )
    return ChannelDay(
        channel=channel,
        sent=row.sent or 0,
        failed=row.failed or 0,
        waiting=row.waiting or 0,
        retrying=row.retrying or 0,
        last_sent=row.last_sent,
        next_try=row.next_try,
        said=said.reply if said else "",
        said_at=said.finished_at if said else None,
        reaches=connection.execute(reaches).scalar_one(),
        paused_until=pause.paused_until if pause else None,
        paused_because=pause.reason if pause else "",
    )
