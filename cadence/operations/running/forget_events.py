"""Remove the notes that nothing will ask for any more: of Slack's events, and of links that were ended before their time."""

from __future__ import annotations

from datetime import datetime

from cadence.store.database.engine import Database
from cadence.store.sending import kept_text
from cadence.store.slack_app import events as rows


def forget_old_events(database: Database, *, now: datetime) -> int:
    """Return how many were removed. Costs one look at an index when there are none."""
    with database.read() as connection:
        if not rows.any_old_events(connection, now=now):
            return 0
    with database.transaction(durable=False) as connection:
        return rows.forget_old_events(connection, now=now)


def forget_old_links(database: Database, *, now: datetime) -> int:
    """Return how many notes of ended links were removed: those whose links are too old by themselves."""
    with database.read() as connection:
        if not kept_text.any_forgettable(connection, now=now):
            return 0
    with database.transaction(durable=False) as connection:
        return kept_text.forget_revoked(connection, now=now)
