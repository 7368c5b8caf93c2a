"""Which groups of the company's provider, or of its directory, give which role.

It counts at the next sign-in of each member, and at once for those of whom SCIM told.
"""

from __future__ import annotations

from datetime import datetime

from cadence.domain.audit import Actor, Change
from cadence.errors import Invalid
from cadence.identity.directory_groups import settle_members
from cadence.identity.roles import GIVEN
from cadence.store.audit import entries
from cadence.store.database.engine import Database
from cadence.store.identity import accounts as rows

LONGEST_GROUP = 200


def give_group_role(database: Database, group: str, role: str, *, actor: Actor, now: datetime) -> None:
    """Let members of a group hold a role. Raises Invalid."""
    group = _checked(group, role)
    with database.transaction() as connection:
        if rows.add_group_role(connection, group, role):
            change = Change(action="group.role_given", object_kind="group", object_key=group, after={"role": role})
            entries.append(connection, actor, change, at=now)
            settle_members(connection, group, actor=actor, now=now)


def take_group_role(database: Database, group: str, role: str, *, actor: Actor, now: datetime) -> None:
    """Let a group give a role no more. Raises Invalid."""
    group = _checked(group, role)
    with database.transaction() as connection:
        if rows.remove_group_role(connection, group, role):
            change = Change(action="group.role_taken", object_kind="group", object_key=group, before={"role": role})
            entries.append(connection, actor, change, at=now)
            settle_members(connection, group, actor=actor, now=now)


def _checked(group: str, role: str) -> str:
    group = group.strip()
    if not group or len(group) > LONGEST_GROUP or not group.isprintable():
        raise Invalid("group", group, f"has 1 to {LONGEST_GROUP} characters", example="cadence-admins")
    if role not in {one.value for one in GIVEN}:
        raise Invalid("role", role, "cannot be given", example="author")
    return group
