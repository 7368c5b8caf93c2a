"""A mail server that does to the n-th recipient or mail what a test says; everything else of the conversation is aiosmtpd's."""

from __future__ import annotations

import socket
from asyncio import WriteTransport
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def _never(number: int) -> bool:
    return False


class MoodyServer:
    """Takes mail. ``fails``: says "try again" to the n-th recipient, from 0; ``drops``: takes the n-th mail and hangs up without a word."""

    def __init__(self, *, fails: Callable[[int], bool], drops: Callable[[int], bool]) -> None:
        self.fails, self.drops = fails, drops
        self.asked = 0
        #: what came over the wire, also where nothing was said about it
        self.received: list[bytes] = []
        #: mails that were taken with a word
        self.taken = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        """Answer one RCPT."""
        number, self.asked = self.asked, self.asked + 1
        if self.fails(number):
            return "451 4.3.0 try again"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take one mail."""
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        if self.drops(len(self.received) - 1):
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
            return "421 gone"
        self.taken += 1
        return "250 taken"


@contextmanager
def moody_server(
    monkeypatch: pytest.MonkeyPatch, *, fails: Callable[[int], bool] = _never, drops: Callable[[int], bool] = _never
) -> Iterator[MoodyServer]:
    """Put such a server into the settings, with one connection, so that the order is that of the people."""
    server = MoodyServer(fails=fails, drops=drops)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    smtp = Controller(server, hostname="127.0.0.1", port=port)
    smtp.start()
    try:
        monkeypatch.setenv("CADENCE_SMTP__PORT", str(port))
        monkeypatch.setenv("CADENCE_SMTP__CONNECTIONS", "1")
        yield server
    finally:
        smtp.stop(no_assert=True)
