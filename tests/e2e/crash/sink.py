"""A mail server that remembers every message to the byte and can kill its client at any step of the conversation."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from typing import BinaryIO

PHASES = ("connect", "MAIL", "RCPT", "354", "dot", "250")


@dataclass(frozen=True, slots=True)
class Copy:
    """One message that arrived whole."""

    recipient: str
    message_id: str
    date: str
    content: bytes


@dataclass(slots=True)
class Aim:
    """Kill process ``pid`` when the ``nth`` message of the run reaches ``phase``."""

    pid: int
    phase: str
    nth: int
    seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    hit: bool = False


class Sink:
    """Listens on a free loopback port until ``close``; one thread a connection."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.copies: list[Copy] = []
        self.aim: Aim | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def clear(self) -> None:
        """Forget what arrived."""
        with self._lock:
            self.copies = []
            self.aim = None

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def by_recipient(self) -> dict[str, list[Copy]]:
        """Return recipient -> copies in order of arrival."""
        found: dict[str, list[Copy]] = defaultdict(list)
        with self._lock:
            for copy in self.copies:
                found[copy.recipient].append(copy)
        return found

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _reach(self, phase: str) -> None:
        with self._lock:
            aim = self.aim
            if aim is None or aim.hit:
                return
            aim.seen[phase] += 1
            if phase != aim.phase or aim.seen[phase] != aim.nth:
                return
            aim.hit = True
        os.kill(aim.pid, signal.SIGKILL)

    def _talk(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with client, client.makefile("rb") as lines:
                self._reach("connect")
                client.sendall(b"220 sink ESMTP\r\n")
                recipient = ""
                while line := lines.readline():
                    verb = line[:4].upper()
                    if verb == b"EHLO":
                        client.sendall(b"250-sink\r\n250-SIZE 10000000\r\n250 8BITMIME\r\n")
                    elif verb == b"MAIL":
                        self._reach("MAIL")
                        client.sendall(b"250 ok\r\n")
                    elif verb == b"RCPT":
                        self._reach("RCPT")
                        recipient = line[line.index(b"<") + 1 : line.rindex(b">")].decode()
                        client.sendall(b"250 ok\r\n")
                    elif verb == b"DATA":
                        self._reach("354")
                        client.sendall(b"354 go ahead\r\n")
                        if not self._take(recipient, lines):
                            return
                        self._reach("dot")
                        client.sendall(b"250 taken\r\n")
                        self._reach("250")
                    elif verb == b"QUIT":
                        client.sendall(b"221 bye\r\n")
                        return
                    else:
                        client.sendall(b"250 ok\r\n")
        except OSError:
            return

    def _take(self, recipient: str, lines: BinaryIO) -> bool:
        content: list[bytes] = []
        for line in lines:
            if line == b".\r\n":
                whole = b"".join(content)
                headers = BytesHeaderParser().parsebytes(whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
                with self._lock:
                    self.copies.append(Copy(recipient, str(headers["Message-ID"]), str(headers["Date"]), whole))
                return True
            content.append(line[1:] if line.startswith(b"..") else line)
        return False
