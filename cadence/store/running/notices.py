"""Notices: what an admin or a leader should look at, raised once per key and resolved.

A key names the matter ("address:17", "mailbox"), so that a trouble that goes on is one notice; a resolved
one that comes back is raised again. Writers hand in their own transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import notices, people, statements
from cadence.store.database.sql import insert_for
from cadence.store.sending.kept_text import keep_detail


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """A notice with the names of whom and what it is about (empty: nobody, nothing)."""

    id: int
    key: str
    #: "admin" | "leader"
    role: str
    code: str
    person_id: int | None
    email: str
    name: str
    statement_id: int | None
    slug: str
    detail: dict[str, Any]
    raised_at: datetime
    resolved_at: datetime | None


def raise_notice(
    connection: Connection,
    *,
    key: str,
    role: str,
    code: str,
    now: datetime,
    person_id: int | None = None,
    statement_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> bool:
    """Raise a notice; return False, and change nothing, while the one with this key is open."""
    values = {
        "role": role,
        "code": code,
        "person_id": person_id,
        "statement_id": statement_id,
        "detail": keep_detail(connection, detail or {}, now=now),
        "raised_at": now,
        "resolved_at": None,
    }
    raised = connection.execute(
        insert_for(connection, notices)
        .values(key=key, **values)
        .on_conflict_do_update(index_elements=["key"], set_=values, where=notices.c.resolved_at.is_not(None))
        .returning(notices.c.id)
    )
    return raised.first() is not None


def resolve_notice(connection: Connection, key: str, *, now: datetime) -> bool:
    """Resolve the open notice with this key; return whether there was one."""
    done = connection.execute(sa.update(notices).where(notices.c.key == key, notices.c.resolved_at.is_(None)).values(resolved_at=now))
    return done.rowcount == 1


def stored_notices(connection: Connection, *, role: str | None = None, resolved: bool = False, limit: int = 200) -> list[StoredNotice]:
    """Return the open notices, or all, newest first."""
    query = _query().order_by(notices.c.raised_at.desc(), notices.c.id.desc()).limit(limit)
    if role is not None:
        query = query.where(notices.c.role == role)
    if not resolved:
        query = query.where(notices.c.resolved_at.is_(None))
    return [StoredNotice(**row._mapping) for row in connection.execute(query)]


def find_notice(connection: Connection, key: str) -> StoredNotice | None:
    """Return the notice with this key, None when there is none."""
    row = connection.execute(_query().where(notices.c.key == key)).one_or_none()
    return None if row is None else StoredNotice(**row._mapping)


def _query() -> Any:
    return (
        sa.select(
            notices,
            sa.func.coalesce(people.c.email, "").label("email"),
            sa.func.coalesce(people.c.name, "").label("name"),
            sa.func.coalesce(statements.c.slug, "").label("slug"),
        )
        .outerjoin(people, people.c.id == notices.c.person_id)
        .outerjoin(statements, statements.c.id == notices.c.statement_id)
    )
