"""Deliveries that got no response in time: found by walking the ledger once, in the order of its ids.

How far the walk has come is a row of ``marks``; nothing is written while sending for it. A fact stands 72 hours in the
ledger before the walk passes it, so transactions that were slow to commit are not missed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.bulk import insert_rows, run_many
from cadence.store.database.core import (
    acknowledgements,
    asked_checks,
    attention,
    deliveries,
    evidence,
    exposures,
    marks,
    people,
    statements,
)
from cadence.store.database.core import delivery_items as items
from cadence.store.database.sql import insert_for, listed

MARK = "silences"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What the next stretch of the ledger holds. ``upto``: id of the last fact that was passed."""

    upto: int | None
    sent: tuple[SentFact, ...]
    #: the walk stopped because it had enough, not because the facts were too young
    more: bool


class SentFact(NamedTuple):
    """A delivery that was sent."""

    delivery_id: int
    person_id: int
    channel: str
    day: float


class KeptHabit(NamedTuple):
    """A row of ``attention``."""

    person_id: int
    channel: str
    responses: float
    silences: float
    as_of_day: float
    silent_in_row: int
    responded_day: float | None


class ShownPair(NamedTuple):
    """One item of a delivery and what is kept of its pair; the kept values are None when there is no such row."""

    delivery_id: int
    person_id: int
    statement_id: int
    version_id: int
    encoded: float | None
    stability: float
    difficulty: float
    seen_day: float | None
    folded_day: float | None
    seen_sum: float
    seen_variance: float
    unanswered: int
    right_day: float | None


class AskedAcknowledgement(NamedTuple):
    """A text of a delivery that is to be acknowledged, and the day its version was, None when it was not."""

    delivery_id: int
    acknowledged_day: float | None


def walk(connection: Connection, *, until: datetime, now: datetime, limit: int) -> Walk:
    """Return up to ``limit`` deliveries delivered before ``until`` that the walk has not passed yet."""
    start = connection.execute(sa.select(marks.c.position).where(marks.c.name == MARK)).scalar() or 0
    query = (
        sa.select(evidence.c.id, evidence.c.level, evidence.c.seen, evidence.c.delivery_id, evidence.c.person_id, evidence.c.channel)
        .add_columns(evidence.c.occurred_at)
        .where(evidence.c.id > sa.bindparam("start"))
        .order_by(evidence.c.id)
        .limit(limit)
    )
    upto, found, passed = None, [], 0
    for row in connection.execute(query, {"start": start}):
        # a fact from the future (the clock was wrong) must not hold up the others
        if until < row.occurred_at <= now:
            break
        upto, passed = row.id, passed + 1
        if row.level == EvidenceLevel.HANDED_OVER and row.seen is None and row.delivery_id is not None:
            found.append(SentFact(row.delivery_id, row.person_id, row.channel, row.occurred_at.timestamp() / 86_400.0))
    return Walk(upto=upto, sent=tuple(found), more=passed == limit)


def pass_to(connection: Connection, position: int) -> None:
    """Remember that the walk has passed the fact ``position``."""
    statement = insert_for(connection, marks).values(name=MARK, position=position)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"position": position}))


def lock(connection: Connection, person_ids: Collection[int]) -> bool:
    """Take these people's pairs for this transaction without waiting; False when another transaction has one of them.

    Never waiting, it cannot be part of a deadlock with those who send.
    """
    if connection.dialect.name == "sqlite":
        return True
    wanted = listed(connection, person_ids)
    try:
        connection.execute(sa.select(people.c.id).where(people.c.id.in_(wanted)).with_for_update(key_share=True, nowait=True)).fetchall()
        pairs = sa.select(exposures.c.statement_id).where(exposures.c.person_id.in_(wanted))
        connection.execute(pairs.with_for_update(key_share=True, nowait=True)).fetchall()
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != "55P03":  # lock_not_available
            raise
        return False
    return True


def nobody(connection: Connection, person_ids: Collection[int]) -> set[int]:
    """Return those of ``person_ids`` that are shared addresses: a channel of many is nobody's silence."""
    query = sa.select(people.c.id).where(people.c.id.in_(listed(connection, person_ids)), people.c.shared)
    return set(connection.execute(query).scalars())


def habits_of(connection: Connection, person_ids: Collection[int]) -> list[KeptHabit]:
    """Return the attention of these people, row by row."""
    query = sa.select(*(attention.c[name] for name in KeptHabit._fields)).where(attention.c.person_id.in_(listed(connection, person_ids)))
    return [KeptHabit._make(row) for row in connection.execute(query)]


def closed_already(connection: Connection, delivery_ids: Collection[int]) -> set[int]:
    """Return the deliveries that have their closing fact, and those that came back: nobody could be silent to them."""
    keys = [f"{fact}:{delivery_id}" for delivery_id in delivery_ids for fact in ("silent", "bounce")]
    query = sa.select(evidence.c.delivery_id).where(evidence.c.source_id.in_(listed(connection, keys, sa.Text())))
    return set(connection.execute(query).scalars())


def answered_among(connection: Connection, delivery_ids: Collection[int]) -> set[int]:
    """Return the deliveries with a response that stands."""
    back = evidence.alias("back")
    taken_back = sa.exists().where(
        back.c.person_id == evidence.c.person_id,
        back.c.statement_id == evidence.c.statement_id,
        back.c.level == int(EvidenceLevel.RETRACTED),
        back.c.retracts == evidence.c.source_id,
    )
    found: set[int] = set()
    for about in (items, asked_checks):  # a response is about a text of the delivery or about its question
        query = (
            sa.select(evidence.c.delivery_id)
            .distinct()
            .select_from(about)
            .join(deliveries, deliveries.c.id == about.c.delivery_id)
            .join(
                evidence,
                sa.and_(
                    evidence.c.person_id == deliveries.c.person_id,
                    evidence.c.statement_id == about.c.statement_id,
                    evidence.c.delivery_id == about.c.delivery_id,
                ),
            )
            .where(
                about.c.delivery_id.in_(listed(connection, delivery_ids)),
                evidence.c.statement_id.is_not(None),
                evidence.c.level.between(int(EvidenceLevel.VIEWED), int(EvidenceLevel.RESTATED)),
                ~taken_back,
            )
        )
        found |= set(connection.execute(query).scalars())
    return found


def pairs_of(connection: Connection, delivery_ids: Collection[int]) -> list[ShownPair]:
    """Return the items of these deliveries, each with the kept state of its pair."""
    kept = [exposures.c[name] for name in ShownPair._fields[4:]]
    query = (
        sa.select(items.c.delivery_id, deliveries.c.person_id, items.c.statement_id, items.c.version_id, *kept)
        .select_from(items)
        .join(deliveries, deliveries.c.id == items.c.delivery_id)
        .outerjoin(exposures, sa.and_(exposures.c.person_id == deliveries.c.person_id, exposures.c.statement_id == items.c.statement_id))
        .where(items.c.delivery_id.in_(listed(connection, delivery_ids)))
        .order_by(items.c.delivery_id, items.c.position)
    )
    return [ShownPair._make(row) for row in connection.execute(query)]


def asking_among(connection: Connection, delivery_ids: Collection[int]) -> list[int]:
    """Return those of these deliveries that ask a question."""
    query = sa.select(asked_checks.c.delivery_id).distinct().where(asked_checks.c.delivery_id.in_(listed(connection, delivery_ids)))
    return list(connection.execute(query).scalars())


def requests_among(connection: Connection, delivery_ids: Collection[int]) -> list[AskedAcknowledgement]:
    """Return the texts of these deliveries that are to be acknowledged, acknowledged before or not."""
    query = (
        sa.select(items.c.delivery_id, acknowledgements.c.acknowledged_at)
        .join(statements, sa.and_(statements.c.id == items.c.statement_id, statements.c.must_acknowledge))
        .join(deliveries, deliveries.c.id == items.c.delivery_id)
        .outerjoin(
            acknowledgements,
            sa.and_(acknowledgements.c.person_id == deliveries.c.person_id, acknowledgements.c.version_id == items.c.version_id),
        )
        .where(items.c.delivery_id.in_(listed(connection, delivery_ids)))
    )
    return [AskedAcknowledgement(r[0], None if r[1] is None else r[1].timestamp() / 86_400.0) for r in connection.execute(query)]


def add_closings(connection: Connection, closings: Sequence[tuple[SentFact, float]], *, now: datetime) -> None:
    """Append one fact for each silent delivery: seen with that probability all the same."""
    columns = ("source_id", "level", "person_id", "delivery_id", "channel", "occurred_at", "seen", "detail")
    level = int(EvidenceLevel.HANDED_OVER)
    rows = [(f"silent:{one.delivery_id}", level, one.person_id, one.delivery_id, one.channel, now, seen, "{}") for one, seen in closings]
    insert_rows(connection, evidence, columns, rows)


_SILENT = (
    sa.update(exposures)
    .where(exposures.c.person_id == sa.bindparam("person"), exposures.c.statement_id == sa.bindparam("statement"))
    .values(
        encoded=sa.bindparam("b_encoded"),
        stability=sa.bindparam("b_stability"),
        seen_day=sa.bindparam("b_seen_day"),
        folded_day=sa.bindparam("b_folded_day"),
        seen_sum=sa.bindparam("b_seen_sum"),
        seen_variance=sa.bindparam("b_seen_variance"),
        unanswered=sa.bindparam("b_unanswered"),
    )
)
_SILENT_ORDER = ("b_encoded", "b_stability", "b_seen_day", "b_folded_day", "b_seen_sum", "b_seen_variance", "b_unanswered")


def write_silent(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keep A, S, u, the day folded to, the two sums and the unanswered showings of (.., person, statement) pairs; D stays."""
    run_many(connection, _SILENT, (*_SILENT_ORDER, "person", "statement"), rows)
