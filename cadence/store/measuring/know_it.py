"""What the figures are computed from: answers to questions drawn at random with the draws behind them, and everyone they are about.

Read in pages, because a large company has millions of answers and pairs; nothing is kept here. No name is read, and nothing
leaves this room but to the estimator (``domain.measuring.know_it``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from cadence.domain.measuring.answering_habits import Ints, TapOutcome
from cadence.domain.measuring.luck import COULD, COULD_NOT, NOT_SAID
from cadence.domain.measuring.separation import SEGMENTS
from cadence.domain.memory.forgetting import Floats
from cadence.domain.statements.checks import FORGOT
from cadence.store.database.core import answering, asked_checks, own_words, people
from cadence.store.database.core import check_answers as answers
from cadence.store.database.sql import fetch, one_of
from cadence.store.measuring.asked import DRAWN, OPENING
from cadence.store.measuring.counted import counted_answers, counted_draws, counted_people
from cadence.store.measuring.reports import among
from cadence.store.measuring.segments import segment
from cadence.store.responding.draws import Draws, unpack

_PAGE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredQuestions:
    """Answers to drawn and opening questions in the order of their ids, one element each."""

    id: Ints
    asked_day: Floats
    person: Ints
    statement: Ints
    version: Ints
    #: m-hat just before asking; texts delivered before
    predicted: Floats
    shown_before: Ints
    outcome: Ints
    #: own words after a right tap
    said: Ints
    #: questions of the person in all, and answered
    asked: Ints
    answered: Ints
    #: of the opening round, which is no single draw
    opening: Ints


_WHOLE = ("id", "person", "statement", "version", "shown_before", "outcome", "said", "asked", "answered", "opening")
_ORDER = (
    "id", "asked_day", "person", "statement", "version", "predicted", "shown_before", "outcome", "said", "asked", "answered", "opening",
)  # fmt: skip


def answered_questions(connection: Connection, *, since_day: float, until_day: float) -> AnsweredQuestions:
    """Return every answer to a question asked from ``since_day`` to before ``until_day`` (days since 1970)."""
    outcome = sa.case(
        (answers.c.right, int(TapOutcome.RIGHT)), (answers.c.line == FORGOT, int(TapOutcome.FORGOT)), else_=int(TapOutcome.WRONG)
    )
    said = sa.case((own_words.c.judgement == "could", COULD), (own_words.c.judgement == "could_not", COULD_NOT), else_=NOT_SAID)
    words = sa.and_(own_words.c.answer_id == answers.c.id, own_words.c.kind == "line")
    query = (
        sa.select(
            answers.c.id,
            asked_checks.c.asked_day,
            asked_checks.c.person_id,
            asked_checks.c.statement_id,
            asked_checks.c.version_id,
            asked_checks.c.predicted,
            asked_checks.c.shown_before,
            outcome,
            sa.func.coalesce(said, NOT_SAID),
            sa.func.coalesce(answering.c.asked, 0),
            sa.func.coalesce(answering.c.answered, 0),
            sa.case((asked_checks.c.reason == OPENING, 1), else_=0),
        )
        .select_from(answers)
        .join(asked_checks, _same_question())
        .outerjoin(answering, answering.c.person_id == asked_checks.c.person_id)
        .outerjoin(own_words, words)
        .where(asked_checks.c.reason.in_((DRAWN, OPENING)))
        .where(asked_checks.c.asked_day >= since_day, asked_checks.c.asked_day < until_day)
    )
    pages = [np.array(page, dtype=np.float64) for page in _pages(connection, query)]
    table = np.concatenate(pages) if pages else np.zeros((0, len(_ORDER)))
    # the words of one answer are judged once; were there two, the first counts
    table = table[np.unique(table[:, 0], return_index=True)[1]]
    table = np.concatenate((table, counted_answers(connection, since_day=since_day, until_day=until_day)))
    columns: dict[str, Any] = {name: column.copy() for name, column in zip(_ORDER, table.T, strict=True)}
    return AnsweredQuestions(**{name: part.astype(np.int64) if name in _WHOLE else part for name, part in columns.items()})


def drawn_among(connection: Connection, *, since_day: float, until_day: float) -> Iterator[tuple[Ints, Ints, Draws]]:
    """Yield the ids of answers to drawn questions, the statements asked about, and what could have been asked instead, in pages."""
    query = (
        sa.select(answers.c.id, asked_checks.c.statement_id, asked_checks.c.eligible)
        .select_from(answers)
        .join(asked_checks, _same_question())
        .where(asked_checks.c.reason == DRAWN, asked_checks.c.eligible.is_not(None))
        .where(asked_checks.c.asked_day >= since_day, asked_checks.c.asked_day < until_day)
    )
    for page in _pages(connection, query):
        ids, asked = (np.array([row[at] for row in page], dtype=np.int64) for at in (0, 1))
        yield ids, asked, unpack([row[2] for row in page])
    ids, asked, draws = counted_draws(connection, since_day=since_day, until_day=until_day)
    if len(ids):
        yield ids, asked, draws


def _same_question() -> Any:
    return sa.and_(asked_checks.c.delivery_id == answers.c.delivery_id, asked_checks.c.version_id == answers.c.version_id)


def _pages(connection: Connection, query: sa.Select[Any]) -> Iterator[list[Any]]:
    """Yield the rows of a query on answers in pages by id, as the driver gives them; only one page is held."""
    after = 0
    while True:
        cursor: Any = connection.execute(query.where(answers.c.id > after).order_by(answers.c.id).limit(_PAGE)).cursor
        rows = cursor.fetchall()
        if rows:
            yield rows
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def new_people(
    connection: Connection, statement_id: int, version_ids: Collection[int], *, after_id: int, untold: bool, before_day: float
) -> int:
    """Return how many different people answered about these versions after answer ``after_id``, to questions before ``before_day``.

    untold: answers about a text never delivered to the person, of the opening round too; else answers to drawn questions.
    """
    query = (
        sa.select(sa.func.count(sa.distinct(asked_checks.c.person_id)))
        .select_from(answers)
        .join(asked_checks, _same_question())
        .where(answers.c.statement_id == statement_id, answers.c.version_id.in_(version_ids), answers.c.id > after_id)
        .where(asked_checks.c.reason.in_((DRAWN, OPENING) if untold else (DRAWN,)), asked_checks.c.asked_day < before_day)
    )
    if untold:
        query = query.where(asked_checks.c.shown_before == 0)
    counted = counted_people(connection, version_ids, after_id=after_id, untold=untold, before_day=before_day)
    return int(connection.execute(query).scalar_one()) + counted


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleChunk:
    """Some people, by id: questions asked and answered of each, the channel they are best known on, and their groups."""

    ids: list[int]
    asked: Ints
    answered: Ints
    channels: list[str]
    #: a name for each of ``SEGMENTS``
    names: list[tuple[str, ...]]


def everyone(connection: Connection, *, page: int) -> Iterator[PeopleChunk]:
    """Yield all active people, by id."""
    named = sa.select(people.c.id, *(segment(kind) for kind in SEGMENTS)).where(*among(connection, None, None)).order_by(people.c.id)
    after = 0
    while rows := connection.execute(named.where(people.c.id > after).limit(page)).fetchall():
        ids = [row[0] for row in rows]
        after = ids[-1]
        them = f"WHERE person_id IN {one_of(ids)}"
        counts = {row[0]: row for row in fetch(connection, f"SELECT person_id, asked, answered FROM answering {them}")}
        channel = dict(fetch(connection, f"SELECT person_id, channel FROM attention {them} ORDER BY as_of_day"))
        yield PeopleChunk(
            ids=ids,
            asked=_counted(counts, ids, 1),
            answered=_counted(counts, ids, 2),
            channels=[channel.get(one, "email") for one in ids],
            names=[tuple(row[1:]) for row in rows],
        )


def names_of(connection: Connection, person_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the groups of people, those who left among them, a name for each of ``SEGMENTS``."""
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(person_ids), _PAGE):
        some = list(person_ids[start : start + _PAGE])
        query = sa.select(people.c.id, *(segment(kind) for kind in SEGMENTS)).where(sa.text(f"people.id IN {one_of(some)}"))
        found |= {row[0]: tuple(row[1:]) for row in connection.execute(query)}
    return found


def _counted(counts: dict[int, Any], ids: Sequence[int], place: int) -> NDArray[np.int64]:
    return np.array([counts[one][place] if one in counts else 0 for one in ids], dtype=np.int64)
