"""What a report says about memory is computed from: kept states, answers and predictions, without names.

Whole columns straight from the driver, because a report is about every pair there is. What one person chose is never
read here; only counts per team, and scored predictions without their person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.memory.replay import Ints
from cadence.domain.planning.recipients import Reason
from cadence.store.database.core import check_answers as answers
from cadence.store.database.core import deliveries, exposures, people
from cadence.store.database.core import delivery_items as items
from cadence.store.database.core import recall_offsets as offsets
from cadence.store.measuring.reports import among

_CHUNK = 100_000
#: silent showings after which a statement counts as not reaching the person
NOT_REACHED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Columns of many pairs of an audience, one element each."""

    statement_id: Floats
    #: index into the names of the teams
    team: Ints
    encoded: Floats
    stability: Floats
    seen_at: Floats
    seen_sum: Floats
    seen_variance: Floats
    not_reached: Mask
    #: U and I of the person
    score: Floats
    information: Floats


def remembered(
    connection: Connection, *, statement_ids: Sequence[int], members: Sequence[int] | None, teams: Sequence[str]
) -> Iterator[Remembered]:
    """Yield the pairs of active people of the audience with these statements, in chunks; people who met nothing have no pair.

    People in none of ``teams`` are left out.
    """
    number = {team: k for k, team in enumerate(teams)}
    who = (
        sa.select(people.c.id, people.c.team, offsets.c.score, offsets.c.information)
        .outerjoin(offsets, offsets.c.person_id == people.c.id)
        .where(*among(connection, members, None))
        .order_by(people.c.id)
    )
    known = [row for row in connection.execute(who).fetchall() if row.team in number]
    if not known:
        return
    ids = np.array([row.id for row in known], dtype=np.float64)
    team_of = np.array([number[row.team] for row in known])
    sums = np.array([(row.score or 0.0, row.information or 0.0) for row in known])
    columns = ("person_id", "statement_id", "encoded", "stability", "seen_day", "seen_sum", "seen_variance", "unanswered")
    query = sa.select(*(exposures.c[name] for name in columns)).where(exposures.c.statement_id.in_(statement_ids))
    # joining people here, or Core's own rows, would each cost as much again as reading the pairs
    cursor: Any = connection.execute(query).cursor
    while rows := cursor.fetchmany(_CHUNK):
        values = np.array(rows, dtype=np.float64)
        place = np.minimum(np.searchsorted(ids, values[:, 0]), len(ids) - 1)
        mine = ids[place] == values[:, 0]
        values, place = values[mine], place[mine]
        yield Remembered(
            statement_id=values[:, 1],
            team=team_of[place],
            encoded=values[:, 2],
            stability=values[:, 3],
            seen_at=np.nan_to_num(values[:, 4]),
            seen_sum=values[:, 5],
            seen_variance=values[:, 6],
            not_reached=values[:, 7] >= NOT_REACHED,
            score=sums[place, 0],
            information=sums[place, 1],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAnswers:
    """The newest answers of one team about one statement. ``guess``: mean chance to be right without knowing."""

    statement_id: int
    team: str
    respondents: int
    right: int
    guess: float


def newest_answers(connection: Connection, *, version_ids: Sequence[int], members: Sequence[int] | None) -> list[TeamAnswers]:
    """Return per statement and team how many active people answered a check about one of ``version_ids``, and how many rightly."""
    newest = (
        sa.select(sa.func.max(answers.c.id).label("id"))
        .where(answers.c.version_id.in_(version_ids))
        .group_by(answers.c.statement_id, answers.c.person_id)
        .subquery()
    )
    query = (
        sa.select(
            answers.c.statement_id,
            people.c.team,
            sa.func.count().label("respondents"),
            sa.func.sum(sa.case((answers.c.right, 1), else_=0)).label("right"),
            sa.func.avg(1.0 / sa.cast(answers.c.options, sa.Float())).label("guess"),
        )
        .join(newest, newest.c.id == answers.c.id)
        .join(people, people.c.id == answers.c.person_id)
        .where(*among(connection, members, None))
        .group_by(answers.c.statement_id, people.c.team)
    )
    return [
        TeamAnswers(statement_id=r.statement_id, team=r.team, respondents=r.respondents, right=int(r.right), guess=float(r.guess))
        for r in connection.execute(query)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Every answer with what was predicted before it, in the order of the answers."""

    statement_id: Floats
    person_id: Floats
    day: Floats
    predicted: Floats
    right: Floats
    guess: Floats
    #: sends of the statement to that person before the one that was answered
    sent_before: Floats


def scored(connection: Connection, *, statement_ids: Sequence[int] | None, since_day: int, until_day: int) -> Scored:
    """Return the answers given from ``since_day`` to before ``until_day`` (UTC day numbers)."""
    query = (
        sa.select(
            answers.c.statement_id,
            answers.c.person_id,
            answers.c.answered_day,
            answers.c.predicted,
            sa.case((answers.c.right, 1), else_=0),
            1.0 / sa.cast(answers.c.options, sa.Float()),
            sa.func.coalesce(items.c.times_sent_before, 0),
        )
        .outerjoin(items, sa.and_(items.c.delivery_id == answers.c.delivery_id, items.c.version_id == answers.c.version_id))
        .where(answers.c.answered_day >= since_day, answers.c.answered_day < until_day)
        .order_by(answers.c.id)
    )
    if statement_ids is not None:
        query = query.where(answers.c.statement_id.in_(statement_ids))
    rows = connection.execute(query).fetchall()
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 7
    numbers = [np.array(column, dtype=np.float64) for column in columns]
    return Scored(
        statement_id=numbers[0],
        person_id=numbers[1],
        day=numbers[2],
        predicted=numbers[3],
        right=numbers[4],
        guess=numbers[5],
        sent_before=numbers[6],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlicePair:
    """One pair of a statement with a randomised slice, over a period. ``right``: newest answer, None without one."""

    statement_id: int
    fixed: bool
    showings: int
    right: bool | None
    guess: float


def slice_pairs(connection: Connection, *, statement_ids: Sequence[int], since: datetime, until: datetime) -> list[SlicePair]:
    """Return the pairs, of active people, of those statements that show some pairs on a fixed cadence by chance."""
    fixed = items.c.reason == Reason.SLICE_FIXED.value
    sliced = set(
        connection.execute(sa.select(items.c.statement_id).where(items.c.statement_id.in_(statement_ids), fixed).distinct()).scalars()
    )
    if not sliced:
        return []
    shown = (
        sa.select(
            items.c.statement_id,
            deliveries.c.person_id,
            sa.func.sum(sa.case((deliveries.c.finished_at.between(since, until), 1), else_=0)).label("showings"),
            sa.func.max(sa.case((fixed, 1), else_=0)).label("fixed"),
        )
        .join(deliveries, deliveries.c.id == items.c.delivery_id)
        .where(items.c.statement_id.in_(sliced), deliveries.c.state == "sent")
        .group_by(items.c.statement_id, deliveries.c.person_id)
        .subquery()
    )
    newest = (
        sa.select(sa.func.max(answers.c.id).label("id"))
        .where(answers.c.statement_id.in_(sliced), answers.c.answered_at.between(since, until))
        .group_by(answers.c.statement_id, answers.c.person_id)
        .subquery()
    )
    said = (
        sa.select(answers.c.statement_id, answers.c.person_id, answers.c.right, answers.c.options)
        .join(newest, newest.c.id == answers.c.id)
        .subquery()
    )
    query = (
        sa.select(shown.c.statement_id, shown.c.fixed, shown.c.showings, said.c.right, said.c.options)
        .select_from(shown)
        .join(people, people.c.id == shown.c.person_id)
        .outerjoin(said, sa.and_(said.c.statement_id == shown.c.statement_id, said.c.person_id == shown.c.person_id))
        .where(*among(connection, None, None))
    )
    return [
        SlicePair(
            statement_id=r.statement_id,
            fixed=bool(r.fixed),
            showings=int(r.showings),
            right=None if r.right is None else bool(r.right),
            guess=1.0 / r.options if r.options else 0.0,
        )
        for r in connection.execute(query)
    ]
