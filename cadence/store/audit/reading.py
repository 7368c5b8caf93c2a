"""Reads the audit log: a page of it for people, and all of it in order for whoever verifies or exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from cadence.domain.audit import Actor, Change, Via
from cadence.store.database.core import accounts, audit_entries, people, statement_versions, statements

_CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry as it is stored."""

    id: int
    at: datetime
    actor: Actor
    change: Change
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEntry:
    """One entry with what people call its actor and its object. Empty: it has no name, or had one before its person was erased."""

    entry: AuditEntry
    actor_name: str
    object_name: str


def entries_in_order(connection: Connection, *, after: int = 0) -> Iterator[AuditEntry]:
    """Yield every entry whose number is above ``after``, oldest first, a few thousand in memory at a time."""
    while True:
        rows = connection.execute(
            sa.select(audit_entries).where(audit_entries.c.id > after).order_by(audit_entries.c.id).limit(_CHUNK)
        ).all()
        yield from map(_entry, rows)
        if len(rows) < _CHUNK:
            return
        after = rows[-1].id


def count_entries(connection: Connection) -> int:
    """Return how many there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(audit_entries)).scalar_one()


def newest_entries(
    connection: Connection, *, text: str = "", kinds: tuple[str, ...] = (), before: int | None = None, limit: int
) -> list[NamedEntry]:
    """Return entries newest first, with names. ``text``: part of the name of who did it or of what it is about; ``before``: an id."""
    newest_version = (
        sa.select(statement_versions.c.title)
        .where(statement_versions.c.statement_id == statements.c.id)
        .order_by(statement_versions.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    changed = accounts.alias()
    is_account = audit_entries.c.object_kind == "account"
    is_person = audit_entries.c.object_kind == "person"
    object_name = sa.case(
        (is_person, sa.func.coalesce(people.c.name, "")),
        (audit_entries.c.object_kind == "statement", sa.func.coalesce(newest_version, audit_entries.c.object_key)),
        (is_account, sa.func.coalesce(changed.c.name, audit_entries.c.object_key)),
        else_=audit_entries.c.object_key,
    ).label("object_name")
    actor_name = sa.func.coalesce(accounts.c.name, "").label("actor_name")
    chosen = (
        sa.select(audit_entries, actor_name, object_name)
        .outerjoin(accounts, accounts.c.id == audit_entries.c.account_id)
        .outerjoin(people, sa.and_(is_person, sa.cast(people.c.id, sa.Text) == audit_entries.c.object_key, people.c.erased_at.is_(None)))
        .outerjoin(changed, sa.and_(is_account, sa.cast(changed.c.id, sa.Text) == audit_entries.c.object_key))
        .outerjoin(statements, sa.and_(audit_entries.c.object_kind == "statement", statements.c.slug == audit_entries.c.object_key))
        .order_by(audit_entries.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        chosen = chosen.where(audit_entries.c.id < before)
    if kinds:
        chosen = chosen.where(audit_entries.c.object_kind.in_(kinds))
    if text:
        part = text.lower()
        chosen = chosen.where(
            sa.or_(*(sa.func.lower(column).contains(part, autoescape=True) for column in (actor_name.element, object_name.element)))
        )
    return [NamedEntry(entry=_entry(row), actor_name=row.actor_name, object_name=row.object_name) for row in connection.execute(chosen)]


def _entry(row: Row[tuple[object, ...]]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=Actor(via=Via(row.via), account_id=row.account_id),
        change=Change(action=row.action, object_kind=row.object_kind, object_key=row.object_key, before=row.before, after=row.after),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def fingerprint_at(connection: Connection, *, skip: int) -> tuple[int, str]:
    """Return number and fingerprint of the last of the oldest ``skip`` entries; (0, "") for none."""
    if skip == 0:
        return 0, ""
    row = connection.execute(
        sa.select(audit_entries.c.id, audit_entries.c.hash).order_by(audit_entries.c.id).offset(skip - 1).limit(1)
    ).one()
    return row.id, row.hash
