"""What programs show to come in: API and SCIM tokens, kept as their SHA-256 only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import api_tokens
from cadence.store.identity.sessions import token_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """One token as it is listed. ``hint``: its last characters; ``account_id``: who made it; ``scopes``: names of permissions."""

    id: int
    name: str
    kind: str
    hint: str
    scopes: tuple[str, ...]
    account_id: int | None
    created_at: datetime
    ends_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def find_token(connection: Connection, token: str, *, kind: str, now: datetime) -> StoredToken | None:
    """Return the token in force that reads so; None: it is unknown, of another kind, revoked, or over."""
    row = connection.execute(
        sa.select(api_tokens).where(
            api_tokens.c.token_hash == token_hash(token),
            api_tokens.c.kind == kind,
            api_tokens.c.revoked_at.is_(None),
            api_tokens.c.ends_at > now,
        )
    ).first()
    return None if row is None else _token(row)


def add_token(
    connection: Connection,
    token: str,
    *,
    name: str,
    kind: str,
    scopes: Collection[str],
    account_id: int | None,
    now: datetime,
    ends_at: datetime,
) -> int:
    """Keep a new token; return its number."""
    added = connection.execute(
        api_tokens.insert().values(
            token_hash=token_hash(token),
            hint=token[-4:],
            name=name,
            kind=kind,
            scopes=sorted(scopes),
            account_id=account_id,
            created_at=now,
            ends_at=ends_at,
        )
    )
    [number] = added.inserted_primary_key or (0,)
    return int(number)


def note_used(connection: Connection, token_id: int, *, now: datetime) -> None:
    """Note that a token is in use."""
    connection.execute(sa.update(api_tokens).where(api_tokens.c.id == token_id).values(used_at=now))


def revoke_token(connection: Connection, token_id: int, *, now: datetime) -> StoredToken | None:
    """End a token; return it as it was, None when there is none in force with that number."""
    query = sa.select(api_tokens).where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None)).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        return None
    connection.execute(sa.update(api_tokens).where(api_tokens.c.id == token_id).values(revoked_at=now))
    return _token(row)


def tokens_in_force(connection: Connection, now: datetime) -> list[StoredToken]:
    """Return the tokens that were not revoked and are not over, oldest first."""
    query = sa.select(api_tokens).where(api_tokens.c.revoked_at.is_(None), api_tokens.c.ends_at > now).order_by(api_tokens.c.id)
    return [_token(row) for row in connection.execute(query)]


def _token(row: sa.Row[tuple[object, ...]]) -> StoredToken:
    return StoredToken(
        id=row.id,
        name=row.name,
        kind=row.kind,
        hint=row.hint,
        scopes=tuple(row.scopes),
        account_id=row.account_id,
        created_at=row.created_at,
        ends_at=row.ends_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
