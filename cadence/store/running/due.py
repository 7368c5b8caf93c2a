"""Is there anything to do: a slot due, an occurrence open, a delivery ready, in flight, in doubt or silent too long, a day not summed,
a draft held long enough?

One query over small indexes, asked by ``store.running.clock_watch.look`` together with what is known of the clock: what an idle tick costs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cadence.domain.memory.evidence import RESPONSE_WINDOW
from cadence.domain.sending.deliveries import Channel
from cadence.store.database.core import check_answers as _answers
from cadence.store.database.core import check_days as _days
from cadence.store.database.core import deliveries as _deliveries
from cadence.store.database.core import drafts as _drafts
from cadence.store.database.core import evidence as _evidence
from cadence.store.database.core import marks as _marks
from cadence.store.database.core import occurrences as _occurrences
from cadence.store.database.core import slots as _slots
from cadence.store.running.silences import MARK
from cadence.store.sending.states import LEASED, PLANNED, SENDING

_now = sa.bindparam("now", type_=_slots.c.next_fire_at.type)
_silent_since = sa.bindparam("silent_since", type_=_evidence.c.occurred_at.type)
_passed = sa.select(sa.func.coalesce(sa.func.max(_marks.c.position), 0)).where(_marks.c.name == MARK).scalar_subquery()
#: the first fact that was not looked at for silence yet
_next = sa.select(_evidence.c.occurred_at).where(_evidence.c.id > _passed).order_by(_evidence.c.id).limit(1).scalar_subquery()
_summed = sa.select(sa.func.coalesce(sa.func.max(_days.c.day), -1)).scalar_subquery()


def _first_ready(channel: Channel) -> Any:
    """Return the query for when the first planned delivery on a channel may go out: one entry of an index; EXISTS may read all."""
    found = sa.select(_deliveries.c.send_after).where(PLANNED, _deliveries.c.channel == sa.literal_column(f"'{channel}'"))
    return found.order_by(_deliveries.c.send_after).limit(1).scalar_subquery()


ANYTHING = sa.select(
    sa.or_(
        sa.exists(sa.select(_slots.c.id).where(_slots.c.next_fire_at <= _now)),
        # the second condition lets both planners use the partial index
        sa.exists(
            sa.select(_occurrences.c.id).where(
                _occurrences.c.state.in_(("planning", "planned")), _occurrences.c.state != "closed", _occurrences.c.fire_at <= _now
            )
        ),
        sa.exists(sa.select(_deliveries.c.id).where(LEASED, SENDING)),
        *(sa.func.coalesce(_first_ready(channel) <= _now, sa.false()) for channel in Channel),
        sa.exists(sa.select(_deliveries.c.id).where(_deliveries.c.settle_at <= _now)),
        sa.exists(sa.select(_drafts.c.id).where(_drafts.c.state == "held", _drafts.c.held_until <= _now)),
        sa.func.coalesce(_next <= _silent_since, sa.false()),
        sa.exists(sa.select(_answers.c.id).where(_answers.c.answered_day > _summed, _answers.c.answered_day < sa.bindparam("today"))),
    )
)


def values(now: datetime) -> dict[str, Any]:
    """Return what ``ANYTHING`` is asked with."""
    return {"now": now, "silent_since": now - RESPONSE_WINDOW, "today": int(now.timestamp() // 86_400)}
