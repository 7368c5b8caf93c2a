"""What the email transport makes of servers that misbehave."""

from __future__ import annotations

import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from cadence.assembly.app import App, _smtp
from cadence.channels.email.admission import SmtpServer, own_name
from cadence.channels.email.errors import SLOW_DOWN, Phase, plain, provider_code, refused
from cadence.channels.email.smtp import SmtpTransport
from cadence.errors import (
    AddressRejected,
    ChannelRefused,
    MessageRejected,
    OutcomeUnknown,
    RateLimited,
    TemporarilyUnavailable,
    TransportError,
)
from cadence.operations.sending.remedies import remedy_for
from cadence.settings.loading import Settings
from tests.channels.exercise import an_envelope
from tests.channels.smtp_faults import CLOSE, DRIP, FLOOD, HANG, RESET, RIGHT, FaultySmtp, Script


def transport_for(server: FaultySmtp, **changes: Any) -> SmtpTransport:
    """Return a transport that gives up soon where ``server`` falls silent."""
    given: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "helo": "tests.example.com", "tls": "off"}
    return SmtpTransport(SmtpServer(**(given | server.patience() | changes)))


def outcome(script: Script) -> TransportError | None:
    """Return what sending one mail raises, None when it was sent; afterwards the same connection object sends another."""
    raised: TransportError | None = None
    with FaultySmtp(lambda number: script if number == 1 else {}) as server:
        connection = transport_for(server).connect()
        try:
            connection.send(an_envelope(1))
        except TransportError as error:
            raised = error
        connection.close()
        before = len(server.taken)
        connection.send(an_envelope(2))
        connection.close()
        assert len(server.taken) == before + 1
    return raised


TEMPORARY, ADDRESS, REJECTED, REFUSED, UNKNOWN = (
    TemporarilyUnavailable,
    AddressRejected,
    MessageRejected,
    ChannelRefused,
    OutcomeUnknown,
)


@pytest.mark.parametrize(
    ("phase", "reply", "expected", "code"),
    [
        # 11: the server is closing
        ("greeting", b"421 4.3.2 closing\r\n", TEMPORARY, "421 4.3.2"),
        ("ehlo", b"421 closing\r\n", TEMPORARY, "421"),
        ("mail", b"421 closing\r\n", TEMPORARY, "421"),
        ("rcpt", b"421 closing\r\n", TEMPORARY, "421"),
        ("data", b"421 closing\r\n", TEMPORARY, "421"),
        ("dot", b"421 closing\r\n", TEMPORARY, "421"),
        # 12: greylisting
        ("rcpt", b"450 4.2.0 come back later\r\n", TEMPORARY, "450 4.2.0"),
        ("rcpt", b"451 4.7.1 greylisted\r\n", TEMPORARY, "451 4.7.1"),
        ("rcpt", b"452 4.2.2 full\r\n", TEMPORARY, "452 4.2.2"),
        ("dot", b"452 4.3.1 no room\r\n", TEMPORARY, "452 4.3.1"),
        # 13: for good
        ("rcpt", b"550 5.1.1 no such user\r\n", ADDRESS, "550 5.1.1"),
        ("rcpt", b"550 no such user\r\n", ADDRESS, "550"),
        ("rcpt", b"553 5.1.3 odd address\r\n", ADDRESS, "553 5.1.3"),
        ("rcpt", b"553 what\r\n", REJECTED, "553"),
        ("rcpt", b"550 5.2.1 mailbox disabled\r\n", ADDRESS, "550 5.2.1"),
        ("rcpt", b"556 5.1.10 null MX\r\n", ADDRESS, "556 5.1.10"),
        ("rcpt", b"552 5.2.2 mailbox full\r\n", REJECTED, "552 5.2.2"),
        ("rcpt", b"554 5.7.1 relay access denied\r\n", REFUSED, "554 5.7.1"),
        ("rcpt", b"550 5.7.23 SPF\r\n", REFUSED, "550 5.7.23"),
        ("rcpt", b"550 5.1.8 bad sender\r\n", REFUSED, "550 5.1.8"),
        ("rcpt", b"530 5.7.0 log in first\r\n", REFUSED, "530 5.7.0"),
        ("mail", b"550 sender unknown\r\n", REFUSED, "550"),
        ("mail", b"530 5.7.0 STARTTLS first\r\n", REFUSED, "530 5.7.0"),
        ("mail", b"552 5.3.4 too big\r\n", REJECTED, "552 5.3.4"),
        ("data", b"554 5.5.1 no valid recipients\r\n", REJECTED, "554 5.5.1"),
        ("dot", b"552 5.3.4 too big\r\n", REJECTED, "552 5.3.4"),
        ("dot", b"554 5.6.0 bad content\r\n", REJECTED, "554 5.6.0"),
        ("dot", b"550 5.7.1 policy\r\n", REFUSED, "550 5.7.1"),
        ("dot", b"550 5.1.1 nobody\r\n", ADDRESS, "550 5.1.1"),
        ("greeting", b"554 5.3.2 no service here\r\n", REFUSED, "554 5.3.2"),
        # 101: an enhanced code that contradicts is ignored
        ("rcpt", b"450 5.1.1 later\r\n", TEMPORARY, "450"),
        ("rcpt", b"550 4.7.1 never\r\n", REJECTED, "550"),
        ("dot", b"554 2.0.0 no\r\n", REJECTED, "554"),
        # 14: broken off
        *[
            (phase, act, TEMPORARY, "lost")
            for phase in ("greeting", "ehlo", "mail", "rcpt", "data", "body")
            for act in (CLOSE, RESET, HANG)
            if (phase, act) != ("body", HANG)  # the answer to the dot is awaited then
        ],
        ("dot", CLOSE, UNKNOWN, "lost"),
        ("dot", RESET, UNKNOWN, "lost"),
        ("dot", HANG, UNKNOWN, "lost"),
        # 15: one byte at a time
        ("greeting", DRIP, TEMPORARY, "lost"),
        ("rcpt", DRIP, TEMPORARY, "lost"),
        ("dot", DRIP, UNKNOWN, "lost"),
        # 18: nonsense
        ("rcpt", FLOOD, TEMPORARY, "lost"),
        ("dot", FLOOD, UNKNOWN, "lost"),
        ("rcpt", b"250 " + b"x" * 9000 + b"\r\n", TEMPORARY, "lost"),
        ("dot", b"250 " + b"x" * 9000 + b"\r\n", UNKNOWN, "lost"),
        ("rcpt", b"999 what\r\n", TEMPORARY, "lost"),
        ("dot", b"999 what\r\n", UNKNOWN, "lost"),
        ("dot", b"\xff\xfe\x00\x01\r\n", UNKNOWN, "lost"),
        ("dot", b"354 more\r\n", UNKNOWN, "lost"),
        ("rcpt", b"\x00\x01\x02\r\n", TEMPORARY, "lost"),
        ("data", b"250 OK\r\n", TEMPORARY, "lost"),
        ("rcpt", RIGHT["rcpt"] * 2, TEMPORARY, "lost"),
        ("dot", b"250 yes\r\n550 no\r\n", UNKNOWN, "lost"),
        ("data", RIGHT["data"] + b"250 sent\r\n", TEMPORARY, "lost"),
        ("body", b"250 sent\r\n", UNKNOWN, "early"),
        ("body", b"552 5.3.4 too much\r\n", REJECTED, "552 5.3.4"),
        # 100: mixed codes in one reply
        ("rcpt", b"250-yes\r\n550 no\r\n", TEMPORARY, "lost"),
        ("dot", b"250-yes\r\n550 no\r\n", UNKNOWN, "lost"),
        # 102: text for people is kept harmless
        ("rcpt", b"550 5.1.1 \x1b[31m<script>\x1b[0m \xfc\r\n", ADDRESS, "550 5.1.1"),
    ],
)
def test_faults_are_classed(phase: str, reply: bytes | str, expected: type[TransportError], code: str) -> None:
    error = outcome({phase: reply})

    assert type(error) is expected, error
    # a reset at once may show while connecting already, and an early answer only behind the one to the dot
    also = {("greeting", RESET): "connect", ("body", b"250 sent\r\n"): "lost"}.get((phase, reply), code)
    assert error.provider_code in (code, also)
    assert len(str(error)) <= 300
    assert str(error).isprintable()


def test_a_receipt_taken_back_is_no_receipt() -> None:
    """The server says yes while the text is still on its way, and no to the dot."""
    error = outcome({"dot": b"250 early\r\n", "noop": b"554 5.6.0 no\r\n"})
    assert type(error) is OutcomeUnknown
    assert error.provider_code == "early"


@pytest.mark.parametrize("noop", [b"500 what?\r\n", b"502 no\r\n", b"421 bye\r\n", CLOSE, RESET])
def test_a_server_that_knows_no_noop_has_taken_the_mail(noop: bytes | str) -> None:
    assert outcome({"noop": noop}) is None


def test_a_multiline_receipt_is_one_line() -> None:
    with FaultySmtp({"dot": b"250-2.0.0 kept\r\n250-\x1b]0;title\x07 as \xe2\x80\xae17\r\n250 bye\r\n"}) as server:
        connection = transport_for(server).connect()
        assert connection.send(an_envelope()).reply == "250 2.0.0 kept as 17 bye"
        connection.close()


def test_a_refused_recipient_leaves_the_conversation_open_for_the_next() -> None:
    with FaultySmtp({"rcpt": [b"450 4.2.0 later\r\n", b"550 5.1.1 nobody\r\n", RIGHT["rcpt"]]}) as server:
        connection = transport_for(server).connect()
        with pytest.raises(TemporarilyUnavailable):
            connection.send(an_envelope(1))
        with pytest.raises(AddressRejected):
            connection.send(an_envelope(2))
        connection.send(an_envelope(3))
        connection.close()
        assert server.connections == 1
        assert server.commands.count("rset") == 2


def test_the_deadline_holds_for_all_steps_together() -> None:
    """Each step is within its own patience, the message is not."""
    seconds = iter(range(0, 100_000, 100))
    with FaultySmtp() as server:
        settings = SmtpServer(host="127.0.0.1", port=server.port, tls="off", helo="x", deadline=900)
        connection = SmtpTransport(settings, monotonic=lambda: float(next(seconds))).connect()
        with pytest.raises(TransportError) as caught:
            connection.send(an_envelope())
        connection.close()
        assert caught.value.provider_code == "lost"
        assert server.taken == []


# 16: the way there


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for localhost, signed by itself."""
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*command.split(), "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)
    (folder / "both.pem").write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return folder


@pytest.fixture(scope="module")
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "both.pem")
    return context


OFFER = {"ehlo": b"250-faulty\r\n250-STARTTLS\r\n250 SIZE 1000000\r\n"}


@pytest.mark.parametrize(("tls", "implicit"), [("required", False), ("implicit", True)])
def test_a_protected_way_is_used(certificate: Path, server_tls: ssl.SSLContext, tls: str, implicit: bool) -> None:
    with FaultySmtp(OFFER, tls=server_tls, implicit=implicit) as server:
        transport = transport_for(server, tls=tls, host="localhost", ca_file=str(certificate / "cert.pem"))
        assert "TLSv1" in transport.check()
        connection = transport.connect()
        connection.send(an_envelope(1))
        connection.send(an_envelope(2))
        connection.close()
        assert len(server.taken) == 2


@pytest.mark.parametrize(
    ("script", "word", "name"),
    [
        ({}, "starttls", "does not offer STARTTLS"),
        (OFFER | {"starttls": b"454 4.7.0 not now\r\n"}, "454 4.7.0", "STARTTLS"),
        (OFFER | {"starttls": b"501 no\r\n"}, "501", "STARTTLS"),
        (OFFER | {"starttls": b"220 go\r\n250 injected\r\n"}, "tls", "sent clear text"),
    ],
    ids=["missing", "not now", "refused", "injected"],
)
def test_there_is_no_way_back_to_clear_text(script: Script, word: str, name: str) -> None:
    with FaultySmtp(script) as server:
        connection = transport_for(server, tls="required").connect()
        with pytest.raises(ChannelRefused, match=name) as caught:
            connection.send(an_envelope())
        assert caught.value.provider_code == word
        assert not any(command.startswith(("mail", "AUTH")) for command in server.commands)


def test_a_server_without_tls_is_no_server_for_implicit_tls() -> None:
    with FaultySmtp() as server, pytest.raises(ChannelRefused, match="does not speak TLS"):
        transport_for(server, tls="implicit").check()


def test_a_certificate_of_unknown_origin_is_refused(server_tls: ssl.SSLContext) -> None:
    with FaultySmtp(OFFER, tls=server_tls) as server, pytest.raises(ChannelRefused, match=r"certificate .* self.signed"):
        transport_for(server, tls="required", host="localhost").connect().send(an_envelope())


def test_a_certificate_for_another_name_is_refused(certificate: Path, server_tls: ssl.SSLContext) -> None:
    with FaultySmtp(OFFER, tls=server_tls) as server:
        transport = transport_for(server, tls="required", ca_file=str(certificate / "cert.pem"))
        with pytest.raises(ChannelRefused, match=r"certificate .* not valid for '127\.0\.0\.1'"):
            transport.connect().send(an_envelope())


def test_size_offered_before_starttls_only_is_forgotten(certificate: Path, server_tls: ssl.SSLContext) -> None:
    """103: what was offered in clear text does not count afterwards."""
    script: Script = {"ehlo": [b"250-faulty\r\n250-STARTTLS\r\n250 SIZE 1\r\n", b"250 faulty\r\n"]}
    with FaultySmtp(script, tls=server_tls) as server:
        transport = transport_for(server, tls="required", host="localhost", ca_file=str(certificate / "cert.pem"))
        connection = transport.connect()
        connection.send(an_envelope())
        connection.close()
        assert "mail FROM:<cadence@example.com>" in server.commands


# 17: the login

LOGIN = {"ehlo": b"250-faulty\r\n250 AUTH PLAIN LOGIN\r\n"}


@pytest.mark.parametrize(
    ("script", "expected", "code"),
    [
        (LOGIN | {"auth": b"535 5.7.8 wrong\r\n"}, REFUSED, "535 5.7.8"),
        (LOGIN | {"auth": b"534 5.7.9 too weak\r\n"}, REFUSED, "534 5.7.9"),
        (LOGIN | {"auth": b"454 4.7.0 try again\r\n"}, TEMPORARY, "454 4.7.0"),
        (LOGIN | {"auth": CLOSE}, TEMPORARY, "lost"),
        (LOGIN | {"auth": b"334 !!!\r\n", "noop": b"334 !!!\r\n"}, REFUSED, "login"),
        ({}, REFUSED, "login"),
        ({"ehlo": b"250-faulty\r\n250 AUTH XOAUTH2\r\n"}, REFUSED, "login"),
    ],
    ids=["wrong", "weak", "later", "closed", "endless", "not offered", "unknown kind"],
)
def test_logins_that_fail(script: Script, expected: type[TransportError], code: str) -> None:
    with FaultySmtp(script) as server:
        transport = transport_for(server, username="cadence", password="secret")
        with pytest.raises(TransportError) as caught:
            transport.check()
        assert type(caught.value) is expected, caught.value
        assert caught.value.provider_code == code
        assert "secret" not in str(caught.value)


def test_a_password_outside_ascii_is_told() -> None:
    with FaultySmtp(LOGIN) as server, pytest.raises(ChannelRefused, match="no login is possible"):
        transport_for(server, username="cadence", password="pässword").check()


def test_a_wrong_password_is_tried_by_one_connection_only() -> None:
    gate = threading.Barrier(5)
    raised: list[TransportError] = []
    with FaultySmtp({"ehlo": b"250-faulty\r\n250 AUTH PLAIN\r\n", "auth": b"535 5.7.8 wrong\r\n"}) as server:
        transport = transport_for(server, username="cadence", password="secret")

        def attempt() -> None:
            connection = transport.connect()
            gate.wait()
            try:
                connection.send(an_envelope())
            except TransportError as error:
                raised.append(error)

        threads = [threading.Thread(target=attempt) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {type(error) for error in raised} == {ChannelRefused}
        assert len(raised) == 5
        assert server.connections < 5


def test_nobody_listens() -> None:
    with FaultySmtp() as server:
        pass
    with pytest.raises(TemporarilyUnavailable, match="cannot be reached") as caught:
        transport_for(server).check()
    assert caught.value.provider_code == "connect"


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(TemporarilyUnavailable) as caught:
        SmtpTransport(SmtpServer(host="nowhere.invalid", port=25, tls="off", helo="x")).check()
    assert caught.value.provider_code == "dns"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"OK", "OK"),
        (b"a\nb\tc", "a b c"),
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07text", "text"),
        (b"nul\x00 bell\x07", "nul bell"),
        ("Grüße \u202e".encode(), "Grüße"),
        (b"x" * 1000, "x" * 300),
        (b"<b>&amp;</b>", "<b>&amp;</b>"),
    ],
)
def test_replies_are_kept_as_one_harmless_line(raw: bytes, shown: str) -> None:
    assert plain(raw) == shown


def test_codes_that_contradict_are_not_combined() -> None:
    assert provider_code(550, "5.1.1 nobody") == "550 5.1.1"
    assert provider_code(250, "5.1.1 nobody") == "250"
    assert provider_code(550, "5.1.1111 nobody") == "550"
    assert type(refused(Phase.RCPT, 450, b"5.1.1 nobody")) is TemporarilyUnavailable


@pytest.mark.parametrize(
    ("phase", "reply", "expected", "code"),
    [
        ("dot", b"454 Throttling failure: Maximum sending rate exceeded.\r\n", RateLimited, "454"),
        ("dot", b"454 Throttling failure: Daily message quota exceeded.\r\n", RateLimited, "454"),
        ("rcpt", b"450 4.2.1 Peak SMTP relay limit exceeded for customer.\r\n", RateLimited, "450 4.2.1"),
        ("mail", b"432 4.3.2 Concurrent connections limit exceeded.\r\n", TemporarilyUnavailable, "432 4.3.2"),
        ("rcpt", b"550 5.4.5 Daily SMTP relay limit exceeded for user.\r\n", ChannelRefused, "550 5.4.5"),
        ("rcpt", b"550 5.4.5 Daily user sending quota exceeded.\r\n", ChannelRefused, "550 5.4.5"),
        ("dot", b"554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException\r\n", ChannelRefused, "554 5.2.0"),
        ("rcpt", b"552 5.2.2 mailbox quota exceeded\r\n", MessageRejected, "552 5.2.2"),
        ("rcpt", b"452 4.2.2 mailbox full, quota exceeded\r\n", TemporarilyUnavailable, "452 4.2.2"),
    ],
)
def test_limits_of_well_known_relays_are_no_fault_of_the_message(
    phase: str, reply: bytes, expected: type[TransportError], code: str
) -> None:
    error = outcome({phase: reply})
    assert type(error) is expected, error
    assert error.provider_code == code
    assert expected is not RateLimited or error.retry_after == SLOW_DOWN


def test_a_password_that_stops_working_is_tried_by_one_connection_only() -> None:
    """It worked before: the connections that are opened afterwards must not all hammer the server with the old one."""
    with FaultySmtp(lambda number: LOGIN if number == 1 else LOGIN | {"auth": b"535 5.7.8 no\r\n"}) as server:
        transport = transport_for(server, username="u", password="p")
        first = transport.connect()
        first.send(an_envelope(1))
        first.close()
        for _ in range(2):
            with pytest.raises(ChannelRefused):
                transport.connect().send(an_envelope(2))
        tried: list[int] = []
        gate = threading.Barrier(4)

        def send() -> None:
            gate.wait()
            with pytest.raises(ChannelRefused):
                transport.connect().send(an_envelope(3))
            tried.append(1)

        before = server.connections
        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(tried) == 4
        assert server.connections - before < 4


def test_a_probe_says_whether_the_server_would_take_mail_and_sends_none() -> None:
    with FaultySmtp() as server:
        transport_for(server).probe()
        assert server.taken == []
        assert [c.split()[0].lower() for c in server.commands][-2:] == ["noop", "quit"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"greeting": b"554 5.3.2 closed\r\n"}, ChannelRefused),
        ({"greeting": b"421 4.3.2 busy\r\n"}, TemporarilyUnavailable),
        ({"ehlo": HANG}, TemporarilyUnavailable),
        ({"noop": b"421 4.7.0 later\r\n"}, TemporarilyUnavailable),
        ({"noop": CLOSE}, TemporarilyUnavailable),
        ({"noop": HANG}, TemporarilyUnavailable),
        ({"auth": b"535 5.7.8 no\r\n"}, ChannelRefused),
    ],
)
def test_a_probe_of_a_server_in_trouble_names_the_trouble(script: Script, expected: type[TransportError]) -> None:
    with FaultySmtp({**LOGIN, **script}) as server, pytest.raises(expected):
        transport_for(server, username="u", password="p").probe()


@pytest.mark.parametrize(
    ("public", "machine", "sender", "name"),
    [
        ("cadence.example.com", "box.lan.example.com", "example.com", "cadence.example.com"),
        ("127.0.0.1", "mail1.example.com", "example.com", "mail1.example.com"),
        ("localhost", "3f2a91c07d55", "example.com", "example.com"),
        ("::1", "localhost.localdomain", "example.com", "example.com"),
        ("10.0.0.7", "3f2a91c07d55", "", "[127.0.0.1]"),
    ],
)
def test_a_server_is_greeted_by_a_name_wherever_one_is_known(
    monkeypatch: pytest.MonkeyPatch, public: str, machine: str, sender: str, name: str
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: machine)
    assert own_name(public, sender) == name


def test_the_default_name_is_the_host_of_the_base_url_and_the_setting_wins() -> None:
    smtp = {"host": "127.0.0.1", "from": "Ada <ada@example.org>"}
    for helo, name in (("", "cadence.example.com"), ("out.example.net", "out.example.net")):
        transport = _smtp(App(Settings.model_validate({"base_url": "https://cadence.example.com", "smtp": smtp | {"helo": helo}})))
        assert isinstance(transport, SmtpTransport)
        assert transport.greeting_name == name


@pytest.mark.parametrize(
    "reply",
    [
        b"421 4.7.0 Try again later, closing connection. (EHLO)\r\n",
        b"550 5.7.1 Helo command rejected: need fully-qualified hostname\r\n",
        b"501 Syntactically invalid EHLO argument(s)\r\n",
        b"550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)\r\n",
    ],
)
def test_a_server_that_dislikes_our_name_is_recognised_and_the_name_is_told(reply: bytes) -> None:
    with FaultySmtp({"ehlo": reply, "helo": reply}) as server:
        transport = transport_for(server, helo="[127.0.0.1]")
        with pytest.raises(ChannelRefused, match=r"does not take the name \[127\.0\.0\.1\]") as caught:
            transport.check()
    assert caught.value.cause == "hello_name"
    assert "CADENCE_SMTP__HELO" in remedy_for(caught.value.cause)
