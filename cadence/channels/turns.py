"""Several conversations held by one thread: whoever was answered goes on.

Threads would do the same at twice the processor time: each of their reads hands the interpreter over and waits to
get it back. A conversation that cannot be taken in steps is held from beginning to end.
"""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cadence.channels.base import Awaited, Connection, Steps
from cadence.domain.sending.deliveries import Message, Receipt
from cadence.errors import OutcomeUnknown, TransportError

log = logging.getLogger("cadence.send")

Tag = TypeVar("Tag")


@dataclass(frozen=True, slots=True)
class Ended(Generic[Tag]):
    """A message that was delivered, or why it was not."""

    tag: Tag
    connection: Connection
    result: Receipt | TransportError


@dataclass(slots=True)
class _Talk(Generic[Tag]):
    tag: Tag
    connection: Connection
    steps: Steps
    awaited: Awaited


class Turns(Generic[Tag]):
    """The conversations under way; ``tag`` is the caller's name for a message."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._poll = select.poll()
        self._talks: dict[int, _Talk[Tag]] = {}
        self._ended: list[Ended[Tag]] = []

    def __len__(self) -> int:
        return len(self._talks) + len(self._ended)

    def begin(self, tag: Tag, connection: Connection, message: Message) -> None:
        """Begin to send; ``advance`` tells how it ended."""
        sending: Callable[[Message], Steps] | None = getattr(connection, "sending", None)
        self._step(tag, connection, sending(message) if sending else _whole(connection, message))

    def advance(self) -> list[Ended[Tag]]:
        """Go on with every conversation that was answered or is out of time, until one has ended; return all that ended."""
        while self._talks:
            ready = [number for number, _ in self._poll.poll(0 if self._ended else self._patience())]
            if not ready:
                if self._ended:
                    break
                late = self._monotonic()
                ready = [number for number, talk in self._talks.items() if talk.awaited.until <= late]
            for number in ready:
                talk = self._talks.pop(number)
                self._poll.unregister(number)
                self._step(talk.tag, talk.connection, talk.steps)
        ended, self._ended = self._ended, []
        return ended

    def _patience(self) -> float:
        """Return the milliseconds until the first conversation is out of time."""
        return max(0.0, min(talk.awaited.until for talk in self._talks.values()) - self._monotonic()) * 1000 + 1

    def _step(self, tag: Tag, connection: Connection, steps: Steps) -> None:
        result: Receipt | TransportError
        try:
            awaited = next(steps)
        except StopIteration as done:
            result = done.value
        except TransportError as error:
            result = error
        except Exception as error:  # a defect of the transport: the message may have gone out, the others go on
            log.exception("event=transport.defect")
            result = OutcomeUnknown(f"the transport failed with {type(error).__name__}")
        else:
            self._talks[awaited.descriptor] = _Talk(tag, connection, steps, awaited)
            self._poll.register(awaited.descriptor, select.POLLIN)
            return
        self._ended.append(Ended(tag, connection, result))


def _whole(connection: Connection, message: Message) -> Steps:
    yield from ()
    return connection.send(message)
