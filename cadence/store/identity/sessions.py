"""Sessions: read for every request, so by one statement each; a token is kept as its SHA-256 only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import account_roles, accounts, sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The account of a session in force. ``roles``: as stored, each once."""

    session_id: int
    account_id: int
    person_id: int | None
    name: str
    email: str
    locale: str
    roles: frozenset[str]
    seen_at: datetime
    ends_at: datetime


def token_hash(token: str) -> str:
    """Return what is kept of a token of 128 random bits or more: no salt is needed for those."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(connection: Connection, token: str, now: datetime) -> SignedIn | None:
    """Return who is signed in by ``token``; None: it is unknown, has ended, or the account has."""
    found = connection.execute(
        sa.select(
            sessions.c.id,
            sessions.c.seen_at,
            sessions.c.ends_at,
            accounts.c.id.label("account_id"),
            accounts.c.person_id,
            accounts.c.name,
            accounts.c.email,
            accounts.c.locale,
            account_roles.c.role,
        )
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .outerjoin(account_roles, account_roles.c.account_id == accounts.c.id)
        .where(
            sessions.c.token_hash == token_hash(token),
            sessions.c.ended_at.is_(None),
            sessions.c.ends_at > now,
            accounts.c.ended_at.is_(None),
        )
    ).all()
    if not found:
        return None
    first = found[0]
    return SignedIn(
        session_id=first.id,
        account_id=first.account_id,
        person_id=first.person_id,
        name=first.name,
        email=first.email,
        locale=first.locale,
        roles=frozenset(row.role for row in found if row.role is not None),
        seen_at=first.seen_at,
        ends_at=first.ends_at,
    )


def add_session(connection: Connection, account_id: int, token: str, *, method: str, browser: str, now: datetime, ends_at: datetime) -> int:
    """Keep a new session; return its number."""
    added = connection.execute(
        sessions.insert().values(
            token_hash=token_hash(token),
            account_id=account_id,
            method=method,
            browser=browser[:200],
            created_at=now,
            seen_at=now,
            ends_at=ends_at,
        )
    )
    [number] = added.inserted_primary_key or (0,)
    return int(number)
