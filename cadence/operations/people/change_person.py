"""What an admin decides about one person: pause, deactivate, reactivate, and that two addresses are one human.

Who was deactivated by hand stays so whatever a directory says, until somebody takes it back. Each function is one
transaction. What people choose themselves: ``operations/responding/preferences.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.engine import Connection

from cadence.channels.registry import MAIL, WORKSPACE
from cadence.domain.audit import AT_THE_SHELL, Actor, Change
from cadence.domain.people.addresses import parse_email
from cadence.domain.planning.calendars import resolve, zone
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.people.compare import BY_ADMIN
from cadence.operations.responding.preferences import set_preferences
from cadence.operations.sending.address_health import tell_suspended
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.identity.accounts import follow_person
from cadence.store.people import directory as rows
from cadence.store.people import personal


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPerson:
    """Somebody as they are after a change. ``stays``: the key under which a second record of them was set aside; empty for none."""

    email: str
    name: str
    paused_until: datetime | None = None
    deactivated_at: datetime | None = None
    stays: str = ""


def pause_person(database: Database, email: str, *, until: date, now: datetime, actor: Actor = AT_THE_SHELL) -> ChangedPerson:
    """Hold back everything for a person until the first minute of a day of theirs.

    Raises Invalid for text that is no address or a day that is not in the coming year, NotFound for nobody, Conflict for somebody gone.
    """
    with database.read() as connection:
        row = _person(connection, email)
    if row["deactivated_at"] is not None:
        raise Conflict(f"{row['email']} is deactivated and gets nothing anyway")
    end = resolve(datetime.combine(until, time()), zone(row["zone"]))

    def note(connection: Connection) -> None:
        _note(connection, actor, "person.paused", row["id"], now)

    chosen = set_preferences(database, person_id=row["id"], now=now, paused_until=end, also=note)
    return ChangedPerson(email=row["email"], name=row["name"], paused_until=chosen.paused_until)


def deactivate_person(database: Database, email: str, *, now: datetime, actor: Actor = AT_THE_SHELL) -> ChangedPerson:
    """Write to a person no more; no directory takes that back. Raises Invalid, NotFound, or Conflict when they are so already."""
    with database.transaction() as connection:
        row = _person(connection, email)
        if row["deactivated_at"] is not None and row["deactivated_by"] == BY_ADMIN:
            raise Conflict(f"{row['email']} was deactivated by hand before")
        rows.deactivate_people(connection, [row["id"]], now=row["deactivated_at"] or now, by=BY_ADMIN)
        tell_suspended(connection, now=now)
        derive_slots(connection, now=now)
        _note(connection, actor, "person.deactivated", row["id"], now)
        return ChangedPerson(email=row["email"], name=row["name"], deactivated_at=row["deactivated_at"] or now)


def reactivate_person(database: Database, email: str, *, now: datetime, actor: Actor = AT_THE_SHELL) -> ChangedPerson:
    """Write to a person again: whoever deactivated them, and whatever pause they are in.

    Raises Invalid, NotFound, or Conflict when they are here already, were erased, or their address is somebody else's by now.
    """
    with database.transaction() as connection:
        row = _person(connection, email)
        if row["deactivated_at"] is None and (row["paused_until"] is None or row["paused_until"] <= now):
            raise Conflict(f"{row['email']} is active already")
        if not rows.has_address(connection, row["id"], channel=MAIL.value):
            raise Conflict(
                f"the address of {row['name']} is somebody else's by now; give them one first: cadence person move {row['email']} NEW"
            )
        rows.change_people(connection, [{"id": row["id"], "deactivated_at": None, "deactivated_by": "", "paused_until": None}])
        derive_slots(connection, now=now)
        _note(connection, actor, "person.reactivated", row["id"], now)
        return ChangedPerson(email=row["email"], name=row["name"])


def move_person(database: Database, old: str, new: str, *, now: datetime, actor: Actor = AT_THE_SHELL) -> ChangedPerson:
    """Give a person another address: questions, acknowledgements and what they know go along.

    Somebody who has the address already is taken for the same human: that record is set aside under a key of its own, deactivated, and
    its employee number and Slack id go over where the other has none. Raises Invalid, NotFound, or Conflict.
    """
    with database.transaction() as connection:
        row = _person(connection, old)
        address = parse_email(new)
        if address == row["email"]:
            raise Invalid("new address", new, "is the address they have")
        moved = move_known(connection, row, address, now=now)
        follow_person(connection, row["id"], address)  # by hand alone: what a directory says moves no account that holds a role
        _note(connection, actor, "person.moved", row["id"], now)
    return moved


def move_known(connection: Connection, row: personal.Row, address: str, *, now: datetime) -> ChangedPerson:
    """Do ``move_person`` to a row of ``people`` and a checked address, in the caller's transaction. Raises Conflict."""
    other = personal.person_row(connection, email=address)
    if other is not None and (other["shared"] or other["erased_at"] is not None):
        raise Conflict(f"{address} is a shared address or an erased person's")
    changes = {"deactivated_at": None, "deactivated_by": ""} if row["deactivated_at"] is not None and _is_here(other) else {}
    if other is not None:
        _set_aside(connection, row, other, now)
        changes |= {"employee_id": other["employee_id"]} if other["employee_id"] and not row["employee_id"] else {}
    rows.move_people(connection, [rows.MovedPerson(id=row["id"], before=row["email"], after=address)], now=now)
    rows.put_address(connection, row["id"], channel=MAIL.value, value=address)
    rows.change_people(connection, [{"id": row["id"], **changes}] if changes else [])
    tell_suspended(connection, now=now)
    derive_slots(connection, now=now)
    return ChangedPerson(
        email=address,
        name=row["name"],
        deactivated_at=None if changes.get("deactivated_by") == "" else row["deactivated_at"],
        stays=rows.departed_key(other["id"]) if other is not None else "",
    )


def _note(connection: Connection, actor: Actor, action: str, person_id: int, now: datetime) -> None:
    append(connection, actor, Change(action=action, object_kind="person", object_key=str(person_id)), at=now)


def _set_aside(connection: Connection, row: personal.Row, other: personal.Row, now: datetime) -> None:
    """Take the address, and the Slack id where it is needed, from the second record of a human."""
    rows.set_aside(connection, [other["id"]], now=now, by="merged")
    rows.forget_numbers(connection, [other["id"]])
    if not rows.has_address(connection, row["id"], channel=WORKSPACE.value):
        rows.pass_address(connection, other["id"], to=row["id"], channel=WORKSPACE.value)


def _is_here(other: personal.Row | None) -> bool:
    return other is not None and other["deactivated_at"] is None


def _person(connection: Connection, email: str) -> personal.Row:
    address = parse_email(email)
    row = personal.person_row(connection, email=address)
    if row is None or row["shared"] or row["erased_at"] is not None:
        raise NotFound(f"there is nobody with the address {address}")
    return row
