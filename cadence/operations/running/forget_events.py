"""Remove the notes about Slack's events that no repetition will ask for any more."""

from __future__ import annotations

from datetime import datetime

from cadence.store.database.engine import Database
from cadence.store.slack_app import events as rows


def forget_old_events(database: Database, *, now: datetime) -> int:
    """Return how many were removed. Costs one look at an index when there are none."""
    with database.read() as connection:
        if not rows.any_old_events(connection, now=now):
            return 0
    with database.transaction(durable=False) as connection:
        return rows.forget_old_events(connection, now=now)
