"""Accounts and their roles, and the people of the directory behind them. Which of them may sign in: ``identity.matching``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import account_roles, accounts, group_roles, people, sign_in_links
from cadence.store.database.sql import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """An account. ``roles``: role -> from where ("hand", "group"); ``left``: its person is off the list."""

    id: int
    person_id: int | None
    email: str
    name: str
    issuer: str | None
    subject: str | None
    has_password: bool
    signed_in_at: datetime | None
    ended_at: datetime | None
    left: bool
    roles: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOnList:
    """A person of the directory as signing in knows them."""

    id: int
    email: str
    name: str
    in_force: bool


def has_admin(connection: Connection) -> bool:
    """Return whether there is an account that is an admin's."""
    found = (
        sa.select(accounts.c.id)
        .join(account_roles, account_roles.c.account_id == accounts.c.id)
        .where(account_roles.c.role == "admin", accounts.c.ended_at.is_(None))
        .limit(1)
    )
    return connection.execute(found).first() is not None


def other_admin(connection: Connection, account_id: int) -> bool:
    """Return whether another account than this is an admin's, and its person on the list."""
    found = (
        sa.select(accounts.c.id)
        .join(account_roles, account_roles.c.account_id == accounts.c.id)
        .outerjoin(people, people.c.id == accounts.c.person_id)
        .where(
            account_roles.c.role == "admin",
            accounts.c.ended_at.is_(None),
            accounts.c.id != account_id,
            people.c.deactivated_at.is_(None),
            people.c.erased_at.is_(None),
        )
        .limit(1)
    )
    return connection.execute(found).first() is not None


def hold_accounts(connection: Connection) -> None:
    """Let no other transaction change roles until this one ends: two admins must not each take the other's role at once."""
    if connection.dialect.name == "postgresql":  # writers take turns on SQLite anyway
        connection.execute(sa.text("LOCK TABLE account_roles IN SHARE ROW EXCLUSIVE MODE"))


def account_by_id(connection: Connection, account_id: int) -> StoredAccount | None:
    """Return an account, ended or not."""
    return _one(connection, accounts.c.id == account_id)


def account_by_email(connection: Connection, email: str) -> StoredAccount | None:
    """Return the account that is kept under this address, ended or not."""
    return _one(connection, accounts.c.email == email)


def account_by_person(connection: Connection, person_id: int) -> StoredAccount | None:
    """Return the account of a person, ended or not; one in force before one that ended."""
    return _one(connection, accounts.c.person_id == person_id)


def account_by_subject(connection: Connection, issuer: str, subject: str) -> StoredAccount | None:
    """Return the account that an OpenID provider knows by this subject, ended or not."""
    return _one(connection, sa.and_(accounts.c.issuer == issuer, accounts.c.subject == subject))


def accounts_with_roles(connection: Connection, *, everybody: bool = False) -> list[StoredAccount]:
    """Return the accounts in force that hold a role, by name; ``everybody``: all accounts, ended ones too."""
    found = _accounts(connection, sa.true() if everybody else accounts.c.ended_at.is_(None))
    return [one for one in found if everybody or one.roles]


def person_by_email(connection: Connection, email: str) -> PersonOnList | None:
    """Return the person of the directory with this address, on the list or not; never a shared address."""
    row = connection.execute(sa.select(people).where(people.c.email == email, people.c.shared.is_(False))).first()
    if row is None:
        return None
    return PersonOnList(id=row.id, email=row.email, name=row.name, in_force=row.deactivated_at is None and row.erased_at is None)


def person_by_id(connection: Connection, person_id: int) -> PersonOnList | None:
    """Return a person of the directory."""
    row = connection.execute(sa.select(people).where(people.c.id == person_id)).first()
    if row is None:
        return None
    return PersonOnList(id=row.id, email=row.email, name=row.name, in_force=row.deactivated_at is None and row.erased_at is None)


def leaders(connection: Connection) -> dict[str, int]:
    """Return email address -> account of those who may sign statements."""
    found = (
        sa.select(accounts.c.email, accounts.c.id)
        .join(account_roles, account_roles.c.account_id == accounts.c.id)
        .where(account_roles.c.role == "leader", accounts.c.ended_at.is_(None))
    )
    return {row.email: row.id for row in connection.execute(found)}


def add_account(connection: Connection, *, email: str, name: str, now: datetime, person_id: int | None = None) -> int:
    """Keep a new account without roles; return its number. ``email``: as ``people`` keeps it."""
    added = connection.execute(accounts.insert().values(email=email, name=name, person_id=person_id, created_at=now))
    [number] = added.inserted_primary_key or (0,)
    return int(number)


def change_account(connection: Connection, account_id: int, **values: Any) -> None:
    """Change columns of an account."""
    connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(**values))


def follow_person(connection: Connection, person_id: int, email: str) -> None:
    """Give the account of a person that address, unless another account has it."""
    taken = sa.select(accounts.c.id).where(accounts.c.email == email)
    if connection.execute(taken).first() is None:
        connection.execute(sa.update(accounts).where(accounts.c.person_id == person_id).values(email=email))


def add_roles(
    connection: Connection, account_id: int, roles: Iterable[str], *, now: datetime, source: str = "hand", granted_by: int | None = None
) -> None:
    """Give an account roles; one that it has from that source already stays as it is."""
    rows = [{"account_id": account_id, "role": role, "source": source, "granted_at": now, "granted_by": granted_by} for role in roles]
    if rows:
        connection.execute(insert_for(connection, account_roles).on_conflict_do_nothing(), rows)


def remove_roles(connection: Connection, account_id: int, roles: Iterable[str], *, source: str | None = None) -> None:
    """Take roles from an account; ``source``: only as they come from there."""
    gone = sa.delete(account_roles).where(account_roles.c.account_id == account_id, account_roles.c.role.in_(list(roles)))
    connection.execute(gone if source is None else gone.where(account_roles.c.source == source))


def roles_of_groups(connection: Connection, groups: Iterable[str]) -> frozenset[str]:
    """Return the roles that members of these groups hold."""
    found = sa.select(group_roles.c.role).where(group_roles.c.group_name.in_(list(groups)))
    return frozenset(connection.execute(found).scalars())


def group_table(connection: Connection) -> list[tuple[str, str]]:
    """Return (group, role) pairs in order."""
    rows = connection.execute(sa.select(group_roles).order_by(group_roles.c.group_name, group_roles.c.role))
    return [(row.group_name, row.role) for row in rows]


def add_group_role(connection: Connection, group: str, role: str) -> bool:
    """Let members of a group hold a role; return whether that is new."""
    added = insert_for(connection, group_roles).values(group_name=group, role=role).on_conflict_do_nothing()
    return bool(connection.execute(added).rowcount)


def remove_group_role(connection: Connection, group: str, role: str) -> bool:
    """Let a group give a role no more; return whether it did."""
    gone = sa.delete(group_roles).where(group_roles.c.group_name == group, group_roles.c.role == role)
    return bool(connection.execute(gone).rowcount)


def end_links(connection: Connection, account_id: int | None, *, now: datetime) -> None:
    """Let the unused links of an account sign in nobody; None: those that make the first admin."""
    whose = sign_in_links.c.account_id.is_(None) if account_id is None else sign_in_links.c.account_id == account_id
    connection.execute(sa.update(sign_in_links).where(whose, sign_in_links.c.used_at.is_(None)).values(used_at=now))


def _one(connection: Connection, where: sa.ColumnElement[bool]) -> StoredAccount | None:
    found = _accounts(connection, where)
    return min(found, key=lambda one: one.ended_at is not None) if found else None


def _accounts(connection: Connection, where: sa.ColumnElement[bool]) -> list[StoredAccount]:
    left = sa.and_(accounts.c.person_id.is_not(None), sa.or_(people.c.deactivated_at.is_not(None), people.c.erased_at.is_not(None)))
    query = (
        sa.select(accounts, account_roles.c.role, account_roles.c.source, left.label("left"))
        .outerjoin(people, people.c.id == accounts.c.person_id)
        .outerjoin(account_roles, account_roles.c.account_id == accounts.c.id)
        .where(where)
        .order_by(accounts.c.name, accounts.c.id)
    )
    rows: dict[int, sa.Row[Any]] = {}
    roles: dict[int, dict[str, set[str]]] = {}
    for row in connection.execute(query):
        rows.setdefault(row.id, row)
        held = roles.setdefault(row.id, {})
        if row.role is not None:
            held.setdefault(row.role, set()).add(row.source)
    return [
        StoredAccount(
            id=row.id,
            person_id=row.person_id,
            email=row.email,
            name=row.name,
            issuer=row.issuer,
            subject=row.subject,
            has_password=row.password_hash is not None,
            signed_in_at=row.signed_in_at,
            ended_at=row.ended_at,
            left=bool(row.left),
            roles=MappingProxyType({role: frozenset(sources) for role, sources in roles[number].items()}),
        )
        for number, row in rows.items()
    ]


def leaders_by_name(connection: Connection) -> list[tuple[str, str]]:
    """Return (email address, name) of those who may sign statements, by name."""
    found = (
        sa.select(accounts.c.email, accounts.c.name)
        .join(account_roles, account_roles.c.account_id == accounts.c.id)
        .where(account_roles.c.role == "leader", accounts.c.ended_at.is_(None))
        .order_by(accounts.c.name, accounts.c.id)
    )
    return [*{row.email: (row.email, row.name) for row in connection.execute(found)}.values()]
