"""Rows of a company that is only played: copied out of an installation, and "sent" in bulk without a message.

``hand_over`` leaves what ``journal`` leaves after a real send, row for row, set by set instead of one by one. Used on
a temporary database only; reads of the real one are plain selects. Which day is played how: ``operations.simulation.days``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.memory.forgetting import Floats
from cadence.domain.memory.model import PairStates
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database import tables
from cadence.store.database.types import to_microseconds
from cadence.store.responding.answers import org_sums

_T = tables.metadata.tables
_DELIVERIES, _ITEMS, _PEOPLE, _SLOTS = (_T[n] for n in ("deliveries", "delivery_items", "people", "slots"))
_STATEMENTS, _CADENCES, _ACKNOWLEDGEMENTS, _ASKED = (_T[n] for n in ("statements", "cadences", "acknowledgements", "asked_checks"))
_EXPOSURES, _OFFSETS = _T["exposures"], _T["recall_offsets"]
_VERSIONS, _WORDINGS = _T["statement_versions"], _T["wordings"]

#: what is said and the rules in force, parents before children
COPIED = ("audiences", "statements", "statement_versions", "wordings", "statement_supports", "cadences", "limit_sets")

Row = dict[str, Any]


def read_rows(connection: Connection, name: str) -> list[Row]:
    """Return all rows of a table in a stable order."""
    table = _T[name]
    return [dict(row._mapping) for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns))]


def read_people(connection: Connection) -> tuple[list[Row], list[Row]]:
    """Return the active people by id, shared addresses left out, and the addresses of all of them."""
    found = connection.execute(sa.select(_PEOPLE).where(_PEOPLE.c.deactivated_at.is_(None), ~_PEOPLE.c.shared).order_by(_PEOPLE.c.id))
    people = [dict(row._mapping) for row in found]
    ids = {person["id"] for person in people}
    return people, [row for row in read_rows(connection, "addresses") if row["person_id"] in ids]


def build(connection: Connection, rows: dict[str, list[Row]]) -> None:
    """Make the tables of an empty SQLite database and fill them."""
    tables.metadata.create_all(connection)
    for name, some in rows.items():
        if some:
            connection.execute(sa.insert(_T[name]), some)


def next_instant(connection: Connection, *, after: datetime) -> datetime | None:
    """Return the first instant later than ``after`` at which a slot is due or a follow-up (a nudge) waits to be planned."""
    occurrences = _T["occurrences"].c
    slot = (
        sa.select(sa.func.min(_SLOTS.c.next_fire_at))
        .join(_CADENCES, _CADENCES.c.id == _SLOTS.c.cadence_id)
        .where(_SLOTS.c.next_fire_at > after, _CADENCES.c.active)
    )
    waiting = sa.select(sa.func.min(occurrences.fire_at)).where(
        occurrences.state == "planning", occurrences.state != "closed", occurrences.fire_at > after
    )
    found = [connection.execute(query).scalar() for query in (slot, waiting)]
    return min((at for at in found if at is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """One statement in a message that has just gone out."""

    delivery_id: int
    person_id: int
    statement_id: int
    version_id: int
    channel: str
    sent_at: datetime
    #: asks for an acknowledgement that was not given yet
    asks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SentQuestion:
    """One question in a message that has just gone out."""

    delivery_id: int
    person_id: int
    statement_id: int
    version_id: int
    channel: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDay:
    """What has just gone out, by delivery and place."""

    showings: list[Showing]
    questions: list[SentQuestion]


def hand_over(connection: Connection, *, before: datetime) -> SentDay:
    """Mark what is planned for before ``before`` as sent at its own instant; return what it says and asks.

    A post to a channel is nobody's showing: nobody knows who reads it.
    As at the last look of a real send, nothing goes to a person who has left.
    """
    until = to_microseconds(before)
    connection.exec_driver_sql("DROP TABLE IF EXISTS temp.going")
    connection.exec_driver_sql(
        "CREATE TEMP TABLE going AS SELECT d.id, d.person_id, d.channel, d.send_after, d.local_quarter"
        " FROM deliveries d JOIN people p ON p.id = d.person_id"
        " WHERE d.state = 'planned' AND d.send_after < ? AND p.deactivated_at IS NULL",
        (until,),
    )
    left = "state = 'planned' AND send_after < ? AND id NOT IN (SELECT id FROM temp.going)"
    connection.exec_driver_sql(
        f"UPDATE deliveries SET state = 'cancelled', reason = 'person_left', finished_at = send_after WHERE {left}", (until,)
    )
    connection.exec_driver_sql(
        "INSERT INTO attempts (delivery_id, number, lease_owner, intent_at, started_at, finished_at, outcome, provider_code, provider_id,"
        " reply) SELECT id, 1, 'simulation', send_after, send_after, send_after, 'sent', '', '', '' FROM temp.going ORDER BY id"
    )
    connection.exec_driver_sql(
        "INSERT INTO evidence (source_id, level, person_id, delivery_id, channel, occurred_at, detail)"
        f" SELECT 'sent:' || id, {int(EvidenceLevel.HANDED_OVER)}, person_id, id, channel, send_after, '{{}}' FROM temp.going"
        " ORDER BY send_after, id"
    )
    connection.exec_driver_sql(
        "UPDATE exposures SET times_sent = times_sent + s.times, sent_day = s.day, planned_day = s.day, version_id = s.version,"
        " delivered_times = delivered_times + s.times, delivered_day = s.day, delivered_version_id = s.version,"
        " sent_in_quarter = s.times + CASE WHEN sent_quarter = s.quarter THEN sent_in_quarter ELSE 0 END, sent_quarter = s.quarter"
        " FROM (SELECT g.person_id, i.statement_id, count(*) AS times, max(g.send_after) / 86400000000.0 AS day,"
        " max(i.version_id) AS version, max(g.local_quarter) AS quarter"
        " FROM temp.going g JOIN delivery_items i ON i.delivery_id = g.id GROUP BY 1, 2) AS s"
        " WHERE exposures.person_id = s.person_id AND exposures.statement_id = s.statement_id"
    )
    connection.exec_driver_sql(
        "UPDATE exposures SET asked_in_vain = asked_in_vain + 1"
        " FROM temp.going g JOIN asked_checks a ON a.delivery_id = g.id"
        " WHERE exposures.person_id = a.person_id AND exposures.statement_id = a.statement_id"
    )
    connection.exec_driver_sql(
        "UPDATE deliveries SET state = 'sent', attempt_count = 1, dated = send_after, finished_at = send_after"
        " WHERE id IN (SELECT id FROM temp.going)"
    )
    return SentDay(showings=_showings(connection), questions=_questions(connection))


def _showings(connection: Connection) -> list[Showing]:
    going = sa.table("going", sa.column("id"))
    asks = sa.and_(
        _STATEMENTS.c.must_acknowledge,
        ~sa.exists().where(_ACKNOWLEDGEMENTS.c.person_id == _DELIVERIES.c.person_id, _ACKNOWLEDGEMENTS.c.version_id == _ITEMS.c.version_id),
    )
    query = (
        sa.select(
            _DELIVERIES.c.id,
            _DELIVERIES.c.person_id,
            _ITEMS.c.statement_id,
            _ITEMS.c.version_id,
            _DELIVERIES.c.channel,
            _DELIVERIES.c.send_after,
            asks.label("asks"),
        )
        .join(going, going.c.id == _DELIVERIES.c.id)
        .join(_PEOPLE, _PEOPLE.c.id == _DELIVERIES.c.person_id)
        .join(_ITEMS, _ITEMS.c.delivery_id == _DELIVERIES.c.id)
        .join(_STATEMENTS, _STATEMENTS.c.id == _ITEMS.c.statement_id)
        .where(~_PEOPLE.c.shared)
        .order_by(_DELIVERIES.c.id, _ITEMS.c.position)
    )
    return [
        Showing(
            delivery_id=r.id,
            person_id=r.person_id,
            statement_id=r.statement_id,
            version_id=r.version_id,
            channel=r.channel,
            sent_at=r.send_after,
            asks=bool(r.asks),
        )
        for r in connection.execute(query)
    ]


def _questions(connection: Connection) -> list[SentQuestion]:
    going = sa.table("going", sa.column("id"))
    query = (
        sa.select(
            _DELIVERIES.c.id,
            _DELIVERIES.c.person_id,
            _DELIVERIES.c.channel,
            _DELIVERIES.c.send_after,
            _ASKED.c.statement_id,
            _ASKED.c.version_id,
        )
        .join(_ASKED, _ASKED.c.delivery_id == _DELIVERIES.c.id)
        .join(going, going.c.id == _DELIVERIES.c.id)
        .join(_PEOPLE, _PEOPLE.c.id == _DELIVERIES.c.person_id)
        .where(~_PEOPLE.c.shared)
        .order_by(_DELIVERIES.c.id, _ASKED.c.statement_id)
    )
    return [
        SentQuestion(
            delivery_id=r.id,
            person_id=r.person_id,
            statement_id=r.statement_id,
            version_id=r.version_id,
            channel=r.channel,
            sent_at=r.send_after,
        )
        for r in connection.execute(query)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDigest:
    """A message that went out: to whom, when, how, from which cadence, with which statements."""

    person_id: int
    channel: str
    cadence: str
    sent_at: datetime
    #: counts towards the caps
    counted: bool
    statement_ids: tuple[int, ...]


def sent_digests(connection: Connection) -> list[SentDigest]:
    """Return all messages that went out to people, oldest first."""
    held: dict[int, list[int]] = {}
    items = sa.select(_ITEMS.c.delivery_id, _ITEMS.c.statement_id).order_by(_ITEMS.c.delivery_id, _ITEMS.c.position)
    for delivery_id, statement_id in connection.execute(items):
        held.setdefault(delivery_id, []).append(statement_id)
    d, occurrences = _DELIVERIES.c, _T["occurrences"]
    query = (
        sa.select(d.id, d.person_id, d.channel, _CADENCES.c.slug, d.send_after, d.counted)
        .join(occurrences, occurrences.c.id == d.occurrence_id)
        .join(_CADENCES, _CADENCES.c.id == occurrences.c.cadence_id)
        .join(_PEOPLE, _PEOPLE.c.id == d.person_id)
        .where(d.state == "sent", ~_PEOPLE.c.shared)
        .order_by(d.send_after, d.id)
    )
    return [
        SentDigest(
            person_id=r.person_id,
            channel=r.channel,
            cadence=r.slug,
            sent_at=r.send_after,
            counted=r.counted,
            statement_ids=tuple(held.get(r.id, ())),
        )
        for r in connection.execute(query)
    ]


def skips(connection: Connection) -> dict[str, int]:
    """Return how many digests were not sent, by reason."""
    d = _DELIVERIES.c
    query = (
        sa.select(d.reason, sa.func.count().label("count"))
        .where(d.state.in_(("skipped", "expired", "cancelled")))
        .group_by(d.reason)
        .order_by(d.reason)
    )
    return {row.reason: row[1] for row in connection.execute(query)}


def insert_people(connection: Connection, people: Sequence[Row], addresses: Sequence[Row]) -> None:
    """Insert people, and their addresses, under the ids they carry."""
    if people:
        connection.execute(sa.insert(_PEOPLE), list(people))
    if addresses:
        connection.execute(sa.insert(_T["addresses"]), list(addresses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Memories:
    """What the model keeps, in no particular order of pairs. Days are counted since 1970."""

    person_ids: np.ndarray[Any, np.dtype[np.int64]]
    statement_ids: np.ndarray[Any, np.dtype[np.int64]]
    states: PairStates
    #: person -> (U, I); the organisation's U, I, U_b, I_b
    offsets: dict[int, tuple[float, float]]
    org: Floats


def memories(connection: Connection, *, day: int) -> Memories:
    """Return the memory state of every pair, and the offsets as they are at the start of ``day`` (UTC, since 1970)."""
    e = _EXPOSURES.c
    found = connection.execute(sa.select(e.person_id, e.statement_id, e.encoded, e.stability, e.difficulty, e.seen_day)).fetchall()
    table = np.array([(*tuple(row)[:5], row.seen_day or 0.0) for row in found]).reshape(len(found), 6)
    offsets = {r.person_id: (r.score, r.information) for r in connection.execute(sa.select(_OFFSETS))}
    return Memories(
        person_ids=table[:, 0].astype(np.int64),
        statement_ids=table[:, 1].astype(np.int64),
        states=PairStates(encoded=table[:, 2], stability=table[:, 3], difficulty=table[:, 4], seen_at=table[:, 5]),
        offsets=offsets,
        org=org_sums(connection, day=day),
    )


def newest_version(connection: Connection, statement_id: int) -> tuple[Row, list[tuple[str, str, bool]]]:
    """Return the newest version of a statement without its id, and its wordings: (name, text, substantive)."""
    newest = sa.select(_VERSIONS).where(_VERSIONS.c.statement_id == statement_id).order_by(_VERSIONS.c.number.desc()).limit(1)
    row = dict(connection.execute(newest).one()._mapping)
    said = sa.select(_WORDINGS.c.name, _WORDINGS.c.text, _WORDINGS.c.substantive).where(_WORDINGS.c.version_id == row.pop("id"))
    return row, [(r.name, r.text, r.substantive) for r in connection.execute(said.order_by(_WORDINGS.c.position))]
