"""Pages of people for whoever looks after the list: first those who cannot be reached, then by name; a keyset, no offset."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from cadence.store.database.core import addresses, people

#: what the filter of the page offers
STATES = ("unreachable", "paused", "new", "left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page of the list begins: after this row."""

    reachable: bool
    name: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedHuman:
    """One row. ``channels``: those with a healthy address; ``refused``: channel -> why it is suspended."""

    id: int
    name: str
    email: str
    location: str
    team: str
    paused_until: datetime | None
    created_at: datetime
    left_at: datetime | None
    channels: tuple[str, ...]
    refused: tuple[tuple[str, str, datetime], ...]
    #: where the row stands in the order of the database
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilter:
    """What is looked for. ``text``: part of a name or address; ``state``: one of ``STATES``, empty for all who are on the list."""

    text: str = ""
    team: str = ""
    state: str = ""


def count_people(connection: Connection, channels: Collection[str]) -> tuple[int, int]:
    """Return how many are on the list, and how many of them can be reached on one of ``channels``."""
    here = _here()
    total = connection.execute(sa.select(sa.func.count()).select_from(people).where(*here)).scalar_one()
    reached = connection.execute(sa.select(sa.func.count()).select_from(people).where(*here, _reachable(channels))).scalar_one()
    return total, reached


def teams(connection: Connection) -> list[str]:
    """Return the names of teams, in order."""
    query = sa.select(people.c.team).where(*_here(), people.c.team != "").distinct().order_by(people.c.team)
    return list(connection.execute(query).scalars())


def list_page(
    connection: Connection,
    wanted: PeopleFilter,
    *,
    channels: Collection[str],
    now: datetime,
    new_since: datetime,
    after: Place | None,
    limit: int,
) -> list[ListedHuman]:
    """Return up to ``limit`` people after that place. ``channels``: those that are set up; ``new_since``: who came later is new."""
    reachable = sa.case((_reachable(channels), 1), else_=0)
    name = sa.func.lower(people.c.name)
    query = sa.select(people, reachable.label("reachable"), name.label("sorted_name")).where(*_conditions(wanted, channels, now, new_since))
    if after is not None:
        query = query.where(
            sa.tuple_(reachable, name, people.c.id) > sa.tuple_(*map(sa.literal, (int(after.reachable), after.name, after.id)))
        )
    rows = connection.execute(query.order_by(reachable, name, people.c.id).limit(limit)).all()
    reached: dict[int, list[Any]] = {}
    chosen = sa.select(addresses).where(addresses.c.person_id.in_([row.id for row in rows])).order_by(addresses.c.channel)
    for one in connection.execute(chosen):
        reached.setdefault(one.person_id, []).append(one)
    return [_human(row, reached.get(row.id, [])) for row in rows]


def _here() -> tuple[Any, ...]:
    return (people.c.deactivated_at.is_(None), people.c.erased_at.is_(None), ~people.c.shared)


def _reachable(channels: Collection[str]) -> Any:
    healthy = sa.select(addresses.c.person_id).where(addresses.c.suspended_at.is_(None), addresses.c.channel.in_(list(channels)))
    return people.c.id.in_(healthy)


def _conditions(wanted: PeopleFilter, channels: Collection[str], now: datetime, new_since: datetime) -> list[Any]:
    found: list[Any] = [people.c.erased_at.is_(None), ~people.c.shared]
    found.append(people.c.deactivated_at.is_not(None) if wanted.state == "left" else people.c.deactivated_at.is_(None))
    if wanted.state == "unreachable":
        found.append(~_reachable(channels))
    elif wanted.state == "paused":
        found.append(people.c.paused_until > now)
    elif wanted.state == "new":
        found.append(people.c.created_at > new_since)
    if wanted.team:
        found.append(people.c.team == wanted.team)
    if wanted.text:
        part = wanted.text.lower()
        found.append(sa.or_(*(sa.func.lower(column).contains(part, autoescape=True) for column in (people.c.name, people.c.email))))
    return found


def _human(row: Any, reached: list[Any]) -> ListedHuman:
    return ListedHuman(
        id=row.id,
        name=row.name,
        email=row.email,
        location=row.location,
        team=row.team,
        paused_until=row.paused_until,
        created_at=row.created_at,
        left_at=row.deactivated_at,
        channels=tuple(one.channel for one in reached if one.suspended_at is None),
        refused=tuple((one.channel, one.suspended_reason, one.suspended_at) for one in reached if one.suspended_at is not None),
        place=Place(reachable=bool(row.reachable), name=row.sorted_name, id=row.id),
    )
