"""Is there anything to do? One query over small indexes; what an idle tick costs."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.tables import Delivery, Occurrence, Slot

_slots = Slot.__table__  # type: ignore[attr-defined]
_occurrences = Occurrence.__table__  # type: ignore[attr-defined]
_deliveries = Delivery.__table__  # type: ignore[attr-defined]

_now = sa.bindparam("now", type_=_slots.c.next_fire_at.type)
_ANYTHING = sa.select(
    sa.or_(
        sa.exists(sa.select(_slots.c.id).where(_slots.c.next_fire_at <= _now)),
        # the second condition lets both planners use the partial index
        sa.exists(sa.select(_occurrences.c.id).where(_occurrences.c.state.in_(("planning", "planned")), _occurrences.c.state != "closed")),
        sa.exists(sa.select(_deliveries.c.id).where(_deliveries.c.state == "sending")),
        sa.exists(sa.select(_deliveries.c.id).where(_deliveries.c.state == "planned", _deliveries.c.send_after <= _now)),
        sa.exists(sa.select(_deliveries.c.id).where(_deliveries.c.settle_at <= _now)),
    )
)


def anything_due(connection: Connection, *, now: datetime) -> bool:
    """Return whether any slot is due, any occurrence open, any delivery ready, in flight or in doubt."""
    return bool(connection.execute(_ANYTHING, {"now": now}).scalar())
