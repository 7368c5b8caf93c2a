"""smtplib's client with limits: on time, on the size of replies, and on replies out of turn.

smtplib does the protocol. Its timeout is per read, it reads replies without end, and it takes an
early reply for the answer to a later command (measured, reliability.md section 2); here each reply has
a deadline, a size, one code, and nothing may follow it. Any fault closes the connection.
"""

from __future__ import annotations

import select
import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import Any

LINE_LIMIT = 4096
REPLY_LIMIT = 65_536
_CHUNK = 8192


class BadReply(OSError):
    """The server said something no SMTP server says; the text says what."""


class Replies:
    """The reading side of the socket, given to smtplib in place of its file object."""

    def __init__(self, sock: socket.socket, monotonic: Callable[[], float]) -> None:
        self._sock = sock
        self._monotonic = monotonic
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self.rest = b""
        self._code = b""
        self._length = 0
        self._until = 0.0

    def expect(self, until: float) -> None:
        """Start a new reply, to be complete at ``until`` (monotonic seconds)."""
        self._code, self._length, self._until = b"", 0, until

    def readline(self, limit: int) -> bytes:
        """Return one line with its end, b"" at the end of the stream. Raises OSError on a fault or when time is up."""
        while (end := self.rest.find(b"\n") + 1) == 0:
            if len(self.rest) > LINE_LIMIT:
                raise BadReply(f"a reply line is longer than {LINE_LIMIT} bytes")
            left = self._until - self._monotonic()
            if left <= 0:
                raise TimeoutError("no complete reply in time")
            self._sock.settimeout(left)
            chunk = self._sock.recv(_CHUNK)
            if not chunk:
                return b""
            self.rest += chunk
        line, self.rest = self.rest[:end], self.rest[end:]
        self._length += end
        if end > LINE_LIMIT or self._length > REPLY_LIMIT:
            raise BadReply("a reply is too long")
        code = line[:3]
        if self._code and code != self._code:
            raise BadReply("one reply has two different codes")
        self._code = code
        return line

    def spoke_early(self, wait: float = 0.0) -> bool:
        """Return whether something (also the end of the stream) arrives within ``wait`` seconds though nothing was asked."""
        if self.rest:
            return True
        if not self._poll.poll(wait * 1000):
            return False
        self._sock.settimeout(0)
        try:
            self.rest = self._sock.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False  # TLS housekeeping only
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Nothing to do: the socket is closed by its owner."""


class Limits:
    """The deadline of the message and the patience for the next reply, in monotonic seconds."""

    def __init__(self, monotonic: Callable[[], float], *, block_timeout: float) -> None:
        self.monotonic = monotonic
        self.block_timeout = block_timeout
        self.patience = 0.0
        self.deadline = 0.0

    def until(self) -> float:
        """Return when the next reply must be complete."""
        return min(self.monotonic() + self.patience, self.deadline)

    def block(self) -> float:
        """Return how many seconds the next bytes may take to leave."""
        return max(0.001, min(self.block_timeout, self.deadline - self.monotonic()))


class Client(smtplib.SMTP):
    """A connected smtplib client within ``limits``."""

    def __init__(self, host: str, port: int, *, helo: str, connect_timeout: float, limits: Limits, **extra: Any) -> None:
        self.limits = limits
        super().__init__(host, port, local_hostname=helo, timeout=connect_timeout, **extra)
        assert self.sock is not None
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def getreply(self) -> tuple[int, bytes]:
        """Return code and text of one whole reply. Raises SMTPServerDisconnected after closing on any fault."""
        replies = self.replies
        replies.expect(self.limits.until())
        try:
            reply = super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if isinstance(error.__context__, OSError):
                raise smtplib.SMTPServerDisconnected(str(error.__context__)) from error.__context__
            raise
        if replies.rest and not replies.rest.startswith(b"421"):  # 421: it says goodbye unasked, which is its right
            self.close()
            raise smtplib.SMTPServerDisconnected("the server sent more than one reply to a command")
        return reply

    def send(self, s: str | bytes) -> None:  # type: ignore[override]  # typeshed: Buffer | str
        """Send within the time for one block."""
        if self.sock is not None:
            self.sock.settimeout(self.limits.block())
        super().send(s)

    def spoke_early(self, wait: float = 0.0) -> bool:
        """Return whether the server said something, or hung up, though nothing was asked."""
        return self.sock is None or self.replies.spoke_early(wait)

    @property
    def replies(self) -> Replies:
        """The reading side of the present socket (a new one after STARTTLS)."""
        if self.file is None:
            if self.sock is None:
                raise smtplib.SMTPServerDisconnected("the connection is closed")
            self.file = Replies(self.sock, self.limits.monotonic)
        assert isinstance(self.file, Replies)
        return self.file


class TlsClient(Client, smtplib.SMTP_SSL):
    """The same over TLS from the first byte (port 465)."""

    def __init__(self, host: str, port: int, *, helo: str, connect_timeout: float, limits: Limits, context: ssl.SSLContext) -> None:
        super().__init__(host, port, helo=helo, connect_timeout=connect_timeout, limits=limits, context=context)
