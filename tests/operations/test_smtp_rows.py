"""Rows 11 to 19 of the fault matrix (reliability.md section 5) with the ledger around them: real conversations, each row's pass line.

``tests/channels/test_smtp_faults.py`` holds what each fault is classed as; here is what becomes of the messages.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.channels.email.admission import SmtpSettings
from cadence.channels.email.smtp import SmtpTransport
from cadence.clock import FixedClock
from cadence.domain.deliveries import Digest, EmailEnvelope
from cadence.operations.notices import list_notices
from cadence.operations.outbox import Outbox
from cadence.operations.tick import TickReport, send_due
from cadence.store import tables
from cadence.store.database import Database
from cadence.store.ledger import lease_owner
from tests.channels.smtp_faults import CLOSE, DRIP, FLOOD, HANG, RESET, RIGHT, FaultySmtp, Script
from tests.fixtures.builders import NOW
from tests.fixtures.sending import compose_plainly, delivery_row, planned, states

MINUTE = timedelta(minutes=1)


def compose(digest: Digest) -> EmailEnvelope:
    """Compose a small mail whose Message-ID names its delivery."""
    return compose_plainly(digest)


class House:
    """A ledger with planned mails, and a way to a server that misbehaves."""

    def __init__(self, database: Database, *, mails: int = 1) -> None:
        self.database = database
        self.clock = FixedClock(NOW)
        self.ids = planned(database, mails)
        self.outbox: Outbox | None = None

    def send(self, server: FaultySmtp | int, **changes: Any) -> None:
        """Do what a tick does for this channel, over one connection unless told otherwise."""
        report = TickReport()
        if self.outbox is None:
            port = server if isinstance(server, int) else server.port
            patience = {"connect_timeout": 2.0, "command_timeout": 0.3, "data_timeout": 0.3, "final_timeout": 0.3, "block_timeout": 0.5}
            given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "helo": "tests.example.com", "tls": "off", "connections": 1}
            transport = SmtpTransport(SmtpSettings(**(given | patience | changes)))
            self.outbox = Outbox(database=self.database, clock=self.clock, transport=transport, compose=compose, owner=lease_owner())
        send_due(self.outbox, report=report)

    def state(self, number: int = 0) -> str:
        return str(delivery_row(self.database, self.ids[number]).state)

    def suspended(self) -> int:
        table = tables.Address.__table__  # type: ignore[attr-defined]
        with self.database.read() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(table).where(table.c.suspended_at.is_not(None))).scalar_one()

    def notices(self) -> list[str]:
        with self.database.read() as connection:
            return [notice.code for notice in list_notices(connection)]

    def close(self) -> None:
        if self.outbox is not None:
            self.outbox.close()
        self.database.close()


@pytest.fixture
def make_house(sqlite_url: str) -> Iterator[Any]:
    made: list[House] = []

    def make(**given: Any) -> House:
        made.append(House(Database(sqlite_url), **given))
        return made[-1]

    yield make
    for house in made:
        house.close()


def first_then_right(script: Script) -> Any:
    """Return a script for the first connection only."""
    return lambda number: script if number == 1 else {}


@pytest.mark.parametrize("phase", ["greeting", "ehlo", "mail", "rcpt", "data", "dot"])
def test_row_11_a_server_that_closes_gets_the_mail_later_and_it_is_no_bounce(make_house: Any, phase: str) -> None:
    house = make_house()
    # a kept conversation that ends with 421 is opened anew at once, so the second refuses too
    with FaultySmtp(lambda number: {phase: b"421 4.3.2 closing\r\n"} if number <= 2 else {}) as server:
        house.send(server)
        assert (house.state(), house.suspended(), server.taken) == ("planned", 0, [])
        house.clock.advance(5 * MINUTE)
        house.send(server)
        house.clock.advance(10 * MINUTE)
        house.send(server)
        assert (house.state(), len(server.taken), house.suspended()) == ("sent", 1, 0)


@pytest.mark.parametrize("reply", [b"450 4.2.0 greylisted\r\n", b"451 4.7.1 later\r\n", b"452 4.2.2 full\r\n"])
def test_row_12_a_greylisted_mail_goes_out_after_five_minutes_and_delays_nobody(make_house: Any, reply: bytes) -> None:
    house = make_house(mails=4)
    with FaultySmtp({"rcpt": [reply, RIGHT["rcpt"]]}) as server:
        house.send(server)
        assert (states(house.database), len(server.taken)) == ({"planned": 1, "sent": 3}, 3)
        house.clock.advance(5 * MINUTE - timedelta(seconds=1))
        house.send(server)
        assert len(server.taken) == 3
        house.clock.advance(timedelta(seconds=1))
        house.send(server)
        assert (states(house.database), len(server.taken), house.suspended()) == ({"sent": 4}, 4, 0)


@pytest.mark.parametrize(
    ("phase", "reply", "state", "suspended", "notices"),
    [
        ("rcpt", b"550 5.1.1 no such user\r\n", "failed", 1, ["address_suspended"]),
        ("rcpt", b"550 5.7.1 policy\r\n", "planned", 0, ["channel_paused"]),
        ("dot", b"552 5.3.4 too big\r\n", "failed", 0, []),
        ("greeting", b"554 5.3.2 no service\r\n", "planned", 0, ["channel_paused"]),
    ],
)
def test_row_13_the_address_is_suspended_or_the_channel_paused_by_whose_fault_it_is(
    make_house: Any, phase: str, reply: bytes, state: str, suspended: int, notices: list[str]
) -> None:
    house = make_house()
    with FaultySmtp({phase: reply}) as server:
        house.send(server)
        assert (house.state(), house.suspended(), house.notices()) == (state, suspended, notices)


@pytest.mark.parametrize("act", [CLOSE, RESET, HANG])
def test_row_14_a_mail_whose_answer_is_lost_is_sent_once_more_and_no_more(make_house: Any, act: str) -> None:
    house = make_house()
    bodies: list[bytes] = []
    with FaultySmtp({"dot": act}) as server:
        house.send(server)
        assert house.state() == "unknown"
        house.clock.advance(9 * MINUTE)
        house.send(server)
        attempts = len([c for c in server.commands if c.startswith("mail")])
        house.clock.advance(MINUTE)
        house.send(server)
        house.clock.advance(60 * MINUTE)
        house.send(server)
        assert (attempts, len([c for c in server.commands if c.startswith("mail")])) == (1, 2)
        bodies += server.taken
    assert house.state() == "unknown"
    assert delivery_row(house.database, house.ids[0]).settle_at is None


def test_row_14_the_second_copy_is_the_same_mail(make_house: Any) -> None:
    house = make_house()
    with FaultySmtp(first_then_right({"dot": CLOSE})) as server:
        house.send(server)
        house.clock.advance(10 * MINUTE)
        house.send(server)
        (taken,) = server.taken
        assert house.state() == "sent"
    mail = message_from_bytes(taken)
    assert mail["Message-ID"] == f"<{delivery_row(house.database, house.ids[0]).public_id}@test>"
    assert mail["Date"] == NOW.isoformat()


@pytest.mark.parametrize("act", [HANG, DRIP])
@pytest.mark.parametrize("phase", ["greeting", "ehlo", "mail", "rcpt", "data", "dot"])
def test_row_15_a_server_that_falls_silent_is_given_up_and_the_others_keep_their_rate(make_house: Any, phase: str, act: str) -> None:
    house = make_house(mails=8)
    began = time.monotonic()
    with FaultySmtp(first_then_right({phase: act})) as server:
        house.send(server, connections=2, connect_timeout=0.5)
        assert time.monotonic() - began < 60
        found = states(house.database)
        assert found.pop("sent") == 7
        assert found == {"unknown" if phase == "dot" else "planned": 1}
        assert len(set(server.taken)) == 7


# 16


@pytest.fixture(scope="module")
def expired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that ended yesterday, and its key in one file."""
    folder = tmp_path_factory.mktemp("expired")
    request = "openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem"
    sign = "openssl x509 -req -in request.pem -signkey key.pem -days -1 -out cert.pem"
    for command in (request, sign):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    (folder / "both.pem").write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return folder


OFFER = {"ehlo": b"250-faulty\r\n250-STARTTLS\r\n250 SIZE 1000000\r\n"}


@pytest.mark.parametrize(
    ("script", "tls", "said"),
    [
        ({}, False, "does not offer STARTTLS"),
        (OFFER | {"starttls": b"454 4.7.0 not now\r\n"}, False, "STARTTLS"),
        (OFFER | {"starttls": b"220 go\r\n250 injected\r\n"}, False, "sent clear text"),
        (OFFER, True, "expired"),
    ],
    ids=["missing", "refused", "injected", "expired certificate"],
)
def test_row_16_nothing_goes_out_in_clear_text_and_the_reason_is_named(
    make_house: Any, expired: Path, script: Script, tls: bool, said: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
    if context is not None:
        context.load_cert_chain(expired / "both.pem")
    house = make_house()
    with FaultySmtp(script, tls=context) as server:
        house.send(server, tls="required", host="localhost", ca_file=str(expired / "cert.pem"), command_timeout=5)
        assert not any(command.startswith(("mail", "AUTH")) for command in server.commands)
    table = tables.ChannelStatus.__table__  # type: ignore[attr-defined]
    with house.database.read() as connection:
        assert said in connection.execute(sa.select(table.c.reason)).scalar_one()
    assert (house.state(), house.notices()) == ("planned", ["channel_paused"])


@pytest.mark.parametrize("reply", [b"535 5.7.8 wrong\r\n", b"534 5.7.9 too weak\r\n"])
def test_row_17_a_refused_login_is_tried_once_in_five_minutes_and_told_once(make_house: Any, reply: bytes) -> None:
    house = make_house(mails=3)
    script: dict[str, Any] = {"ehlo": b"250-faulty\r\n250 AUTH PLAIN\r\n", "auth": [reply, reply, reply, RIGHT["auth"]]}
    with FaultySmtp(lambda number: script) as server:
        logins = []
        for _ in range(60):
            house.send(server, username="cadence", password="secret", command_timeout=5)
            logins.append(sum(command.startswith("AUTH") for command in server.commands))
            assert house.notices() in (["channel_paused"], [])
            house.clock.advance(MINUTE)
            if states(house.database) == {"sent": 3}:
                break
        # the password is rotated before the fourth try; until then each try is followed by five quiet minutes or more
        assert all(count >= 5 for tries, count in Counter(logins).items() if 1 <= tries <= 3)
        assert (states(house.database), len(server.taken), house.notices()) == ({"sent": 3}, 3, [])


def test_row_17_a_login_that_is_put_off_is_tried_later(make_house: Any) -> None:
    house = make_house()
    script = {"ehlo": b"250-faulty\r\n250 AUTH PLAIN\r\n", "auth": b"454 4.7.0 try again\r\n"}
    with FaultySmtp(lambda number: script if number == 1 else {"ehlo": script["ehlo"]}) as server:
        house.send(server, username="cadence", password="secret", command_timeout=5)
        assert (house.state(), house.notices()) == ("planned", [])
        house.clock.advance(5 * MINUTE)
        house.send(server)
        assert house.state() == "sent"


@pytest.mark.parametrize(
    ("phase", "act"),
    [
        ("body", b"250 sent\r\n"),
        ("dot", b"250 yes\r\n550 no\r\n"),
        ("dot", b"250 " + b"x" * 9_000 + b"\r\n"),
        ("dot", FLOOD),
        ("dot", b"999 what\r\n"),
        ("dot", b"\xff\xfe\x00\x01\r\n"),
        ("data", b"250 OK\r\n"),
        ("rcpt", RIGHT["rcpt"] * 2),
    ],
    ids=["before the dot", "two replies", "long line", "endless", "999", "binary", "no go-ahead", "too many"],
)
def test_row_18_nonsense_is_never_taken_for_a_receipt(make_house: Any, phase: str, act: bytes | str) -> None:
    house = make_house()
    with FaultySmtp({phase: act}) as server:
        house.send(server)
    assert house.state() in ("unknown", "planned")
    assert house.suspended() == 0


# 19


@pytest.mark.parametrize("failure", [socket.gaierror(socket.EAI_AGAIN, "try again"), socket.gaierror(socket.EAI_NONAME, "unknown")])
def test_row_19_a_name_that_cannot_be_found_is_tried_again(make_house: Any, monkeypatch: pytest.MonkeyPatch, failure: OSError) -> None:
    house = make_house()
    found = socket.getaddrinfo
    with FaultySmtp() as server:

        def lookup(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            if host == "relay.test":
                if failure.args:
                    raise failure
                host = "127.0.0.1"
            return found(host, port, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        house.send(server, host="relay.test")
        assert (house.state(), house.suspended()) == ("planned", 0)
        failure.args = ()
        house.clock.advance(5 * MINUTE)
        house.send(server)
        assert (house.state(), len(server.taken)) == ("sent", 1)


@contextlib.contextmanager
def black_hole(port: int) -> Iterator[str]:
    """Yield an address of this machine where connections to ``port`` are neither taken nor refused."""
    address = "127.0.0.2"
    with contextlib.ExitStack() as held:
        listener = held.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):  # fills the queue of those that wait to be taken
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect((address, port))
        yield address


def test_row_19_an_address_that_swallows_packets_does_not_keep_the_mail_from_the_next(
    make_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house()
    with FaultySmtp() as server, black_hole(server.port) as hole:
        entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port)) for address in (hole, "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
        began = time.monotonic()
        house.send(server, host="relay.test", connect_timeout=2.0)
        # half of the time for each of two addresses
        assert 0.9 < time.monotonic() - began < 60
        assert (house.state(), len(server.taken)) == ("sent", 1)
