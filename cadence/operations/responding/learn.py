"""Fold what one person did again, inside the transaction that recorded it.

Whoever appends a response (or takes one back) calls ``relearn`` before the commit, so that the caches never
lag behind the evidence. Pure parts: ``domain.memory.evidence``, ``domain.memory.single``; a rebuild finds no difference.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.memory.answering import count, read_share
from cadence.domain.memory.evidence import History, Said, Shown, history, of_meaning, right_day, seen_sums
from cadence.domain.memory.single import PairFact, PairState, folded
from cadence.store.responding import answering
from cadence.store.responding import learning as rows
from cadence.store.responding.learning import Learned


def relearn(connection: Connection, person_id: int, statement_ids: Collection[int], *, now: datetime) -> None:
    """Fold this person's pairs with ``statement_ids`` again, their attention on every channel and their counts, as of ``now``.

    The other statements of the message that was responded to last are folded too: whoever answers one line of a message
    has probably seen the others. Facts later than ``now`` count as well; a clock that was wrong does not lose evidence.
    """
    rows.lock_person(connection, person_id)
    shown = rows.shown_to(connection, low=person_id, high=person_id).get(person_id, [])
    said = rows.said_by(connection, low=person_id, high=person_id).get(person_id, [])
    before, counts = answering.kept(connection, person_id), count(shown, said, rows.asking_statements(connection))
    read = read_share(counts)
    found = history(shown, said, read=read)
    wanted = set(statement_ids) | _beside(shown, said, statement_ids)
    if before is None or not before.counts.acknowledged or read_share(before.counts) != read:
        wanted |= found.facts.keys()  # what this person acknowledged before counts for more or less from now on
    meanings = rows.meanings(connection)
    rows.write_unanswered(connection, person_id, found.unanswered)
    rows.write_learned(connection, [learned(person_id, s, found, meanings.get(s, frozenset())) for s in sorted(wanted)])
    rows.write_habits(connection, [(person_id, channel, habit) for channel, habit in found.habits.items()])
    rows.drop_habits(connection, person_id, but=found.habits)
    answering.write_counts(connection, [(person_id, counts)])


def learned(person_id: int, statement_id: int, found: History, meaning: Collection[int]) -> Learned:
    """Return what the tables keep of one pair; ``meaning``: versions that say what the statement means today."""
    facts = found.facts.get(statement_id, [])
    current = of_meaning(facts, meaning)
    return row_of(person_id, statement_id, facts, current, folded(current), found.unanswered.get(statement_id, 0))


def row_of(person_id: int, statement_id: int, facts: list[PairFact], current: list[PairFact], state: PairState, unanswered: int) -> Learned:
    """Return the row of a pair from all its ``facts``, the ``current`` ones of today's meaning and the ``state`` they fold to."""
    sums = seen_sums(facts)
    return Learned(
        person_id,
        statement_id,
        state.encoded,
        state.stability,
        state.difficulty,
        state.seen_at if state.encoded > 0.0 else None,
        sums.folded_day,
        sums.seen,
        sums.variance,
        min(unanswered, 32_767),
        right_day(current),
    )


def _beside(shown: list[Shown], said: list[Said], statement_ids: Collection[int]) -> set[int]:
    """Return the statements of the delivery that the newest fact about ``statement_ids`` concerns."""
    newest = max((one for one in said if one.statement_id in statement_ids), key=lambda one: one.fact_id, default=None)
    if newest is None:
        return set()
    concerned = {newest.delivery_id} | {one.delivery_id for one in said if one.source_id == newest.retracts}
    return {statement for delivery in shown if delivery.delivery_id in concerned for statement, _ in delivery.items}
