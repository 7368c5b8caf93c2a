"""What planning reads and writes, in chunks of people: statements, people, addresses, counts for the caps, deliveries.

Reads of a chunk and bulk writes go straight to the driver, and come back as plain tuples: the decision is made for two
thousand people at once, and Core would cost as much as the database (docs/performance.md). Pairs of person
and statement: ``exposure_grids``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.people.person import Person
from cadence.domain.planning.limits import Limits
from cadence.domain.planning.recipients import Health
from cadence.files.limits_toml import limits_from_json
from cadence.store.database.bulk import Rows, insert_rows
from cadence.store.database.core import (
    cadences,
    deliveries,
    limit_sets,
    people,
    statements,
    wordings,
)
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import statement_versions as versions
from cadence.store.database.sql import fetch, one_of, stored_instant
from cadence.store.database.types import from_microseconds
from cadence.store.planning.occurrences import OpenOccurrence
from cadence.store.responding.answers import org_sums

#: reading order of the kinds
KIND_ORDER = {"purpose": 0, "vision": 1, "value": 2, "strategy": 3, "priority": 4, "scoreboard": 5}

#: states of a delivery that count towards caps
COUNTING = ("planned", "sending", "sent", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentStatement:
    """A statement in force and its newest version."""

    id: int
    slug: str
    kind: str
    audience: str
    #: "everyone" | "audience": who may read it on their Home tab
    visible_to: str
    must_acknowledge: bool
    version_id: int
    wording_ids: tuple[int, ...]
    #: those that give another reason or example, not only other words
    substantive: frozenset[int]
    tags: tuple[str, ...]
    effective_on: date | None
    published_at: datetime
    #: when the current meaning was first said
    meaning_at: datetime
    #: versions that say materially the same as the current one
    same_meaning: frozenset[int]


def current_statements(connection: Connection) -> list[CurrentStatement]:
    """Return the statements in force in reading order."""
    history: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(
        sa.select(
            versions.c.id, versions.c.statement_id, versions.c.number, versions.c.material, versions.c.effective_on, versions.c.published_at
        ).order_by(versions.c.statement_id, versions.c.number)
    ):
        history[row.statement_id].append(row)
    spoken: dict[int, list[int]] = defaultdict(list)
    rich: set[int] = set()
    said = sa.select(wordings.c.id, wordings.c.version_id, wordings.c.substantive).order_by(wordings.c.version_id, wordings.c.position)
    for wording in connection.execute(said):
        spoken[wording.version_id].append(wording.id)
        if wording.substantive:
            rich.add(wording.id)
    found = []
    for statement in connection.execute(sa.select(statements).where(statements.c.withdrawn_at.is_(None))):
        chain_of = history.get(statement.id)
        if not chain_of:
            continue
        newest = chain_of[-1]
        last_material = max(v.number for v in chain_of if v.material or v is chain_of[0])
        found.append(
            (
                (KIND_ORDER.get(statement.kind, 9), statement.position, statement.id),
                CurrentStatement(
                    id=statement.id,
                    slug=statement.slug,
                    kind=statement.kind,
                    audience=statement.audience,
                    visible_to=statement.visible_to,
                    must_acknowledge=statement.must_acknowledge,
                    version_id=newest.id,
                    wording_ids=tuple(spoken[newest.id]),
                    substantive=frozenset(rich.intersection(spoken[newest.id])),
                    tags=tuple(statement.tags),
                    effective_on=newest.effective_on,
                    published_at=newest.published_at,
                    meaning_at=min(v.published_at for v in chain_of if v.number >= last_material),
                    same_meaning=frozenset(v.id for v in chain_of if v.number >= last_material),
                ),
            )
        )
    return [statement for _, statement in sorted(found, key=lambda pair: pair[0])]


def statement_words(connection: Connection) -> list[tuple[int, str, tuple[str, ...]]]:
    """Return (id, kind, tags) of every statement, withdrawn ones too: what cap rules count by."""
    query = sa.select(statements.c.id, statements.c.kind, statements.c.tags)
    return [(row.id, row.kind, tuple(row.tags)) for row in connection.execute(query)]


def cadence_ids(connection: Connection) -> dict[str, int]:
    """Return the id of every cadence by slug."""
    return {row.slug: row.id for row in connection.execute(sa.select(cadences.c.slug, cadences.c.id))}


def limits_in_force(connection: Connection) -> Limits:
    """Return the company-wide limits; the defaults before any were applied."""
    stored = connection.execute(sa.select(limit_sets.c.definition).order_by(limit_sets.c.id.desc()).limit(1)).scalar()
    return limits_from_json(stored) if stored else Limits()


def _texts(words: Iterable[str]) -> str:
    return ",".join("'" + word.replace("'", "''") + "'" for word in words)


def _instant(value: Any) -> datetime | None:
    return from_microseconds(value) if isinstance(value, int) else value


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


class Member(NamedTuple):
    """What planning needs of a person besides the audience."""

    id: int
    email: str
    name: str
    country: str
    started_on: date | None
    preferred_channel: str
    preferred_day: int | None
    preferred_time: str
    paused_until: datetime | None
    fewer_until: datetime | None


_MEMBER = "id, email, name, country, started_on, preferred_channel, preferred_day, preferred_time, paused_until, fewer_until"


#: who moved this long before an occurrence may have had the cadence's turn of that date in another zone
_MOVED_WITHIN = timedelta(days=2)
_HAD_THIS_TURN = (
    "EXISTS (SELECT 1 FROM deliveries d JOIN occurrences o ON o.id = d.occurrence_id"
    " WHERE d.person_id = people.id AND o.cadence_id = ? AND o.local_date = ? AND o.id <> ?)"
)


def members_after(connection: Connection, occurrence: OpenOccurrence, *, limit: int, post_to: str = "") -> list[Member]:
    """Return up to ``limit`` active people of the occurrence's zone who are not planned yet, by id.

    post_to: the shared address of that Slack channel instead of people. Who moved here since the cadence's turn of the same
    date reached them in their old zone is left out: nobody has one turn twice.
    """
    chosen = "shared AND id IN (SELECT person_id FROM addresses WHERE channel = 'slack' AND value = ?)" if post_to else "NOT shared"
    here = f"zone = ? AND id > ? AND deactivated_at IS NULL AND (moved_at IS NULL OR moved_at < ? OR NOT {_HAD_THIS_TURN})"
    sql = f"SELECT {_MEMBER} FROM people WHERE {here} AND {chosen} ORDER BY id LIMIT {limit}"
    moved = stored_instant(connection, occurrence.fire_at - _MOVED_WITHIN)
    turn = (occurrence.cadence_id, occurrence.local_date.isoformat(), occurrence.id)
    rows = fetch(connection, sql, (occurrence.zone, occurrence.planned_through, moved, *turn, *((post_to,) if post_to else ())))
    return [Member._make(row) if row[4] is row[8] is row[9] is None else _member(row) for row in rows]


def members_among(connection: Connection, person_ids: Sequence[int]) -> list[Member]:
    """Return those of these people who are active, by id."""
    sql = f"SELECT {_MEMBER} FROM people WHERE id IN {one_of(person_ids)} AND deactivated_at IS NULL AND NOT shared ORDER BY id"
    return [_member(row) for row in fetch(connection, sql)]


def _member(row: Any) -> Member:
    return Member._make((*row[:4], _day(row[4]), *row[5:8], _instant(row[8]), _instant(row[9])))


def whole_people(connection: Connection, person_ids: Sequence[int]) -> dict[int, Person]:
    """Return people by id, whole: audience rules may ask about any fact."""
    rows = connection.execute(sa.select(people).where(people.c.id.in_(person_ids))).fetchall()
    # a row has every attribute of a Person, and making 100,000 of these costs more than the query
    return {row.id: cast(Person, row) for row in rows}


def addresses_of(connection: Connection, person_ids: Sequence[int]) -> dict[int, Health]:
    """Return for each person the channels with an address, and whether it is suspended."""
    found: dict[int, Health] = {}
    sql = f"SELECT person_id, channel, suspended_at IS NOT NULL FROM addresses WHERE person_id IN {one_of(person_ids)}"
    for person_id, channel, suspended in fetch(connection, sql):
        one = (channel, bool(suspended))
        found[person_id] = (*found[person_id], one) if person_id in found else (one,)
    return found


def week_counts(connection: Connection, person_ids: Sequence[int], weeks: Sequence[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return (person, week) -> (digests, statements) that count towards the caps."""
    query = (
        sa.select(deliveries.c.person_id, deliveries.c.local_week, sa.func.count(), sa.func.sum(deliveries.c.item_count))
        .where(deliveries.c.person_id.in_(person_ids), deliveries.c.local_week.in_(weeks))
        .where(deliveries.c.state.in_(COUNTING), deliveries.c.counted)
        .group_by(deliveries.c.person_id, deliveries.c.local_week)
    )
    return {(person_id, week): (digests, int(shown or 0)) for person_id, week, digests, shown in connection.execute(query).fetchall()}


def counted_by_day(
    connection: Connection,
    person_ids: Sequence[int],
    *,
    first: int,
    last: int,
    channels: Sequence[str] = (),
    cadence_ids: Sequence[int] | None = None,
    statement_ids: Sequence[int] | None = None,
) -> dict[int, list[tuple[int, int, int]]]:
    """Return person -> (local day, digests, statements) that count towards caps, from day ``first`` to ``last``.

    Only on ``channels``, only from cadences ``cadence_ids``, only statements ``statement_ids``, where these are given.
    """
    where = f"d.person_id IN {one_of(person_ids)} AND d.local_day BETWEEN ? AND ? AND d.state IN ({_texts(COUNTING)}) AND d.counted"
    source, shown = "deliveries d", "sum(d.item_count)"
    if channels:
        where += f" AND d.channel IN ({_texts(channels)})"
    if cadence_ids is not None:
        source += " JOIN occurrences o ON o.id = d.occurrence_id"
        where += f" AND o.cadence_id IN {one_of(cadence_ids)}"
    digests = "count(*)"
    if statement_ids is not None:
        source += " JOIN delivery_items i ON i.delivery_id = d.id"
        where += f" AND i.statement_id IN {one_of(statement_ids)}"
        digests, shown = "count(DISTINCT d.id)", "count(*)"
    found: dict[int, list[tuple[int, int, int]]] = {}
    sql = f"SELECT d.person_id, d.local_day, {digests}, {shown} FROM {source} WHERE {where} GROUP BY d.person_id, d.local_day"
    for person_id, day, messages, statements_shown in fetch(connection, sql, (first, last)):
        found.setdefault(person_id, []).append((day, messages, int(statements_shown or 0)))
    return found


def shown_in(connection: Connection, person_ids: Sequence[int], *, first: int, last: int) -> list[tuple[int, int, int]]:
    """Return (person, statement, showings) delivered, or under way, from local day ``first`` to ``last``.

    A mail that came back was shown to nobody.
    """
    return fetch(
        connection,
        "SELECT d.person_id, i.statement_id, count(*) FROM deliveries d JOIN delivery_items i ON i.delivery_id = d.id "
        f"WHERE d.person_id IN {one_of(person_ids)} AND d.local_day BETWEEN ? AND ? AND d.state IN ({_texts(COUNTING)}) "
        "AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.source_id = 'bounce:' || d.id) "
        "GROUP BY d.person_id, i.statement_id",
        (first, last),
    )


def seen_if_silent(connection: Connection, person_ids: Sequence[int]) -> dict[tuple[int, str], float]:
    """Return (person, channel) -> P(seen | no response), for those of whom something is known."""
    sql = f"SELECT person_id, channel, seen_if_silent FROM attention WHERE person_id IN {one_of(person_ids)}"
    return {(person_id, channel): seen for person_id, channel, seen in fetch(connection, sql)}


def recall_offsets(connection: Connection, person_ids: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Return person -> (U, I), for those who answered a check."""
    sql = f"SELECT person_id, score, information FROM recall_offsets WHERE person_id IN {one_of(person_ids)}"
    return {person_id: (score, information) for person_id, score, information in fetch(connection, sql)}


def company_sums(connection: Connection, *, before_day: int) -> tuple[float, float, float, float]:
    """Return (U_0, I_0, U_b, I_b) of the company, from the checks of UTC days before ``before_day``."""
    a, b, c, d = org_sums(connection, day=before_day).tolist()
    return a, b, c, d


_DELIVERY = (
    "id",
    "occurrence_id",
    "person_id",
    "channel",
    "public_id",
    "state",
    "reason",
    "local_week",
    "local_day",
    "local_quarter",
    "must_deliver",
    "counted",
    "item_count",
    "send_after",
    "expires_at",
    "attempt_count",
    "finished_at",
)
_ITEM = ("delivery_id", "position", "statement_id", "version_id", "wording_id", "reason", "times_sent_before", "showing")


def insert_planned(connection: Connection, delivery_rows: Rows, item_rows: Rows) -> None:
    """Write a chunk's deliveries and items; instants as ``stored_instant`` returns them."""
    _insert(connection, deliveries, _DELIVERY, delivery_rows)
    _insert(connection, items, _ITEM, item_rows)


def _insert(connection: Connection, table: sa.Table, columns: Sequence[str], rows: Rows) -> None:
    if connection.dialect.name != "sqlite":
        insert_rows(connection, table, columns, rows)
    elif rows:
        sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        connection.connection.cursor().executemany(sql, rows)
