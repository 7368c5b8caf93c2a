"""What is on record by name about one statement: acknowledged, delivered, seen. What may be told of it: ``operations.measuring.by_name``.

Nothing of answers is read but that there was a response.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.store.database.core import acknowledgements, evidence, exposures, people
from cadence.store.measuring.reports import among


class NamedRow(NamedTuple):
    """One person of the audience. ``seen_at``: the first response that stands, of whatever kind."""

    name: str
    email: str
    team: str
    acknowledged_at: datetime | None
    times_sent: int
    sent_day: float | None
    seen_at: datetime | None


def managed_by(connection: Connection, email: str) -> list[int]:
    """Return the ids of the active people whose manager has that address."""
    mine = sa.select(people.c.id).where(people.c.manager_email == email, people.c.manager_email != "", people.c.deactivated_at.is_(None))
    return list(connection.execute(mine.order_by(people.c.id)).scalars())


def named(connection: Connection, *, statement_id: int, version_ids: Collection[int], members: Sequence[int] | None) -> list[NamedRow]:
    """Return the active people of the audience by name. ``version_ids``: those whose acknowledgement counts for what it means today."""
    said = (
        sa.select(acknowledgements.c.person_id, sa.func.min(acknowledgements.c.acknowledged_at).label("at"))
        .where(acknowledgements.c.version_id.in_(version_ids))
        .group_by(acknowledgements.c.person_id)
        .subquery()
    )
    back = evidence.alias("back")
    taken_back = sa.exists().where(
        back.c.person_id == evidence.c.person_id,
        back.c.statement_id == statement_id,
        back.c.level == int(EvidenceLevel.RETRACTED),
        back.c.retracts == evidence.c.source_id,
    )
    responded = (
        sa.select(sa.func.min(evidence.c.occurred_at))
        .where(evidence.c.person_id == people.c.id, evidence.c.statement_id == statement_id, ~taken_back)
        .where(evidence.c.level.between(int(EvidenceLevel.VIEWED), int(EvidenceLevel.RESTATED)))
        .scalar_subquery()
    )
    sent = sa.and_(exposures.c.person_id == people.c.id, exposures.c.statement_id == statement_id)
    query = (
        sa.select(
            people.c.name,
            people.c.email,
            people.c.team,
            said.c.at,
            sa.func.coalesce(exposures.c.delivered_times, 0),
            exposures.c.delivered_day,
        )
        .add_columns(responded)
        .outerjoin(said, said.c.person_id == people.c.id)
        .outerjoin(exposures, sent)
        .where(*among(connection, members, None))
        .order_by(people.c.name, people.c.email)
    )
    return [NamedRow._make(row) for row in connection.execute(query)]
