"""What is kept of answers with their people, counted, and taken out when the privacy mode keeps none of them.

Answers are folded into batches (``store.responding.batches``) before their rows go. What only follows from them goes too; the caches
that the evidence bears are folded again by ``operations.running.rebuild``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.core import (
    answer_batches,
    answering,
    beliefs,
    check_answers,
    check_days,
    evidence,
    exposures,
    marks,
    own_words,
    pasts,
    recall_offsets,
)
from cadence.store.database.core import asked_checks as asked
from cadence.store.database.sql import insert_for, listed
from cadence.store.responding.batches import CountedQuestion, add_kept

_ANSWERED = int(EvidenceLevel.CHECK_ANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersKept:
    """How many rows say what somebody answered."""

    answers: int
    own_words: int
    beliefs: int
    #: facts that say right or wrong
    facts: int

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.answers or self.own_words or self.beliefs or self.facts)


def answers_kept(connection: Connection) -> AnswersKept:
    """Return what is kept of single answers."""

    def rows(table: sa.Table, *conditions: Any) -> int:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one())

    said = evidence.c.outcome.is_not(None), evidence.c.level == _ANSWERED
    return AnswersKept(answers=rows(check_answers), own_words=rows(own_words), beliefs=rows(beliefs), facts=rows(evidence, *said))


def fold_answers(connection: Connection) -> None:
    """Count every kept answer to a question that was drawn, oldest first; people are told apart while this runs, and not afterwards."""
    answers = check_answers.c
    counts = answering.c
    query = (
        sa.select(answers.person_id, answers.line, answers.right, *(asked.c[name] for name in CountedQuestion.__slots__))
        .add_columns(sa.func.coalesce(counts.asked, 0).label("asked"), sa.func.coalesce(counts.answered, 0).label("answered"))
        .join(asked, sa.and_(asked.c.delivery_id == answers.delivery_id, asked.c.version_id == answers.version_id))
        .outerjoin(answering, counts.person_id == answers.person_id)
        .order_by(answers.id)
    )
    add_kept(connection, [dict(row) for row in connection.execute(query).mappings()])


def take_out_answers(connection: Connection) -> None:
    """Remove what says or follows from what somebody answered; that they answered, and saw the text, stays."""
    for table in (own_words, beliefs, check_answers, recall_offsets, check_days):
        connection.execute(sa.delete(table))
    connection.execute(sa.update(pasts).values(score=0.0, information=0.0))
    connection.execute(sa.update(evidence).where(evidence.c.level == _ANSWERED).values(outcome=None, options=None))
    connection.execute(sa.update(answering).values(noise=0.0))
    # a right answer bears out "I know this" and holds the statement back; where it came from is not told apart
    answered = sa.exists().where(
        evidence.c.person_id == exposures.c.person_id, evidence.c.statement_id == exposures.c.statement_id, evidence.c.level == _ANSWERED
    )
    connection.execute(sa.update(exposures).where(exposures.c.held_until_day.is_not(None), answered).values(held_until_day=None))


#: mark: the day (since 1970) before which answers have left
ANSWERS_LEFT = "retention:answers"


def answers_leave_before(connection: Connection, day: int) -> None:
    """Remember that the answers of the days before ``day`` leave; what is summed of those days cannot be summed again."""
    mark = insert_for(connection, marks).values(name=ANSWERS_LEFT, position=day)
    later = sa.case((marks.c.position < day, day), else_=marks.c.position)
    connection.execute(mark.on_conflict_do_update(index_elements=["name"], set_={"position": later}))


def let_answers_go(connection: Connection, *, day: int, limit: int) -> int:
    """Remove up to ``limit`` answers of the days before ``day``; return how many. Their part in a person's two sums stays."""
    old = sa.select(check_answers).where(check_answers.c.answered_day < day).order_by(check_answers.c.answered_day, check_answers.c.id)
    found = connection.execute(old.limit(limit)).mappings().all()
    for row in found:
        sums = {"score": row["gain_score"], "information": row["gain_information"]}
        add = insert_for(connection, pasts).values(person_id=row["person_id"], **sums)
        together = {name: pasts.c[name] + add.excluded[name] for name in sums}
        connection.execute(add.on_conflict_do_update(index_elements=["person_id"], set_=together))
    ids = listed(connection, [row["id"] for row in found])
    connection.execute(sa.delete(own_words).where(own_words.c.answer_id.in_(ids)))
    connection.execute(sa.delete(check_answers).where(check_answers.c.id.in_(ids)))
    return len(found)


def let_words_go(connection: Connection, *, before: datetime, limit: int) -> int:
    """Remove up to ``limit`` of what people said in their own words or believe, from before an instant; return how many."""
    gone = 0
    for table, at in ((own_words, own_words.c.offered_at), (beliefs, beliefs.c.said_at)):
        keys = [table.c.id] if table is own_words else [table.c.statement_id, table.c.person_id]
        old = sa.select(*keys).where(at < before).limit(limit - gone)
        mine = sa.tuple_(*keys).in_(old) if len(keys) > 1 else keys[0].in_(old)
        gone += connection.execute(sa.delete(table).where(mine)).rowcount
    return gone


def let_batches_go(connection: Connection, *, day: int, limit: int) -> int:
    """Remove up to ``limit`` batches of answers to questions of the days before ``day``; return how many."""
    old = sa.select(answer_batches.c.id).where(answer_batches.c.newest_day < day).limit(limit)
    return connection.execute(sa.delete(answer_batches).where(answer_batches.c.id.in_(old))).rowcount
