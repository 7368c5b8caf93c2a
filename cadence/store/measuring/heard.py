"""Who was sent a statement when: weeks and quarters, counted. Sending only, never an answer.

What bounced or failed is no send. Which groups may be told about is decided in ``operations.measuring.heard``.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.domain.sending.deliveries import DeliveryState
from cadence.store.database.core import deliveries, exposures, people, wordings
from cadence.store.database.core import delivery_items as items
from cadence.store.measuring.reports import among


def sent_often(
    connection: Connection, statement_ids: Sequence[int], *, members: Sequence[int] | None, quarter: int, times: int
) -> dict[tuple[int, str], int]:
    """Return (statement, team) -> people of the audience who were sent it ``times`` times or more in the ``quarter``."""
    # texts under answers are counted in the quarter too: where there was one, the ledger says what was sent
    sent = (
        sa.select(sa.func.count())
        .select_from(deliveries.join(items, items.c.delivery_id == deliveries.c.id))
        .where(deliveries.c.person_id == exposures.c.person_id, items.c.statement_id == exposures.c.statement_id)
        .where(deliveries.c.local_quarter == quarter, deliveries.c.state == DeliveryState.SENT.value)
        .scalar_subquery()
    )
    query = (
        sa.select(exposures.c.statement_id, people.c.team, sa.func.count().label("people"))
        .join(people, people.c.id == exposures.c.person_id)
        .where(exposures.c.statement_id.in_(statement_ids), exposures.c.sent_quarter == quarter, exposures.c.sent_in_quarter >= times)
        .where(sa.or_(exposures.c.delivered_times == exposures.c.times_sent, sent >= times))
        .where(*among(connection, members, None))
        .group_by(exposures.c.statement_id, people.c.team)
    )
    return {(row.statement_id, row.team): row.people for row in connection.execute(query)}


def weeks_sent(connection: Connection, statement_id: int, *, members: Sequence[int] | None, since_week: int) -> dict[int, int]:
    """Return week -> people of the audience who were sent it then, from ``since_week`` on (a Monday as YYYYMMDD)."""
    # DISTINCT apart from the count: inside it PostgreSQL sorts all rows, on the disk where they are many
    met = (
        sa.select(deliveries.c.local_week, deliveries.c.person_id)
        .distinct()
        .join(items, items.c.delivery_id == deliveries.c.id)
        .join(people, people.c.id == deliveries.c.person_id)
        .where(items.c.statement_id == statement_id, deliveries.c.state == DeliveryState.SENT.value, deliveries.c.local_week >= since_week)
        .where(*among(connection, members, None))
        .subquery()
    )
    query = sa.select(met.c.local_week, sa.func.count().label("people")).group_by(met.c.local_week)
    return {row.local_week: row.people for row in connection.execute(query)}


def wordings_sent(connection: Connection, version_id: int) -> dict[str, int]:
    """Return wording -> people who were sent it, of one version; those that nobody was sent are left out."""
    met = (
        sa.select(wordings.c.name, deliveries.c.person_id)
        .distinct()
        .join(items, items.c.wording_id == wordings.c.id)
        .join(deliveries, deliveries.c.id == items.c.delivery_id)
        .where(wordings.c.version_id == version_id, deliveries.c.state == DeliveryState.SENT.value)
        .subquery()
    )
    query = sa.select(met.c.name, sa.func.count().label("people")).group_by(met.c.name)
    return {row.name: row.people for row in connection.execute(query)}
