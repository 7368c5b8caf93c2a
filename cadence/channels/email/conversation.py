"""smtplib's client with limits: on time, on the size of replies, and on replies out of turn.

smtplib does the protocol. Its timeout is per read, it reads replies without end, and it takes an
early reply for the answer to a later command (measured); here each reply has
a deadline, a size, one code, and nothing may follow it but the replies that are owed. Any fault closes
the connection.
"""

from __future__ import annotations

import select
import smtplib
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any

LINE_LIMIT = 4096
REPLY_LIMIT = 65_536
_CHUNK = 8192
#: longest single wait of the kernel for a plain socket; the deadline is looked at in between, seconds
_NAP = 1.0


class BadReply(OSError):
    """The server said something no SMTP server says; the text says what."""


class Replies:
    """The reading side of the socket, given to smtplib in place of its file object."""

    def __init__(self, sock: socket.socket, monotonic: Callable[[], float]) -> None:
        self._sock = sock
        self.descriptor = sock.fileno()
        self._monotonic = monotonic
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self.patience = Patience(sock)
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
            self.patience.at_most(left)
            try:
                chunk = self._sock.recv(_CHUNK)
            except BlockingIOError:
                continue  # the kernel's nap is over, the deadline is not
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

    def is_whole(self) -> bool:
        """Return whether a whole reply was read, or more than any reply has."""
        start = 0
        while (end := self.rest.find(b"\n", start) + 1) != 0:
            if self.rest[start + 3 : start + 4] != b"-":
                return True
            start = end
        return len(self.rest) - start > LINE_LIMIT or len(self.rest) > REPLY_LIMIT

    def take(self) -> bool:
        """Read what has arrived, without waiting; return False at the end of the stream."""
        plain = not isinstance(self._sock, ssl.SSLSocket)
        timeout = self._sock.gettimeout()
        if not plain:
            self._sock.settimeout(0)
        try:
            while len(self.rest) <= REPLY_LIMIT:
                chunk = self._sock.recv(_CHUNK, socket.MSG_DONTWAIT) if plain else self._sock.recv(_CHUNK)
                self.rest += chunk
                if len(chunk) < _CHUNK and (plain or not chunk):
                    return bool(chunk)  # TLS hides what it has decrypted from poll: it is emptied
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        finally:
            if not plain:
                self._sock.settimeout(timeout)
        return True

    def is_waiting(self, wait: float = 0.0) -> bool:
        """Return whether bytes, or the end of the stream, can be read within ``wait`` seconds."""
        return bool(isinstance(self._sock, ssl.SSLSocket) and self._sock.pending()) or bool(self._poll.poll(wait * 1000))

    def spoke_early(self, wait: float = 0.0) -> bool:
        """Return whether something (also the end of the stream) arrives within ``wait`` seconds though nothing was asked."""
        if self.rest:
            return True
        if not self.is_waiting(wait):
            return False
        timeout = self._sock.gettimeout()
        self._sock.settimeout(0)
        try:
            self.rest = self._sock.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False  # TLS housekeeping only
        except OSError:
            return True
        finally:
            self._sock.settimeout(timeout)
        return True

    def close(self) -> None:
        """Nothing to do: the socket is closed by its owner."""


class Patience:
    """How long the kernel waits for a socket.

    A plain socket waits by SO_RCVTIMEO and SO_SNDTIMEO: ``settimeout`` costs two more calls of the kernel and two
    hand-overs of the GIL each time. TLS needs ``settimeout``: on a blocking socket it would wait without end.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._plain = not isinstance(sock, ssl.SSLSocket)
        self._set = 0.0
        if self._plain:
            sock.settimeout(None)

    def at_most(self, seconds: float) -> None:
        """Let one read or write wait for ``seconds``, on a plain socket at most a second; over is BlockingIOError or TimeoutError."""
        seconds = max(seconds, 0.001)
        if not self._plain:
            self._sock.settimeout(seconds)
            return
        nap = min(seconds, _NAP)
        if nap != self._set:
            value = struct.pack("ll", int(nap), int(nap % 1 * 1e6))
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)
            self._set = nap


class Deadlines:
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

    def __init__(self, host: str, port: int, *, helo: str, connect_timeout: float, limits: Deadlines, **extra: Any) -> None:
        self.limits = limits
        #: replies that are owed besides the one being read
        self._owed = 0
        super().__init__(host, port, local_hostname=helo, timeout=connect_timeout, **extra)
        assert self.sock is not None
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def getreply(self, until: float | None = None) -> tuple[int, bytes]:
        """Return code and text of one whole reply, here by ``until``. Raises SMTPServerDisconnected after closing on any fault."""
        replies = self.replies
        replies.expect(self.limits.until() if until is None else until)
        try:
            reply = super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if isinstance(error.__context__, OSError):
                raise smtplib.SMTPServerDisconnected(str(error.__context__)) from error.__context__
            raise
        if replies.rest and not self._owed and not replies.rest.startswith(b"421"):  # 421: it says goodbye unasked, which is its right
            self.close()
            raise smtplib.SMTPServerDisconnected("the server sent more than one reply to a command")
        return reply

    def starttls(self, **options: Any) -> tuple[int, bytes]:  # type: ignore[override]  # typeshed: by version of Python
        """Protect the connection; return the server's answer to STARTTLS."""
        if self.sock is not None:
            self.sock.settimeout(self.limits.block())  # the handshake of a blocking socket would have no end
        return super().starttls(**options)

    def putcmds(self, *commands: tuple[str, str]) -> None:
        """Send (command, arguments) pairs in one go (RFC 2920), to a server that offers PIPELINING; ``owes`` says what follows."""
        self.send("".join(f"{verb} {rest}\r\n" if rest else f"{verb}\r\n" for verb, rest in commands))

    def owes(self, count: int) -> None:
        """Say how many replies may come besides the one that is read next."""
        self._owed = count

    def send(self, s: str | bytes) -> None:  # type: ignore[override]  # typeshed: Buffer | str
        """Send within the time for one block."""
        sock = self.sock
        if sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        left = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        until = self.limits.monotonic() + self.limits.block()
        patience = self.replies.patience
        try:
            while left:
                patience.at_most(until - self.limits.monotonic())
                try:
                    left = left[sock.send(left) :]
                except BlockingIOError:
                    if self.limits.monotonic() >= until:
                        raise TimeoutError("the server does not take the bytes") from None
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from error

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

    def __init__(self, host: str, port: int, *, helo: str, connect_timeout: float, limits: Deadlines, context: ssl.SSLContext) -> None:
        super().__init__(host, port, helo=helo, connect_timeout=connect_timeout, limits=limits, context=context)
