"""Send what is ready on one channel: claim, last look, compose, intent, and over to the sender pool.

Batches are claimed and composed while the sender pool sends the one before. What happens when the process
dies at any point: ``operations.sending.recover``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from cadence.operations.sending.address_health import count_strikes
from cadence.operations.sending.outbox import LEASE_MARGIN, Outbox, SendReport
from cadence.operations.sending.prepare import Looked, compose_all, look, look_and_load
from cadence.operations.sending.quiet import leave_undisturbed
from cadence.operations.sending.sender_pool import Loaded, SenderPool
from cadence.store.planning.chunks import limits_in_force
from cadence.store.sending import digests as digest_rows
from cadence.store.sending import ledger
from cadence.store.sending.digests import Tries
from cadence.store.sending.ledger import LEASE
from cadence.store.sending.stops import stop_in_force


def send_ready(outbox: Outbox, *, stop: Callable[[], bool] = lambda: False, progress: Callable[[int], None] = lambda n: None) -> SendReport:
    """Send everything on this channel that is ready now; return the counts. ``stop`` ends it between messages."""
    report = SendReport()
    crew = SenderPool(outbox, report=report, stop=stop, progress=progress)
    try:
        while crew.wait_for_room(outbox.batch_size // 2):
            crew.weigh()
            now = outbox.clock.now()
            # a claim that a power cut takes back is free again: nothing was sent, so it needs no sync of its own
            with outbox.database.transaction(durable=False) as connection:
                paused = digest_rows.channel_pause(connection, outbox.channel, now=now) or ""
                report.stopped = stop_in_force(connection, now=now) is not None
                if paused or report.stopped:
                    report.paused = paused
                    break
                claimed = ledger.claim(connection, channel=outbox.channel, owner=outbox.owner, now=now, limit=outbox.batch_size)
            if not claimed:
                break
            with outbox.database.read() as connection:
                limits = limits_in_force(connection)
                looked, changes = look(connection, claimed, limits=limits, now=now)
            if changes:
                with outbox.database.transaction() as connection:
                    for change in changes:
                        change(connection)
            looked = leave_undisturbed(outbox, looked, limits=limits, now=now)
            crew.feed(_load(outbox, looked, dated=now))
    finally:
        crew.finish()
        count_strikes(outbox.database, report.strikes, channel=outbox.channel, now=outbox.clock.now())
    return report


def resend_unknown(outbox: Outbox, delivery_ids: Sequence[int]) -> SendReport:
    """Send once more the deliveries in doubt among ``delivery_ids``: same Message-ID, same Date."""
    report, now = SendReport(), outbox.clock.now()
    with outbox.database.transaction() as connection:
        claimed = ledger.claim_unknown(connection, delivery_ids, owner=outbox.owner, now=now)
        looked = look_and_load(connection, claimed, limits=limits_in_force(connection), now=now, resend=True)
        kept = {one.claimed.delivery_id for one in looked}
        refused = [c.delivery_id for c in claimed if c.delivery_id not in kept]
        ledger.leave_unknown(connection, refused, reason="not_resent", now=now)
    crew = SenderPool(outbox, report=report, stop=lambda: False, progress=lambda n: None)
    try:
        crew.feed(_load(outbox, looked, dated=now))
    finally:
        crew.finish()
    return report


def _load(outbox: Outbox, looked: Sequence[Looked], *, dated: datetime) -> list[Loaded]:
    """Compose a claimed batch and commit its intents; ``dated`` as in ``record_intents``."""
    ready = compose_all(looked, outbox.compose)
    now = outbox.clock.now()
    with outbox.database.transaction() as connection:
        tries = digest_rows.tries_of(connection, [r.claimed.delivery_id for r in ready if r.claimed.attempt_count])
        recorded = ledger.record_intents(connection, [r.claimed for r in ready], owner=outbox.owner, now=now, dated=dated)
    intents = {i.delivery_id: i for i in recorded}
    start_by = now + LEASE - LEASE_MARGIN
    return [
        Loaded(ready=r, intent=intents[r.claimed.delivery_id], tries=tries.get(r.claimed.delivery_id, Tries()), start_by=start_by)
        for r in ready
        if r.claimed.delivery_id in intents
    ]


__all__ = ["Outbox", "SendReport", "resend_unknown", "send_ready"]
