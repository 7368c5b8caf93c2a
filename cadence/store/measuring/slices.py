"""Pairs of statements that show some people on a fixed cadence by chance: showings and newest answers, without names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.planning.recipients import Reason
from cadence.store.database.core import check_answers as answers
from cadence.store.database.core import deliveries, people
from cadence.store.database.core import delivery_items as items
from cadence.store.measuring.reports import among


@dataclass(frozen=True, slots=True, kw_only=True)
class SlicePair:
    """One pair of a statement with a randomised slice, over a period. ``right``: newest answer, None without one."""

    statement_id: int
    fixed: bool
    showings: int
    right: bool | None


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
    said = sa.select(answers.c.statement_id, answers.c.person_id, answers.c.right).join(newest, newest.c.id == answers.c.id).subquery()
    query = (
        sa.select(shown.c.statement_id, shown.c.fixed, shown.c.showings, said.c.right)
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
        )
        for r in connection.execute(query)
    ]
