"""Slow and many connections, over real sockets: nobody keeps others out, and a server without descriptors says one line."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from cadence.assembly.service import LimitedServer
from cadence.web.parts.connections import Doors, limited

PATIENCE = 60.0
ASKING = b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n"
NEVER = 10_000.0
Serve = Callable[..., int]


@pytest.fixture
def serve(site: FastAPI) -> Iterator[Serve]:
    """Serve the site behind these doors; return the port."""
    with ExitStack() as stack:

        def start(doors: Doors, listening: socket.socket | None = None, app: Any = site) -> int:
            found = listening or socket.socket()
            found.bind(("127.0.0.1", 0))
            found.listen(512)
            config = uvicorn.Config(app, http=limited(doors), log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
            ready = threading.Event()
            server = LimitedServer(config, doors=doors, on_ready=ready.set)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [found]})
            thread.start()

            def stop() -> None:
                server.should_exit = True
                thread.join(PATIENCE)
                found.close()

            stack.callback(stop)
            assert ready.wait(PATIENCE)
            port: int = found.getsockname()[1]
            return port

        yield start


def opened(stack: ExitStack, port: int, said: bytes = b"") -> socket.socket:
    one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
    one.sendall(said)
    return one


def read_all(one: socket.socket) -> bytes:
    got = b""
    try:
        while more := one.recv(65536):
            got += more
    except ConnectionResetError:
        pass
    return got


def alive(port: int) -> bool:
    with ExitStack() as stack:
        return b'{"status":"alive"}' in read_all(opened(stack, port, ASKING + b"connection: close\r\n\r\n"))


@pytest.mark.databases("sqlite")
def test_a_head_or_a_body_that_does_not_come_ends_the_connection(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    # short only while the slow ones are looked at: a busy machine takes its time for the others
    doors = Doors(head_within=NEVER, body_within=0.2)
    port = serve(doors)
    with ExitStack() as stack:
        second = opened(stack, port, ASKING + b"\r\n")
        assert second.recv(65536).startswith(b"HTTP/1.1 200")
        doors.head_within = 0.2
        second.sendall(b"GET /he")
        silent = opened(stack, port)
        slow = opened(stack, port, b"GET /hea")
        body = opened(stack, port, b"POST /p/x HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\nab")
        assert b"HTTP/1.1 200" not in b"".join(map(read_all, (silent, slow, body, second)))
    doors.head_within = NEVER
    assert alive(port)
    assert "Traceback" not in caplog.text


@pytest.mark.databases("sqlite")
def test_health_answers_under_two_hundred_slow_connections(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    for doors in (Doors(head_within=NEVER, most=150), Doors(head_within=NEVER, most_of_one=100, shared=())):
        port = serve(doors)
        with ExitStack() as stack:
            held = [opened(stack, port, b"GET / HTTP/1.1\r\nx-slow: ") for _ in range(200)]
            assert alive(port)
            assert read_all(held[0]) == b""
            assert alive(port)
    full = [record.getMessage() for record in caplog.records if "connections_full" in record.getMessage()]
    assert len(full) == 2
    assert "client=127.0.0.1 open=1" in full[0]


@pytest.mark.databases("sqlite")
def test_a_request_that_is_being_answered_is_never_closed_for_a_new_one(serve: Serve) -> None:
    begun, go_on = threading.Event(), threading.Event()

    async def answers_late(scope: Any, receive: Any, send: Any) -> None:
        import asyncio

        begun.set()
        await asyncio.to_thread(go_on.wait, PATIENCE)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"late"})

    port = serve(Doors(head_within=NEVER, most=1), app=answers_late)
    with ExitStack() as stack:
        first = opened(stack, port, ASKING + b"connection: close\r\n\r\n")
        assert begun.wait(PATIENCE)
        assert read_all(opened(stack, port, ASKING + b"\r\n")).startswith(b"HTTP/1.1 503")
        go_on.set()
        assert read_all(first).endswith(b"late")


class Starved(socket.socket):
    """A listening socket of a process that has no descriptor left for some moments."""

    refusals = 3

    def accept(self) -> Any:
        """Fail as the system does."""
        if self.refusals:
            self.refusals -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


@pytest.mark.databases("sqlite")
def test_no_descriptor_left_is_one_line_and_the_server_goes_on(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        port = serve(Doors(), Starved())
        assert alive(port)
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in said] == ["event=web.no_descriptor_left error=EMFILE open=0"]
    assert said[0].exc_info is None
