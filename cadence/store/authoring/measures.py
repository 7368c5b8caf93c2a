"""What the audit log keeps of values that were entered by hand: how they are taken back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import audit_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesEntry:
    """One entry of values: measure -> day -> value, before and after."""

    action: str
    at: datetime
    before: dict[str, Any]
    after: dict[str, Any]


def newest_entry(connection: Connection, slug: str, actions: Collection[str]) -> ValuesEntry | None:
    """Return the newest entry of one of these actions on a statement."""
    query = (
        sa.select(audit_entries)
        .where(audit_entries.c.object_kind == "statement", audit_entries.c.object_key == slug, audit_entries.c.action.in_([*actions]))
        .order_by(audit_entries.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else ValuesEntry(action=row.action, at=row.at, before=row.before, after=row.after)
