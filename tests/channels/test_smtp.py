"""The email transport against good servers: aiosmtpd, the benchmark sink, and a scripted one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cadence.bench.smtp_sink import SmtpSink
from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.demo.mail_sink import MailSink
from cadence.errors import AddressRejected, MessageRejected
from tests.channels.exercise import an_envelope, exercise_transport
from tests.channels.smtp_faults import CLOSE, RIGHT, FaultySmtp


def settings_for(port: int) -> SmtpServer:
    """Return settings for a server without TLS on the loopback."""
    return SmtpServer(host="127.0.0.1", port=port, tls="off", helo="tests.example.com")


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with MailSink() as running:
        yield running


def test_exercise_on_aiosmtpd(sink: MailSink) -> None:
    def received() -> list[int]:
        return [int(mail.subject.removeprefix("Nr ")) for mail in sink.mails()]

    receipts = exercise_transport(SmtpTransport(settings_for(sink.smtp_port)), message=an_envelope, received=received)

    assert {receipt.reply for receipt in receipts} == {"250 2.0.0 OK: kept"}


def test_exercise_on_the_benchmark_sink(tmp_path: Path) -> None:
    with SmtpSink(keep_in=tmp_path) as sink:

        def received() -> list[int]:
            return [int(mail.message_id.strip("<>").partition("@")[0]) for mail in sink.mails()]

        exercise_transport(SmtpTransport(settings_for(sink.port)), message=an_envelope, received=received)

        assert sink.count() == 4
        assert {mail.recipient for mail in sink.mails()} == {"ana@example.com"}
        assert (tmp_path / "0000001.eml").read_bytes() == an_envelope(1).content
        sink.forget()
        assert sink.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n",
        b"..\r\n",
        b".hidden\r\n\r\n.\r\nmore\r\n",
        b"no line end",
        b"a\r\n.\r\nMAIL FROM:<evil@example.com>\r\n",
        b"bare\n.\nline\r\n",
        "Grüße\r\n".encode(),
        b"\r\n" * 50 + b".." * 40 + b"\r\n",
        b"x" * 200_000 + b"\r\n",
    ],
    ids=["dot", "two dots", "hidden", "no end", "smuggled", "bare LF", "8bit", "blank lines", "large"],
)
def test_text_arrives_as_it_was(body: bytes) -> None:
    with FaultySmtp() as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        connection.send(an_envelope(body=body))
        connection.send(an_envelope(body=body))
        connection.close()

        expected = an_envelope(body=body).content
        expected = expected if expected.endswith(b"\r\n") else expected + b"\r\n"
        assert [_unstuffed(text) for text in server.taken] == [expected.replace(b"\n.\n", b"\n..\n") if b"bare" in body else expected] * 2


def _unstuffed(text: bytes) -> bytes:
    return b"\r\n".join(line.removeprefix(b".") for line in text.split(b"\r\n"))


def test_text_that_begins_with_a_dot_arrives_whole() -> None:
    with FaultySmtp() as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        connection.send(replace(an_envelope(), content=b".x: y\r\n\r\n.\r\n"))
        connection.close()
        assert server.taken == [b"..x: y\r\n\r\n..\r\n"]


def test_one_connection_serves_many_messages() -> None:
    with FaultySmtp() as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        for number in range(20):
            connection.send(an_envelope(number))
        connection.close()

        assert server.connections == 1
        assert len(server.taken) == 20
        assert server.commands.count("noop") == 1  # the proof of the first receipt, once a connection


def test_size_and_8bit_are_declared_when_the_server_knows_them() -> None:
    with FaultySmtp() as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        message = an_envelope(body="ü\r\n".encode())
        connection.send(message)
        connection.close()
        assert f"mail FROM:<cadence@example.com> size={len(message.content)} body=8bitmime" in server.commands


def test_an_old_server_without_ehlo_is_served() -> None:
    with FaultySmtp({"ehlo": b"502 what?\r\n"}) as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        connection.send(an_envelope())
        connection.close()
        assert len(server.taken) == 1
        assert "mail FROM:<cadence@example.com>" in server.commands


def test_a_message_larger_than_the_server_takes_is_not_sent() -> None:
    with FaultySmtp({"ehlo": b"250-faulty\r\n250 SIZE 100\r\n"}) as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        with pytest.raises(MessageRejected, match=r"the mail server takes 100\."):
            connection.send(an_envelope())
        connection.close()
        assert not any(command.startswith("mail") for command in server.commands)


@pytest.mark.parametrize("limit", [b"0", b"", b"lots", b"9" * 900, b"-1"])
def test_a_strange_size_limit_is_no_limit(limit: bytes) -> None:
    with FaultySmtp({"ehlo": b"250-faulty\r\n250 SIZE " + limit + b"\r\n"}) as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        connection.send(an_envelope())
        connection.close()
        assert len(server.taken) == 1


def test_an_international_address_needs_smtputf8() -> None:
    with FaultySmtp({"ehlo": b"250 faulty\r\n"}) as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        with pytest.raises(MessageRejected, match="SMTPUTF8"):
            connection.send(an_envelope(rcpt_to="jürgen@example.com", smtputf8=True))
        connection.close()


def test_an_international_address_goes_out_as_it_is() -> None:
    with FaultySmtp() as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        connection.send(an_envelope(rcpt_to="jürgen@bücher.example", smtputf8=True))
        connection.send(an_envelope())
        connection.close()
        assert "rcpt TO:<jürgen@xn--bcher-kva.example>" in server.commands
        assert "smtputf8" in next(command for command in server.commands if command.startswith("mail"))
        assert not any("smtputf8" in command for command in server.commands[server.commands.index("noop") :])


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@faß.example", "ana@xn--fa-hia.example"),
        ("ana@例え.example", "ana@xn--r8jz45g.example"),
        ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
    ],
)
def test_an_international_domain_needs_no_smtputf8(address: str, written: str) -> None:
    """IDNA 2008: the German ß is a letter of its own and not ss, which is another domain."""
    with FaultySmtp({"ehlo": b"250 faulty\r\n"}) as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        connection.send(an_envelope(rcpt_to=address))
        connection.close()
        assert f"rcpt TO:<{written}>" in server.commands


@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@", "@b", "a b@c", "a@b\r\nRCPT TO:<e@f>", "a@b>", "<a@b", "a@b\x00", "a@\x7f", "a\n@b", "a@b c", "a@" + "ü" * 80],
)
def test_an_address_that_breaks_the_envelope_is_refused(address: str) -> None:
    with FaultySmtp() as server:
        with pytest.raises(AddressRejected):
            SmtpTransport(settings_for(server.port)).connect().send(an_envelope(rcpt_to=address))
        assert server.connections == 0


def test_a_bounce_has_an_empty_sender() -> None:
    with FaultySmtp() as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        connection.send(replace(an_envelope(), mail_from=""))
        connection.close()
        assert any(command.startswith("mail FROM:<>") for command in server.commands)


def test_a_kept_connection_that_the_server_closed_is_opened_anew() -> None:
    """The server may hang up between two messages; nobody should notice."""
    with FaultySmtp(lambda number: {"noop": CLOSE} if number == 1 else {}) as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        connection.send(an_envelope(1))
        connection.send(an_envelope(2))
        connection.close()
        assert (len(server.taken), server.connections) == (2, 2)


def test_a_goodbye_after_the_receipt_leaves_the_receipt_good() -> None:
    with FaultySmtp(lambda number: {"dot": RIGHT["dot"] + b"421 4.7.0 one mail each\r\n"} if number == 1 else {}) as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        assert connection.send(an_envelope(1)).reply == "250 2.0.0 kept as 17"
        connection.send(an_envelope(2))
        connection.close()
        assert (len(server.taken), server.connections) == (2, 2)


def test_a_kept_connection_refused_with_421_at_mail_is_opened_anew() -> None:
    with FaultySmtp(lambda number: {"mail": [RIGHT["mail"], b"421 4.7.0 enough\r\n"]} if number == 1 else {}) as server:
        connection = SmtpTransport(settings_for(server.port)).connect()
        connection.send(an_envelope(1))
        connection.send(an_envelope(2))
        connection.close()
        assert (len(server.taken), server.connections) == (2, 2)


def test_the_pace_is_shared_by_all_connections() -> None:
    slept: list[float] = []
    with FaultySmtp() as server:
        transport = SmtpTransport(replace(settings_for(server.port), per_second=10), monotonic=lambda: 100.0, sleep=slept.append)
        first, second = transport.connect(), transport.connect()
        for connection in (first, second, first):
            connection.send(an_envelope())
        first.close()
        second.close()
    assert slept == pytest.approx([0.1, 0.2])
    assert transport.capabilities.messages_per_second == 10


def test_check_tells_what_the_server_offers() -> None:
    with FaultySmtp() as server:
        said = SmtpTransport(settings_for(server.port)).check()
        assert said == f"127.0.0.1:{server.port} answers, no TLS, no login, offers SIZE, 8BITMIME, SMTPUTF8"
        assert not any(command.startswith("mail") for command in server.commands)
