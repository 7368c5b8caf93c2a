"""Adds to the audit log, inside the transaction of the change itself: both are kept, or neither.

The database refuses to change or delete an entry (migration 0011); each entry holds the hash of the one before, so that a copy that
was tampered with is found.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.domain.audit import Actor, Change, entry_hash
from cadence.store.database.core import audit_entries

#: any number that no other lock of ours has
_LOCK = 4_011_001


def append(connection: Connection, actor: Actor, change: Change, *, at: datetime) -> None:
    """Add one entry. ``connection`` is in the transaction that makes the change."""
    if connection.dialect.name == "postgresql":  # writers take turns on SQLite anyway
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    newest = sa.select(audit_entries.c.hash).order_by(audit_entries.c.id.desc()).limit(1)
    previous = connection.execute(newest).scalar_one_or_none() or ""
    connection.execute(
        audit_entries.insert().values(
            at=at,
            account_id=actor.account_id,
            via=actor.via.value,
            action=change.action,
            object_kind=change.object_kind,
            object_key=change.object_key,
            before=dict(change.before),
            after=dict(change.after),
            previous_hash=previous,
            hash=entry_hash(previous, at, actor, change),
        )
    )
