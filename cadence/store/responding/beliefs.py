"""Rows of what people believe of statements: the newest word of each, and what they responded to before."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.statements.belief import Belief
from cadence.store.database.core import acknowledgements, beliefs
from cadence.store.database.core import check_answers as answers
from cadence.store.database.sql import insert_for
from cadence.store.responding.acknowledgements import AskedDelivery


class SaidBelief(NamedTuple):
    """What a person said last, and when."""

    belief: Belief
    said_at: datetime


def belief_of(connection: Connection, *, person_id: int, statement_id: int) -> SaidBelief | None:
    """Return what a person said last of a statement, None when nothing."""
    row = connection.execute(
        sa.select(beliefs.c.belief, beliefs.c.said_at).where(beliefs.c.person_id == person_id, beliefs.c.statement_id == statement_id)
    ).first()
    return None if row is None else SaidBelief(Belief(row.belief), row.said_at)


def responses_before(connection: Connection, *, person_id: int, statement_id: int, delivery_id: int, since: datetime) -> list[datetime]:
    """Return when a person answered or acknowledged a statement in other messages, from an instant on."""
    found: list[datetime] = []
    for table, column in ((answers, answers.c.answered_at), (acknowledgements, acknowledgements.c.acknowledged_at)):
        mine = (table.c.person_id == person_id, table.c.statement_id == statement_id)
        found += connection.execute(sa.select(column).where(*mine, table.c.delivery_id != delivery_id, column >= since)).scalars()
    return found


def keep_belief(connection: Connection, wanted: AskedDelivery, belief: Belief, *, now: datetime) -> None:
    """Keep what a person says; it takes the place of what they said before."""
    said = {"version_id": wanted.version_id, "delivery_id": wanted.delivery_id, "belief": int(belief), "said_at": now}
    row = insert_for(connection, beliefs).values(statement_id=wanted.statement_id, person_id=wanted.person_id, **said)
    connection.execute(row.on_conflict_do_update(index_elements=["statement_id", "person_id"], set_=said))


def remove_belief(connection: Connection, *, person_id: int, statement_id: int) -> None:
    """Forget what a person said of a statement."""
    connection.execute(sa.delete(beliefs).where(beliefs.c.person_id == person_id, beliefs.c.statement_id == statement_id))
