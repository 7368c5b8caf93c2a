"""Compare what a directory says with what is stored, and collect the rows that have to be written.

Reads nothing and writes nothing: ``import_people`` hands in what is stored and writes what is collected here. Who is who
was decided before (``cadence/domain/people/identity.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cadence.channels.registry import FACTS, MAIL, WORKSPACE
from cadence.domain.people.directory import ListedPerson, PeopleFile
from cadence.operations.people.report import Move, PeopleReport, PersonChange
from cadence.store.people.directory import MovedPerson, StoredAddress

_FACTS = ("name", "zone", "country", "locale", "team", "location", "manager_email", "started_on", "external")

#: who was deactivated by hand stays so, whatever a directory says
BY_ADMIN = "admin"
#: SCIM says that they are not active, or that they are no more
BY_DIRECTORY, REMOVED = "directory", "removed"


@dataclass(slots=True)
class Changes:
    """The rows to write."""

    people: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    #: email -> Slack id of people that are new
    slack_of_new: dict[str, str] = field(default_factory=dict)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    changed_addresses: list[tuple[int, str]] = field(default_factory=list)
    moved: list[MovedPerson] = field(default_factory=list)
    #: ids of people whose address is another person's
    reassigned: list[int] = field(default_factory=list)
    #: ids of Slack addresses, and of people with an employee number, that are another person's from here on
    released_addresses: list[int] = field(default_factory=list)
    released_numbers: list[int] = field(default_factory=list)
    #: who says that they are gone -> ids
    gone: dict[str, list[int]] = field(default_factory=dict)

    def any(self) -> bool:
        """Whether who is due when may have changed."""
        return bool(self.people or self.changed or self.moved or self.reassigned or any(self.gone.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What does not change from row to row."""

    file: PeopleFile
    addresses: Mapping[tuple[int, str], StoredAddress]
    default_zone: str
    now: datetime
    report: PeopleReport
    changes: Changes
    #: emails of people who were deactivated by hand and whom the directory names as here
    kept_away: list[str] = field(default_factory=list)


def create(row: ListedPerson, on: Comparison) -> None:
    """Add somebody new."""
    on.report.created.append(row.email)
    values: dict[str, Any] = {name: getattr(row, name) for name in _FACTS}
    values |= {
        "email": row.email,
        "zone": row.zone or on.default_zone,
        "attributes": row.attributes,
        "preferred_channel": "",
        "employee_id": row.employee_id,
        "slack_guest": bool(row.slack_guest),
        "created_at": on.now,
    }
    on.changes.people.append(values)
    if row.slack_user_id:
        on.changes.slack_of_new[row.email] = row.slack_user_id


def update(row: ListedPerson, before: Any, on: Comparison, *, email: str) -> None:
    """Change somebody known, who is reached at ``email`` from here on."""
    report, changes = on.report, on.changes
    new = _changed_facts(row, before, on.file)
    told = {name: (getattr(before, name), value) for name, value in new.items()}
    if "zone" in new:
        new["moved_at"] = on.now
    if row.slack_guest is not None and row.slack_guest != before.slack_guest:
        new["slack_guest"] = row.slack_guest
    if before.deactivated_at is not None:
        if before.deactivated_by == BY_ADMIN:
            on.kept_away.append(email)
        else:
            new |= {"deactivated_at": None, "deactivated_by": ""}
            report.reactivated.append(email)
    if email != before.email:
        told["email"] = (before.email, email)
        report.moved.append(Move(before=before.email, after=email))
        changes.moved.append(MovedPerson(id=before.id, before=before.email, after=email))
    for channel, value in ((MAIL, email), (WORKSPACE, row.slack_user_id)):
        known = on.addresses.get((before.id, channel))
        fact = FACTS[channel].fact
        if value and known is None:
            changes.addresses.append({"person_id": before.id, "channel": channel.value, "value": value})
            told[fact] = ("", value)
        elif value and known is not None and known.value != value:
            changes.changed_addresses.append((known.id, value))
            if "email" not in told or channel is not MAIL:
                told[fact] = (known.value, value)
    if new:
        changes.changed.append({"id": before.id, **new})
    if told:
        report.updated.append(PersonChange(email=email, fields=told))
    elif "deactivated_at" not in new:
        report.unchanged += 1


def _changed_facts(row: ListedPerson, before: Any, file: PeopleFile) -> dict[str, Any]:
    new: dict[str, Any] = {}
    for name in _FACTS:
        value = getattr(row, name)
        if value == getattr(before, name) or name not in file.present or name in row.unread:
            continue
        if not (name == "name" and not row.named) and not (name == "zone" and not value):
            new[name] = value
    if row.employee_id and row.employee_id != before.employee_id:
        new["employee_id"] = row.employee_id
    attributes = row.attributes
    if file.keep is None or not before.attributes.keys() <= file.attributes:
        kept = before.attributes.keys() if file.keep is None else before.attributes.keys() & file.keep
        attributes = {key: before.attributes[key] for key in before.attributes if key in kept and key not in file.attributes} | attributes
    if attributes != before.attributes:
        new["attributes"] = attributes
    return new
