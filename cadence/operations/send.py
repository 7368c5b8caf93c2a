"""Send what is ready on one channel: claim, last look, compose, intent, send, record.

Batches go through a pool of connections, one thread each. No transaction is open while a message
is on the network. What happens when the process dies at any point: ``operations.recover``.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cadence.channels.base import Connection as ChannelConnection
from cadence.channels.base import Transport
from cadence.clock import Clock
from cadence.domain.cadences import Limits, limits_from_json
from cadence.domain.deliveries import Channel
from cadence.domain.retry import CHANNEL_PAUSE, Breaker, consequence
from cadence.errors import ChannelRefused, StoreError, TransportError
from cadence.operations.prepare import Compose, Looked, Ready, compose_all, look_and_load
from cadence.store import digests as digest_rows
from cadence.store import ledger
from cadence.store import planning as planning_rows
from cadence.store.database import Database
from cadence.store.journal import Journal, Outcome
from cadence.store.ledger import LEASE, Intent

log = logging.getLogger("cadence.send")

BATCH = 500
#: a message is started only while this much of its lease is left (longer than any transport's deadline)
LEASE_MARGIN = timedelta(minutes=16)


@dataclass(slots=True)
class SendReport:
    """Outcomes of one run on one channel."""

    sent: int = 0
    failed: int = 0
    retried: int = 0
    unknown: int = 0
    paused: str = ""

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        if outcome.state == "sent":
            self.sent += 1
        elif outcome.state == "failed":
            self.failed += 1
        elif outcome.state == "unknown":
            self.unknown += 1
        else:
            self.retried += 1


@dataclass(slots=True, kw_only=True)
class Outbox:
    """What sending on one channel needs: the transport, its composer, and connections kept open between runs."""

    database: Database
    clock: Clock
    transport: Transport
    compose: Compose
    owner: str
    _idle: list[ChannelConnection] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def channel(self) -> Channel:
        """The channel it sends on."""
        return self.transport.channel

    @property
    def batch_size(self) -> int:
        """Messages to claim at once: no more than the channel takes in about a minute."""
        rate = self.transport.capabilities.messages_per_second
        return BATCH if rate is None else max(1, min(BATCH, int(rate * 60)))

    def borrow(self) -> ChannelConnection:
        """Return an idle connection or a fresh one."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self.transport.connect()

    def give_back(self, connection: ChannelConnection) -> None:
        """Keep a connection for the next run."""
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def send_ready(outbox: Outbox, *, stop: Callable[[], bool] = lambda: False, progress: Callable[[int], None] = lambda n: None) -> SendReport:
    """Send everything on this channel that is ready now; return the counts. ``stop`` ends it between messages."""
    report, breaker = SendReport(), Breaker()
    while not stop():
        now = outbox.clock.now()
        looked: list[Looked] = []
        with outbox.database.transaction() as connection:
            report.paused = digest_rows.channel_pause(connection, outbox.channel, now=now) or ""
            if report.paused:
                break
            claimed = ledger.claim(connection, channel=outbox.channel, owner=outbox.owner, now=now, limit=outbox.batch_size)
            if claimed:
                looked = look_and_load(connection, claimed, limits=_limits(connection), now=now)
        if not claimed:
            break
        deliver(outbox, looked, report=report, breaker=breaker, stop=stop, progress=progress)
    return report


def resend_unknown(outbox: Outbox, delivery_ids: Sequence[int]) -> SendReport:
    """Send once more the deliveries in doubt among ``delivery_ids``: same Message-ID, same Date."""
    report, now = SendReport(), outbox.clock.now()
    with outbox.database.transaction() as connection:
        claimed = ledger.claim_unknown(connection, delivery_ids, owner=outbox.owner, now=now)
        looked = look_and_load(connection, claimed, limits=_limits(connection), now=now, resend=True)
        kept = {one.claimed.delivery_id for one in looked}
        refused = [c.delivery_id for c in claimed if c.delivery_id not in kept]
        ledger.leave_unknown(connection, refused, reason="not_resent", now=now)
    deliver(outbox, looked, report=report, breaker=Breaker(), stop=lambda: False, progress=lambda n: None)
    return report


def _limits(connection: object) -> Limits:
    stored = planning_rows.limits_definition(connection)  # type: ignore[arg-type]
    return limits_from_json(stored) if stored else Limits()


def deliver(
    outbox: Outbox,
    looked: Sequence[Looked],
    *,
    report: SendReport,
    breaker: Breaker,
    stop: Callable[[], bool],
    progress: Callable[[int], None],
) -> None:
    """Compose, commit the intents, and send one claimed batch over the channel's connections."""
    ready = compose_all(looked, outbox.compose)
    now = outbox.clock.now()
    with outbox.database.transaction() as connection:
        doubts = digest_rows.doubts_of(connection, [r.claimed.delivery_id for r in ready if r.claimed.attempt_count])
        intents = {i.delivery_id: i for i in ledger.record_intents(connection, [r.claimed for r in ready], owner=outbox.owner, now=now)}
    queue = deque((r, intents[r.claimed.delivery_id]) for r in ready if r.claimed.delivery_id in intents)
    if not queue:
        return
    journal = Journal(outbox.database)
    run = _Run(outbox=outbox, journal=journal, queue=queue, doubts=doubts, lease_until=now + LEASE, report=report, breaker=breaker, stop=stop, progress=progress)
    count = min(outbox.transport.capabilities.max_connections, len(queue))
    threads = [threading.Thread(target=run.work, name=f"{outbox.channel}-{n}") for n in range(1, count)]
    for thread in threads:
        thread.start()
    run.work()
    for thread in threads:
        thread.join()
    journal.close()
    run.put_back()
    if run.crashed:
        raise run.crashed


@dataclass(slots=True, kw_only=True)
class _Run:
    """One batch on its way through the connections."""

    outbox: Outbox
    journal: Journal
    queue: deque[tuple[Ready, Intent]]
    doubts: dict[int, int]
    lease_until: datetime
    report: SendReport
    breaker: Breaker
    stop: Callable[[], bool]
    progress: Callable[[int], None]
    halted: bool = False
    crashed: BaseException | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self) -> None:
        """One connection's thread: take, start, send, record, until the queue is empty."""
        outbox, journal = self.outbox, self.journal
        connection = outbox.borrow()
        finished: Outcome | None = None
        try:
            while (one := self._take()) is not None:
                ready, intent = one
                # the outcome of the last message shares its commit with the start of this one
                journal.commit(finished, intent.attempt_id, at=outbox.clock.now())
                finished = None
                finished = self._attempt(connection, ready, intent)
                self._count(finished)
            journal.commit(finished, None, at=outbox.clock.now())
            finished = None
            outbox.give_back(connection)
        except StoreError as error:
            self.halted, self.crashed = True, error
            self._save_late(finished)
            connection.close()
        except BaseException as error:
            self.halted, self.crashed = True, error
            connection.close()

    def _take(self) -> tuple[Ready, Intent] | None:
        if self.halted or self.stop() or self.outbox.clock.now() > self.lease_until - (LEASE - LEASE_MARGIN):
            return None
        try:
            return self.queue.popleft()
        except IndexError:
            return None

    def _attempt(self, connection: ChannelConnection, ready: Ready, intent: Intent) -> Outcome:
        claimed, now = ready.claimed, self.outbox.clock.now()
        common = {
            "attempt_id": intent.attempt_id,
            "delivery_id": claimed.delivery_id,
            "person_id": claimed.person_id,
            "channel": str(self.outbox.channel),
        }
        if ready.message is None:
            return Outcome(**common, at=now, state="failed", outcome="failed", reason="render_error", reply=ready.failure)  # type: ignore[arg-type]
        try:
            receipt = connection.send(ready.message)
        except TransportError as error:
            now = self.outbox.clock.now()
            after = consequence(
                error,
                channel=self.outbox.channel,
                attempt=intent.number,
                earlier_doubts=self.doubts.get(claimed.delivery_id, 0),
                now=now,
                expires_at=claimed.expires_at,
            )
            if isinstance(error, ChannelRefused):
                self._pause(str(error), now)
            return Outcome(
                **common,  # type: ignore[arg-type]
                at=now,
                state=after.state,
                outcome=after.outcome,
                reason=after.reason,
                provider_code=error.provider_code,
                reply=str(error)[:300],
                send_after=after.send_after,
                settle_at=after.settle_at,
                suspend_address=after.suspend_address,
            )
        return Outcome(
            **common,  # type: ignore[arg-type]
            at=self.outbox.clock.now(),
            state="sent",
            outcome="sent",
            provider_id=receipt.provider_id,
            reply=receipt.reply[:300],
        )

    def _count(self, outcome: Outcome) -> None:
        with self._lock:
            self.report.add(outcome)
            tripped = self.breaker.record(ok=outcome.state == "sent" or outcome.reason in ("address_rejected", "render_error"))
        self.progress(1)
        if tripped and not self.halted:
            self._pause("too many messages in a row could not be sent", outcome.at)

    def _pause(self, reason: str, now: datetime) -> None:
        self.halted = True
        with self._lock:
            if self.report.paused:
                return
            self.report.paused = reason
        with self.outbox.database.transaction() as connection:
            digest_rows.set_pause(connection, self.outbox.channel, until=now + CHANNEL_PAUSE, reason=reason)
        log.error("event=channel.paused channel=%s reason=%s", self.outbox.channel, reason)

    def _save_late(self, finished: Outcome | None) -> None:
        """An outcome whose commit failed is tried once more; if that fails too, recovery finds a start without outcome."""
        if finished is None:
            return
        try:
            self.journal.commit(finished, None, at=finished.at)
        except Exception:
            log.error("event=outcome.unsaved delivery=%s outcome=%s", finished.delivery_id, finished.outcome)

    def put_back(self) -> None:
        """Free what was not started."""
        left = [intent for _, intent in self.queue]
        self.queue.clear()
        if not left:
            return
        now = self.outbox.clock.now()
        try:
            with self.outbox.database.transaction() as connection:
                for intent in left:
                    ledger.forget_attempt(connection, intent, now=now)
        except StoreError:
            if self.crashed is None:
                raise
            log.error("event=leases.kept count=%d", len(left))  # the end of the lease frees them
