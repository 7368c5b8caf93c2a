"""How many were told a statement and how many answered about it, for figures that are not published yet.

Counts only: what was answered is read in ``store.measuring.know_it`` alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.measuring.figures import FigureKind
from cadence.store.database.core import asked_checks, beliefs, deliveries, exposures, people
from cadence.store.database.core import check_answers as answers
from cadence.store.measuring.reports import among
from cadence.store.measuring.segments import segment

#: questions that a figure rests on
DRAWN, OPENING = "drawn", "opening"
REASONS = {FigureKind.KNOW_IT: (DRAWN,), FigureKind.FROM_ELSEWHERE: (DRAWN, OPENING)}
#: the group of everybody in a count
WHOLE = ""


def first_question_day(connection: Connection) -> float | None:
    """Return the day (since 1970) of the first question drawn at random that was delivered, None before it."""
    query = (
        sa.select(asked_checks.c.asked_day)
        .join(deliveries, deliveries.c.id == asked_checks.c.delivery_id)
        .where(asked_checks.c.reason == DRAWN, deliveries.c.state == "sent")
        .order_by(asked_checks.c.delivery_id)
        .limit(1)
    )
    return connection.execute(query).scalar()


def opening_days(connection: Connection, version_ids: Collection[int]) -> dict[int, float]:
    """Return statement -> day (since 1970) of the first question of the opening round about one of these versions that was delivered."""
    query = (
        sa.select(asked_checks.c.statement_id, sa.func.min(asked_checks.c.asked_day))
        .join(deliveries, deliveries.c.id == asked_checks.c.delivery_id)
        .where(asked_checks.c.reason == OPENING, asked_checks.c.version_id.in_(version_ids), deliveries.c.state == "sent")
        .group_by(asked_checks.c.statement_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def asked_about(connection: Connection, kind: FigureKind, version_ids: Collection[int], *, before: datetime) -> set[int]:
    """Return the statements about whose versions ``version_ids`` a question was delivered that ``kind`` rests on.

    before: when whoever said what they believe had said it; that one was asked shows in nothing else.
    """
    asked = asked_checks
    if kind is FigureKind.BELIEF:
        said = sa.select(beliefs.c.statement_id).where(beliefs.c.version_id.in_(version_ids), beliefs.c.said_at < before).distinct()
        return set(connection.execute(said).scalars())
    query = (
        sa.select(asked.c.statement_id)
        .join(deliveries, deliveries.c.id == asked.c.delivery_id)
        .where(*_questions(kind, version_ids), deliveries.c.state == "sent")
        .distinct()
    )
    return set(connection.execute(query).scalars())


def told(
    connection: Connection, versions: Mapping[int, Collection[int]], *, members: Sequence[int] | None, kind: str | None = None
) -> dict[tuple[int, str], int]:
    """Return (statement, group) -> active people of the audience who were delivered a version of today's meaning.

    kind: of the groups; None counts everybody as ``WHOLE``.
    """
    current = sorted({v for ids in versions.values() for v in ids})
    each = (
        sa.select(exposures.c.statement_id, _group(kind))
        .join(people, people.c.id == exposures.c.person_id)
        .where(exposures.c.statement_id.in_(list(versions)), exposures.c.delivered_version_id.in_(current))
        .where(*among(connection, members, None))
        .subquery()
    )
    query = sa.select(*each.c, sa.func.count()).group_by(*each.c)
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def answered(
    connection: Connection, figure: FigureKind, versions: Mapping[int, Collection[int]], *, before: datetime, kind: str | None = None
) -> dict[tuple[int, str], int]:
    """Return (statement, group) -> different people who answered what ``figure`` rests on before an instant, those who left among them."""
    asked = asked_checks
    current = sorted({v for ids in versions.values() for v in ids})
    if figure is FigureKind.BELIEF:
        of_each = sa.select(beliefs.c.statement_id, _group(kind), beliefs.c.person_id).join(people, people.c.id == beliefs.c.person_id)
        each = of_each.where(beliefs.c.version_id.in_(current), beliefs.c.said_at < before).subquery()
    else:
        each = (
            sa.select(asked.c.statement_id, _group(kind), asked.c.person_id)
            .join(answers, sa.and_(answers.c.delivery_id == asked.c.delivery_id, answers.c.version_id == asked.c.version_id))
            .join(people, people.c.id == asked.c.person_id)
            .where(*_questions(figure, current), answers.c.answered_at < before)
            .distinct()
            .subquery()
        )
    query = sa.select(each.c.statement_id, each.c.name, sa.func.count()).group_by(each.c.statement_id, each.c.name)
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def _questions(kind: FigureKind, version_ids: Collection[int]) -> list[Any]:
    conditions = [asked_checks.c.reason.in_(REASONS.get(kind, ())), asked_checks.c.version_id.in_(version_ids)]
    return [*conditions, asked_checks.c.shown_before == 0] if kind is FigureKind.FROM_ELSEWHERE else conditions


def _group(kind: str | None) -> Any:
    return (sa.literal(WHOLE) if kind is None else segment(kind)).label("name")
