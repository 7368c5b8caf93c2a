"""Requests about users: read, found, added, changed and removed as ``operations.people.told_by_directory`` does it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.people.addresses import parse_email
from cadence.errors import Invalid, NotFound
from cadence.operations.people.told_by_directory import change_told, remove_told, take_in
from cadence.scim.models import Person
from cadence.scim.payloads import wanted
from cadence.scim.requests import AskedChange, Found, Page, created, patched, replaced
from cadence.scim.users import address_of, told_person, user_from
from cadence.store.identity.directory_groups import groups_of
from cadence.store.people import directory_users as rows
from cadence.store.people.directory_users import ListedUser

_NAMES = {
    "id": "id",
    "username": "user_name",
    "externalid": "external_id",
    "displayname": "name",
    "emails": "email",
    "emails.value": "email",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRequests:
    """The users of the service at ``base``."""

    base: str
    default_zone: str
    attributes: Collection[str]

    @property
    def model(self) -> Any:
        """The class of a user."""
        return Person

    def one(self, connection: Connection, key: str) -> Any:
        """Return a user. Raises NotFound."""
        found, _ = rows.find_users(connection, {"id": key})
        if not found:
            raise NotFound(f"there is no user {key[:100]}")
        return self._users(connection, found)[0]

    def find(self, connection: Connection, text: str, page: Found) -> Page:
        """Return the users that a filter asks for."""
        asked = wanted(text, Person, _NAMES) if text else {}
        found, total = rows.find_users(connection, asked, offset=page.offset, limit=page.limit)
        return Page(resources=self._users(connection, found), total=total)

    def add(self, connection: Connection, asked: AskedChange) -> Any:
        """Take somebody in."""
        user = created(Person, asked)
        told = told_person(user, before=None, manager=lambda key: _manager(connection, key), attributes=self.attributes)
        person_id = take_in(connection, told, default_zone=self.default_zone, actor=asked.actor, now=asked.now)
        return self.one(connection, str(person_id))

    def replace(self, connection: Connection, key: str, before: Any, asked: AskedChange) -> Any:
        """Change somebody into what is asked."""
        return self._change(connection, key, before, replaced(Person, before, asked), asked)

    def patch(self, connection: Connection, key: str, before: Any, asked: AskedChange) -> Any:
        """Change what is asked of somebody."""
        return self._change(connection, key, before, patched(Person, before, asked), asked)

    def remove(self, connection: Connection, key: str, asked: AskedChange) -> None:
        """Write to somebody no more."""
        remove_told(connection, int(key), actor=asked.actor, now=asked.now)

    def _change(self, connection: Connection, key: str, before: Any, user: Any, asked: AskedChange) -> Any:
        [stored], _ = rows.find_users(connection, {"id": key})
        said = Person.model_validate(stored.said) if stored.said is not None else before
        if address_of(user) == address_of(before):
            user.emails = said.emails  # the request is not about the address: what was said of it stands
        told = told_person(user, before=before, manager=lambda key: _manager(connection, key), attributes=self.attributes)
        # a directory that goes on naming a former address does not take back a move that was made here
        until_here = address_of(said)
        change_told(
            connection,
            int(key),
            told,
            moved=told.facts.email != until_here.strip().lower(),
            default_zone=self.default_zone,
            actor=asked.actor,
            now=asked.now,
        )
        return self.one(connection, key)

    def _users(self, connection: Connection, found: list[ListedUser]) -> list[Any]:
        groups = groups_of(connection, [one.person["id"] for one in found])
        managers = rows.ids_by_email(connection, {one.person["manager_email"] for one in found if one.said is None} - {""})
        return [
            user_from(
                one,
                base=self.base,
                groups=groups.get(one.person["id"], []),
                manager_id=str(managers.get(one.person["manager_email"], "")),
            )
            for one in found
        ]


def _manager(connection: Connection, key: str) -> str:
    """Return the address of a manager by the id of the user, or as it is said; "" for nobody."""
    if "@" in key:
        try:
            return parse_email(key)
        except Invalid:
            return ""
    found, _ = rows.find_users(connection, {"id": key})
    return str(found[0].person["email"]) if found else ""
