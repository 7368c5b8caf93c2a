"""Put off what would reach somebody who does not want to be disturbed, until they do.

Asked of the service between claim and intent, with no transaction open. A message whose window is over
by then goes out now: the service itself keeps it from making a sound, and dropping it would lose it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from cadence.channels.base import KnowsQuiet
from cadence.domain.planning.limits import Limits
from cadence.operations.sending.outbox import Outbox
from cadence.operations.sending.prepare import Looked, closed_until
from cadence.store.sending import digests as rows


def leave_undisturbed(outbox: Outbox, looked: list[Looked], *, limits: Limits, now: datetime) -> list[Looked]:
    """Return what may go out now; the rest is planned for the end of its reader's quiet time and free of its lease."""
    if not looked or not isinstance(outbox.transport, KnowsQuiet):
        return looked
    ends = outbox.transport.quiet_until([one.digest.address for one in looked], now=now)
    if not ends:
        return looked
    waiting: dict[datetime, list[Looked]] = defaultdict(list)
    for one in looked:
        end = ends.get(one.digest.address)
        if end is not None and end < one.claimed.expires_at:
            waiting[max(end, now + timedelta(seconds=1))].append(one)
    put_off: set[int] = set()
    with outbox.database.transaction() as connection:
        for end, some in waiting.items():
            closed = closed_until(connection, [one.claimed.delivery_id for one in some], limits=limits, now=end)
            for one in some:
                at = closed.get(one.claimed.delivery_id, end)
                if at is not None and at < one.claimed.expires_at:
                    rows.defer(connection, one.claimed.delivery_id, send_after=at)
                    put_off.add(one.claimed.delivery_id)
    return [one for one in looked if one.claimed.delivery_id not in put_off]
