"""Rows of what arrived from Slack and was dealt with, so that a repetition does nothing and is answered alike.

A row is written after the action: when the process dies between the two, the repetition does it again, and the
action's own key makes one record of both.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import slack_events as events
from cadence.store.database.sql import insert_for

#: Slack repeats an event for about an hour; a person may leave a modal open for longer
KEPT = timedelta(days=2)
#: rows removed at once
_MOST = 5_000


def reply_to(connection: Connection, event_id: str) -> dict[str, Any] | None:
    """Return what was answered to an event (empty: nothing), None when it was not dealt with yet."""
    found: dict[str, Any] | None = connection.execute(sa.select(events.c.reply).where(events.c.id == event_id)).scalar()
    return found


def keep_event(connection: Connection, event_id: str, reply: dict[str, Any], *, now: datetime) -> None:
    """Note that an event was dealt with; the first note stays."""
    row = insert_for(connection, events).values(id=event_id, received_at=now, reply=reply)
    connection.execute(row.on_conflict_do_nothing(index_elements=["id"]))


def any_old_events(connection: Connection, *, now: datetime) -> bool:
    """Return whether ``forget_old_events`` would find anything; reads the index on ``received_at``."""
    return bool(connection.execute(sa.select(sa.exists().where(events.c.received_at < now - KEPT))).scalar())


def forget_old_events(connection: Connection, *, now: datetime) -> int:
    """Remove the notes that no repetition will ask for any more, some thousands at once; return how many."""
    old = sa.select(events.c.id).where(events.c.received_at < now - KEPT).order_by(events.c.received_at).limit(_MOST)
    return int(connection.execute(sa.delete(events).where(events.c.id.in_(old))).rowcount)
