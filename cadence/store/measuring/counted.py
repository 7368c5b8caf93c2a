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
from cadence.store.database.core import answering
from cadence.store.measuring.asked import DRAWN, OPENING
from cadence.store.responding.batches import Batch, closed_batches
from cadence.store.responding.draws import Draws

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
    """Return the ids of counted answers to drawn questions, the statements asked about, and what could have been asked instead."""
    ids: list[int] = []
    asked: list[int] = []
    elements: list[tuple[int, int, float, int]] = []
    for one in _batches(connection, since_day, until_day, (DRAWN,)):
        for k in range(len(_outcomes(one))):
            row = len(ids)
            ids.append(_id(one, k))
            asked.append(one.statement_id)
            elements.append((row, one.statement_id, one.predicted, round(one.in_vain)))
            elements += [(row, 0, one.others_predicted, round(one.others_in_vain))] * max(round(one.eligible) - 1, 0)
    table = np.array(elements, dtype=np.float64).reshape(-1, 4)
    row_of, statement, predicted, in_vain = table.T
    draws = Draws(
        row=row_of.astype(np.int64), statement_id=statement.astype(np.int64), predicted=predicted, in_vain=in_vain.astype(np.int64)
    )
    return np.array(ids, dtype=np.int64), np.array(asked, dtype=np.int64), draws


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
