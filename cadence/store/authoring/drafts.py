"""Rows of drafts, and of what approvers said of them. What may be done with one: ``domain.statements.drafting``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import account_roles, accounts, approvals, company_settings, drafts, statement_versions, statements
from cadence.store.database.sql import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraft:
    """One draft, with the names of who wrote it and what it changes (empty: nobody who signs in, a new statement)."""

    id: int
    public_id: str
    state: str
    content: dict[str, Any]
    note: str
    revision: int
    statement_id: int | None
    slug: str
    version_id: int | None
    version_number: int
    author_id: int | None
    author: str
    created_at: datetime
    changed_at: datetime
    held_until: datetime | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredApproval:
    """What one approver said of one text of a draft."""

    account_id: int
    name: str
    decision: str
    note: str
    digest: str
    at: datetime


_SELECT = (
    sa.select(drafts, accounts.c.name.label("author"), statements.c.slug, statement_versions.c.number)
    .outerjoin(accounts, accounts.c.id == drafts.c.author_id)
    .outerjoin(statements, statements.c.id == drafts.c.statement_id)
    .outerjoin(statement_versions, statement_versions.c.id == drafts.c.version_id)
)


def find_draft(connection: Connection, public_id: str) -> StoredDraft | None:
    """Return one draft, None when there is none."""
    row = connection.execute(_SELECT.where(drafts.c.public_id == public_id)).first()
    return None if row is None else _draft(row)


def drafts_in(connection: Connection, states: Collection[str]) -> list[StoredDraft]:
    """Return the drafts in these states, the one that changed last first."""
    query = _SELECT.where(drafts.c.state.in_([*states])).order_by(drafts.c.changed_at.desc(), drafts.c.id.desc())
    return [_draft(row) for row in connection.execute(query)]


def due_drafts(connection: Connection, *, now: datetime) -> list[StoredDraft]:
    """Return the held drafts whose time is over, the longest waiting first."""
    query = _SELECT.where(drafts.c.state == "held", drafts.c.held_until <= now).order_by(drafts.c.held_until, drafts.c.id)
    return [_draft(row) for row in connection.execute(query)]


def draft_of(connection: Connection, statement_id: int, states: Collection[str]) -> StoredDraft | None:
    """Return the draft that changes a statement, None when there is none in these states."""
    query = _SELECT.where(drafts.c.statement_id == statement_id, drafts.c.state.in_([*states])).order_by(drafts.c.id.desc())
    row = connection.execute(query).first()
    return None if row is None else _draft(row)


def add_draft(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a draft."""
    connection.execute(sa.insert(drafts).values(values))


def change_draft(connection: Connection, draft: StoredDraft, values: dict[str, Any]) -> bool:
    """Change a draft that is still as it was read; return whether it was."""
    still = (drafts.c.id == draft.id) & (drafts.c.revision == draft.revision) & (drafts.c.state == draft.state)
    changed = connection.execute(sa.update(drafts).where(still).values({**values, "revision": draft.revision + 1}))
    return changed.rowcount == 1


def ids_of(connection: Connection, slug: str) -> dict[str, int]:
    """Return the ids of a statement and of its newest version, by the columns of a draft that hold them."""
    query = (
        sa.select(statements.c.id, statement_versions.c.id.label("version_id"))
        .join(statement_versions, statement_versions.c.statement_id == statements.c.id)
        .where(statements.c.slug == slug)
        .order_by(statement_versions.c.number.desc())
    )
    row = connection.execute(query).first()
    return {} if row is None else {"statement_id": row.id, "version_id": row.version_id}


def add_approval(connection: Connection, values: dict[str, Any]) -> None:
    """Keep what an approver said."""
    connection.execute(sa.insert(approvals).values(values))


def approvals_of(connection: Connection, draft_id: int) -> list[StoredApproval]:
    """Return what was said of a draft, the oldest first."""
    query = (
        sa.select(approvals, accounts.c.name)
        .join(accounts, accounts.c.id == approvals.c.account_id)
        .where(approvals.c.draft_id == draft_id)
        .order_by(approvals.c.id)
    )
    return [
        StoredApproval(account_id=row.account_id, name=row.name, decision=row.decision, note=row.note, digest=row.digest, at=row.at)
        for row in connection.execute(query)
    ]


def accounts_with(connection: Connection, roles: Collection[str]) -> dict[int, str]:
    """Return account -> name of those who hold one of these roles and may still sign in."""
    query = (
        sa.select(accounts.c.id, accounts.c.name)
        .join(account_roles, account_roles.c.account_id == accounts.c.id)
        .where(account_roles.c.role.in_([*roles]), accounts.c.ended_at.is_(None))
        .order_by(accounts.c.id)
    )
    return {row.id: row.name for row in connection.execute(query)}


def company_setting(connection: Connection, name: str) -> Any:
    """Return a setting that was changed in the browser, None when it was not."""
    content = connection.execute(sa.select(company_settings.c.content).where(company_settings.c.name == name)).scalar()
    return None if content is None else content.get("value")


def set_company_setting(connection: Connection, name: str, value: Any, *, account_id: int | None, now: datetime) -> None:
    """Keep a setting that was changed in the browser."""
    values = {"content": {"value": value}, "changed_at": now, "account_id": account_id}
    statement = insert_for(connection, company_settings).values(name=name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def _draft(row: Any) -> StoredDraft:
    return StoredDraft(
        id=row.id,
        public_id=row.public_id,
        state=row.state,
        content=row.content,
        note=row.note,
        revision=row.revision,
        statement_id=row.statement_id,
        slug=row.slug or "",
        version_id=row.version_id,
        version_number=row.number or 0,
        author_id=row.author_id,
        author=row.author or "",
        created_at=row.created_at,
        changed_at=row.changed_at,
        held_until=row.held_until,
        published_at=row.published_at,
    )
