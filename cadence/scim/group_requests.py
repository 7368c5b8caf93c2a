"""Requests about groups: read, found, added, changed and removed as ``identity.directory_groups`` does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scim2_models import InvalidValueException, Meta, Reference
from sqlalchemy.engine import Connection

from cadence.identity import directory_groups as groups
from cadence.scim.models import DirectoryGroup, GroupMember
from cadence.scim.payloads import wanted
from cadence.scim.requests import AskedChange, Found, Page, created, patched, replaced
from cadence.scim.users import version_of
from cadence.store.identity import directory_groups as rows
from cadence.store.identity.directory_groups import StoredGroup

_NAMES = {"id": "id", "displayname": "name", "externalid": "external_id", "members": "member", "members.value": "member"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRequests:
    """The groups of the service at ``base``."""

    base: str

    @property
    def model(self) -> Any:
        """The class of a group."""
        return DirectoryGroup

    def one(self, connection: Connection, key: str) -> Any:
        """Return a group. Raises NotFound."""
        return self._group(connection, groups.group_of(connection, key[:100]), with_members=True)

    def find(self, connection: Connection, text: str, page: Found) -> Page:
        """Return the groups that a filter asks for."""
        asked = wanted(text, DirectoryGroup, _NAMES) if text else {}
        found, total = rows.find_groups(connection, asked, offset=page.offset, limit=page.limit)
        shown = "members" not in page.excluded
        return Page(resources=[self._group(connection, one, with_members=shown) for one in found], total=total)

    def add(self, connection: Connection, asked: AskedChange) -> Any:
        """Add a group."""
        group = created(DirectoryGroup, asked)
        made = groups.add_group(
            connection,
            name=group.display_name,
            external_id=group.external_id or "",
            members=_members(group),
            actor=asked.actor,
            now=asked.now,
        )
        return self.one(connection, made.public_id)

    def replace(self, connection: Connection, key: str, before: Any, asked: AskedChange) -> Any:
        """Change a group into what is asked; a body without members leaves them."""
        group = replaced(DirectoryGroup, before, asked)
        says_members = any(name.casefold() == "members" for name in asked.payload)
        return self._change(connection, key, group, _members(group) if says_members else None, asked)

    def patch(self, connection: Connection, key: str, before: Any, asked: AskedChange) -> Any:
        """Change what is asked of a group."""
        group = patched(DirectoryGroup, before, asked)
        return self._change(connection, key, group, _members(group), asked)

    def remove(self, connection: Connection, key: str, asked: AskedChange) -> None:
        """Take a group away."""
        groups.remove_group(connection, groups.group_of(connection, key), actor=asked.actor, now=asked.now)

    def _change(self, connection: Connection, key: str, group: Any, members: set[int] | None, asked: AskedChange) -> Any:
        groups.change_group(
            connection,
            groups.group_of(connection, key),
            name=group.display_name,
            external_id=group.external_id or "",
            members=members,
            actor=asked.actor,
            now=asked.now,
        )
        return self.one(connection, key)

    def _group(self, connection: Connection, stored: StoredGroup, *, with_members: bool) -> Any:
        held = rows.members_of(connection, stored.id) if with_members else []
        group: Any = DirectoryGroup(display_name=stored.name, external_id=stored.external_id or None)
        group.members = [GroupMember(value=str(one), ref=Reference(f"{self.base}/Users/{one}"), type="User") for one in held] or None
        group.id = stored.public_id
        group.meta = Meta(
            resource_type="Group",
            created=stored.created_at,
            last_modified=stored.changed_at,
            location=f"{self.base}/Groups/{stored.public_id}",
        )
        if with_members:
            group.meta.version = version_of(group)
        return group


def _members(group: Any) -> set[int]:
    """Return the numbers of the people that a group names. Raises InvalidValueException."""
    found = set()
    for one in group.members or []:
        value = str(one.value or "")
        if not (value.isascii() and value.isdigit() and len(value) < 16):
            raise InvalidValueException(detail=f"members.value = {value[:60]!r} is the id of nobody here.")
        found.add(int(value))
    return found
