"""The connections of one channel at work: a few threads, fed while they send.

The feeder composes the next batch while the sender pool sends the last, so neither waits for the other. A
thread takes a message for each of its connections, commits their starts together with the outcomes of those
before, sends them in turns, and goes on; before it waits for more it commits what it has. No transaction is
open while a message is on the network. A connection takes its next message only when the outcome of its last is recorded.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cadence.channels.base import Connection as ChannelConnection
from cadence.channels.turns import Turns
from cadence.domain.sending.deliveries import EmailEnvelope, Receipt
from cadence.domain.sending.reply_verdict import RefusalVerdict
from cadence.domain.sending.retry import BACKOFF, CHANNEL_PAUSE, LONGEST_HELD, LONGEST_WAIT, Breaker, consequence
from cadence.errors import AddressRejected, ChannelRefused, RateLimited, StoreError, TemporarilyUnavailable, TransportError
from cadence.operations.sending.outbox import LEASE_MARGIN, Outbox, SendReport, Strike
from cadence.operations.sending.prepare import Ready
from cadence.operations.sending.refusals import Refusals, RefusedDelivery
from cadence.store.sending import digests as digest_rows
from cadence.store.sending import left_behind
from cadence.store.sending.digests import Tries
from cadence.store.sending.journal import Journal, Outcome
from cadence.store.sending.ledger import LEASE, Intent
from cadence.store.sending.stops import stop_in_force

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

    def heard_at(self, told: datetime) -> datetime:
        """Return when its outcome came: within its lease, whatever the clock was set to while it was on its way."""
        earliest = self.start_by - (LEASE - LEASE_MARGIN)
        return min(max(told, earliest), earliest + LEASE)


class SenderPool:
    """Sends what it is fed until ``finish``; ``stop`` and a paused channel end it between messages."""

    def __init__(self, outbox: Outbox, *, report: SendReport, stop: Callable[[], bool], progress: Callable[[int], None]) -> None:
        self._outbox = outbox
        self._report = report
        self._stop = stop
        self._progress = progress
        self._breaker = Breaker()
        self._refusals = Refusals(outbox, report)
        #: why the last message was refused, in a word for which there may be a remedy
        self._last_cause = ""
        #: attempts that failed by their recipient's fault, not the service's
        self._personal: set[int] = set()
        self._journal = Journal(outbox.database)
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
        """Take a batch; starts as many threads as there are connections and messages."""
        with self._change:
            self._queue.extend(loaded)
            self._change.notify_all()
        can = self._outbox.transport.capabilities
        shares = _shares(can.max_connections, can.conversations)
        wanted = min(len(shares), len(self._threads) + len(loaded))
        while len(self._threads) < wanted:
            number = len(self._threads)
            thread = threading.Thread(target=self._work, args=(shares[number],), name=f"{self._outbox.channel}-{number + 1}")
            self._threads.append(thread)
            thread.start()

    def wait_for_room(self, most: int) -> bool:
        """Wait until at most ``most`` messages are left to start; return whether the pool still works."""
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
        self.weigh(final=True)

    def _is_over(self) -> bool:
        return self.halted or self._stop()

    def _halt(self) -> None:
        with self._change:
            self.halted = True
            self._change.notify_all()

    def _work(self, share: int) -> None:
        """Send with ``share`` connections until there is nothing left."""
        outbox, journal = self._outbox, self._journal
        turns: Turns[Loaded] = Turns()
        connections: list[ChannelConnection] = []
        finished: list[Outcome] = []
        unstarted: list[Loaded] = []
        try:
            while True:
                unstarted = self._take(share - len(turns)) or ([] if finished or turns else self._wait(share))
                if not unstarted and not finished and not turns:
                    break
                # outcomes share their commit with the starts of the next messages; without any they do not wait for work to come
                started = journal.commit(finished, [one.intent.attempt_id for one in unstarted], at=outbox.clock.now())
                going = [one for one, held in zip(unstarted, started, strict=True) if held]
                if len(going) < len(unstarted):
                    self._keep_back([one for one, held in zip(unstarted, started, strict=True) if not held])
                finished, unstarted = [], []
                for one in going:
                    if one.ready.message is None:
                        finished.append(self._outcome(one, None))
                        continue
                    if not connections:
                        connections.append(outbox.borrow())
                    turns.begin(one, connections.pop(), one.ready.message)
                for ended in turns.advance():
                    connections.append(ended.connection)
                    finished.append(self._outcome(ended.tag, ended.result))
                self._count(finished)
            for connection in connections:
                outbox.give_back(connection)
        except BaseException as error:
            self.crashed = error
            self._halt()
            self._queue.extend(unstarted)
            # what is on its way is heard to its end: every outcome that is known need not be doubted
            while turns:
                for ended in turns.advance():
                    connections.append(ended.connection)
                    finished.append(self._outcome(ended.tag, ended.result))
            self._save_late(finished)
            for connection in connections:
                connection.close()

    def _take(self, most: int) -> list[Loaded]:
        if self._is_over():
            return []
        with self._change:
            if not self._queue:
                return []
            if self._outbox.clock.now() > self._queue[0].start_by:
                self.halted = True
                self._change.notify_all()
                return []
            before = len(self._queue)
            some = [self._queue.popleft() for _ in range(min(most, before))]
            if len(self._queue) <= self._room < before:
                self._change.notify_all()
            return some

    def _wait(self, most: int) -> list[Loaded]:
        while True:
            with self._change:
                while not (self._queue or self._fed_all or self._is_over()):
                    self._change.wait(_LOOK_UP)
                if not self._queue or self._is_over():
                    return []
            some = self._take(most)
            if some:
                return some

    def _keep_back(self, refused: Sequence[Loaded]) -> None:
        """Halt when all sending was stopped, so that what might not start is freed; otherwise another worker has it."""
        with self._outbox.database.read() as connection:
            stop = stop_in_force(connection, now=self._outbox.clock.now())
        if stop is not None:
            with self._change:
                self._queue.extend(refused)
                self._report.stopped = True
            self._halt()

    def _outcome(self, one: Loaded, result: Receipt | TransportError | None) -> Outcome:
        """Return what ``result`` means; None: the message could not be composed."""
        ready, intent, earlier = one.ready, one.intent, one.tries
        claimed, now = ready.claimed, one.heard_at(self._outbox.clock.now())
        common = {
            "attempt_id": intent.attempt_id,
            "delivery_id": claimed.delivery_id,
            "person_id": claimed.person_id,
            "channel": str(self._outbox.channel),
            "at": now,
        }
        if result is None:
            return Outcome(**common, state="failed", outcome="failed", reason="render_error", reply=ready.failure)  # type: ignore[arg-type]
        if isinstance(result, Receipt):
            self._refusals.take(_address(one))
            return Outcome(**common, state="sent", outcome="sent", provider_id=result.provider_id, reply=result.reply[:300])  # type: ignore[arg-type]
        self._last_cause = result.cause
        if _is_weighed(result) and not earlier.doubts:
            return self._refused(one, result, common, now)
        after = consequence(
            result,
            channel=self._outbox.channel,
            attempt=earlier.failures + 1,
            earlier_doubts=earlier.doubts,
            now=now,
            expires_at=claimed.expires_at,
        )
        if after.strike:
            strike = Strike(
                attempt_id=intent.attempt_id, delivery_id=claimed.delivery_id, person_id=claimed.person_id, reason=result.provider_code
            )
            self._report.strikes.append(strike)
        if after.outcome == "retry" and isinstance(result, TemporarilyUnavailable):
            self._refusals.put_off(intent.attempt_id, claimed.person_id)
        if isinstance(result, ChannelRefused) and not result.verdict:
            self._pause(str(result), now, code=result.provider_code, cause=result.cause)
        elif isinstance(result, RateLimited) and (result.retry_after or LONGEST_HELD) > LONGEST_HELD:
            # nobody holds a thread for so long, and the other messages would only be told the same
            self._pause(str(result), now, code=result.code, wait=min(result.retry_after or LONGEST_WAIT, LONGEST_WAIT))
        return Outcome(
            **common,  # type: ignore[arg-type]
            state=after.state,
            outcome=after.outcome,
            reason=after.reason,
            provider_code=result.provider_code,
            reply=str(result)[:300],
            send_after=after.send_after,
            settle_at=after.settle_at,
        )

    def _refused(self, one: Loaded, error: TransportError, common: dict[str, Any], now: datetime) -> Outcome:
        """Put a delivery off whose recipient was refused for good; what becomes of it is said when the run is weighed."""
        claimed = one.ready.claimed
        refused = RefusedDelivery(
            attempt_id=one.intent.attempt_id,
            delivery_id=claimed.delivery_id,
            person_id=claimed.person_id,
            address=_address(one),
            error=error,
            tries=one.tries.failures + 1,
            expires_at=claimed.expires_at,
        )
        if refused.verdict not in (RefusalVerdict.CHANNEL, RefusalVerdict.UNKNOWN):
            self._personal.add(one.intent.attempt_id)
        if self._refusals.refuse(refused):
            self._pause_refused(now)
        return Outcome(
            **common,
            state="planned",
            outcome="deferred",
            reason=error.code,
            provider_code=error.provider_code,
            reply=str(error)[:300],
            send_after=now + BACKOFF[0],
        )

    def weigh(self, *, final: bool = False) -> None:
        """Say what becomes of the deliveries whose recipients were refused; ``final``: of all of them, and of the channel."""
        now = self._outbox.clock.now()
        if self._refusals.weigh(now=now, final=final):
            self._pause_refused(now)

    def _pause_refused(self, now: datetime) -> None:
        reason, code, cause = self._refusals.why()
        self._pause(reason, now, code=code, cause=cause)

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        tripped = False
        with self._change:
            for outcome in outcomes:
                self._report.add(outcome)
                fine = outcome.state == "sent" or outcome.reason == "render_error" or outcome.attempt_id in self._personal
                tripped = self._breaker.record(ok=fine) or tripped
        self._progress(len(outcomes))
        if tripped and not self.halted:
            self._pause("too many messages in a row could not be sent", outcomes[-1].at, code="too_many_failures", cause=self._last_cause)

    def _pause(self, reason: str, now: datetime, *, code: str, cause: str = "", wait: timedelta = CHANNEL_PAUSE) -> None:
        self._halt()
        with self._change:
            if self._report.paused:
                return
            self._report.paused, self._report.pause_code, self._report.pause_cause = reason, code, cause
        with self._outbox.database.transaction() as connection:
            digest_rows.set_pause(connection, self._outbox.channel, until=now + wait, reason=reason)
        log.error("event=channel.paused channel=%s reason=%s", self._outbox.channel, reason)

    def _save_late(self, finished: Sequence[Outcome]) -> None:
        """Outcomes whose commit failed are tried once more; if that fails too, recovery finds starts without outcome."""
        if not finished:
            return
        try:
            self._journal.commit(finished, [], at=finished[-1].at)
        except Exception:
            for one in finished:
                log.error("event=outcome.unsaved delivery=%s outcome=%s", one.delivery_id, one.outcome)

    def _put_back(self) -> None:
        """Free what was not started."""
        left = [one.intent.attempt_id for one in self._queue]
        self._queue.clear()
        if not left:
            return
        now = self._outbox.clock.now()
        try:
            with self._outbox.database.transaction() as connection:
                left_behind.forget_attempts(connection, left, now=now)
        except StoreError:
            if self.crashed is None:
                raise
            log.error("event=leases.kept count=%d", len(left))  # the end of the lease frees them


def _is_weighed(error: TransportError) -> bool:
    """Whether an error says of one recipient what may be true of all."""
    return isinstance(error, AddressRejected) or (error.verdict != "" and (error.permanent or isinstance(error, ChannelRefused)))


def _address(one: Loaded) -> str:
    message = one.ready.message
    return message.rcpt_to if isinstance(message, EmailEnvelope) else ""


def _shares(connections: int, together: int) -> list[int]:
    """Return how many connections each thread serves: as few threads as ``together`` allows, evenly."""
    threads = -(-connections // together)
    return [connections // threads + (n < connections % threads) for n in range(threads)]
