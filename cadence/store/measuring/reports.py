"""Counts for reports: aggregates the database makes, over active people only.

Nothing here loops over people. A restricted audience comes in as the ids of its members
(``members``); None means everyone. Small groups are hidden by ``operations.measuring.report``, not here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.people.person import Person
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.core import acknowledgements, addresses, deliveries, evidence, exposures, occurrences, people, wordings
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import statement_versions as versions
from cadence.store.database.sql import listed
from cadence.store.measuring import occurrence_counts as kept_counts
from cadence.store.sending.states import OPEN

#: stands for the channel of a delivery that found none
NO_CHANNEL = "none"


def among(connection: Connection, members: Sequence[int] | None, team: str | None) -> list[Any]:
    """Return the conditions that leave active people of the audience and the team."""
    conditions = [people.c.deactivated_at.is_(None), ~people.c.shared]
    if team is not None:
        conditions.append(people.c.team == team)
    if members is not None:
        conditions.append(people.c.id.in_(listed(connection, members)))
    return conditions


def active_people(connection: Connection) -> list[Person]:
    """Return all active people: for audiences whose rule the database cannot judge."""
    rows = connection.execute(sa.select(people).where(people.c.deactivated_at.is_(None), ~people.c.shared))
    # a row has every attribute of a Person, and making 100,000 of these costs more than the query
    return [cast(Person, row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSize:
    """People of one team in an audience, and how many of them have no address that works."""

    people: int
    not_reachable: int


def team_sizes(connection: Connection, *, members: Sequence[int] | None) -> dict[str, TeamSize]:
    """Return team -> size over the audience; "" are people without a team."""
    healthy = sa.exists().where(addresses.c.person_id == people.c.id, addresses.c.suspended_at.is_(None))
    query = (
        sa.select(people.c.team, sa.func.count().label("n"), sa.func.sum(sa.case((healthy, 0), else_=1)).label("lost"))
        .where(*among(connection, members, None))
        .group_by(people.c.team)
    )
    return {r.team: TeamSize(people=r.n, not_reachable=int(r.lost)) for r in connection.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """``people`` of one team were delivered a statement ``times`` times; ``current`` of them in its current meaning.

    The text under an answer is no delivery: nothing here moves because somebody answered.
    """

    statement_id: int
    team: str
    times: int
    people: int
    current: int
    #: days since 1970 of the newest send to any of them
    last_day: float | None


def met(
    connection: Connection,
    *,
    statement_ids: Sequence[int],
    current_versions: Sequence[int],
    members: Sequence[int] | None,
    team: str | None,
) -> list[Met]:
    """Return the histogram of sends for each (statement, team); people who never met it have no row."""
    query = (
        sa.select(
            exposures.c.statement_id,
            people.c.team,
            exposures.c.delivered_times,
            sa.func.count().label("people"),
            sa.func.sum(sa.case((exposures.c.delivered_version_id.in_(current_versions), 1), else_=0)).label("current"),
            sa.func.max(exposures.c.delivered_day).label("last_day"),
        )
        .join(people, people.c.id == exposures.c.person_id)
        .where(exposures.c.statement_id.in_(statement_ids), exposures.c.delivered_times > 0, *among(connection, members, team))
        .group_by(exposures.c.statement_id, people.c.team, exposures.c.delivered_times)
    )
    return [
        Met(statement_id=r.statement_id, team=r.team, times=r.delivered_times, people=r.people, current=int(r.current), last_day=r.last_day)
        for r in connection.execute(query)
    ]


def acknowledged(
    connection: Connection, *, version_ids: Sequence[int], members: Sequence[int] | None, team: str | None
) -> dict[int, dict[str, int]]:
    """Return statement -> team -> people who acknowledged one of ``version_ids``."""
    query = (
        sa.select(acknowledgements.c.statement_id, people.c.team, sa.func.count(sa.distinct(acknowledgements.c.person_id)).label("people"))
        .join(people, people.c.id == acknowledgements.c.person_id)
        .where(acknowledgements.c.version_id.in_(version_ids), *among(connection, members, team))
        .group_by(acknowledgements.c.statement_id, people.c.team)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.statement_id][row.team] = row.people
    return found


def reached_people(connection: Connection, *, team: str | None) -> int:
    """Return how many active people received anything at all."""
    any_send = sa.exists().where(exposures.c.person_id == people.c.id, exposures.c.delivered_times > 0)
    return connection.execute(sa.select(sa.func.count()).select_from(people).where(any_send, *among(connection, None, team))).scalar_one()


def delivery_counts(connection: Connection, *, statement_id: int | None = None, team: str | None = None) -> dict[str, dict[str, int]]:
    """Return channel -> state -> deliveries; of one statement and one team when asked. What had no channel to go by is under "none"."""
    if team is None:
        rows = kept_counts.counted(connection, statement_id=statement_id)
    else:
        query = (
            sa.select(deliveries.c.channel, deliveries.c.state, sa.func.count())
            .join(people, people.c.id == deliveries.c.person_id)
            .where(kept_counts.personal(), people.c.team == team)
            .group_by(deliveries.c.channel, deliveries.c.state)
        )
        if statement_id is not None:
            query = query.join(items, items.c.delivery_id == deliveries.c.id).where(items.c.statement_id == statement_id)
        rows = [(channel, state, n) for channel, state, n in connection.execute(query)]
    found: dict[str, dict[str, int]] = {}
    for channel, state, n in sorted(rows):
        states = found.setdefault(channel or NO_CHANNEL, {})
        states[state] = states.get(state, 0) + n
    return found


def trouble(connection: Connection, *, team: str | None) -> dict[int, dict[str, int]]:
    """Return statement -> state -> deliveries that failed, or perhaps did not arrive."""
    if team is None:
        rows = kept_counts.troubled(connection)
    else:
        query = (
            sa.select(items.c.statement_id, deliveries.c.state, sa.func.count())
            .select_from(deliveries.join(items, items.c.delivery_id == deliveries.c.id).join(people, people.c.id == deliveries.c.person_id))
            .where(deliveries.c.state.in_(("failed", "unknown")), kept_counts.personal(), people.c.team == team)
            .group_by(items.c.statement_id, deliveries.c.state)
        )
        rows = [(statement_id, state, n) for statement_id, state, n in connection.execute(query)]
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for statement_id, state, n in rows:
        found[statement_id][state] = found[statement_id].get(state, 0) + n
    return found


def occurrence_counts(connection: Connection) -> dict[str, int]:
    """Return state -> occurrences."""
    query = sa.select(occurrences.c.state, sa.func.count().label("n")).group_by(occurrences.c.state).order_by(occurrences.c.state)
    return {r.state: r.n for r in connection.execute(query)}


def waiting_for_a_person(connection: Connection) -> int:
    """Return how many deliveries stayed unknown and are settled by nobody."""
    in_doubt = (OPEN, deliveries.c.state == "unknown", deliveries.c.settle_at.is_(None))
    query = sa.select(sa.func.count()).select_from(deliveries).where(*in_doubt)
    return connection.execute(query).scalar_one()


def last_handed_over(connection: Connection) -> datetime | None:
    """Return when the newest message was delivered: by its fact, or, where facts have left, by the deliveries."""
    facts = sa.select(evidence.c.occurred_at).where(evidence.c.level == int(EvidenceLevel.HANDED_OVER)).order_by(evidence.c.id.desc())
    found: datetime | None = connection.execute(facts.limit(1)).scalar()
    if found is None:
        found = connection.execute(sa.select(sa.func.max(deliveries.c.finished_at)).where(deliveries.c.state == "sent")).scalar()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionText:
    """A version as the pages show it. ``wordings``: (name, Markdown) in reading order."""

    id: int
    number: int
    title: str
    body: str
    material: bool
    published_at: datetime
    wordings: tuple[tuple[str, str], ...]
    #: one line for readers: what changed
    changed: str = ""


def texts_of(connection: Connection, statement_id: int) -> list[VersionText]:
    """Return the versions of a statement, newest first."""
    spoken: dict[int, list[tuple[str, str]]] = defaultdict(list)
    mine = sa.select(versions.c.id).where(versions.c.statement_id == statement_id)
    for w in connection.execute(sa.select(wordings).where(wordings.c.version_id.in_(mine)).order_by(wordings.c.position)):
        spoken[w.version_id].append((w.name, w.text))
    rows = connection.execute(sa.select(versions).where(versions.c.statement_id == statement_id).order_by(versions.c.number.desc()))
    return [
        VersionText(
            id=r.id,
            number=r.number,
            title=r.title,
            body=r.body,
            material=r.material,
            published_at=r.published_at,
            wordings=tuple(spoken[r.id]),
            changed=r.changed,
        )
        for r in rows
    ]


def titles_of(connection: Connection, version_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return version -> (title, number)."""
    query = sa.select(versions.c.id, versions.c.title, versions.c.number).where(versions.c.id.in_(version_ids))
    return {r.id: (r.title, r.number) for r in connection.execute(query)}


def acknowledgement_count(connection: Connection) -> int:
    """Return how many acknowledgements are on record."""
    return connection.execute(sa.select(sa.func.count()).select_from(acknowledgements)).scalar_one()
