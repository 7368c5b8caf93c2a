"""Forget who a person is, in one transaction, and keep what was counted.

Name, addresses, attributes, questions, choices and server replies go; facts stay under a bare id, so that sums over
groups do not change afterwards. A later import of the same address makes a fresh person. Backups are the admin's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.audit import AT_THE_SHELL, Actor, Change, Via
from cadence.domain.people.addresses import parse_email
from cadence.errors import Conflict, NotFound
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.people import import_runs
from cadence.store.people import personal as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was done. ``still_named_in``: the company's own texts and rules that name the person; those are not touched."""

    person_id: int
    called_off: int
    still_named_in: tuple[str, ...]


def erase_person(database: Database, email: str, *, now: datetime, actor: Actor = AT_THE_SHELL) -> Erased:
    """Erase the person with that address.

    Raises Invalid for text that is no address, NotFound for nobody, Conflict while a message to them is on its way.
    """
    address = parse_email(email)
    with database.transaction() as connection:
        row = rows.person_row(connection, email=address)
        if row is None:
            raise NotFound(f"there is nobody with the address {address}")
        return _erase(connection, row, now, actor)


def erase_own(database: Database, person_id: int, *, now: datetime) -> Erased:
    """Erase the person with that id, asked by themselves. Raises NotFound, or Conflict with a sentence for the person."""
    with database.transaction() as connection:
        row = rows.person_row(connection, person_id=person_id)
        if row is None:
            raise NotFound("This link belongs to a person who is no longer known here.")
        return _erase(connection, row, now, Actor(via=Via.PAGE))


def _erase(connection: Connection, row: rows.Row, now: datetime, actor: Actor) -> Erased:
    if row["erased_at"] is not None:
        raise Conflict("This person was erased before.")
    if rows.sends_under_way(connection, row["id"]):
        raise Conflict("A message to this person is on its way at this moment, so nothing was erased. Try again in a minute.")
    named = rows.named_in(connection, row["email"], row["name"])
    called_off = rows.cancel_sends(connection, row["id"], now=now)
    rows.pseudonymise(connection, row, now=now)
    import_runs.forget_person(connection, row["id"], named=(row["email"], row["name"]))
    append(connection, actor, Change(action="person.erased", object_kind="person", object_key=str(row["id"])), at=now)
    return Erased(person_id=row["id"], called_off=called_off, still_named_in=tuple(named))
