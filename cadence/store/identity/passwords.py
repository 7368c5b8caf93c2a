"""The break-glass password of an admin: its hash, its sealed second factor with the last time step used, and recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPassword:
    """What an account signs in with when nothing else works. ``recovery``: hashes of the codes that were not used."""

    account_id: int
    password_hash: str
    totp_secret: str
    totp_step: int
    recovery: tuple[str, ...]


def password_of(connection: Connection, account_id: int) -> StoredPassword | None:
    """Return the password of an account, held until the transaction ends; None when there is none."""
    return _password(connection, sa.select(accounts).where(accounts.c.id == account_id).with_for_update())


def read_password(connection: Connection, account_id: int) -> StoredPassword | None:
    """Return the password of an account; None when there is none."""
    return _password(connection, sa.select(accounts).where(accounts.c.id == account_id))


def keep_password(
    connection: Connection, account_id: int, *, password_hash: str, totp_secret: str, totp_step: int, recovery: Sequence[str]
) -> None:
    """Keep a password in place of the one before."""
    kept = {"password_hash": password_hash, "totp_secret": totp_secret, "totp_step": totp_step, "recovery": list(recovery)}
    connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(**kept))


def use_step(connection: Connection, account_id: int, step: int) -> bool:
    """Use a time step up; return whether it and none after it was used before."""
    used = sa.update(accounts).where(accounts.c.id == account_id, accounts.c.totp_step < step).values(totp_step=step)
    return bool(connection.execute(used).rowcount)


def keep_recovery(connection: Connection, account_id: int, recovery: Sequence[str]) -> None:
    """Keep what is left of the recovery codes."""
    connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(recovery=list(recovery)))


def _password(connection: Connection, query: sa.Select[tuple[Any, ...]]) -> StoredPassword | None:
    row: Any = connection.execute(query).first()
    if row is None or row.password_hash is None or row.totp_secret is None:
        return None
    return StoredPassword(
        account_id=row.id,
        password_hash=row.password_hash,
        totp_secret=row.totp_secret,
        totp_step=row.totp_step,
        recovery=tuple(row.recovery),
    )
