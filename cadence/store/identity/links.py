"""Links that sign in once: kept as the SHA-256 of their token, used by one statement that only one press can win."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import sign_in_links
from cadence.store.identity.sessions import token_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLink:
    """A link in force. ``account_id`` None: it makes the first admin."""

    id: int
    account_id: int | None
    purpose: str
    next_path: str


def add_link(
    connection: Connection, token: str, *, account_id: int | None, purpose: str, next_path: str, now: datetime, ends_at: datetime
) -> None:
    """Keep a new link."""
    connection.execute(
        sign_in_links.insert().values(
            token_hash=token_hash(token), account_id=account_id, purpose=purpose, next_path=next_path, created_at=now, ends_at=ends_at
        )
    )


def find_link(connection: Connection, token: str, *, now: datetime) -> StoredLink | None:
    """Return a link that was not used and is not over; changes nothing."""
    row = connection.execute(sa.select(sign_in_links).where(*_good(token, now))).first()
    return None if row is None else _link(row)


def use_link(connection: Connection, token: str, *, now: datetime) -> StoredLink | None:
    """Use a link up and return it; None: it is unknown, over, or somebody was quicker."""
    used = sa.update(sign_in_links).where(*_good(token, now)).values(used_at=now).returning(sign_in_links)
    row = connection.execute(used).first()
    return None if row is None else _link(row)


def forget_links(connection: Connection, *, before: datetime) -> int:
    """Delete links that were over before then; return how many."""
    return connection.execute(sa.delete(sign_in_links).where(sign_in_links.c.ends_at < before)).rowcount


def _good(token: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return sign_in_links.c.token_hash == token_hash(token), sign_in_links.c.used_at.is_(None), sign_in_links.c.ends_at > now


def _link(row: sa.Row[tuple[object, ...]]) -> StoredLink:
    return StoredLink(id=row.id, account_id=row.account_id, purpose=row.purpose, next_path=row.next_path)
