"""Accounts and their roles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import account_roles, accounts


def has_admin(connection: Connection) -> bool:
    """Return whether somebody can sign in as an admin."""
    found = (
        sa.select(accounts.c.id)
        .join(account_roles, account_roles.c.account_id == accounts.c.id)
        .where(account_roles.c.role == "admin", accounts.c.ended_at.is_(None))
        .limit(1)
    )
    return connection.execute(found).first() is not None


def add_account(connection: Connection, *, email: str, name: str, now: datetime, person_id: int | None = None) -> int:
    """Keep a new account without roles; return its number. ``email``: as ``people`` keeps it."""
    added = connection.execute(accounts.insert().values(email=email, name=name, person_id=person_id, created_at=now))
    [number] = added.inserted_primary_key or (0,)
    return int(number)


def add_roles(
    connection: Connection, account_id: int, roles: Iterable[str], *, now: datetime, source: str = "hand", granted_by: int | None = None
) -> None:
    """Give an account roles that it does not have from that source."""
    rows = [{"account_id": account_id, "role": role, "source": source, "granted_at": now, "granted_by": granted_by} for role in roles]
    if rows:
        connection.execute(account_roles.insert(), rows)


def leaders(connection: Connection) -> dict[str, int]:
    """Return email address -> account of those who may sign statements."""
    found = (
        sa.select(accounts.c.email, accounts.c.id)
        .join(account_roles, account_roles.c.account_id == accounts.c.id)
        .where(account_roles.c.role == "leader", accounts.c.ended_at.is_(None))
    )
    return {row.email: row.id for row in connection.execute(found)}
