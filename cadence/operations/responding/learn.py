"""Fold what one person did again, inside the transaction that recorded it.

Whoever appends a response (or takes one back) calls ``relearn`` before the commit, so that the caches never
lag behind the evidence. Pure parts: ``domain.memory.evidence``, ``domain.memory.single``; a rebuild finds no difference.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.memory.answering import read_share
from cadence.domain.memory.evidence import History, Said, Shown, of_meaning, right_day, seen_sums
from cadence.domain.memory.past import PairPast, Past, counted, history_since, pair_of, sums_with
from cadence.domain.memory.single import PairFact, PairState, folded
from cadence.store.responding import answering, pasts
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
    past = pasts.past_of(connection, person_id)
    before, counts = answering.kept(connection, person_id), counted(past, shown, said, rows.asking_statements(connection))
    read = read_share(counts)
    found = history_since(past, shown, said, read=read)
    wanted = set(statement_ids) | _beside(shown, said, statement_ids)
    if before is None or not before.counts.acknowledged or read_share(before.counts) != read:
        wanted |= found.facts.keys()  # what this person acknowledged before counts for more or less from now on
    meanings = rows.meanings(connection)
    rows.write_unanswered(connection, person_id, found.unanswered)
    rows.write_learned(connection, [learned(person_id, s, found, meanings.get(s, frozenset()), past) for s in sorted(wanted)])
    rows.write_habits(connection, [(person_id, channel, habit) for channel, habit in found.habits.items()])
    rows.drop_habits(connection, person_id, but=found.habits)
    answering.write_counts(connection, [(person_id, counts)])


def learned(person_id: int, statement_id: int, found: History, meaning: Collection[int], past: Past | None = None) -> Learned:
    """Return what the tables keep of one pair; ``meaning``: versions that say what the statement means today."""
    facts = found.facts.get(statement_id, [])
    current = of_meaning(facts, meaning)
    state = folded(current, past.start(statement_id, meaning) if past is not None else None)
    right = past.right_day(statement_id, meaning) if past is not None else None
    unanswered, sums = found.unanswered.get(statement_id, 0), pair_of(past, statement_id)
    return row_of((person_id, statement_id), facts, current, state, unanswered, past=sums, right=right)


def row_of(
    pair: tuple[int, int],
    facts: list[PairFact],
    current: list[PairFact],
    state: PairState,
    unanswered: int,
    *,
    past: PairPast | None = None,
    right: float | None = None,
) -> Learned:
    """Return the row of a pair from all its ``facts``, the ``current`` ones of today's meaning and the ``state`` they fold to.

    past, right: the sums and the right answer of facts that have left.
    """
    sums = sums_with(past, seen_sums(facts))
    return Learned(
        *pair,
        state.encoded,
        state.stability,
        state.difficulty,
        state.seen_at if state.encoded > 0.0 else None,
        sums.folded_day,
        sums.seen,
        sums.variance,
        min(unanswered, 32_767),
        max((day for day in (right_day(current), right) if day is not None), default=None),
    )


def _beside(shown: list[Shown], said: list[Said], statement_ids: Collection[int]) -> set[int]:
    """Return the statements of the delivery that the newest fact about ``statement_ids`` concerns."""
    newest = max((one for one in said if one.statement_id in statement_ids), key=lambda one: one.fact_id, default=None)
    if newest is None:
        return set()
    concerned = {newest.delivery_id} | {one.delivery_id for one in said if one.source_id == newest.retracts}
    return {statement for delivery in shown if delivery.delivery_id in concerned for statement, _ in delivery.items}
