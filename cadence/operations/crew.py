"""The connections of one channel at work: one thread each, fed while they send.

The feeder composes the next batch while the crew sends the last, so neither waits for the other. A
thread takes a message, commits its start together with the outcome of the one before, sends, and goes
on; before it waits for more it commits what it has. No transaction is open while a message is on the network.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cadence.channels.base import Connection as ChannelConnection
from cadence.domain.deliveries import Message, Receipt
from cadence.domain.retry import CHANNEL_PAUSE, Breaker, consequence
from cadence.errors import ChannelRefused, OutcomeUnknown, StoreError, TransportError
from cadence.operations.outbox import Outbox, SendReport
from cadence.operations.prepare import Ready
from cadence.store import digests as digest_rows
from cadence.store import ledger
from cadence.store.digests import Tries
from cadence.store.journal import Journal, Outcome
from cadence.store.ledger import Intent

log = logging.getLogger("cadence.send")

#: seconds after which a waiting thread looks whether ``stop`` was called
_LOOK_UP = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A message whose intent is committed; ``start_by``: too little of the lease is left afterwards."""

    ready: Ready
    intent: Intent
    tries: Tries
    start_by: datetime


class Crew:
    """Sends what it is fed until ``finish``; ``stop`` and a paused channel end it between messages."""

    def __init__(self, outbox: Outbox, *, report: SendReport, stop: Callable[[], bool], progress: Callable[[int], None]) -> None:
        self._outbox = outbox
        self._report = report
        self._stop = stop
        self._progress = progress
        self._breaker = Breaker()
        self._journal = Journal(outbox.database, writers=outbox.transport.capabilities.max_connections)
        self._queue: deque[Loaded] = deque()
        self._change = threading.Condition()
        #: the feeder is told once, when this few messages are left
        self._room = 0
        self._fed_all = False
        self._threads: list[threading.Thread] = []
        self.crashed: BaseException | None = None
        #: nothing more is started: a paused channel, a crash, or ``stop``
        self.halted = False

    def feed(self, loaded: Sequence[Loaded]) -> None:
        """Hand over a batch; starts as many threads as there are connections and messages."""
        with self._change:
            self._queue.extend(loaded)
            self._change.notify_all()
        wanted = min(self._outbox.transport.capabilities.max_connections, len(self._threads) + len(loaded))
        while len(self._threads) < wanted:
            thread = threading.Thread(target=self._work, name=f"{self._outbox.channel}-{len(self._threads) + 1}")
            self._threads.append(thread)
            thread.start()

    def wait_for_room(self, most: int) -> bool:
        """Wait until at most ``most`` messages are left to start; return whether the crew still works."""
        with self._change:
            self._room = most
            while len(self._queue) > most and not self._is_over():
                self._change.wait(_LOOK_UP)
            return not self._is_over()

    def finish(self) -> None:
        """Wait until everything is sent, free what was not started, and raise what stopped a thread."""
        with self._change:
            self._fed_all = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()
        self._journal.close()
        self._put_back()
        if self.crashed is not None:
            raise self.crashed

    def _is_over(self) -> bool:
        return self.halted or self._stop()

    def _halt(self) -> None:
        with self._change:
            self.halted = True
            self._change.notify_all()

    def _work(self) -> None:
        outbox, journal = self._outbox, self._journal
        connection: ChannelConnection | None = None
        finished: Outcome | None = None
        unstarted: Loaded | None = None
        try:
            connection = outbox.borrow()
            while True:
                one = self._take()
                if one is None:
                    # nothing to start: an outcome must not wait for work to come
                    journal.commit(finished, None, at=outbox.clock.now())
                    finished = None
                    one = self._wait()
                    if one is None:
                        break
                unstarted = one
                # the outcome of the last message shares its commit with the start of this one
                started = journal.commit(finished, one.intent.attempt_id, at=outbox.clock.now())
                finished = unstarted = None
                if not started:
                    continue  # another worker has it
                finished = self._attempt(connection, one)
                self._count(finished)
            outbox.give_back(connection)
        except BaseException as error:
            self.crashed = error
            self._halt()
            if unstarted is not None:
                self._queue.append(unstarted)
            self._save_late(finished)
            if connection is not None:
                connection.close()

    def _take(self) -> Loaded | None:
        if self._is_over():
            return None
        with self._change:
            if not self._queue:
                return None
            if self._outbox.clock.now() > self._queue[0].start_by:
                self.halted = True
                self._change.notify_all()
                return None
            one = self._queue.popleft()
            if len(self._queue) == self._room:
                self._change.notify_all()
            return one

    def _wait(self) -> Loaded | None:
        while True:
            with self._change:
                while not (self._queue or self._fed_all or self._is_over()):
                    self._change.wait(_LOOK_UP)
                if not self._queue or self._is_over():
                    return None
            one = self._take()
            if one is not None:
                return one

    def _attempt(self, connection: ChannelConnection, one: Loaded) -> Outcome:
        ready, intent, earlier = one.ready, one.intent, one.tries
        claimed, now = ready.claimed, self._outbox.clock.now()
        common = {
            "attempt_id": intent.attempt_id,
            "delivery_id": claimed.delivery_id,
            "person_id": claimed.person_id,
            "channel": str(self._outbox.channel),
        }
        if ready.message is None:
            return Outcome(**common, at=now, state="failed", outcome="failed", reason="render_error", reply=ready.failure)  # type: ignore[arg-type]
        try:
            receipt = _send(connection, ready.message)
        except TransportError as error:
            now = self._outbox.clock.now()
            after = consequence(
                error,
                channel=self._outbox.channel,
                attempt=earlier.failures + 1,
                earlier_doubts=earlier.doubts,
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
            at=self._outbox.clock.now(),
            state="sent",
            outcome="sent",
            provider_id=receipt.provider_id,
            reply=receipt.reply[:300],
        )

    def _count(self, outcome: Outcome) -> None:
        with self._change:
            self._report.add(outcome)
            tripped = self._breaker.record(ok=outcome.state == "sent" or outcome.reason in ("address_rejected", "render_error"))
        self._progress(1)
        if tripped and not self.halted:
            self._pause("too many messages in a row could not be sent", outcome.at)

    def _pause(self, reason: str, now: datetime) -> None:
        self._halt()
        with self._change:
            if self._report.paused:
                return
            self._report.paused = reason
        with self._outbox.database.transaction() as connection:
            digest_rows.set_pause(connection, self._outbox.channel, until=now + CHANNEL_PAUSE, reason=reason)
        log.error("event=channel.paused channel=%s reason=%s", self._outbox.channel, reason)

    def _save_late(self, finished: Outcome | None) -> None:
        """An outcome whose commit failed is tried once more; if that fails too, recovery finds a start without outcome."""
        if finished is None:
            return
        try:
            self._journal.commit(finished, None, at=finished.at)
        except Exception:
            log.error("event=outcome.unsaved delivery=%s outcome=%s", finished.delivery_id, finished.outcome)

    def _put_back(self) -> None:
        """Free what was not started."""
        left = [one.intent for one in self._queue]
        self._queue.clear()
        if not left:
            return
        now = self._outbox.clock.now()
        try:
            with self._outbox.database.transaction() as connection:
                for intent in left:
                    ledger.forget_attempt(connection, intent, now=now)
        except StoreError:
            if self.crashed is None:
                raise
            log.error("event=leases.kept count=%d", len(left))  # the end of the lease frees them


def _send(connection: ChannelConnection, message: Message) -> Receipt:
    try:
        return connection.send(message)
    except TransportError:
        raise
    except Exception as error:  # a defect of the transport: the message may have gone out, the others go on
        log.exception("event=transport.defect")
        raise OutcomeUnknown(f"the transport failed with {type(error).__name__}") from error
