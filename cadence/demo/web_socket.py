"""The server's side of a WebSocket, as much as Socket Mode needs: text, ping, pong and close, no extensions.

One ``WebSocket`` for each connection, on the thread that serves it. Source: RFC 6455. Not for anything but demos and tests.
"""

from __future__ import annotations

import contextlib
import struct
import threading
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha1
from io import BufferedIOBase

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_LONGEST = 1_000_000


def accept_key(key: str) -> str:
    """Return the Sec-WebSocket-Accept for a client's Sec-WebSocket-Key (RFC 6455 section 4.2.2)."""
    return b64encode(sha1(f"{key}{_MAGIC}".encode(), usedforsecurity=False).digest()).decode()


class WebSocket:
    """One open connection after its handshake."""

    def __init__(self, reading: BufferedIOBase, writing: BufferedIOBase) -> None:
        self._reading = reading
        self._writing = writing
        self._lock = threading.Lock()
        self.closed = False

    def send(self, text: str) -> bool:
        """Send a text; return False when the connection is gone."""
        return self._frame(TEXT, text.encode())

    def close(self) -> None:
        """Say goodbye; the other side hangs up."""
        self._frame(CLOSE, struct.pack("!H", 1000))
        self.closed = True

    def serve(self, on_text: Callable[[str], None]) -> None:
        """Read until the connection ends."""
        with contextlib.suppress(OSError, ValueError, struct.error):
            while not self.closed:
                kind, body = self._read()
                if kind == CLOSE:
                    break
                if kind == PING:
                    self._frame(PONG, body)
                elif kind == TEXT:
                    on_text(body.decode("utf-8", "replace"))
        self.closed = True

    def _read(self) -> tuple[int, bytes]:
        first, second = self._exactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self._exactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._exactly(8))
        if not second & 0x80 or length > _LONGEST:
            raise ValueError("a client's frame is masked and of a sane length")
        mask = self._exactly(4)
        body = self._exactly(length)
        return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(body))

    def _exactly(self, count: int) -> bytes:
        found = self._reading.read(count)
        if len(found) < count:
            raise ValueError("the connection ended")
        return found

    def _frame(self, kind: int, body: bytes) -> bool:
        length = len(body)
        head = bytes([0x80 | kind])
        if length < 126:
            head += bytes([length])
        elif length < 65_536:
            head += bytes([126]) + struct.pack("!H", length)
        else:
            head += bytes([127]) + struct.pack("!Q", length)
        try:
            with self._lock:
                self._writing.write(head + body)
                self._writing.flush()
        except (OSError, ValueError):
            self.closed = True
            return False
        return True
