"""Conditions on deliveries written so that both databases find the rows by a partial index.

A state in them stands as a word of the statement, not as a parameter: a statement that PostgreSQL has prepared for any
value cannot use an index that holds one state's rows. The indexes are in ``store.database.tables.ledger``.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cadence.domain.sending.deliveries import Channel, DeliveryState
from cadence.store.database.core import deliveries


def in_state(*states: DeliveryState, table: Any = deliveries) -> Any:
    """Return the condition that a delivery is in one of some states."""
    words: list[Any] = [sa.literal_column(f"'{state}'") for state in states]
    return table.c.state == words[0] if len(words) == 1 else table.c.state.in_(words)


PLANNED = in_state(DeliveryState.PLANNED)
SENDING = in_state(DeliveryState.SENDING)
LEASED = deliveries.c.lease_until.is_not(None)
#: not accounted for yet, but for those in doubt that only a person can settle
OPEN = in_state(DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.UNKNOWN)
#: names every channel, so that the index of what is ready by channel and time is read channel by channel
ANY_CHANNEL = deliveries.c.channel.in_([sa.literal_column(f"'{channel}'") for channel in Channel])
