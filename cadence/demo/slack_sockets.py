"""The stand-in's side of Socket Mode: open connections, envelopes, and their acknowledgements.

An envelope whose connection ends before the acknowledgement goes out again on the next connection, as Slack does with
events; here everything is repeated, which is harder on the receiver. Source: docs.slack.dev, "Using Socket Mode".
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any

from cadence.demo.web_socket import WebSocket

#: connections of one app at once
MOST = 10


@dataclass(slots=True)
class _Envelope:
    socket: WebSocket | None = None
    acknowledged: bool = False
    answer: Any = None


class SocketHub:
    """The open connections of one app."""

    def __init__(self, *, app_id: str) -> None:
        self._app_id = app_id
        self._changed = threading.Condition()
        self._open: list[WebSocket] = []
        #: told to make way; ended when the next one is open, as Slack does
        self._leaving: list[WebSocket] = []
        self._waiting: dict[str, _Envelope] = {}
        #: connections made so far, for tests
        self.connections = 0

    @property
    def is_open(self) -> bool:
        """Whether anybody listens."""
        with self._changed:
            return any(not socket.closed for socket in self._open)

    @property
    def open_count(self) -> int:
        """How many connections are open."""
        with self._changed:
            return len(self._open)

    def serve(self, reading: BufferedIOBase, writing: BufferedIOBase) -> None:
        """Hold one connection until it ends."""
        socket = WebSocket(reading, writing)
        with self._changed:
            self.connections += 1
            self._open.append(socket)
            count = len(self._open)
            leaving, self._leaving = self._leaving, []
        for old in leaving:
            old.close()
        hello = {"type": "hello", "num_connections": count, "connection_info": {"app_id": self._app_id}}
        socket.send(json.dumps(hello))
        with self._changed:
            self._changed.notify_all()
        try:
            socket.serve(self._received)
        finally:
            with self._changed:
                self._open.remove(socket)
                self._leaving = [one for one in self._leaving if one is not socket]
                self._changed.notify_all()

    def deliver(self, kind: str, payload: dict[str, Any], *, seconds: float) -> tuple[bool, Any]:
        """Send one envelope until it is acknowledged; return (was it, the answer's payload)."""
        envelope_id, envelope, attempt = str(uuid.uuid4()), _Envelope(), 0
        until = time.monotonic() + seconds
        with self._changed:
            self._waiting[envelope_id] = envelope
        while not envelope.acknowledged and time.monotonic() < until:
            with self._changed:
                self._changed.wait_for(lambda: self._newest() is not None, timeout=until - time.monotonic())
                socket = self._newest()
            if socket is None:
                break
            sent: dict[str, Any] = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": True}
            if attempt:
                sent |= {"retry_attempt": attempt, "retry_reason": "timeout"}
            attempt += 1
            if not socket.send(json.dumps(sent)):
                continue
            with self._changed:
                self._changed.wait_for(lambda s=socket: envelope.acknowledged or s.closed, timeout=until - time.monotonic())  # type: ignore[misc]
        with self._changed:
            del self._waiting[envelope_id]
        return envelope.acknowledged, envelope.answer

    def refresh(self) -> None:
        """Ask the newest connection to make way for another, as Slack does every few hours."""
        self._tell({"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "stand-in"}})

    def warn(self) -> None:
        """Say that the newest connection ends in ten seconds."""
        self._tell({"type": "disconnect", "reason": "warning", "debug_info": {"host": "stand-in"}})

    def drop(self) -> None:
        """End every connection at once."""
        with self._changed:
            sockets = list(self._open)
        for socket in sockets:
            socket.close()
        with self._changed:
            self._changed.notify_all()

    def wait_for_connections(self, count: int, *, seconds: float) -> bool:
        """Return whether there have been ``count`` connections within that time, the newest of them open."""
        with self._changed:
            return self._changed.wait_for(lambda: self.connections >= count and self._newest() is not None, timeout=seconds)

    def _tell(self, message: dict[str, Any]) -> None:
        with self._changed:
            socket = self._newest()
            if socket is not None:
                self._leaving.append(socket)
        if socket is not None:
            socket.send(json.dumps(message))

    def _newest(self) -> WebSocket | None:
        return next((socket for socket in reversed(self._open) if not socket.closed), None)

    def _received(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return
        with self._changed:
            envelope = self._waiting.get(str(message.get("envelope_id"))) if isinstance(message, dict) else None
            if envelope is not None:
                envelope.acknowledged, envelope.answer = True, message.get("payload")
                self._changed.notify_all()
