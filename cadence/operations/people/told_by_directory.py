"""What SCIM says of one person, taken over: somebody new, changed, moved to another address, not active, or removed.

Who is who is decided as for a file (``import_people``), so that both mean the same human. Nobody is deleted: who is removed gets nothing
more and keeps what is known of them. Each function is part of the caller's transaction and writes its audit entry there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.audit import Actor, Change
from cadence.domain.people.directory import ListedPerson, PeopleFile
from cadence.domain.people.identity import same_words
from cadence.errors import Conflict, NotFound
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.people.change_person import move_known
from cadence.operations.people.compare import BY_ADMIN, BY_DIRECTORY, REMOVED, Changes, Comparison, update
from cadence.operations.people.import_people import import_people, write_changes
from cadence.operations.people.report import PeopleReport
from cadence.operations.sending.address_health import tell_suspended
from cadence.store.audit.entries import append
from cadence.store.people import directory as rows
from cadence.store.people import directory_users as users
from cadence.store.people import personal

SOURCE = "the directory"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPerson:
    """One person as SCIM tells of them. ``present``: the facts it says; ``said``: its own words, to be told back."""

    user_name: str
    external_id: str
    facts: ListedPerson
    present: frozenset[str]
    attributes: frozenset[str] = frozenset()
    active: bool
    said: dict[str, Any]

    @property
    def file(self) -> PeopleFile:
        """Return it as a directory of one."""
        return PeopleFile(rows=(self.facts,), present=self.present, attributes=self.attributes)


def take_in(connection: Connection, told: ToldPerson, *, default_zone: str, actor: Actor, now: datetime) -> int:
    """Bring in somebody whom SCIM did not tell of before; return their number. Raises Conflict when it did, or they are refused."""
    email = told.facts.email
    [*named], _ = users.find_users(connection, {"user_name": told.user_name})
    [*reached], _ = users.find_users(connection, {"email": email})
    if any(one.said is not None for one in named + reached):
        raise Conflict(f"{told.user_name} is in use", scim="uniqueness")
    earlier = users.gone_with(connection, told.external_id) if told.external_id else None
    before = personal.person_row(connection, person_id=earlier) if earlier is not None else None
    if before is not None and before["email"] != email and not reached and same_words(before["name"], told.facts.name):
        move_known(connection, before, email, now=now)
        _note(connection, actor, "person.moved", before["id"], now, [])
    report = import_people(connection, told.file, now=now, default_zone=default_zone, source=SOURCE)
    if report.refused:
        raise Conflict(report.refused[0].reason, scim="uniqueness")
    person = personal.person_row(connection, email=email)
    person_id = person["id"] if person is not None else rows.former_addresses(connection)[email]
    found = users.user_of(connection, person_id)
    # a former address of somebody whom SCIM knows under another
    if found is not None and found.said is not None and not report.reactivated and found.person["deactivated_at"] is None:
        raise Conflict(f"{told.user_name} is {found.user_name}", scim="uniqueness")
    action = "person.created" if report.created else "person.changed"
    _note(connection, actor, action, person_id, now, _fields(report) or sorted(told.present))
    _keep(connection, person_id, told, actor, now)
    return int(person_id)


def change_told(
    connection: Connection, person_id: int, told: ToldPerson, *, moved: bool, default_zone: str, actor: Actor, now: datetime
) -> None:
    """Change somebody as SCIM tells. ``moved``: it tells another address than before. Raises NotFound, Conflict."""
    found = users.user_of(connection, person_id)
    if found is None:
        raise NotFound(f"there is no user {person_id}")
    others, _ = users.find_users(connection, {"user_name": told.user_name})
    if any(one.person["id"] != person_id for one in others):
        raise Conflict(f"{told.user_name} is in use", scim="uniqueness")
    email = found.person["email"]
    if moved and told.facts.email != email:
        email = told.facts.email
        _refuse_another(connection, email, told)
        move_known(connection, found.person, email, now=now)
        _note(connection, actor, "person.moved", person_id, now, [])
    _free_number(connection, person_id, told.facts.employee_id)
    report = _compare(connection, person_id, told, email=email, default_zone=default_zone, now=now)
    fields = _fields(report)
    if fields:
        _note(connection, actor, "person.changed", person_id, now, fields)
    if report.reactivated:
        _note(connection, actor, "person.reactivated", person_id, now, [])
    _keep(connection, person_id, told, actor, now)


def remove_told(connection: Connection, person_id: int, *, actor: Actor, now: datetime) -> None:
    """Write to somebody no more, and tell SCIM no more of them. Raises NotFound."""
    found = users.user_of(connection, person_id)
    if found is None:
        raise NotFound(f"there is no user {person_id}")
    if found.person["deactivated_by"] != BY_ADMIN:  # what was done by hand stays so: SCIM could bring them back
        _deactivate(connection, found.person, REMOVED, actor, now)


def _keep(connection: Connection, person_id: int, told: ToldPerson, actor: Actor, now: datetime) -> None:
    person = personal.person_row(connection, person_id=person_id)
    if person is not None and not told.active and person["deactivated_at"] is None:
        _deactivate(connection, person, BY_DIRECTORY, actor, now)
    users.keep_user(connection, person_id, user_name=told.user_name, external_id=told.external_id, said=told.said, now=now)


def _deactivate(connection: Connection, person: personal.Row, by: str, actor: Actor, now: datetime) -> None:
    rows.deactivate_people(connection, [person["id"]], now=person["deactivated_at"] or now, by=by)
    tell_suspended(connection, now=now)
    derive_slots(connection, now=now)
    _note(connection, actor, "person.deactivated", person["id"], now, [])


def _refuse_another(connection: Connection, email: str, told: ToldPerson) -> None:
    """Refuse an address of somebody else: one whom SCIM knows, or with a wholly other name."""
    [*holders], _ = users.find_users(connection, {"email": email})
    for one in holders:
        if one.said is not None or not same_words(one.person["name"], told.facts.name):
            raise Conflict(f"{email} is the address of user {one.person['id']}", scim="uniqueness")


def _free_number(connection: Connection, person_id: int, employee_id: str) -> None:
    """Take an employee number from people who are gone; raises Conflict when it is somebody's who is here."""
    for holder, email, active in users.holders_of_number(connection, employee_id) if employee_id else ():
        if holder != person_id and active:
            raise Conflict(f"employee_id = {employee_id}: belongs to {email}", scim="uniqueness")
        if holder != person_id:
            rows.forget_numbers(connection, [holder])


def _compare(connection: Connection, person_id: int, told: ToldPerson, *, email: str, default_zone: str, now: datetime) -> PeopleReport:
    """Write the facts that differ. Somebody who is not to be active is not brought back for them."""
    before = SimpleNamespace(**(personal.person_row(connection, person_id=person_id) or {}))
    addresses = {
        (person_id, one["channel"]): rows.StoredAddress(id=one["id"], value=one["value"])
        for one in personal.addresses_of(connection, person_id)
    }
    report, changes = PeopleReport(), Changes()
    on = Comparison(file=told.file, addresses=addresses, default_zone=default_zone, now=now, report=report, changes=changes)
    update(told.facts, before, on, email=email)
    if not told.active:
        report.reactivated.clear()
        for row in changes.changed:
            row.pop("deactivated_at", None), row.pop("deactivated_by", None)
        changes.changed = [row for row in changes.changed if len(row) > 1]
    write_changes(connection, changes, now)
    return report


def _fields(report: PeopleReport) -> list[str]:
    return sorted({name for one in report.updated for name in one.fields})


def _note(connection: Connection, actor: Actor, action: str, person_id: int, now: datetime, fields: Collection[str]) -> None:
    after: dict[str, Any] = {"fields": [*fields]} if fields else {}
    append(connection, actor, Change(action=action, object_kind="person", object_key=str(person_id), after=after), at=now)
