"""What is read to learn how the company answers, and what is kept of it: who taps anything, the prior of attention.

Each query goes through a table once. Answers beneath their own text (old messages) say nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from cadence.domain.memory.attention import Prior
from cadence.domain.memory.forgetting import Floats
from cadence.store.database.bulk import fetch_rows, run_many
from cadence.store.database.core import (
    acknowledgements,
    answering,
    asked_checks,
    attention,
    company_learning,
    deliveries,
    marks,
    statements,
)
from cadence.store.database.core import check_answers as answers
from cadence.store.database.core import delivery_items as items
from cadence.store.database.sql import insert_for

#: the marks with the second (since 1970) from which each is due again
NOISE, PRIOR = "noise", "attention_prior"
#: rows written in one transaction, so that a press never waits long for its turn
CHUNK = 2_000
_BENEATH = "beneath_text"
_BLOCK = 50_000


class Given(NamedTuple):
    """Answers to questions, one array element each: who, m-hat just before, and the line chosen as ``check_answers`` keeps it."""

    person: NDArray[np.int64]
    predicted: Floats
    right: NDArray[np.bool_]
    forgot: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Responded:
    """Messages of closed days to people who ever answered that could be answered and acknowledged, and how many were."""

    messages: int
    answered: int
    acknowledged: int
    both: int
    #: responses among all messages, in [0, 1]
    response_rate: float


def due_from(connection: Connection) -> dict[str, int]:
    """Return NOISE and PRIOR -> second since 1970 from which it is due; what is not named was never looked at."""
    query = sa.select(marks.c.name, marks.c.position).where(marks.c.name.in_((NOISE, PRIOR)))
    return {row.name: row.position for row in connection.execute(query)}


def put_off(connection: Connection, name: str, *, until: int) -> None:
    """Remember the second since 1970 from which NOISE or PRIOR is due again."""
    mark = insert_for(connection, marks).values(name=name, position=until)
    connection.execute(mark.on_conflict_do_update(index_elements=["name"], set_={"position": until}))


def answers_given(connection: Connection) -> Given:
    """Return all answers to questions that stood apart from their text."""
    query = (
        sa.select(answers.c.person_id, asked_checks.c.predicted, answers.c.right, answers.c.choice)
        .join(asked_checks, sa.and_(asked_checks.c.delivery_id == answers.c.delivery_id, asked_checks.c.version_id == answers.c.version_id))
        .where(asked_checks.c.reason != sa.literal_column(f"'{_BENEATH}'"))
    )
    # four numbers for each answer: a company may have millions
    blocks = [np.array([tuple(row) for row in block], dtype=np.float64) for block in connection.execute(query).partitions(_BLOCK)]
    person, predicted, right, choice = np.concatenate(blocks).T if blocks else np.empty((4, 0))
    return Given(person.astype(np.int64), predicted, right > 0.0, choice < 0.0)


def noise_kept(connection: Connection) -> dict[int, float]:
    """Return person -> P(taps anything) as it is kept, where it is not 0."""
    zero: Any = sa.literal_column("0")
    return dict(fetch_rows(connection, sa.select(answering.c.person_id, answering.c.noise).where(answering.c.noise != zero), {}))


def write_noise(connection: Connection, rows: Sequence[tuple[int, float]]) -> None:
    """Keep (person, P(taps anything))."""
    table = answering
    insert = insert_for(connection, table).values(person_id=sa.bindparam("person"), noise=sa.bindparam("noise"))
    statement = insert.on_conflict_do_update(index_elements=["person_id"], set_={"noise": insert.excluded.noise})
    run_many(connection, statement, ("person", "noise"), rows)


def write_share(connection: Connection, share: float) -> None:
    """Keep the share of people who tap anything."""
    _write_company(connection, noise_share=share)


def responded(connection: Connection, *, before_day: float) -> Responded:
    """Return how messages planned before ``before_day`` (days since 1970) were responded to."""
    asking = (
        sa.select(asked_checks.c.delivery_id)
        .distinct()
        .join(deliveries, sa.and_(deliveries.c.id == asked_checks.c.delivery_id, deliveries.c.state == "sent"))
        .join(answering, sa.and_(answering.c.person_id == asked_checks.c.person_id, answering.c.answered > 0))
        .join(items, items.c.delivery_id == asked_checks.c.delivery_id)
        .join(statements, sa.and_(statements.c.id == items.c.statement_id, statements.c.must_acknowledge))
        .where(asked_checks.c.asked_day < before_day, asked_checks.c.reason != _BENEATH)
        .subquery()
    )
    answered = sa.select(answers.c.delivery_id).distinct().subquery()
    pressed = sa.select(acknowledgements.c.delivery_id).distinct().where(acknowledgements.c.delivery_id.is_not(None)).subquery()
    is_answered, is_pressed = answered.c.delivery_id.is_not(None), pressed.c.delivery_id.is_not(None)
    query = (
        sa.select(
            sa.func.count(),
            sa.func.count(answered.c.delivery_id),
            sa.func.count(pressed.c.delivery_id),
            sa.func.coalesce(sa.func.sum(sa.case((sa.and_(is_answered, is_pressed), 1), else_=0)), 0),
        )
        .select_from(asking)
        .outerjoin(answered, answered.c.delivery_id == asking.c.delivery_id)
        .outerjoin(pressed, pressed.c.delivery_id == asking.c.delivery_id)
    )
    messages, one, other, both = connection.execute(query).one()
    sums = sa.select(sa.func.coalesce(sa.func.sum(attention.c.responses), 0.0), sa.func.coalesce(sa.func.sum(attention.c.silences), 0.0))
    responses, silences = connection.execute(sums).one()
    rate = responses / (responses + silences) if responses + silences > 0.0 else 0.0
    return Responded(messages=messages, answered=one, acknowledged=other, both=int(both), response_rate=float(rate))


def write_prior(connection: Connection, prior: Prior, *, both: int, day: float) -> None:
    """Keep the company's prior of attention, learned on ``day`` from ``both`` messages that were answered and acknowledged."""
    _write_company(connection, attention=prior.sees, responding=prior.responds, both=float(both), refreshed_day=day)


def habits_after(connection: Connection, *, after: tuple[int, str], limit: int) -> list[tuple[int, str, float, float]]:
    """Return the next (person, channel, responses, silences) behind the key ``after``."""
    table = attention.c
    behind = sa.or_(table.person_id > after[0], sa.and_(table.person_id == after[0], table.channel > after[1]))
    query = sa.select(table.person_id, table.channel, table.responses, table.silences).where(behind)
    return [tuple(row) for row in connection.execute(query.order_by(table.person_id, table.channel).limit(limit))]


_REJUDGED = (
    sa.update(attention)
    .where(attention.c.person_id == sa.bindparam("person"), attention.c.channel == sa.bindparam("on"))
    # whoever responded in the meantime is judged by the new prior already
    .where(attention.c.responses == sa.bindparam("responded"), attention.c.silences == sa.bindparam("silent"))
    .values(seen_if_silent=sa.bindparam("chance"))
)


def rejudge(connection: Connection, rows: Sequence[tuple[float, int, str, float, float]]) -> None:
    """Keep the chance that a silent message was seen, of (chance, person, channel, responses, silences)."""
    run_many(connection, _REJUDGED, ("chance", "person", "on", "responded", "silent"), rows)


def _write_company(connection: Connection, **values: float) -> None:
    if connection.execute(sa.update(company_learning).values(**values)).rowcount == 0:
        connection.execute(sa.insert(company_learning).values(**values))
