"""What a person's oldest facts added up to, read and written beside the evidence that stays, and that evidence let go.

The rule of what leaves and how past and present add up is ``domain.memory.past``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.memory.answering import Counts
from cadence.domain.memory.evidence import Habit, SeenSums, Sendings
from cadence.domain.memory.past import PairPast, Past
from cadence.domain.memory.single import PairState
from cadence.store.database.bulk import day_of, fetch_rows
from cadence.store.database.core import acknowledgements, asked_checks, deliveries, evidence, past_habits, past_pairs
from cadence.store.database.core import pasts as people_table
from cadence.store.database.sql import insert_for, listed
from cadence.store.responding.sent import SENT, sent_row

#: facts that hold for a whole delivery, by the words they are named with
_OF_DELIVERIES = ("sent", "silent", "bounce", "unsent")
_low, _high = sa.bindparam("low", type_=sa.BigInteger()), sa.bindparam("high", type_=sa.BigInteger())
_HABIT = ("responses", "silences", "as_of_day", "silent_in_row", "responded_day")
_PEOPLE = sa.select(people_table.c.person_id, people_table.c.until_day, *(people_table.c[name] for name in Counts._fields)).where(
    people_table.c.person_id.between(_low, _high)
)
_HABITS = sa.select(past_habits.c.person_id, past_habits.c.channel, *(past_habits.c[name] for name in _HABIT)).where(
    past_habits.c.person_id.between(_low, _high)
)
_PAIRS = sa.select(past_pairs).where(past_pairs.c.person_id.between(_low, _high))
_ACKNOWLEDGED = (
    sa.select(acknowledgements.c.person_id, acknowledgements.c.version_id, acknowledgements.c.acknowledged_at)
    .join(people_table, people_table.c.person_id == acknowledgements.c.person_id)
    .where(acknowledgements.c.person_id.between(_low, _high))
)


def past_of(connection: Connection, person_id: int) -> Past | None:
    """Return the past of a person, None while all their facts are there."""
    return pasts_of(connection, low=person_id, high=person_id).get(person_id)


def pasts_of(connection: Connection, *, low: int, high: int) -> dict[int, Past]:
    """Return person -> past, of people ``low`` to ``high`` of whom facts have left."""
    about = {"low": low, "high": high}
    found = {row[0]: Past(until=row[1], counts=Counts(*row[2:]), acknowledged={}) for row in fetch_rows(connection, _PEOPLE, about)}
    if not found:
        return found
    for person_id, channel, *habit in fetch_rows(connection, _HABITS, about):
        found[person_id].habits[channel] = Habit(*habit)
    for row in connection.execute(_PAIRS, about).mappings():
        found[row["person_id"]].pairs[row["statement_id"]] = _pair(dict(row))
    for person_id, version_id, at in fetch_rows(connection, _ACKNOWLEDGED, about):
        past, day = found[person_id], day_of(at)
        if day < past.until:
            past.acknowledged = {**past.acknowledged, version_id: day}
    return found


def _pair(row: Mapping[str, Any]) -> PairPast:
    sent = None
    if row["sent_day"] is not None:
        sent = Sendings(*(row[name] for name in SENT))
    seen_at = 0.0 if row["seen_day"] is None else row["seen_day"]
    return PairPast(
        meaning=row["meaning_id"] or 0,
        state=PairState(row["encoded"], row["stability"], row["difficulty"], seen_at),
        right_day=row["right_day"],
        sums=SeenSums(seen=row["seen_sum"], variance=row["seen_variance"], folded_day=row["folded_day"]),
        unanswered=row["unanswered"],
        sent=sent,
    )


def write_past(connection: Connection, person_id: int, past: Past) -> None:
    """Keep the past of a person in place of the one before; the sums of answers that have left stay."""
    head = {"until_day": past.until, **past.counts._asdict()}
    add = insert_for(connection, people_table).values(person_id=person_id, **head)
    connection.execute(add.on_conflict_do_update(index_elements=["person_id"], set_=head))
    connection.execute(sa.delete(past_habits).where(past_habits.c.person_id == person_id))
    connection.execute(sa.delete(past_pairs).where(past_pairs.c.person_id == person_id))
    habits = [
        {"person_id": person_id, "channel": channel, **{name: getattr(habit, name) for name in _HABIT}}
        for channel, habit in past.habits.items()
    ]
    pairs = [{"person_id": person_id, "statement_id": statement, **_row(pair)} for statement, pair in past.pairs.items()]
    for table, rows in ((past_habits, habits), (past_pairs, pairs)):
        if rows:
            connection.execute(sa.insert(table), rows)


def _row(pair: PairPast) -> dict[str, Any]:
    sent = pair.sent
    return {
        "meaning_id": pair.meaning or None,
        "encoded": pair.state.encoded,
        "stability": pair.state.stability,
        "difficulty": pair.state.difficulty,
        "seen_day": pair.state.seen_at if pair.state.encoded > 0.0 else None,
        "right_day": pair.right_day,
        "folded_day": pair.sums.folded_day,
        "seen_sum": pair.sums.seen,
        "seen_variance": pair.sums.variance,
        "unanswered": min(pair.unanswered, 32_767),
        **sent_row(sent),
    }


def let_go(connection: Connection, *, fact_ids: Collection[int], delivery_ids: Collection[int]) -> int:
    """Remove these facts, and all about these deliveries as a whole, with the draws of their questions; return how many facts."""
    gone = connection.execute(sa.delete(evidence).where(evidence.c.id.in_(listed(connection, fact_ids)))).rowcount
    keys = [f"{word}:{delivery_id}" for delivery_id in delivery_ids for word in _OF_DELIVERIES]
    gone += connection.execute(sa.delete(evidence).where(evidence.c.source_id.in_(listed(connection, keys, sa.Text())))).rowcount
    connection.execute(sa.delete(asked_checks).where(asked_checks.c.delivery_id.in_(listed(connection, delivery_ids))))
    return int(gone)


def returned(connection: Connection, person_id: int, *, before: datetime) -> list[int]:
    """Return the deliveries of a person that came back, and were sent before an instant: they count as nothing."""
    key = sa.literal("bounce:").concat(sa.cast(deliveries.c.id, sa.Text()))
    query = (
        sa.select(deliveries.c.id)
        .join(evidence, evidence.c.source_id == key)
        .where(deliveries.c.person_id == person_id, evidence.c.occurred_at < before)
    )
    return list(connection.execute(query).scalars())


def people_with_old_facts(connection: Connection, *, before: datetime, after: int, limit: int) -> tuple[list[int], int | None]:
    """Return (people of the next ``limit`` facts older than ``before``, id of the last of these); None where there are no more.

    Facts are numbered as they were written, so the oldest come first.
    """
    query = sa.select(evidence.c.id, evidence.c.person_id, evidence.c.occurred_at).where(evidence.c.id > after).order_by(evidence.c.id)
    found: dict[int, None] = {}
    last = None
    for row in connection.execute(query.limit(limit)):
        if row.occurred_at >= before:
            break
        found[row.person_id], last = None, row.id
    return list(found), last
