"""People as SCIM sees them: who is found under which id, name or number, and what SCIM said of them.

The id that SCIM clients know is the number of the person. Shared addresses, erased people and records that were set aside or
removed do not exist there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import directory_users as users
from cadence.store.database.core import people
from cadence.store.database.sql import insert_for

#: words of ``people.deactivated_by`` for records that a directory sees no more
HIDDEN = ("removed", "reassigned", "merged")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUser:
    """A row of ``people`` beside what SCIM said of it; ``said`` None: nothing yet."""

    person: dict[str, Any]
    said: dict[str, Any] | None
    user_name: str
    external_id: str
    changed_at: datetime | None


def find_users(
    connection: Connection, wanted: dict[str, str], *, offset: int = 0, limit: int | None = None
) -> tuple[list[ListedUser], int]:
    """Return those with all of ``wanted`` (id, user_name, external_id, email, name) by id, and how many they are in all."""
    query = _visible()
    for name, value in wanted.items():
        query = query.where(_is(name, value))
    total = connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    return [_listed(row) for row in connection.execute(query.order_by(people.c.id).offset(offset).limit(limit)).mappings()], int(total)


def user_of(connection: Connection, person_id: int) -> ListedUser | None:
    """Return one person as SCIM sees them, None when they do not exist there."""
    row = connection.execute(_visible().where(people.c.id == person_id)).mappings().first()
    return None if row is None else _listed(row)


def gone_with(connection: Connection, external_id: str) -> int | None:
    """Return the only person who is gone and had that id of the provider."""
    query = sa.select(users.c.person_id).join(people, people.c.id == users.c.person_id)
    query = query.where(users.c.external_id == external_id, people.c.deactivated_at.is_not(None), people.c.erased_at.is_(None)).limit(2)
    found = list(connection.execute(query.where(people.c.deactivated_by.in_(("removed", "directory")))).scalars())
    return found[0] if len(found) == 1 else None


def holders_of_number(connection: Connection, employee_id: str) -> list[tuple[int, str, bool]]:
    """Return (id, email, active) of the people with an employee number."""
    query = sa.select(people.c.id, people.c.email, people.c.deactivated_at).where(people.c.employee_id == employee_id)
    return [(row.id, row.email, row.deactivated_at is None) for row in connection.execute(query)]


def keep_user(connection: Connection, person_id: int, *, user_name: str, external_id: str, said: dict[str, Any], now: datetime) -> None:
    """Keep what SCIM says of a person; a record that SCIM sees no more gives the user name up."""
    name = user_name.lower()
    connection.execute(sa.delete(users).where(users.c.user_name == name, users.c.person_id != person_id))
    values = {"user_name": name, "external_id": external_id, "said": said, "changed_at": now}
    added = insert_for(connection, users).values(person_id=person_id, **values)
    connection.execute(added.on_conflict_do_update(index_elements=["person_id"], set_=values))


def emails_by_id(connection: Connection, person_ids: list[int]) -> dict[int, str]:
    """Return id -> email of those whom SCIM sees."""
    query = _visible().with_only_columns(people.c.id, people.c.email).where(people.c.id.in_(person_ids))
    return {row.id: row.email for row in connection.execute(query)}


def ids_by_email(connection: Connection, emails: set[str]) -> dict[str, int]:
    """Return email -> id of those whom SCIM sees."""
    query = _visible().with_only_columns(people.c.id, people.c.email).where(people.c.email.in_(emails))
    return {row.email: row.id for row in connection.execute(query)}


def _visible() -> sa.Select[Any]:
    told = (users.c.user_name, users.c.external_id, users.c.said, users.c.changed_at)
    query = sa.select(people, *told).outerjoin(users, users.c.person_id == people.c.id)
    return query.where(~people.c.shared, people.c.erased_at.is_(None), people.c.deactivated_by.not_in(HIDDEN))


def _is(name: str, value: str) -> sa.ColumnElement[bool]:
    if name == "id":
        return people.c.id == (int(value) if value.isascii() and value.isdigit() and len(value) < 16 else -1)
    if name == "user_name":
        return sa.or_(users.c.user_name == value.lower(), sa.and_(users.c.user_name.is_(None), people.c.email == value.lower()))
    if name == "external_id":
        return sa.and_(users.c.external_id == value, users.c.external_id != "")
    return people.c.email == value.lower() if name == "email" else sa.func.lower(people.c.name) == value.lower()


def _listed(row: Any) -> ListedUser:
    person = {name: row[name] for name in people.c.keys()}  # noqa: SIM118 a collection of columns, not a mapping
    return ListedUser(
        person=person,
        said=row["said"],
        user_name=row["user_name"] or row["email"],
        external_id=row["external_id"] or "",
        changed_at=row["changed_at"],
    )
