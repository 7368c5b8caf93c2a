"""Rows of people and their addresses.

Bulk paths only: a company comes in one file. A changed address is a healthy one until it fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.people.person import Person
from cadence.store.database.core import addresses, people
from cadence.store.database.core import former_addresses as former

_CHUNK = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAddress:
    """A row of ``addresses``."""

    id: int
    value: str
    #: why it is suspended, empty when it is not
    suspended_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPerson:
    """A person whose address changes."""

    id: int
    before: str
    after: str


#: a domain that can never exist (RFC 2606): the key of people whose address is another's
DEPARTED_DOMAIN = "departed.invalid"


def people_by_email(connection: Connection) -> dict[str, Person]:
    """Return email -> person, deactivated ones too."""
    return {row.email: cast(Person, row) for row in connection.execute(sa.select(people))}


def stored_people(connection: Connection, *, deactivated: bool = False) -> list[Person]:
    """Return active people, or all, by email."""
    query = sa.select(people).where(~people.c.shared).order_by(people.c.email)
    if not deactivated:
        query = query.where(people.c.deactivated_at.is_(None))
    return [person_from_row(row) for row in connection.execute(query)]


def person_from_row(row: Any) -> Person:
    """Return the domain's person of a ``people`` row."""
    return Person(**{name: getattr(row, name) for name in Person.__slots__})


def stored_addresses(connection: Connection) -> dict[tuple[int, str], StoredAddress]:
    """Return (person id, channel) -> address of all people."""
    query = sa.select(addresses.c.id, addresses.c.person_id, addresses.c.channel, addresses.c.value, addresses.c.suspended_reason)
    return {
        (person_id, channel): StoredAddress(id=address_id, value=value, suspended_reason=reason)
        for address_id, person_id, channel, value, reason in connection.execute(query)
    }


def add_people(connection: Connection, rows: list[dict[str, Any]]) -> dict[str, int]:
    """Insert people; return email -> id."""
    if not rows:
        return {}
    connection.execute(sa.insert(people), rows)
    wanted = {row["email"] for row in rows}
    query = sa.select(people.c.email, people.c.id)
    return {email: person_id for email, person_id in connection.execute(query) if email in wanted}


def change_people(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Update people; each row has ``id`` and the columns that change."""
    by_columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in rows:
        by_columns.setdefault(frozenset(row) - {"id"}, []).append({("person_id" if k == "id" else k): v for k, v in row.items()})
    for names, group in by_columns.items():
        update = sa.update(people).where(people.c.id == sa.bindparam("person_id")).values({name: sa.bindparam(name) for name in names})
        connection.execute(update, group)


def deactivate_people(connection: Connection, person_ids: list[int], *, now: datetime, by: str) -> None:
    """Mark people as gone, and who says so; what is planned for them is dropped at the last look."""
    for start in range(0, len(person_ids), _CHUNK):
        some = person_ids[start : start + _CHUNK]
        connection.execute(sa.update(people).where(people.c.id.in_(some)).values(deactivated_at=now, deactivated_by=by))


def former_addresses(connection: Connection) -> dict[str, int]:
    """Return address -> id of the person who had it before."""
    return {row.value: row.person_id for row in connection.execute(sa.select(former.c.value, former.c.person_id))}


def move_people(connection: Connection, moved: list[MovedPerson], *, now: datetime) -> None:
    """Give people another address, remember the one before, and follow it where it names a manager.

    Addresses may change hands among them: all are set aside first, for no two people may have one.
    """
    if not moved:
        return
    by_id = sa.update(people).where(people.c.id == sa.bindparam("person_id")).values(email=sa.bindparam("new_email"))
    connection.execute(by_id, [{"person_id": one.id, "new_email": f"moving-{one.id}@{DEPARTED_DOMAIN}"} for one in moved])
    connection.execute(by_id, [{"person_id": one.id, "new_email": one.after} for one in moved])
    # whoever has an address is no longer one who had it
    connection.execute(
        sa.delete(former).where(former.c.value == sa.bindparam("old_value")),
        [{"old_value": value} for one in moved for value in (one.before, one.after)],
    )
    kept = {one.after for one in moved}
    before = [{"person_id": one.id, "value": one.before, "until": now} for one in moved if one.before not in kept and _is_real(one.before)]
    if before:
        connection.execute(sa.insert(former), before)
    after = {one.before: one.after for one in moved}
    managed = connection.execute(sa.select(people.c.id, people.c.manager_email).where(people.c.manager_email != ""))
    follow = [{"person_id": row.id, "new_manager": after[row.manager_email]} for row in managed if row.manager_email in after]
    if follow:
        connection.execute(
            sa.update(people).where(people.c.id == sa.bindparam("person_id")).values(manager_email=sa.bindparam("new_manager")), follow
        )


def set_aside(connection: Connection, person_ids: list[int], *, now: datetime, by: str = "reassigned") -> None:
    """Take the email address from people, for it is another person's: they are gone, and what was said to them and by them stays theirs."""
    for start in range(0, len(person_ids), _CHUNK):
        some = person_ids[start : start + _CHUNK]
        connection.execute(sa.delete(addresses).where(addresses.c.person_id.in_(some), addresses.c.channel == "email"))
        connection.execute(
            sa.update(people).where(people.c.id.in_(some), people.c.deactivated_at.is_(None)).values(deactivated_at=now, deactivated_by=by)
        )
        named = [{"person_id": person_id, "new_email": departed_key(person_id)} for person_id in some]
        connection.execute(sa.update(people).where(people.c.id == sa.bindparam("person_id")).values(email=sa.bindparam("new_email")), named)


def departed_key(person_id: int) -> str:
    """Return the key of a person whose address is another's: it looks like an address and can never be one."""
    return f"former-{person_id}@{DEPARTED_DOMAIN}"


def has_address(connection: Connection, person_id: int, *, channel: str) -> bool:
    """Whether a person is reached on that channel, healthy or not."""
    query = sa.select(addresses.c.id).where(addresses.c.person_id == person_id, addresses.c.channel == channel)
    return connection.execute(query).first() is not None


def put_address(connection: Connection, person_id: int, *, channel: str, value: str) -> None:
    """Give a person that address on a channel, healthy."""
    mine = sa.select(addresses.c.id).where(addresses.c.person_id == person_id, addresses.c.channel == channel)
    known = connection.execute(mine).scalar()
    if known is None:
        add_addresses(connection, [{"person_id": person_id, "channel": channel, "value": value}])
    else:
        change_addresses(connection, [(known, value)])


def pass_address(connection: Connection, person_id: int, *, to: int, channel: str) -> None:
    """Give the address of one person on a channel to another, who has none there."""
    mine = sa.update(addresses).where(addresses.c.person_id == person_id, addresses.c.channel == channel)
    connection.execute(mine.values(person_id=to))


def take_address(connection: Connection, person_id: int, *, channel: str) -> None:
    """Take the address of a person on a channel away."""
    connection.execute(sa.delete(addresses).where(addresses.c.person_id == person_id, addresses.c.channel == channel))


def drop_addresses(connection: Connection, address_ids: list[int]) -> None:
    """Take addresses away that are another person's from here on."""
    if address_ids:
        connection.execute(sa.delete(addresses).where(addresses.c.id.in_(address_ids)))


def forget_numbers(connection: Connection, person_ids: list[int]) -> None:
    """Take the employee number from people, for it is another person's."""
    if person_ids:
        connection.execute(sa.update(people).where(people.c.id.in_(person_ids)).values(employee_id=""))


def _is_real(address: str) -> bool:
    return not address.endswith(f"@{DEPARTED_DOMAIN}")


def add_addresses(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Insert healthy addresses: person_id, channel and value each."""
    if rows:
        connection.execute(sa.insert(addresses), [{**row, "suspended_reason": ""} for row in rows])


def change_addresses(connection: Connection, rows: list[tuple[int, str]]) -> None:
    """Give addresses, (id, value), another value; a suspension of the old one ends."""
    if rows:
        update = sa.update(addresses).where(addresses.c.id == sa.bindparam("address_id"))
        update = update.values(value=sa.bindparam("new_value"), suspended_at=None, suspended_reason="", failure_score=0.0, failed_at=None)
        connection.execute(update, [{"address_id": address_id, "new_value": value} for address_id, value in rows])


def close_addresses(connection: Connection, rows: list[tuple[int, str]], *, channel: str, reason: str, now: datetime) -> None:
    """Suspend the addresses of people, (person id, value), on one channel; one that is not there yet is kept suspended."""
    for start in range(0, len(rows), _CHUNK):
        some = dict(rows[start : start + _CHUNK])
        known = sa.update(addresses).where(addresses.c.person_id.in_(some), addresses.c.channel == channel)
        changed = connection.execute(known.values(suspended_at=now, suspended_reason=reason).returning(addresses.c.person_id))
        left = some.keys() - set(changed.scalars())
        new = [
            {"person_id": p, "channel": channel, "value": some[p], "suspended_at": now, "suspended_reason": reason} for p in sorted(left)
        ]
        if new:
            connection.execute(sa.insert(addresses), new)


def open_addresses(connection: Connection, address_ids: list[int]) -> None:
    """Take suspended addresses back into use."""
    for start in range(0, len(address_ids), _CHUNK):
        some = addresses.c.id.in_(address_ids[start : start + _CHUNK])
        healthy = {"suspended_at": None, "suspended_reason": "", "failure_score": 0.0, "failed_at": None}
        connection.execute(sa.update(addresses).where(some).values(**healthy))
