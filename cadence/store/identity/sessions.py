"""Sessions: read for every request, so by one statement; a token is kept as its SHA-256 only.

A session is in force while neither it, nor its account, nor the person of the directory behind the account has ended.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import account_roles, accounts, people, sessions

#: how long somebody may leave a session alone, unless the settings say otherwise
IDLE = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The account of a session in force. ``roles``: as stored, each once; ``manages``: somebody in force names them as manager."""

    session_id: int
    account_id: int
    person_id: int | None
    name: str
    email: str
    locale: str
    roles: frozenset[str]
    manages: bool
    method: str
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session as the list of an account tells it."""

    id: int
    account_id: int
    method: str
    browser: str
    created_at: datetime
    seen_at: datetime


def token_hash(token: str) -> str:
    """Return what is kept of a token of 128 random bits or more: no salt is needed for those."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(connection: Connection, token: str, now: datetime, *, idle: timedelta = IDLE) -> SignedIn | None:
    """Return who is signed in by ``token``; None: it is unknown, was left alone for ``idle``, or has ended like its account or person."""
    reports = people.alias("reports")
    manages = sa.exists().where(
        reports.c.manager_email == sa.func.coalesce(people.c.email, accounts.c.email), reports.c.deactivated_at.is_(None)
    )
    found = connection.execute(
        sa.select(
            sessions.c.id,
            sessions.c.seen_at,
            sessions.c.ends_at,
            sessions.c.method,
            accounts.c.id.label("account_id"),
            accounts.c.person_id,
            accounts.c.name,
            accounts.c.email,
            accounts.c.locale,
            account_roles.c.role,
            manages.label("manages"),
        )
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .outerjoin(people, people.c.id == accounts.c.person_id)
        .outerjoin(account_roles, account_roles.c.account_id == accounts.c.id)
        .where(
            sessions.c.token_hash == token_hash(token),
            *_in_force(now, idle),
            accounts.c.ended_at.is_(None),
            people.c.deactivated_at.is_(None),
            people.c.erased_at.is_(None),
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
        manages=bool(first.manages),
        method=first.method,
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


def note_seen(connection: Connection, session_id: int, *, now: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(sa.update(sessions).where(sessions.c.id == session_id, sessions.c.seen_at < now).values(seen_at=now))


def end_session(connection: Connection, token: str, *, now: datetime) -> None:
    """End the session of ``token``, if there is one."""
    connection.execute(
        sa.update(sessions).where(sessions.c.token_hash == token_hash(token), sessions.c.ended_at.is_(None)).values(ended_at=now)
    )


def end_sessions(connection: Connection, account_id: int, *, now: datetime, session_id: int | None = None, but: int | None = None) -> int:
    """End the sessions of an account, or the one with that number, or all ``but`` one; return how many were open."""
    ended = sa.update(sessions).where(sessions.c.account_id == account_id, sessions.c.ended_at.is_(None)).values(ended_at=now)
    if session_id is not None:
        ended = ended.where(sessions.c.id == session_id)
    if but is not None:
        ended = ended.where(sessions.c.id != but)
    return connection.execute(ended).rowcount


def open_sessions(connection: Connection, account_id: int, now: datetime, *, idle: timedelta = IDLE) -> list[OpenSession]:
    """Return the sessions in force of an account, the one in use last first."""
    rows = connection.execute(
        sa.select(sessions)
        .where(sessions.c.account_id == account_id, *_in_force(now, idle))
        .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
    )
    return [
        OpenSession(
            id=row.id, account_id=row.account_id, method=row.method, browser=row.browser, created_at=row.created_at, seen_at=row.seen_at
        )
        for row in rows
    ]


def forget_sessions(connection: Connection, *, before: datetime) -> int:
    """Delete the sessions whose time was over before then; return how many."""
    return connection.execute(sa.delete(sessions).where(sessions.c.ends_at < before)).rowcount


def _in_force(now: datetime, idle: timedelta) -> tuple[sa.ColumnElement[bool], ...]:
    return sessions.c.ended_at.is_(None), sessions.c.ends_at > now, sessions.c.seen_at > now - idle
