"""Groups that SCIM told of, and who is in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import directory_groups as groups
from cadence.store.database.core import directory_members as members
from cadence.store.database.core import group_roles, people
from cadence.store.database.sql import insert_for
from cadence.store.people.directory_users import HIDDEN


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGroup:
    """A row of ``directory_groups``. ``public_id``: what SCIM clients know it by."""

    id: int
    public_id: str
    name: str
    external_id: str
    created_at: datetime
    changed_at: datetime


def find_groups(
    connection: Connection, wanted: dict[str, str], *, offset: int = 0, limit: int | None = None
) -> tuple[list[StoredGroup], int]:
    """Return those with all of ``wanted`` (id, name, external_id, member) in the order they came, and how many they are in all."""
    query = sa.select(groups)
    for name, value in wanted.items():
        query = query.where(_is(name, value))
    total = connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    rows = connection.execute(query.order_by(groups.c.id).offset(offset).limit(limit)).mappings()
    return [StoredGroup(**row) for row in rows], int(total)


def add_group(connection: Connection, *, public_id: str, name: str, external_id: str, now: datetime) -> int:
    """Keep a new group without members; return its number."""
    values = {"public_id": public_id, "name": name, "external_id": external_id, "created_at": now, "changed_at": now}
    [number] = connection.execute(groups.insert().values(**values)).inserted_primary_key or (0,)
    return int(number)


def change_group(connection: Connection, group_id: int, *, name: str, external_id: str, now: datetime) -> None:
    """Give a group another name and id of the provider."""
    values = {"name": name, "external_id": external_id, "changed_at": now}
    connection.execute(sa.update(groups).where(groups.c.id == group_id).values(**values))


def drop_group(connection: Connection, group_id: int) -> None:
    """Take a group away, and everybody out of it."""
    connection.execute(sa.delete(members).where(members.c.group_id == group_id))
    connection.execute(sa.delete(groups).where(groups.c.id == group_id))


def members_of(connection: Connection, group_id: int) -> list[int]:
    """Return the numbers of the people in a group whom SCIM sees."""
    query = sa.select(members.c.person_id).join(people, people.c.id == members.c.person_id)
    query = query.where(members.c.group_id == group_id, people.c.erased_at.is_(None), people.c.deactivated_by.not_in(HIDDEN))
    return list(connection.execute(query.order_by(members.c.person_id)).scalars())


def put_members(connection: Connection, group_id: int, added: Collection[int], removed: Collection[int]) -> None:
    """Let people into a group and take others out."""
    if added:
        rows = [{"group_id": group_id, "person_id": one} for one in sorted(added)]
        connection.execute(insert_for(connection, members).on_conflict_do_nothing(), rows)
    if removed:
        one = sa.delete(members).where(members.c.group_id == group_id, members.c.person_id == sa.bindparam("gone"))
        connection.execute(one, [{"gone": person_id} for person_id in removed])


def groups_of(connection: Connection, person_ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """Return person -> (public id, name) of the groups they are in."""
    query = sa.select(members.c.person_id, groups.c.public_id, groups.c.name).join(groups, groups.c.id == members.c.group_id)
    found: dict[int, list[tuple[str, str]]] = {}
    for row in connection.execute(query.where(members.c.person_id.in_(list(person_ids))).order_by(groups.c.id)):
        found.setdefault(row.person_id, []).append((row.public_id, row.name))
    return found


def gives_roles(connection: Connection, names: Collection[str]) -> bool:
    """Return whether members of any group of these names hold a role by it."""
    return connection.execute(sa.select(group_roles.c.role).where(group_roles.c.group_name.in_(list(names))).limit(1)).first() is not None


def _is(name: str, value: str) -> sa.ColumnElement[bool]:
    if name == "id":
        return groups.c.public_id == value
    if name == "member":
        number = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else -1
        return groups.c.id.in_(sa.select(members.c.group_id).where(members.c.person_id == number))
    if name == "external_id":
        return sa.and_(groups.c.external_id == value, groups.c.external_id != "")
    return sa.func.lower(groups.c.name) == value.lower()
