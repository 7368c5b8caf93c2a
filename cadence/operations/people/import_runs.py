"""A people file in the browser: read it, show what it would change, take it, and undo it within 30 days.

What a file means is ``files.people_csv``'s, what it changes ``import_people``'s. Nothing is kept of a row but what the import wrote;
an undo gives back only what nobody changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.audit import Actor, Change
from cadence.domain.people.directory import PeopleFile
from cadence.domain.people.retention import FILES_KEPT, UNDO_FOR
from cadence.domain.planning.calendars import zone
from cadence.errors import Conflict, NotFound
from cadence.files.people_csv.reader import parse_people
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.people.import_people import A_FILE, import_people, note_import
from cadence.operations.people.report import PeopleReport
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.people import directory as rows
from cadence.store.people import import_runs as runs

_DAYS = ("started_on",)
_INSTANTS = ("deactivated_at",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleRules:
    """What of the settings an import needs. ``keep``: attributes that audiences and caps ask for."""

    default_zone: str
    keep: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneImport:
    """How many people an undo gave back, and how many stay because they were changed since."""

    restored: int
    left: int


def check_file(
    database: Database, content: bytes, *, file_name: str, public_id: str, rules: PeopleRules, actor: Actor, now: datetime
) -> None:
    """Keep a file until it is taken. ``public_id``: unguessable. Raises Invalid for what is no people file."""
    _parsed(content, rules, now)
    with database.transaction() as connection:
        runs.forget_runs(connection, files_before=now - FILES_KEPT, undo_before=now - UNDO_FOR)
        runs.add_run(connection, public_id=public_id, file_name=file_name[:120], content=content, account_id=actor.account_id, now=now)


def preview_file(database: Database, public_id: str, *, rules: PeopleRules, deactivate_missing: bool, now: datetime) -> PeopleReport:
    """Return what taking the file would change now. Raises NotFound, Invalid."""
    with database.read() as connection:
        run = _waiting(runs.run_of(connection, public_id), now)
        return import_people(
            connection,
            _parsed(run.content, rules, now),
            now=now,
            default_zone=rules.default_zone,
            deactivate_missing=deactivate_missing,
            force=True,
            dry_run=True,
            source=run.file_name,
        )


def take_file(
    database: Database,
    public_id: str,
    *,
    rules: PeopleRules,
    deactivate_missing: bool,
    force: bool,
    actor: Actor,
    now: datetime,
) -> PeopleReport:
    """Bring the file in and keep what undoes it; a repetition raises Conflict. ``force``: so many may leave. Raises NotFound, Invalid."""
    with database.transaction() as connection:
        run = _waiting(runs.run_of(connection, public_id, lock=True), now)
        before = runs.snapshot(connection)
        report = import_people(
            connection,
            _parsed(run.content, rules, now),
            now=now,
            default_zone=rules.default_zone,
            deactivate_missing=deactivate_missing,
            force=force,
            source=run.file_name,
        )
        runs.end_run(connection, run.id, state="done", now=now, undo=_differences(before, runs.snapshot(connection)))
        note_import(connection, report, source=A_FILE, actor=actor, now=now)
    return report


def undo_file(database: Database, public_id: str, *, actor: Actor, now: datetime) -> UndoneImport:
    """Give back what the import changed and nobody changed since. Raises NotFound, or Conflict when it is too late or was done."""
    with database.transaction() as connection:
        run = runs.run_of(connection, public_id, lock=True)
        if run is None:
            raise NotFound("there is no such import")
        if run.state != "done" or run.done_at is None or run.done_at < now - UNDO_FOR or not run.undo:
            raise Conflict(f"the import of {run.file_name} cannot be undone any more")
        undone = _give_back(connection, run.undo, now)
        runs.end_run(connection, run.id, state="undone", now=now)
        derive_slots(connection, now=now)
        after: dict[str, Any] = {"restored": undone.restored, "left": undone.left}
        append(connection, actor, Change(action="people.import_undone", object_kind="people", object_key=A_FILE, after=after), at=now)
    return undone


def drop_file(database: Database, public_id: str, *, now: datetime) -> None:
    """Let go of a file that is not wanted."""
    with database.transaction() as connection:
        run = runs.run_of(connection, public_id, lock=True)
        if run is not None and run.state == "checked":
            runs.end_run(connection, run.id, state="dropped", now=now)


def _waiting(run: runs.ImportRun | None, now: datetime) -> runs.ImportRun:
    if run is None or run.state == "dropped" or (run.state == "checked" and run.created_at < now - FILES_KEPT):
        raise NotFound("this file is not kept here any more; send it again")
    if run.state != "checked":
        raise Conflict(f"{run.file_name} was brought in before")
    return run


def _parsed(content: bytes, rules: PeopleRules, now: datetime) -> PeopleFile:
    return parse_people(content, today=now.astimezone(zone(rules.default_zone)).date(), keep=rules.keep)


def _differences(before: runs.Snapshot, after: runs.Snapshot) -> dict[str, Any]:
    """Return what changed, as JSON: new people, columns by person, addresses by person and channel."""
    changed = {
        str(person_id): {name: [old[name], new[name]] for name in old if old[name] != new[name]}
        for person_id, new in after.people.items()
        if (old := before.people.get(person_id)) is not None and old != new
    }
    reached = {
        f"{person_id}:{channel}": [before.addresses.get((person_id, channel)), after.addresses.get((person_id, channel))]
        for person_id, channel in {**before.addresses, **after.addresses}
        if before.addresses.get((person_id, channel)) != after.addresses.get((person_id, channel)) and person_id in before.people
    }
    return {
        "created": {str(person_id): True for person_id in after.people if person_id not in before.people},
        "changed": changed,
        "addresses": reached,
    }


def _give_back(connection: Connection, undo: Mapping[str, Any], now: datetime) -> UndoneImport:
    here = runs.snapshot(connection)
    new = [int(key) for key in undo["created"] if int(key) in here.people and here.people[int(key)]["deactivated_at"] is None]
    rows.deactivate_people(connection, new, now=now, by="missing")
    restored, left, moved = len(new), 0, []
    for key, fields in undo["changed"].items():
        person_id = int(key)
        is_mine = person_id in here.people and all(here.people[person_id][name] == after for name, (_, after) in fields.items())
        if not is_mine:
            left += 1
            continue
        values = {name: _stored(name, before) for name, (before, _) in fields.items() if name != "email"}
        if values:
            rows.change_people(connection, [{"id": person_id, **values}])
        if "email" in fields:
            moved.append(rows.MovedPerson(id=person_id, before=fields["email"][1], after=fields["email"][0]))
        restored += 1
    rows.move_people(connection, moved, now=now)
    for key, (value, after) in undo["addresses"].items():
        number, _, channel = key.partition(":")
        if here.addresses.get((int(number), channel)) != after:
            continue
        if value is None:
            rows.take_address(connection, int(number), channel=channel)
        else:
            rows.put_address(connection, int(number), channel=channel, value=value)
    return UndoneImport(restored=restored, left=left)


def _stored(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _DAYS:
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if name in _INSTANTS else value
