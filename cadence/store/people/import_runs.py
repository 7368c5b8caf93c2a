"""People files that were brought in the browser: the file until it is taken, and what undoes it for a while after."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import addresses, import_runs, people

#: what of a person a file may change, and an undo gives back
_COLUMNS = (
    "email",
    "name",
    "zone",
    "country",
    "locale",
    "team",
    "location",
    "manager_email",
    "started_on",
    "external",
    "employee_id",
    "slack_guest",
    "attributes",
    "deactivated_at",
    "deactivated_by",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """One file. ``state``: "checked", "done", "undone" or "dropped"."""

    id: int
    public_id: str
    state: str
    file_name: str
    content: bytes
    undo: dict[str, Any]
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everybody as a file could change them: person id -> column -> value, (person id, channel) -> address."""

    people: dict[int, dict[str, Any]]
    addresses: dict[tuple[int, str], str]


def add_run(connection: Connection, *, public_id: str, file_name: str, content: bytes, account_id: int | None, now: datetime) -> None:
    """Keep a file that was read and not taken yet."""
    connection.execute(
        import_runs.insert().values(
            public_id=public_id, state="checked", file_name=file_name, content=content, undo={}, account_id=account_id, created_at=now
        )
    )


def run_of(connection: Connection, public_id: str, *, lock: bool = False) -> ImportRun | None:
    """Return one run. ``lock``: nobody else takes it meanwhile."""
    query = sa.select(*(import_runs.c[name] for name in ImportRun.__dataclass_fields__)).where(import_runs.c.public_id == public_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else ImportRun(**row._mapping)


def newest_undoable(connection: Connection, *, after: datetime) -> list[ImportRun]:
    """Return the runs that were taken after that instant and not undone, newest first."""
    columns = (import_runs.c[name] for name in ImportRun.__dataclass_fields__)
    query = sa.select(*columns).where(import_runs.c.state == "done", import_runs.c.done_at > after)
    return [ImportRun(**row._mapping) for row in connection.execute(query.order_by(import_runs.c.done_at.desc()).limit(5))]


def end_run(connection: Connection, run_id: int, *, state: str, now: datetime, undo: dict[str, Any] | None = None) -> None:
    """Say what became of a run; the file itself goes."""
    values: dict[str, Any] = {"state": state, "content": b"", "undo": undo or {}}
    values |= {"done_at": now} if state == "done" else {"undone_at": now} if state == "undone" else {}
    connection.execute(import_runs.update().where(import_runs.c.id == run_id).values(**values))


def forget_runs(connection: Connection, *, files_before: datetime, undo_before: datetime) -> None:
    """Let go of files that nobody took, and of what undoes an import that is long past."""
    waiting = sa.and_(import_runs.c.state == "checked", import_runs.c.created_at < files_before)
    connection.execute(import_runs.update().where(waiting).values(state="dropped", content=b""))
    past = sa.and_(import_runs.c.state == "done", import_runs.c.done_at < undo_before)
    connection.execute(import_runs.update().where(past).values(undo={}))


def forget_person(connection: Connection, person_id: int, *, named: tuple[str, ...]) -> None:
    """Take a person out of what undoes an import, and drop the files that nobody took: they may name them.

    named: name and address of the person. An import whose undo names them elsewhere too (as a manager, say) cannot be undone any more.
    """
    secrets = [text.casefold() for text in named if text]
    connection.execute(import_runs.update().where(import_runs.c.state == "checked").values(state="dropped", content=b""))
    for row in connection.execute(sa.select(import_runs.c.id, import_runs.c.undo).where(import_runs.c.state == "done")).all():
        undo = {kind: {key: value for key, value in held.items() if not _is_of(key, person_id)} for kind, held in row.undo.items()}
        said = json.dumps(undo, ensure_ascii=False).casefold()
        if any(secret in said for secret in secrets):
            undo = {}
        if undo != row.undo:
            connection.execute(import_runs.update().where(import_runs.c.id == row.id).values(undo=undo))


def snapshot(connection: Connection) -> Snapshot:
    """Return everybody as they are now."""
    found = {
        row.id: {name: _plain(getattr(row, name)) for name in _COLUMNS}
        for row in connection.execute(sa.select(people.c.id, *(people.c[name] for name in _COLUMNS)))
    }
    reached = {
        (row.person_id, row.channel): row.value
        for row in connection.execute(sa.select(addresses.c.person_id, addresses.c.channel, addresses.c.value))
    }
    return Snapshot(people=found, addresses=reached)


def _is_of(key: str, person_id: int) -> bool:
    return key.partition(":")[0] == str(person_id)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
