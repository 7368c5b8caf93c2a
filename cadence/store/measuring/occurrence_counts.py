"""What became of deliveries, by channel and state: closed occurrences are counted once, the others live.

A delivery that had ended and changes after all (a bounce, a person's look) makes its occurrence be counted live again, by a
trigger in the same transaction, until the next tick counts it again. So what is told is exact at every moment.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import deliveries, occurrence_counts, occurrences, people
from cadence.store.database.core import delivery_items as items

#: stands for the statement where whole deliveries are counted
_WHOLE = 0
_FIELDS = ["occurrence_id", "statement_id", "channel", "state", "n"]


def personal() -> Any:
    """Return the condition that leaves out what was posted to shared addresses: it was delivered to nobody in person."""
    # a name of its own: the query around it may join people too
    whom = people.alias()
    return ~sa.exists().where(whom.c.id == deliveries.c.person_id, whom.c.shared)


def to_count(connection: Connection, *, limit: int) -> list[int]:
    """Return closed occurrences that are not counted, oldest first."""
    query = sa.select(occurrences.c.id).where(occurrences.c.state == "closed", ~occurrences.c.counted)
    return list(connection.execute(query.order_by(occurrences.c.id).limit(limit)).scalars())


def count_occurrence(connection: Connection, occurrence_id: int) -> None:
    """Count the deliveries of a closed occurrence; a change that another transaction is making meanwhile is waited for."""
    mine = sa.select(occurrences.c.id).where(occurrences.c.id == occurrence_id, occurrences.c.state == "closed")
    if connection.execute(mine.with_for_update()).first() is None:
        return
    connection.execute(sa.delete(occurrence_counts).where(occurrence_counts.c.occurrence_id == occurrence_id))
    which = deliveries.c.occurrence_id == occurrence_id
    for query in (_wholes(which), _with_statements(which)):
        connection.execute(sa.insert(occurrence_counts).from_select(_FIELDS, query))
    connection.execute(sa.update(occurrences).where(occurrences.c.id == occurrence_id).values(counted=True))


def counted(connection: Connection, *, statement_id: int | None) -> list[tuple[str, str, int]]:
    """Return (channel, state, deliveries), of one statement when asked; a channel and state may come twice."""
    kept = (
        sa.select(occurrence_counts.c.channel, occurrence_counts.c.state, sa.func.sum(occurrence_counts.c.n))
        .join(occurrences, occurrences.c.id == occurrence_counts.c.occurrence_id)
        .where(occurrence_counts.c.statement_id == (_WHOLE if statement_id is None else statement_id), occurrences.c.counted)
        .group_by(occurrence_counts.c.channel, occurrence_counts.c.state)
    )
    live = _wholes(_live()) if statement_id is None else _with_statements(sa.and_(_live(), items.c.statement_id == statement_id))
    found = [(channel, state, int(n)) for channel, state, n in connection.execute(kept)]
    return found + [(channel, state, n) for _, _, channel, state, n in connection.execute(live)]


def troubled(connection: Connection) -> list[tuple[int, str, int]]:
    """Return (statement, state, deliveries) of what failed or is in doubt; a statement and state may come twice."""
    states: list[Any] = [sa.literal_column("'failed'"), sa.literal_column("'unknown'")]
    kept = (
        sa.select(occurrence_counts.c.statement_id, occurrence_counts.c.state, sa.func.sum(occurrence_counts.c.n))
        .join(occurrences, occurrences.c.id == occurrence_counts.c.occurrence_id)
        .where(occurrence_counts.c.state.in_(states), occurrence_counts.c.statement_id != _WHOLE, occurrences.c.counted)
        .group_by(occurrence_counts.c.statement_id, occurrence_counts.c.state)
    )
    live = _with_statements(sa.and_(_live(), deliveries.c.state.in_(states)))
    found = [(statement_id, state, int(n)) for statement_id, state, n in connection.execute(kept)]
    return found + [(statement_id, state, n) for _, statement_id, _, state, n in connection.execute(live)]


def _live() -> Any:
    return deliveries.c.occurrence_id.in_(sa.select(occurrences.c.id).where(~occurrences.c.counted))


def _wholes(which: Any) -> Any:
    keys = (deliveries.c.occurrence_id, deliveries.c.channel, deliveries.c.state)
    query = sa.select(keys[0], sa.literal_column(str(_WHOLE)), keys[1], keys[2], sa.func.count())
    return query.where(which, personal()).group_by(*keys)


def _with_statements(which: Any) -> Any:
    keys = (deliveries.c.occurrence_id, items.c.statement_id, deliveries.c.channel, deliveries.c.state)
    joined = sa.select(*keys, sa.func.count()).select_from(deliveries.join(items, items.c.delivery_id == deliveries.c.id))
    return joined.where(which, personal()).group_by(*keys)
