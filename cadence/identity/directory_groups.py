"""Groups of the directory, as SCIM tells of them: who is in them, and the roles that they give (``group_roles``).

Each function is part of the caller's transaction and writes its audit entry there. Whose groups give a role has an account from then on.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from secrets import token_hex

from sqlalchemy import Connection

from cadence.domain.audit import Actor, Change, Plain
from cadence.errors import Invalid, NotFound
from cadence.identity.matching import account_for
from cadence.identity.roles import set_group_roles
from cadence.store.audit import entries
from cadence.store.identity import accounts
from cadence.store.identity import directory_groups as rows
from cadence.store.identity.directory_groups import StoredGroup
from cadence.store.people.directory_users import emails_by_id

LONGEST_NAME = 200


def add_group(connection: Connection, *, name: str, external_id: str, members: Collection[int], actor: Actor, now: datetime) -> StoredGroup:
    """Keep a new group. Raises Invalid for a member who is nobody."""
    _check(connection, name, members)
    public_id = token_hex(12)
    group_id = rows.add_group(connection, public_id=public_id, name=name, external_id=external_id, now=now)
    rows.put_members(connection, group_id, members, ())
    group = group_of(connection, public_id)
    _note(connection, actor, "group.created", group, now, {"name": name, "members": len(members)})
    _settle(connection, {name}, members, actor=actor, now=now)
    return group


def change_group(
    connection: Connection, group: StoredGroup, *, name: str, external_id: str, members: Collection[int] | None, actor: Actor, now: datetime
) -> None:
    """Give a group another name or other members; ``members`` None: they stay. Raises Invalid."""
    held = set(rows.members_of(connection, group.id))
    wanted = held if members is None else set(members)
    added, removed = wanted - held, held - wanted
    _check(connection, name, added)
    if not added and not removed and (name, external_id) == (group.name, group.external_id):
        return
    rows.change_group(connection, group.id, name=name, external_id=external_id, now=now)
    rows.put_members(connection, group.id, added, removed)
    told: dict[str, Plain] = {"name": name, "came": len(added), "left": len(removed)}
    _note(connection, actor, "group.changed", group, now, told)
    _settle(connection, {group.name, name}, added | removed if name == group.name else wanted | removed, actor=actor, now=now)


def remove_group(connection: Connection, group: StoredGroup, *, actor: Actor, now: datetime) -> None:
    """Take a group away, with the roles that it alone gave."""
    held = rows.members_of(connection, group.id)
    rows.drop_group(connection, group.id)
    _note(connection, actor, "group.removed", group, now, {"name": group.name})
    _settle(connection, {group.name}, held, actor=actor, now=now)


def group_of(connection: Connection, public_id: str) -> StoredGroup:
    """Return a group. Raises NotFound."""
    found, _ = rows.find_groups(connection, {"id": public_id})
    if not found:
        raise NotFound(f"there is no group {public_id}")
    return found[0]


def settle_members(connection: Connection, name: str, *, actor: Actor, now: datetime) -> None:
    """Let the members of the groups of this name hold the roles that their groups give, after that changed."""
    found, _ = rows.find_groups(connection, {"name": name})
    members = {one for group in found for one in rows.members_of(connection, group.id)}
    if members:
        _give(connection, members, actor=actor, now=now)


def directory_groups_of(connection: Connection, account_id: int) -> list[str]:
    """Return the names of the groups that the person of an account is in."""
    account = accounts.account_by_id(connection, account_id)
    if account is None or account.person_id is None:
        return []
    return [name for _, name in rows.groups_of(connection, [account.person_id]).get(account.person_id, [])]


def _settle(connection: Connection, names: Collection[str], person_ids: Collection[int], *, actor: Actor, now: datetime) -> None:
    """Let people hold the roles that their groups give, after those of these names changed."""
    if person_ids and rows.gives_roles(connection, names):
        _give(connection, person_ids, actor=actor, now=now)


def _give(connection: Connection, person_ids: Collection[int], *, actor: Actor, now: datetime) -> None:
    held = rows.groups_of(connection, person_ids)
    for person_id, email in sorted(emails_by_id(connection, list(person_ids)).items()):
        groups = [name for _, name in held.get(person_id, [])]
        account = accounts.account_by_person(connection, person_id)
        account_id = account.id if account is not None and account.ended_at is None else None
        if account is None and accounts.roles_of_groups(connection, groups):
            account_id = account_for(connection, email, now=now)
        if account_id is not None:
            set_group_roles(connection, account_id, groups, actor=actor, now=now)


def _check(connection: Connection, name: str, members: Collection[int]) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Invalid("displayName", name, f"has 1 to {LONGEST_NAME} characters", example="Leaders")
    known = emails_by_id(connection, list(members)) if members else {}
    for one in sorted(set(members) - known.keys())[:1]:
        raise Invalid("members", str(one), "is the id of nobody here")


def _note(connection: Connection, actor: Actor, action: str, group: StoredGroup, now: datetime, after: dict[str, Plain]) -> None:
    entries.append(connection, actor, Change(action=action, object_kind="group", object_key=group.public_id, after=after), at=now)
