"""Who may hold a connection to the pages, and for how long: nobody keeps others out by opening many or by sending slowly.

A request's head has 10 seconds and its body 60. Where one address, or all together, hold too many, the one that has waited longest
with an unfinished request makes room; only when every one is being answered a new one is turned away. uvicorn and asyncio do the rest.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from cadence.web.parts.guard import LOOPBACK

log = logging.getLogger("cadence.web")

_TURNED_AWAY = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\ncontent-length: 0\r\n\r\n"
_STARVED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
#: seconds between two log lines about the same trouble
_QUIET = 60.0


@dataclass(slots=True, kw_only=True)
class Doors:
    """The limits of one server, and the connections that are open. Times in seconds."""

    head_within: float = 10.0
    body_within: float = 60.0
    most_of_one: int = 100
    most: int = 500
    #: addresses that stand for many people: a reverse proxy on this machine
    shared: Collection[str] = LOOPBACK
    #: oldest first; the value is the address
    _open: dict[LimitedProtocol, str] = field(default_factory=dict)
    _said: dict[str, float] = field(default_factory=dict)

    def enter(self, one: LimitedProtocol, client: str, *, now: float) -> bool:
        """Count a new connection, closing one that waits where there are too many; return False when there is no room for it."""
        mine = [held for held, address in self._open.items() if address == client] if client not in self.shared else []
        for crowd, most in ((mine, self.most_of_one), (list(self._open), self.most)):
            if len(crowd) >= most:
                self._say("connections_full", f"client={client} open={len(crowd)}", now)
                waiting = next((held for held in crowd if held.is_waiting), None)
                if waiting is None:
                    return False
                self._turn_out(waiting)
        self._open[one] = client
        return True

    def leave(self, one: LimitedProtocol) -> None:
        """Forget a connection that has ended."""
        self._open.pop(one, None)

    def handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Be the loop's exception handler: no descriptor left is one line, and those that wait make room."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _STARVED:
            self._say("no_descriptor_left", f"error={errno.errorcode[error.errno]} open={len(self._open)}", loop.time())
            for held in [held for held in self._open if held.is_waiting]:
                self._turn_out(held)
            return
        loop.default_exception_handler(context)

    def _turn_out(self, held: LimitedProtocol) -> None:
        self.leave(held)
        held.transport.abort()

    def _say(self, event: str, what: str, now: float) -> None:
        if now >= self._said.get(event, now):
            self._said[event] = now + _QUIET
            log.warning("event=web.%s %s", event, what)


class LimitedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with limits on who connects and how slowly a request may come."""

    #: set by ``limited``
    doors: Doors
    _clock: asyncio.TimerHandle | None = None
    #: the part of a request that is awaited now
    _awaited: object = None

    @property
    def is_waiting(self) -> bool:
        """Whether the request is not complete, so that closing loses no answer."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or turn it away."""
        super().connection_made(transport)
        if not self.doors.enter(self, self.client[0] if self.client else "", now=self.loop.time()):
            transport.write(_TURNED_AWAY)
            transport.close()
            return
        self._await(h11.IDLE)

    def data_received(self, data: bytes) -> None:
        """Read on, and set the clock for what is still missing."""
        super().data_received(data)
        self._await(self.conn.their_state if self.is_waiting else None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._await(None)
        self.doors.leave(self)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Go on to the next request; uvicorn closes the connection when none begins."""
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE:
            self._await(None)

    def _await(self, part: object) -> None:
        if part is self._awaited:
            return
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        self._awaited = part
        if part is not None:
            within = self.doors.head_within if part is h11.IDLE else self.doors.body_within
            self._clock = self.loop.call_later(within, self._too_slow)

    def _too_slow(self) -> None:
        self.transport.abort()


def limited(doors: Doors) -> type[asyncio.Protocol]:
    """Return the protocol for ``uvicorn.Config(http=...)`` whose connections share ``doors``."""
    return type("Limited", (LimitedProtocol,), {"doors": doors})
