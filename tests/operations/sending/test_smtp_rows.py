"""Rows 11 to 19 of the fault matrix with the ledger around them: real conversations, each row's pass line.

``tests/channels/test_smtp_faults.py`` holds what each fault is classed as; here is what becomes of the messages.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Digest, EmailEnvelope
from cadence.domain.sending.retry import CHANNEL_PAUSE
from cadence.operations.running.notices import list_notices
from cadence.operations.running.tick import TickReport, send_due
from cadence.operations.sending.outbox import LEASE_MARGIN, Outbox
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.sending.ledger import lease_owner
from tests.channels.smtp_faults import CLOSE, DRIP, FLOOD, HANG, RESET, RIGHT, SHORT, FaultySmtp, Script
from tests.fixtures.builders import NOW
from tests.fixtures.sending import attempt_rows, compose_plainly, delivery_row, planned, states

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
        self.compose: Callable[[Digest], EmailEnvelope] = compose

    def send(self, server: FaultySmtp | int, **changes: Any) -> None:
        """Do what a tick does for this channel, over one connection unless told otherwise."""
        report = TickReport()
        if self.outbox is None:
            port, patience = (server.port, server.patience()) if isinstance(server, FaultySmtp) else (server, {})
            given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "helo": "tests.example.com", "tls": "off", "connections": 1}
            transport = SmtpTransport(SmtpServer(**(given | patience | changes)))
            self.outbox = Outbox(database=self.database, clock=self.clock, transport=transport, compose=self.compose, owner=lease_owner())
        send_due(self.outbox, report=report)

    def state(self, number: int = 0) -> str:
        return str(delivery_row(self.database, self.ids[number]).state)

    def pause_is_over(self) -> None:
        """Let the time of a pause pass."""
        self.clock.advance(CHANNEL_PAUSE)

    def counted_against(self) -> float:
        """Return what is counted against all addresses together."""
        table = core.addresses
        with self.database.read() as connection:
            return float(connection.execute(sa.select(sa.func.sum(table.c.failure_score))).scalar_one())

    def suspended(self) -> int:
        table = core.addresses
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
    # a kept conversation that ends with 421 is opened again at once, so the second refuses too
    with FaultySmtp(lambda number: {phase: b"421 4.3.2 closing\r\n"} if number <= 2 else {}) as server:
        house.send(server)
        assert (house.state(), house.suspended(), house.notices(), server.taken) == ("planned", 0, [], [])
        house.clock.advance(5 * MINUTE)
        house.send(server)
        house.clock.advance(10 * MINUTE)
        house.send(server)
        assert (house.state(), len(server.taken), house.suspended()) == ("sent", 1, 0)
    assert (house.counted_against(), house.notices()) == (0.0, [])


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "dot"])
def test_row_11_the_others_go_out_over_another_connection_meanwhile(make_house: Any, phase: str) -> None:
    house = make_house(mails=4)
    with FaultySmtp(lambda number: {phase: b"421 4.3.2 closing\r\n"} if number == 1 else {}) as server:
        house.send(server)
        assert (states(house.database), len(set(server.taken))) in (({"planned": 1, "sent": 3}, 3), ({"sent": 4}, 4))
        house.clock.advance(5 * MINUTE)
        house.send(server)
        assert (states(house.database), len(server.taken), len(set(server.taken))) == ({"sent": 4}, 4, 4)


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


@pytest.mark.parametrize("reply", [b"550 5.1.1 no such user\r\n", b"553 5.1.3 odd address\r\n", b"556 5.1.10 null MX\r\n"])
def test_row_13_an_address_that_does_not_exist_stops_nobody_else_and_is_told_once(make_house: Any, reply: bytes) -> None:
    house = make_house(mails=4)
    with FaultySmtp({"rcpt": [reply, RIGHT["rcpt"]]}) as server:
        for _ in range(3):
            house.send(server)
            house.clock.advance(10 * MINUTE)
        assert (states(house.database), len(server.taken)) == ({"failed": 1, "sent": 3}, 3)
    assert (house.suspended(), house.notices()) == (1, ["address_suspended"])


@pytest.mark.parametrize(
    "reply", [b"550 5.7.1 policy\r\n", b"550 5.7.23 SPF\r\n", b"554 5.7.1 relay access denied\r\n", b"550 5.7.515 DMARC\r\n"]
)
def test_row_13_a_refusal_by_policy_holds_the_channel_and_costs_nobody_their_mail_or_address(make_house: Any, reply: bytes) -> None:
    house = make_house(mails=4)
    with FaultySmtp({"rcpt": [reply, reply, RIGHT["rcpt"]]}) as server:
        house.send(server)
        for _ in range(4):
            house.clock.advance(MINUTE)
            house.send(server)
        assert server.commands.count("rcpt TO:<p0@example.com>") + sum("p1@" in c for c in server.commands) == 1, "one try in five minutes"
        assert (states(house.database), house.notices()) == ({"planned": 4}, ["channel_paused"])
        for _ in range(3):
            house.pause_is_over()
            house.send(server)
        assert (states(house.database), len(server.taken), len(set(server.taken))) == ({"sent": 4}, 4, 4)
    assert (house.suspended(), house.counted_against(), house.notices()) == (0, 0.0, [])


def test_row_13_a_server_that_is_closed_gets_everything_once_it_is_open(make_house: Any) -> None:
    house = make_house(mails=3)
    with FaultySmtp(lambda number: {"greeting": b"554 5.3.2 no service\r\n"} if number <= 2 else {}) as server:
        house.send(server)
        assert (states(house.database), house.notices(), server.connections) == ({"planned": 3}, ["channel_paused"], 1)
        for _ in range(4):
            house.pause_is_over()
            house.send(server)
        assert (states(house.database), len(server.taken), house.notices(), house.suspended()) == ({"sent": 3}, 3, [], 0)


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
    with FaultySmtp(first_then_right({phase: act})) as server:
        house.send(server, connections=2)
        found = states(house.database)
        assert found.pop("sent") == 7
        assert found == {"unknown" if phase == "dot" else "planned": 1}
        assert len(set(server.taken)) == 7


@pytest.mark.parametrize(
    ("phase", "act", "pipelining"),
    [
        *[(phase, HANG, False) for phase in ("mail", "rcpt", "data", "dot", "noop", "rset")],
        *[(phase, DRIP, False) for phase in ("mail", "dot")],
        ("data", HANG, True),
        ("rcpt", DRIP, True),
    ],
)
def test_row_15_while_one_conversation_hangs_the_others_go_on_at_their_rate(
    make_house: Any, phase: str, act: str, pipelining: bool
) -> None:
    house = make_house(mails=8)
    first: Script = {phase: act, "rcpt": b"450 4.2.0 later\r\n"} if phase == "rset" else {phase: act}
    with FaultySmtp(first_then_right(first), pipelining=pipelining, silent_until=7) as server:
        house.send(server, connections=2)
        assert server.awaited == [True], "none of the others waited for the one that hung"
        assert len(set(server.taken)) >= 7


def test_row_15_a_server_that_is_silent_at_the_second_greeting_holds_up_nobody(make_house: Any) -> None:
    house = make_house(mails=12)
    with FaultySmtp(lambda number: {"ehlo": HANG} if number == 2 else {}, silent_until=11) as server:
        house.send(server, connections=2)
        assert server.awaited == [True]
        assert len(set(server.taken)) >= 11


def test_row_15_a_server_that_stops_reading_the_text_is_given_up(make_house: Any) -> None:
    """The text is larger than what the kernel takes on the way; the answer to it never comes."""
    house = make_house(mails=3)

    def large(digest: Digest) -> EmailEnvelope:
        mail = compose_plainly(digest)
        return replace(mail, content=mail.content + (b"y" * 70 + b"\r\n") * 200_000) if digest.address.startswith("p0") else mail

    with FaultySmtp(lambda number: {"ehlo": b"250 faulty\r\n"} | ({"body": HANG} if number == 1 else {})) as server:
        house.compose = large
        house.send(server)
        assert states(house.database).get("sent") == 2
        assert len(set(server.taken)) == 2
    assert house.state() in ("planned", "unknown")


@pytest.mark.parametrize("phase", ["starttls", "auth"])
@pytest.mark.parametrize("act", [HANG, DRIP])
def test_row_15_silence_before_the_first_mail_ends_too(make_house: Any, phase: str, act: str) -> None:
    house = make_house(mails=2)
    ehlo = {"starttls": b"250-faulty\r\n250 STARTTLS\r\n", "auth": b"250-faulty\r\n250 AUTH PLAIN\r\n"}[phase]
    given = {"tls": "required"} if phase == "starttls" else {"username": "cadence", "password": "secret"}
    with FaultySmtp({"ehlo": ehlo, phase: act}) as server:
        house.send(server, command_timeout=SHORT, **given)
        assert states(house.database) == {"planned": 2}
        assert house.suspended() == 0


def test_row_15_the_patience_of_all_steps_is_cut_off_at_fifteen_minutes() -> None:
    """Each step has the patience of RFC 5321; together they may not have more than the lease allows."""
    settings = SmtpServer(host="relay.test", port=25, helo="x")
    assert settings.deadline <= 15 * 60 < LEASE_MARGIN.total_seconds()
    assert (settings.connect_timeout, settings.command_timeout, settings.data_timeout) == (30, 300, 120)
    assert (settings.block_timeout, settings.final_timeout) == (180, 600)


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
        (OFFER | {"starttls": b"501 5.5.1 no\r\n"}, False, "STARTTLS"),
        (OFFER | {"starttls": b"454 4.7.0 not now\r\n"}, False, "STARTTLS"),
        (OFFER | {"starttls": b"220 go\r\n250 injected\r\n"}, False, "sent clear text"),
        (OFFER, True, "expired"),
    ],
    ids=["missing", "refused", "put off", "injected", "expired certificate"],
)
def test_row_16_nothing_goes_out_in_clear_text_and_the_reason_is_named(
    make_house: Any, expired: Path, script: Script, tls: bool, said: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
    if context is not None:
        context.load_cert_chain(expired / "both.pem")
    house = make_house()
    with FaultySmtp(script, tls=context) as server:
        house.send(server, tls="required", host="localhost", ca_file=str(expired / "cert.pem"))
        assert not any(command.startswith(("mail", "AUTH")) for command in server.commands)
    table = core.channel_status
    with house.database.read() as connection:
        assert said in connection.execute(sa.select(table.c.reason)).scalar_one()
    assert (house.state(), house.notices()) == ("planned", ["channel_paused"])


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that holds, and its key in one file."""
    folder = tmp_path_factory.mktemp("valid")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*command.split(), "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)
    (folder / "both.pem").write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return folder


@pytest.mark.parametrize(
    ("host", "trusted", "said"),
    [("localhost", False, "certificate"), ("127.0.0.1", True, "not valid for '127.0.0.1'"), ("localhost", True, "")],
    ids=["unknown origin", "wrong host", "sound"],
)
def test_row_16_a_certificate_that_is_not_good_holds_the_channel_until_it_is(
    make_house: Any, valid: Path, host: str, trusted: bool, said: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(valid / "both.pem")
    house = make_house(mails=2)
    with FaultySmtp(OFFER, tls=context) as server:
        for _ in range(3):
            house.send(server, tls="required", host=host, ca_file=str(valid / "cert.pem") if trusted else "")
            house.clock.advance(MINUTE)
        if not said:
            assert (states(house.database), len(server.taken), house.notices()) == ({"sent": 2}, 2, [])
            return
        assert not any(command.startswith(("mail", "AUTH")) for command in server.commands)
        assert server.connections == 1, "one try in five minutes"
    table = core.channel_status
    with house.database.read() as connection:
        assert said in connection.execute(sa.select(table.c.reason)).scalar_one()
    assert (states(house.database), house.notices(), house.suspended()) == ({"planned": 2}, ["channel_paused"], 0)


@pytest.mark.parametrize("reply", [b"535 5.7.8 wrong\r\n", b"534 5.7.9 too weak\r\n"])
def test_row_17_a_refused_login_is_tried_once_in_five_minutes_and_told_once(make_house: Any, reply: bytes) -> None:
    house = make_house(mails=3)
    script: dict[str, Any] = {"ehlo": b"250-faulty\r\n250 AUTH PLAIN\r\n", "auth": [reply, reply, reply, RIGHT["auth"]]}
    with FaultySmtp(lambda number: script) as server:
        logins = []
        for _ in range(60):
            house.send(server, username="cadence", password="secret")
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
        house.send(server, username="cadence", password="secret")
        assert (house.state(), house.notices()) == ("planned", [])
        house.clock.advance(5 * MINUTE)
        house.send(server)
        assert house.state() == "sent"


def test_row_17_a_password_that_is_rotated_while_we_send_costs_nobody_a_mail(make_house: Any) -> None:
    house = make_house(mails=4)
    ehlo = b"250-faulty\r\n250 AUTH PLAIN\r\n"

    def script(number: int) -> Script:
        """Take the old password once and end after one mail; refuse it twice; then it is set again."""
        if number == 1:
            return {"ehlo": ehlo, "mail": [RIGHT["mail"], CLOSE]}
        return {"ehlo": ehlo, "auth": b"535 5.7.8 wrong\r\n"} if number <= 3 else {"ehlo": ehlo}

    with FaultySmtp(script) as server:
        told = []
        for _ in range(40):
            house.send(server, username="cadence", password="secret")
            told.append(tuple(house.notices()))
            house.clock.advance(MINUTE)
        assert (states(house.database), len(server.taken), len(set(server.taken))) == ({"sent": 4}, 4, 4)
        assert sum(command.startswith("AUTH") for command in server.commands) == 5, "two refusals, a probe, and two that send"
    assert sorted(set(told)) == [(), ("channel_paused",)]
    assert told[-1] == ()


@pytest.mark.parametrize(
    ("phase", "act"),
    [
        ("body", b"250 sent\r\n"),
        ("dot", b"250 yes\r\n550 no\r\n"),
        ("dot", b"250 " + b"x" * 9_000 + b"\r\n"),
        ("dot", FLOOD),
        ("dot", b"999 what\r\n"),
        ("dot", b"\xff\xfe\x00\x01\r\n"),
        ("rcpt", FLOOD),
        ("data", b"250 OK\r\n"),
        ("rcpt", RIGHT["rcpt"] * 2),
    ],
    ids=["before the dot", "two replies", "long line", "endless", "999", "binary", "endless at RCPT", "no go-ahead", "too many"],
)
def test_row_18_nonsense_is_never_taken_for_a_receipt(make_house: Any, phase: str, act: bytes | str) -> None:
    house = make_house(mails=2)
    with FaultySmtp(first_then_right({phase: act})) as server:
        house.send(server)
        assert states(house.database) in ({"unknown": 1, "sent": 1}, {"planned": 1, "sent": 1})
        assert server.connections >= 2, "the conversation that spoke nonsense is dropped"
        right = [mail for mail in server.taken if b"@test" in mail]
    (doubted,) = [i for i in house.ids if delivery_row(house.database, i).state != "sent"]
    assert [a.outcome for a in attempt_rows(house.database, doubted)] in (["unknown"], ["retry"])
    assert (house.suspended(), house.notices()) == (0, [])
    assert len(set(right)) == len(right), "nobody gets two"


def test_row_18_no_reply_at_all_after_the_dot_is_no_receipt(make_house: Any) -> None:
    house = make_house()
    with FaultySmtp({"dot": b""}) as server:
        house.send(server)
    assert house.state() == "unknown"


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
def black_hole(port: int, *, family: socket.AddressFamily = socket.AF_INET) -> Iterator[str]:
    """Yield an address of this machine where connections to ``port`` are neither taken nor refused."""
    address = "127.0.0.2" if family == socket.AF_INET else "::1"
    with contextlib.ExitStack() as held:
        listener = held.enter_context(socket.socket(family))
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):  # fills the queue of those that wait to be taken
            waiting = held.enter_context(socket.socket(family))
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
        # half of the time for each of two addresses
        house.send(server, host="relay.test", connect_timeout=2.0)
        assert (house.state(), len(server.taken)) == ("sent", 1)


def test_row_19_an_ipv6_route_that_leads_nowhere_costs_seconds_and_no_mail(make_house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name service names the IPv6 address first, as it does for most servers."""
    house = make_house(mails=3)
    with FaultySmtp() as server, black_hole(server.port, family=socket.AF_INET6) as hole:
        entries: list[Any] = [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (hole, server.port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
        house.send(server, host="relay.test", connect_timeout=2.0)
        assert (states(house.database), len(server.taken)) == ({"sent": 3}, 3)
    assert SmtpServer(host="relay.test", port=25).connect_timeout <= 30, "all addresses together"


def test_row_19_a_name_that_leads_to_this_machine_is_tried_again_and_nobody_is_blamed(
    make_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A domain that takes no mail points its MX at 127.0.0.1, where nobody listens."""
    house = make_house(mails=2)
    with FaultySmtp() as gone:
        nobody = gone.port
    with FaultySmtp() as server:
        ports = iter([nobody] * 4)  # each connection looks twice
        found = socket.getaddrinfo

        def lookup(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            return found("127.0.0.1", next(ports, server.port), *rest, **more) if host == "relay.test" else found(host, port, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        house.send(server, host="relay.test")
        assert (states(house.database), house.suspended(), house.counted_against()) == ({"planned": 2}, 0, 0.0)
        for _ in range(3):
            house.clock.advance(10 * MINUTE)
            house.send(server)
        assert (states(house.database), len(server.taken), house.notices()) == ({"sent": 2}, 2, [])
