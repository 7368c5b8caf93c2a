"""Answers of which only sums are kept (privacy mode ``aggregate``), as the estimator reads answers: each is the mean of its batch.

A batch of n answers becomes n answers that differ in nothing but their line. They belong to as many people as ever answered, dealt
out in turn: how many people there were is known, who they were is not. Ids lie above those of kept answers and rise with the batches.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.measuring.answering_habits import Ints, TapOutcome
from cadence.domain.measuring.luck import NOT_SAID
from cadence.domain.memory.forgetting import Floats
from cadence.domain.statements.checks import FORGOT
from cadence.store.database.core import answering, evidence
from cadence.store.database.core import asked_checks as asked
from cadence.store.database.core import check_answers as answers
from cadence.store.measuring.asked import DRAWN, OPENING
from cadence.store.responding.batches import Batch, answer_key_of, closed_batches
from cadence.store.responding.draws import Draws, unpack

#: ids of counted answers begin here, so many for each batch
_FIRST, _EACH = 1_000_000_000, 64


def counted_answers(connection: Connection, *, since_day: float, until_day: float) -> Floats:
    """Return a row for each answer, in the columns of ``know_it.AnsweredQuestions``."""
    found = _batches(connection, since_day, until_day, (DRAWN, OPENING))
    if not found:
        return np.zeros((0, 12))
    people = connection.execute(sa.select(sa.func.count()).select_from(answering).where(answering.c.answered > 0)).scalar_one()
    rows = [
        (
            *(_id(one, k), one.asked_day, 0, one.statement_id, one.version_id, one.predicted, int(one.told)),
            *(outcome, NOT_SAID, round(one.asked), round(one.answered), int(one.reason == OPENING)),
        )
        for one in found
        for k, outcome in enumerate(_outcomes(one))
    ]
    table = np.array(rows, dtype=np.float64)
    table[:, 2] = -1.0 - np.arange(len(table)) % max(people, 1)
    return table


def counted_draws(connection: Connection, *, since_day: float, until_day: float) -> tuple[Ints, Ints, Draws]:
    """Return ids of counted answers, the statements asked about, and what could have been asked instead.

    That a question was answered is known with its draw, and selection rests on nothing else; which of the answers was whose is
    not, so they are dealt out in turn.
    """
    counted = [_id(one, k) for one in _batches(connection, since_day, until_day, (DRAWN,)) for k in range(len(_outcomes(one)))]
    answered = sa.exists().where(evidence.c.source_id == answer_key_of(asked), evidence.c.outcome.is_(None))
    kept = sa.exists().where(answers.c.delivery_id == asked.c.delivery_id, answers.c.version_id == asked.c.version_id)
    query = (
        sa.select(asked.c.statement_id, asked.c.eligible)
        .where(asked.c.reason == DRAWN, asked.c.eligible.is_not(None), answered, ~kept)
        .where(asked.c.asked_day >= since_day, asked.c.asked_day < until_day)
        .order_by(asked.c.statement_id, asked.c.delivery_id)
    )
    rows = connection.execute(query).all() if counted else []
    ids = np.array([counted[n % len(counted)] for n in range(len(rows))], dtype=np.int64)
    return ids, np.array([row.statement_id for row in rows], dtype=np.int64), unpack([row.eligible for row in rows])


def counted_people(connection: Connection, version_ids: Collection[int], *, after_id: int, untold: bool, before_day: float) -> int:
    """Return how many people are in the batches behind the counted answer ``after_id``."""
    reasons = (DRAWN, OPENING) if untold else (DRAWN,)
    return sum(
        one.people
        for one in closed_batches(connection, version_ids=version_ids)
        if one.reason in reasons and one.asked_day < before_day and not (untold and one.told) and _id(one, 0) > after_id
    )


def _batches(connection: Connection, since_day: float, until_day: float, reasons: Collection[str]) -> list[Batch]:
    found = closed_batches(connection, since_day=int(since_day))
    return [one for one in found if one.reason in reasons and since_day <= one.asked_day < until_day]


def _id(one: Batch, place: int) -> int:
    return _FIRST + one.id * _EACH + min(place, _EACH - 1)


def _outcomes(one: Batch) -> list[TapOutcome]:
    found: list[TapOutcome] = []
    for line, times in sorted(one.lines.items()):
        found += [TapOutcome.RIGHT if line == 0 else TapOutcome.FORGOT if line == FORGOT else TapOutcome.WRONG] * times
    return found[:_EACH]
