"""Bring a people file into the database: upsert by email, addresses kept in step.

Only the facts the file has a column for change. Nobody is deactivated by omission unless asked, and
then never because of a file that is cut short or in part refused. One transaction of the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.people.delimited import MAX_BYTES
from cadence.domain.people.person import PeopleFile, Person, PersonRow, Refusal
from cadence.domain.people.places import canonical_zone
from cadence.domain.sending.deliveries import Channel
from cadence.errors import Conflict, NotFound, shorten
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.sending.address_health import tell_suspended
from cadence.store.people import directory as rows

#: more of the active people than this, in percent, are not deactivated without being told twice
MAX_DEACTIVATED_PERCENT = 20

_FACTS = ("name", "zone", "country", "locale", "team", "location", "manager_email", "started_on", "external")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """What changed about one person: fact -> (before, after)."""

    email: str
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(slots=True, kw_only=True)
class PeopleReport:
    """What importing people changed, or would change. Lists hold emails in the order of the file."""

    created: list[str] = field(default_factory=list)
    updated: list[PersonChange] = field(default_factory=list)
    unchanged: int = 0
    reactivated: list[str] = field(default_factory=list)
    deactivated: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Changes:
    """The rows to write."""

    people: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    #: email -> Slack id of people that are new
    slack_of_new: dict[str, str] = field(default_factory=dict)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    changed_addresses: list[tuple[int, str]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def read_people_file(path: Path) -> bytes:
    """Return the content of a file, at most one byte more than may be parsed. Raises NotFound."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"there is no file {path}") from None


def import_people(
    connection: Connection,
    file: PeopleFile,
    *,
    now: datetime,
    default_zone: str,
    deactivate_missing: bool = False,
    force: bool = False,
    dry_run: bool = False,
    source: str = "the file",
) -> PeopleReport:
    """Bring ``file`` into the database; return what changed.

    ``default_zone`` is for new people without a time zone. ``deactivate_missing`` deactivates the
    active people the file does not name: raises Conflict above 20 % of them unless ``force``, and
    leaves all in place when any row was refused. ``dry_run`` reports the same and writes nothing. ``source``: what messages call it.
    """
    default_zone = canonical_zone(default_zone)
    report = PeopleReport(refused=list(file.refusals), notes=list(file.notes))
    stored = rows.people_by_email(connection)
    addresses = rows.stored_addresses(connection)
    taken = _slack_ids_elsewhere(file, stored, addresses)
    changes = _Changes()
    seen = set()
    for row in file.rows:
        holder = taken.get(row.slack_user_id) if row.slack_user_id else None
        if holder is not None and holder != row.email:
            reason = f"slack_user_id = {shorten(row.slack_user_id)}: belongs to {holder}"
            report.refused.append(Refusal(line=row.line, field="slack_user_id", reason=reason))
            continue
        seen.add(row.email)
        before = stored.get(row.email)
        if before is None:
            _create(row, default_zone, now, report, changes)
        else:
            _update(row, before, file, addresses, report, changes, now=now)
    if deactivate_missing:
        _deactivate(stored, seen, report, changes, force=force, source=source)
    _note_managers(file, stored, report)
    if not dry_run:
        _write(connection, changes, now)
    return report


def list_people(connection: Connection, *, deactivated: bool = False) -> list[Person]:
    """Return active people, or all, by email."""
    return rows.stored_people(connection, deactivated=deactivated)


def _slack_ids_elsewhere(
    file: PeopleFile, stored: Mapping[str, Any], addresses: Mapping[tuple[int, str], rows.StoredAddress]
) -> dict[str, str]:
    """Return Slack id -> email of who has it after this file: an id may leave one person and reach another only if the file says both."""
    email_of = {row.id: email for email, row in stored.items()}
    held = {email_of[person_id]: a.value for (person_id, channel), a in addresses.items() if channel == Channel.SLACK}
    held |= {
        row.email: row.slack_user_id
        for row in file.rows
        if row.slack_user_id and row.email in held and row.slack_user_id != held[row.email]
    }
    taken: dict[str, str] = {}
    for email, slack_id in held.items():
        taken.setdefault(slack_id, email)
    for row in file.rows:
        if row.slack_user_id:
            taken.setdefault(row.slack_user_id, row.email)
    return taken


def _create(row: PersonRow, default_zone: str, now: datetime, report: PeopleReport, changes: _Changes) -> None:
    report.created.append(row.email)
    values: dict[str, Any] = {name: getattr(row, name) for name in _FACTS}
    values |= {
        "email": row.email,
        "zone": row.zone or default_zone,
        "attributes": row.attributes,
        "preferred_channel": "",
        "created_at": now,
    }
    changes.people.append(values)
    if row.slack_user_id:
        changes.slack_of_new[row.email] = row.slack_user_id


def _update(
    row: PersonRow,
    before: Any,
    file: PeopleFile,
    addresses: Mapping[tuple[int, str], rows.StoredAddress],
    report: PeopleReport,
    changes: _Changes,
    *,
    now: datetime,
) -> None:
    new: dict[str, Any] = {}
    for name in _FACTS:
        value = getattr(row, name)
        if name in file.present and value != getattr(before, name) and not (name == "zone" and not value):
            new[name] = value
    attributes = row.attributes
    if before.attributes.keys() - file.attributes:
        attributes = {k: v for k, v in before.attributes.items() if k not in file.attributes} | attributes
    if attributes != before.attributes:
        new["attributes"] = attributes
    told = {name: (getattr(before, name), value) for name, value in new.items()}
    if "zone" in new:
        new["moved_at"] = now
    if before.deactivated_at is not None:
        new["deactivated_at"] = None
        report.reactivated.append(row.email)
    for channel, value in ((Channel.EMAIL, row.email), (Channel.SLACK, row.slack_user_id)):
        known = addresses.get((before.id, channel))
        if value and known is None:
            changes.addresses.append({"person_id": before.id, "channel": channel.value, "value": value})
            told[_fact_of(channel)] = ("", value)
        elif value and known is not None and known.value != value:
            changes.changed_addresses.append((known.id, value))
            told[_fact_of(channel)] = (known.value, value)
    if new:
        changes.changed.append({"id": before.id, **new})
    if told:
        report.updated.append(PersonChange(email=row.email, fields=told))
    elif not new:
        report.unchanged += 1


def _fact_of(channel: Channel) -> str:
    return "slack_user_id" if channel is Channel.SLACK else "email_address"


def _deactivate(stored: Mapping[str, Any], seen: set[str], report: PeopleReport, changes: _Changes, *, force: bool, source: str) -> None:
    active = [row for row in stored.values() if row.deactivated_at is None and not row.shared]
    missing = [row for row in active if row.email not in seen]
    if not missing:
        return
    if report.refused:
        report.notes.append(f"nobody was deactivated, because rows of {source} were refused: mend them and try again")
        return
    if not seen:
        raise Conflict(f"{source} names nobody; that deactivates nobody")
    if len(missing) * 100 > len(active) * MAX_DEACTIVATED_PERCENT and not force:
        raise Conflict(
            f"{source} leaves out {len(missing)} of {len(active)} active people, more than {MAX_DEACTIVATED_PERCENT} %; "
            "nothing was changed. If they have all left, confirm it (--yes)",
            missing=len(missing),
            active=len(active),
        )
    report.deactivated += sorted(row.email for row in missing)
    changes.gone += [row.id for row in missing]


def _note_managers(file: PeopleFile, stored: Mapping[str, Any], report: PeopleReport) -> None:
    known = stored.keys() | {row.email for row in file.rows}
    unknown = sorted({row.manager_email for row in file.rows if row.manager_email} - known)
    if unknown:
        shown = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        report.notes.append(f"{len(unknown)} managers are not among the people: {shown}")


def _write(connection: Connection, changes: _Changes, now: datetime) -> None:
    ids = rows.add_people(connection, changes.people)
    for email, person_id in ids.items():
        changes.addresses.append({"person_id": person_id, "channel": Channel.EMAIL.value, "value": email})
        if email in changes.slack_of_new:
            changes.addresses.append({"person_id": person_id, "channel": Channel.SLACK.value, "value": changes.slack_of_new[email]})
    rows.change_people(connection, changes.changed)
    rows.add_addresses(connection, changes.addresses)
    rows.change_addresses(connection, changes.changed_addresses)
    rows.deactivate_people(connection, changes.gone, now=now)
    if changes.changed_addresses or changes.gone:
        tell_suspended(connection, now=now)
    if changes.people or changes.changed or changes.gone:
        derive_slots(connection, now=now)
