"""The pause of a channel once its time is over: it ends when a probe found the service well, else it grows longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.quoted_links import without_links
from cadence.store.database.core import channel_status, notices


@dataclass(frozen=True, slots=True, kw_only=True)
class OverduePause:
    """A pause whose time is over. ``failed_probes``: probes since it began that found the service in trouble."""

    reason: str
    failed_probes: int


def overdue_pause(connection: Connection, channel: str, *, now: datetime) -> OverduePause | None:
    """Return the pause of ``channel`` that nobody has ended though its time is over, None when there is none."""
    query = sa.select(channel_status.c.reason, channel_status.c.failures_in_row).where(
        channel_status.c.channel == channel, channel_status.c.paused_until <= now
    )
    row = connection.execute(query).first()
    return None if row is None else OverduePause(reason=row.reason, failed_probes=row.failures_in_row)


def refused_channels(connection: Connection) -> frozenset[str]:
    """Return the channels whose service refuses us: an admin was told, and no probe has gone well since."""
    told = sa.exists().where(notices.c.key == sa.literal("channel:") + channel_status.c.channel, notices.c.resolved_at.is_(None))
    query = sa.select(channel_status.c.channel).where(channel_status.c.paused_until.is_not(None), told)
    return frozenset(connection.execute(query).scalars())


def paused_until(connection: Connection, channel: str, *, now: datetime) -> datetime | None:
    """Return until when ``channel`` takes no messages, None when it does."""
    query = sa.select(channel_status.c.paused_until).where(channel_status.c.channel == channel, channel_status.c.paused_until > now)
    found: datetime | None = connection.execute(query).scalar()
    return found


def end_pause(connection: Connection, channel: str) -> None:
    """Open a channel."""
    mine = sa.update(channel_status).where(channel_status.c.channel == channel)
    connection.execute(mine.values(paused_until=None, reason="", failures_in_row=0))


def prolong_pause(connection: Connection, channel: str, *, until: datetime, reason: str, failed_probes: int) -> None:
    """Leave a channel closed until a later instant."""
    mine = sa.update(channel_status).where(channel_status.c.channel == channel)
    connection.execute(mine.values(paused_until=until, reason=without_links(reason).text, failures_in_row=failed_probes))
