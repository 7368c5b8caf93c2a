"""A mail server that misbehaves on purpose, at any point of the conversation.

A script maps a phase (greeting, ehlo, starttls, auth, mail, rcpt, data, body, dot, noop, rset) to what the
server does there instead of the right thing. One raw socket thread a connection; loopback only.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: what a script may do: say these bytes, one of the words below, or what a function of the recipient says
CLOSE, RESET, HANG, DRIP, FLOOD = "close", "reset", "hang", "drip", "flood"
Act = bytes | str | Callable[[str], bytes]
#: a list is used up one by one, its last act for good
Script = Mapping[str, Act | list[Act]]

RIGHT: dict[str, bytes] = {
    "greeting": b"220 faulty ESMTP\r\n",
    "ehlo": b"250-faulty\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 1000000\r\n",
    "helo": b"250 faulty\r\n",
    "starttls": b"220 go ahead\r\n",
    "auth": b"235 2.7.0 welcome\r\n",
    "mail": b"250 2.1.0 OK\r\n",
    "rcpt": b"250 2.1.5 OK\r\n",
    "data": b"354 go on\r\n",
    "dot": b"250 2.0.0 kept as 17\r\n",
    "noop": b"250 OK\r\n",
    "rset": b"250 OK\r\n",
    "quit": b"221 bye\r\n",
}


#: seconds that a client of these tests waits where the server is silent, and where only the machine may be busy
SHORT, LONG = 1.0, 30.0
#: step -> the setting that says how long its answer is waited for; all others have command_timeout
_WAITS = {"starttls": "block_timeout", "data": "data_timeout", "body": "block_timeout", "dot": "final_timeout"}


class _Over(Exception):
    """The conversation ends here."""


@dataclass
class FaultySmtp:
    """``with FaultySmtp({"rcpt": b"550 5.1.1 nobody\\r\\n"}) as server: ... server.port``.

    ``script`` may be a function of the connection's number (from 1) that returns a script.
    """

    script: Script | Callable[[int], Script] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    port: int = 0
    connections: int = 0
    #: mails that were answered 2xx after the dot, as they came over the wire
    taken: list[bytes] = field(default_factory=list)
    #: a silent conversation ends when so many mails were taken; None: when the client gives it up
    silent_until: int | None = None
    #: for each that ended so: whether the client still waited for it
    awaited: list[bool] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    #: offers PIPELINING
    pipelining: bool = False
    #: most commands that lay there to be read at one time
    most_at_once: int = 0

    def patience(self) -> dict[str, float]:
        """Return the settings of a client's patience: short for the steps at which the server is silent for good, long for all others."""
        scripts = [self.script(number) for number in (1, 2)] if callable(self.script) else [self.script]
        acts = [(phase, act) for script in scripts for phase, act in script.items()]
        silent = {phase for phase, act in acts if any(one in (HANG, DRIP, b"") for one in (act if isinstance(act, list) else [act]))}
        waits = dict.fromkeys(("connect_timeout", "command_timeout", *_WAITS.values()), LONG)
        return waits if self.silent_until else waits | {_WAITS.get(phase, "command_timeout"): SHORT for phase in silent}

    def __enter__(self) -> FaultySmtp:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._ended, self._enough = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._enough.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(connection)
            self.connections += 1
            script = dict(self.script(self.connections) if callable(self.script) else self.script)
            if self.pipelining:
                script.setdefault("ehlo", RIGHT["ehlo"].replace(b"250-8BITMIME", b"250-8BITMIME\r\n250-PIPELINING"))
            thread = threading.Thread(target=self._serve, args=(connection, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, script: dict[str, Act | list[Act]]) -> None:
        talk = _Talk(connection, script, self._ended if self.silent_until is None else self._enough)
        try:
            if self.implicit and self.tls is not None:
                talk.wrap(self.tls)
            talk.act("greeting")
            self._converse(talk)
        except (_Over, OSError):
            if talk.silent and self.silent_until is not None:
                self.awaited.append(talk.is_awaited())
        finally:
            talk.sock.close()

    def _converse(self, talk: _Talk) -> None:
        while True:
            line = talk.line()
            self.commands.append(line)
            self.most_at_once = max(self.most_at_once, 1 + talk.lines_ahead())
            verb = line[:4].lower()
            if line.lower() == "starttls":
                talk.act("starttls")
                if self.tls is not None:
                    talk.wrap(self.tls)
            elif verb == "data":
                answer = talk.turn("data")
                talk.do(answer)
                if isinstance(answer, bytes) and not answer.startswith(b"354"):
                    continue
                text = talk.text()
                self.commands.append(".")
                answer = talk.turn("dot")
                if isinstance(answer, bytes) and answer.startswith(b"2"):
                    self.taken.append(text)
                    if len(self.taken) == self.silent_until:
                        self._enough.set()
                talk.do(answer)
            else:
                if verb == "rcpt":
                    talk.recipient = line.partition("<")[2].partition(">")[0]
                talk.act(verb if verb in RIGHT else "noop")
                if verb == "quit":
                    return


class _Talk:
    def __init__(self, sock: socket.socket, script: dict[str, Act | list[Act]], ended: threading.Event) -> None:
        self.sock, self._script, self._ended = sock, script, ended
        self._buffer = b""
        self.silent = False
        #: of the mail under way, without its brackets
        self.recipient = ""

    def wrap(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def turn(self, phase: str) -> bytes | str:
        """Return what the script says for ``phase``, or the right thing."""
        act = self._script.get(phase, RIGHT.get(phase, b""))
        if isinstance(act, list):
            act = act.pop(0) if len(act) > 1 else act[0]
        return act(self.recipient) if callable(act) else act

    def act(self, phase: str) -> None:
        """Do what is ``turn(phase)``."""
        self.do(self.turn(phase))

    def do(self, act: bytes | str) -> None:
        """Say the bytes or misbehave; misbehaviour ends the conversation."""
        if isinstance(act, bytes):
            if act:
                self.sock.sendall(act)
            return
        if act == RESET:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif act == HANG:
            self.silent = True
            self._ended.wait()
        elif act == DRIP:
            self.silent = True
            while not self._ended.wait(0.02):
                self.sock.sendall(b"2")
        elif act == FLOOD:
            while not self._ended.is_set():
                self.sock.sendall(b"250-and so on\r\n" * 1000)
        raise _Over

    def is_awaited(self) -> bool:
        """Return whether the client has not gone away yet."""
        self.sock.setblocking(False)
        try:
            while self.sock.recv(65_536):
                pass
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def line(self) -> str:
        while b"\r\n" not in self._buffer:
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode("utf-8", "replace")

    def lines_ahead(self) -> int:
        """Return how many whole lines came with the last one."""
        return self._buffer.count(b"\r\n")

    def text(self) -> bytes:
        text = b"\r\n" + self._buffer
        while b"\r\n.\r\n" not in text:
            self._buffer = b""
            self._more()
            text += self._buffer
            if "body" in self._script:
                self.act("body")
                del self._script["body"]
        found, _, self._buffer = text.partition(b"\r\n.\r\n")
        return found[2:] + b"\r\n"

    def _more(self) -> None:
        chunk = self.sock.recv(65_536)
        if not chunk:
            raise _Over
        self._buffer += chunk
