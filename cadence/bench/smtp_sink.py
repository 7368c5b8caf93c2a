"""A mail server that takes everything and does as little as possible, in a process of its own.

For benchmarks and end-to-end tests on the loopback only: one blocking thread a connection, no queue,
no checks. It keeps Message-ID, recipient and Date of each mail, and the mails themselves when asked to.
``SmtpSink`` starts and asks it; ``python -m cadence.bench.smtp_sink`` runs it alone.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO

_HEADER = re.compile(rb"^(message-id|date):[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_HELLO = b"250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n250 SIZE 10485760\r\n"
_OK = b"250 OK\r\n"
#: bytes read at once; more than 128 kB would be memory mapped again each time
_CHUNK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedMail:
    """What the sink keeps of one accepted mail."""

    recipient: str
    message_id: str
    date: str


class SmtpSink:
    """A sink process: ``with SmtpSink() as sink: ... sink.port ... sink.mails()``."""

    def __init__(self, *, keep_in: Path | None = None) -> None:
        self._keep_in = keep_in
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def __enter__(self) -> SmtpSink:
        command = [sys.executable, "-m", "cadence.bench.smtp_sink"]
        if self._keep_in is not None:
            command += ["--keep-in", str(self._keep_in)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._answer())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is not None:
            with self._process as process:
                if process.stdin is not None:
                    process.stdin.close()
                process.wait(timeout=10)

    def count(self) -> int:
        """Return how many mails were accepted since the start or the last ``forget``."""
        return int(self._ask("count"))

    def mails(self) -> list[AcceptedMail]:
        """Return the accepted mails in the order of their last reply."""
        return [AcceptedMail(recipient=r, message_id=i, date=d) for r, i, d in json.loads(self._ask("mails"))]

    def forget(self) -> None:
        """Start counting from 0."""
        self._ask("forget")

    def _ask(self, question: str) -> str:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("the sink is not running")
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the sink has ended")
        return line.strip()


class _Server:
    """The inside of the process."""

    def __init__(self, keep_in: Path | None) -> None:
        self.keep_in = keep_in
        self.kept: list[tuple[str, bytes]] = []
        self._written = 0
        self._lock = threading.Lock()

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            buffer, recipients, answers = b"", list[str](), [b"220 sink ESMTP\r\n"]
            while True:
                end = buffer.find(b"\r\n")
                if end < 0:
                    # commands that came together are answered together (RFC 2920, section 3.2)
                    connection.sendall(b"".join(answers))
                    answers.clear()
                    chunk = connection.recv(_CHUNK)
                    if not chunk:
                        return
                    buffer += chunk
                    continue
                line, buffer = buffer[:end], buffer[end + 2 :]
                verb = line[:4].upper()
                if verb == b"DATA":
                    connection.sendall(b"".join([*answers, b"354 go\r\n"]))
                    answers.clear()
                    text, buffer = _read_text(connection, buffer)
                    self._keep(recipients, text)
                    recipients = []
                    answers.append(_OK)
                elif verb == b"RCPT":
                    recipients.append(line[line.find(b"<") + 1 : line.find(b">")].decode("utf-8", "replace"))
                    answers.append(_OK)
                elif verb == b"EHLO":
                    answers.append(_HELLO)
                elif verb == b"QUIT":
                    connection.sendall(b"".join([*answers, b"221 bye\r\n"]))
                    return
                else:
                    if verb in (b"RSET", b"MAIL"):
                        recipients = []
                    answers.append(_OK)

    def _keep(self, recipients: list[str], text: bytearray) -> None:
        head = bytes(text[: text.find(b"\r\n\r\n") + 2])
        with self._lock:
            self.kept += [(recipient, head) for recipient in recipients]
            self._written += 1
            number = self._written
        if self.keep_in is not None:
            (self.keep_in / f"{number:07}.eml").write_bytes(text.replace(b"\r\n..", b"\r\n."))

    def answer(self, question: str) -> str:
        with self._lock:
            if question == "count":
                return str(len(self.kept))
            if question == "mails":
                return json.dumps([(recipient, *_headers(head)) for recipient, head in self.kept])
            self.kept = []
            return "ok"


def _read_text(connection: socket.socket, buffer: bytes) -> tuple[bytearray, bytes]:
    """Return the text up to the final dot and what came after it."""
    text = bytearray(b"\r\n" + buffer)  # so that a dot on the first line is found like any other
    looked = 0
    while (end := text.find(b"\r\n.\r\n", looked)) < 0:
        looked = max(0, len(text) - 4)
        chunk = connection.recv(_CHUNK)
        if not chunk:
            raise ConnectionResetError
        text += chunk
    rest = bytes(text[end + 5 :])
    del text[end + 2 :], text[:2]
    return text, rest


def _headers(head: bytes) -> tuple[str, str]:
    found = {name.lower(): value.decode("utf-8", "replace").strip() for name, value in _HEADER.findall(head)}
    return found.get(b"message-id", ""), found.get(b"date", "")


def main(arguments: list[str] | None = None, *, questions: TextIO = sys.stdin, answers: TextIO = sys.stdout) -> None:
    """Serve until the questions end; write the port, then one line for each question (count, mails, forget)."""
    parser = argparse.ArgumentParser(prog="smtp_sink", description="Take all mail on the loopback and keep count.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--keep-in", type=Path, default=None, help="folder for the mails")
    chosen = parser.parse_args(arguments)
    server = _Server(chosen.keep_in)
    with socket.create_server(("127.0.0.1", chosen.port), backlog=128) as listener:
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        answers.write(f"{listener.getsockname()[1]}\n")
        answers.flush()
        for line in questions:
            answers.write(server.answer(line.strip()) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
