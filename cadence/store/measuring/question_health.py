"""What was chosen in the questions that are asked now, counted by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.measuring.question_health import LineCounts
from cadence.domain.statements.checks import LINES
from cadence.domain.statements.taps import TapKind
from cadence.store.database.core import check_answers as answers
from cadence.store.database.core import checks, statements, taps
from cadence.store.database.core import statement_versions as versions


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedNow:
    """The question that a statement in force is asked with: the newest one made of its newest version."""

    statement_id: int
    slug: str
    title: str
    audience: str
    version_id: int
    check_id: int
    created_at: datetime
    right: str
    distractors: tuple[str, ...]

    def line(self, number: int) -> str:
        """Return the words of a line: 0 the right one, 1 and on the near misses."""
        return (self.right, *self.distractors)[number]


def asked_now(connection: Connection) -> list[AskedNow]:
    """Return the questions in force, by statement."""
    newest = sa.select(versions.c.statement_id, sa.func.max(versions.c.id).label("id")).group_by(versions.c.statement_id).subquery()
    latest = sa.select(sa.func.max(checks.c.id).label("id")).where(checks.c.lines == LINES).group_by(checks.c.version_id).subquery()
    query = (
        sa.select(
            statements.c.id.label("statement_id"),
            statements.c.slug,
            versions.c.title,
            statements.c.audience,
            versions.c.id.label("version_id"),
            checks.c.id.label("check_id"),
            checks.c.created_at,
            checks.c.right,
            checks.c.distractors,
        )
        .join(newest, newest.c.id == versions.c.id)
        .join(statements, statements.c.id == versions.c.statement_id)
        .join(checks, checks.c.version_id == versions.c.id)
        .join(latest, latest.c.id == checks.c.id)
        .where(statements.c.withdrawn_at.is_(None))
        .order_by(statements.c.id)
    )
    return [AskedNow(**{**row._mapping, "distractors": tuple(row.distractors)}) for row in connection.execute(query)]


def answered_since(connection: Connection, after: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    """Return check -> (different people, newest answer) of the answers later than ``after``, check -> id of an answer."""
    found = {}
    for check_id, newest in after.items():
        later = sa.select(sa.func.count(sa.distinct(answers.c.person_id)), sa.func.max(answers.c.id))
        row = connection.execute(later.where(answers.c.check_id == check_id, answers.c.id > newest)).one()
        found[check_id] = (row[0], row[1] or newest)
    return found


def line_counts(connection: Connection, asked: AskedNow, *, newest: int) -> LineCounts:
    """Return what was chosen in a question up to the answer ``newest``, and how many said "too often" since it is asked."""
    chosen = (
        sa.select(answers.c.line, sa.func.count().label("answers"), sa.func.count(sa.distinct(answers.c.person_id)).label("people"))
        .where(answers.c.check_id == asked.check_id, answers.c.id <= newest, answers.c.line.is_not(None))
        .group_by(answers.c.line)
    )
    rows = connection.execute(chosen).all()
    by = sa.select(sa.func.count(sa.distinct(answers.c.person_id))).where(
        answers.c.check_id == asked.check_id, answers.c.id <= newest, answers.c.line.is_not(None)
    )
    tapped = sa.select(sa.func.count(sa.distinct(taps.c.person_id))).where(
        taps.c.statement_id == asked.statement_id,
        taps.c.kind == TapKind.TOO_OFTEN.value,
        taps.c.undone_at.is_(None),
        taps.c.tapped_at >= asked.created_at,
    )
    return LineCounts(
        answers={row.line: row.answers for row in rows},
        people={row.line: row.people for row in rows},
        answered_by=connection.execute(by).scalar_one(),
        too_often=connection.execute(tapped).scalar_one(),
    )
