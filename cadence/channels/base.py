"""The one contract every channel fulfils.

A ``Transport`` makes ``Connection``s; each belongs to one thread and sends one message at a time.
What a channel cannot do is said (``Capabilities``), never dropped. Errors are the
``TransportError`` tree of ``cadence.errors``; anything else that escapes is a defect.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from cadence.domain.sending.deliveries import Channel, Message, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do; the feature matrix in docs/channels.md is made from it."""

    #: a sent message can be found again, so an unknown outcome can be settled by reading
    reads_back: bool
    #: messages per second that the channel may take, over all connections of this process; None: no limit
    messages_per_second: float | None
    #: connections that may be open at once
    max_connections: int
    #: connections that one thread serves in turns; over 1 they are ``StepwiseConnection``s
    conversations: int = 1


class Connection(Protocol):
    """One open conversation with the service, used by one thread."""

    def send(self, message: Message) -> Receipt:
        """Send one message and return the service's receipt.

        Raises the TransportError that says what is so: ``OutcomeUnknown`` once the
        message may have been taken (after the final dot, after the HTTP request left).
        Reconnects by itself after an error that closed the conversation.
        """
        ...

    def close(self) -> None:
        """End the conversation politely; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a conversation waits for: bytes on a file descriptor, at most until a monotonic instant in seconds."""

    descriptor: int
    until: float


#: sending one message step by step: yields where the service is about to answer, and returns its receipt
Steps = Generator[Awaited, None, Receipt]


class StepwiseConnection(Connection, Protocol):
    """A connection whose sending can be taken in steps, so that one thread holds several (``turns``)."""

    def sending(self, message: Message) -> Steps:
        """Do as ``send``, and yield where the service is about to answer; go on when it did or time is up."""
        ...


class Transport(Protocol):
    """The code that sends on one channel."""

    channel: Channel
    capabilities: Capabilities

    def connect(self) -> Connection:
        """Return a connection object; opening the socket may wait until the first ``send``."""
        ...

    def check(self) -> str:
        """Return one line on the service's health for ``cadence doctor``; raises TransportError naming the fault."""
        ...


@runtime_checkable
class Probes(Protocol):
    """A transport that can find out, without sending, whether the service would take a message."""

    def probe(self) -> None:
        """Return when it would. Raises the TransportError that says why not."""
        ...


@runtime_checkable
class Greets(Protocol):
    """A transport that tells the service a name of ours (SMTP)."""

    @property
    def greeting_name(self) -> str:
        """The name it tells."""
        ...


class ReadsBack(Protocol):
    """A transport whose sent messages can be found again (Slack)."""

    def find_sent(self, public_id: str, *, address: str, since: datetime) -> Receipt | None:
        """Return the receipt of the message carrying ``public_id`` in this person's DM, None when it is not there.

        Raises TransportError when the history cannot be read.
        """
        ...


class Health(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing an admin should know of a service. ``remedy`` is empty when there is nothing to do."""

    name: str
    health: Health
    sentence: str
    remedy: str = ""


@runtime_checkable
class Inspects(Protocol):
    """A transport that tells more than one line on its service (Slack)."""

    def inspect(self, *, now: datetime, conversation: str) -> list[Finding]:
        """Return one finding for each thing asked; ``conversation``: one that was written to, empty: none was."""
        ...


@runtime_checkable
class KnowsQuiet(Protocol):
    """A transport whose service knows who does not want to be disturbed (Slack)."""

    def quiet_until(self, user_ids: Sequence[str], *, now: datetime) -> dict[str, datetime]:
        """Return address -> end of the quiet time, for those in one at ``now``; never raises."""
        ...


@runtime_checkable
class HasMembers(Protocol):
    """A transport that posts to shared places and knows who is in them (Slack)."""

    def members(self, channel_id: str) -> list[str]:
        """Return the addresses of the people in a shared place. Raises TransportError."""
        ...


@runtime_checkable
class OpensConversations(Protocol):
    """A transport that opens a conversation with an address before its first message there, at a pace of the service's own."""

    #: conversations a second
    opened_per_second: float

    def is_open(self, address: str) -> bool:
        """Return whether a message to ``address`` needs no opening."""
        ...
