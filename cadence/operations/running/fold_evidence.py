"""Let evidence go at the end of its time, folded: what it added up to is kept for each pair and person, and goes on from there.

One person is one transaction: their oldest facts are folded, kept as their past (``domain.memory.past``), and removed. What is
predicted, counted and weighed of them does not change by it, and a rebuild finds no difference afterwards. Answers themselves
(``check_answers``) leave by their own time; of them the two sums that correct later predictions stay.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.memory.answering import read_share
from cadence.domain.memory.evidence import of_meaning, right_day, seen_sums, sendings
from cadence.domain.memory.past import Leaving, PairPast, Past, counted, history_since, leaving, pair_of, sendings_with, sums_with
from cadence.domain.memory.single import PairState, folded
from cadence.domain.planning.recipients import to_days
from cadence.store.database.engine import Database
from cadence.store.responding import learning
from cadence.store.responding import pasts as rows

#: facts looked at in one go
_LOOKED_AT = 2_000


def fold_evidence(database: Database, *, before: datetime, stop: Callable[[], bool] = lambda: False) -> int:
    """Fold and remove the evidence from before an instant; return how many facts left. Idempotent."""
    gone, after = 0, 0
    while not stop():
        with database.read() as connection:
            people, last = rows.people_with_old_facts(connection, before=before, after=after, limit=_LOOKED_AT)
        for person_id in people:
            if stop():
                return gone
            with database.transaction(durable=False) as connection:
                gone += _fold(connection, person_id, before=before)
        if last is None:
            return gone
        after = last
    return gone


def _fold(connection: Connection, person_id: int, *, before: datetime) -> int:
    learning.lock_person(connection, person_id)
    shown = learning.shown_to(connection, low=person_id, high=person_id).get(person_id, [])
    said = learning.said_by(connection, low=person_id, high=person_id).get(person_id, [])
    found = leaving(shown, said, before=to_days(before))
    returned = rows.returned(connection, person_id, before=before)
    if not (found.shown or found.said or returned):
        return 0
    before_now, must = rows.past_of(connection, person_id), learning.asking_statements(connection)
    # acknowledgements that leave count from here on for what they count now
    read = read_share(counted(before_now, shown, said, must))
    past = _past(connection, before_now, found, must=must, read=read)
    rows.write_past(connection, person_id, past)
    facts, deliveries = [one.fact_id for one in found.said], [one.delivery_id for one in found.shown]
    return rows.let_go(connection, fact_ids=facts, delivery_ids=[*deliveries, *returned])


def _past(connection: Connection, before: Past | None, gone: Leaving, *, must: Collection[int], read: float) -> Past:
    """Return the past with the facts that leave now."""
    meanings = learning.meanings(connection)
    found = history_since(before, gone.shown, gone.said, read=read)
    sent = sendings_with(before, sendings(gone.shown, gone.said))
    past = Past(until=gone.until, habits=found.habits, counts=counted(before, gone.shown, gone.said, must))
    for statement_id in found.facts.keys() | sent.keys() | (before.pairs.keys() if before is not None else set()):
        meaning, facts = meanings.get(statement_id, frozenset()), found.facts.get(statement_id, [])
        current, earlier = of_meaning(facts, meaning), pair_of(before, statement_id)
        start = before.start(statement_id, meaning) if before is not None else None
        days = (right_day(current), before.right_day(statement_id, meaning) if before is not None else None)
        past.pairs[statement_id] = PairPast(
            meaning=max(meaning, default=0),
            state=folded(current, start or PairState()),
            right_day=max((day for day in days if day is not None), default=None),
            sums=sums_with(earlier, seen_sums(facts)),
            unanswered=found.unanswered.get(statement_id, 0),
            sent=sent.get(statement_id),
        )
    return past
