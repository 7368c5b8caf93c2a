"""How many people believe that a statement is right for the company: counts of the newest word of each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import beliefs


def newly_said(connection: Connection, statement_id: int, version_ids: Collection[int], *, after: datetime | None) -> int:
    """Return how many people said what they believe of these versions, later than ``after``."""
    query = sa.select(sa.func.count()).where(beliefs.c.statement_id == statement_id, beliefs.c.version_id.in_(version_ids))
    if after is not None:
        query = query.where(beliefs.c.said_at > after)
    return int(connection.execute(query).scalar_one())


def believers(connection: Connection, statement_id: int, version_ids: Collection[int], *, before: datetime) -> tuple[int, int]:
    """Return how many said before ``before`` that they believe it, and how many said anything."""
    query = sa.select(sa.func.sum(sa.case((beliefs.c.belief == 1, 1), else_=0)), sa.func.count()).where(
        beliefs.c.statement_id == statement_id, beliefs.c.version_id.in_(version_ids), beliefs.c.said_at < before
    )
    yes, said = connection.execute(query).one()
    return int(yes or 0), int(said)
