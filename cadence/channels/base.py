"""The one contract every channel fulfils.

A ``Transport`` makes ``Connection``s; each belongs to one thread and sends one message at a time.
What a channel cannot do is said (``Capabilities``), never dropped. Errors are the
``TransportError`` tree of ``cadence.errors``; anything else that escapes is a defect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cadence.domain.deliveries import Channel, Message, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do; the feature matrix in docs/channels.md is made from it."""

    #: a sent message can be found again, so an unknown outcome can be settled by reading
    reads_back: bool
    #: messages per second that the channel may take, over all connections of this process; None: no limit
    messages_per_second: float | None
    #: connections that may be open at once
    max_connections: int


class Connection(Protocol):
    """One open conversation with the service, used by one thread."""

    def send(self, message: Message) -> Receipt:
        """Hand over one message and return the service's receipt.

        Raises the TransportError that says what is so: ``OutcomeUnknown`` once the
        message may have been taken (after the final dot, after the HTTP request left).
        Reconnects by itself after an error that closed the conversation.
        """
        ...

    def close(self) -> None:
        """End the conversation politely; never raises."""
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


class ReadsBack(Protocol):
    """A transport whose sent messages can be found again (Slack)."""

    def find_sent(self, public_id: str, *, address: str, since: datetime) -> Receipt | None:
        """Return the receipt of the message carrying ``public_id`` in this person's DM, None when it is not there.

        Raises TransportError when the history cannot be read.
        """
        ...


#: quiet time before an unknown outcome is looked at again
SETTLE_EMAIL_AFTER = timedelta(minutes=10)
SETTLE_SLACK_AFTER = timedelta(seconds=30)
SETTLE_SLACK_SECOND_LOOK = timedelta(seconds=60)
