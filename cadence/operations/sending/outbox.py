"""What sending on one channel needs, and the counts of what it did."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta

from cadence.channels.base import Connection as ChannelConnection
from cadence.channels.base import Transport
from cadence.clock import Clock
from cadence.domain.sending.deliveries import Channel
from cadence.operations.sending.prepare import Compose
from cadence.store.database.engine import Database
from cadence.store.sending.journal import Outcome

BATCH = 500
#: a message is started only while this much of its lease is left (longer than any transport's deadline)
LEASE_MARGIN = timedelta(minutes=16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """A soft failure of an address: which attempt ended in it, and what the server said."""

    attempt_id: int
    delivery_id: int
    person_id: int
    reason: str


@dataclass(slots=True)
class SendReport:
    """Outcomes of one run on one channel."""

    sent: int = 0
    failed: int = 0
    retried: int = 0
    unknown: int = 0
    paused: str = ""
    #: it ended because all sending is stopped
    stopped: bool = False
    #: the service's own word for what paused the channel in this run, empty when it was not this run
    pause_code: str = ""
    #: why, in a word for which there is a remedy (``domain.sending.reply_words.Cause``), empty when there is none
    pause_cause: str = ""
    #: refusals for good that count against their addresses
    strikes: list[Strike] = field(default_factory=list)

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
