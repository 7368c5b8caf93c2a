"""Open a paused channel again, after a probe that risks no message.

The breaker of ``operations.sending.sender_pool`` closes a channel; when its time is over, the transport connects and logs in without
sending. Only when that succeeds is the first message claimed, so a server that is still in trouble costs no attempts.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from cadence.channels.base import Probes
from cadence.domain.sending.retry import CHANNEL_PAUSE
from cadence.errors import TransportError
from cadence.operations.sending.outbox import Outbox
from cadence.store.sending import pauses as rows

log = logging.getLogger("cadence.send")

#: a channel in trouble is probed at least this often
LONGEST_PAUSE = timedelta(minutes=30)


def reopen(outbox: Outbox, *, now: datetime) -> str:
    """Return why the channel must stay closed, empty when messages may go out; ends or prolongs a pause whose time is over."""
    if not isinstance(outbox.transport, Probes):
        return ""
    with outbox.database.read() as connection:
        pause = rows.overdue_pause(connection, outbox.channel, now=now)
    if pause is None:
        return ""
    try:
        outbox.transport.probe()
    except TransportError as error:
        failed, reason = pause.failed_probes + 1, str(error)
        wait = min(CHANNEL_PAUSE * 2 ** min(failed, 8), LONGEST_PAUSE)
        with outbox.database.transaction() as connection:
            rows.prolong_pause(connection, outbox.channel, until=now + wait, reason=reason, failed_probes=failed)
        log.error("event=channel.still_paused channel=%s probes=%d reason=%s", outbox.channel, failed, reason)
        return reason
    with outbox.database.transaction() as connection:
        rows.end_pause(connection, outbox.channel)
    log.info("event=channel.reopened channel=%s", outbox.channel)
    return ""
