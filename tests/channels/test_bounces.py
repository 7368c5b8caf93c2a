"""The fields of RFC 3464 as servers write them, and the parts of a report in the forms that gateways leave of them."""

from __future__ import annotations

from base64 import b64encode

import pytest

from cadence.channels.email.returns import Returned, ReturnKind, read_return
from tests.fixtures.returned import RETURN_PATH, a_complaint, a_dsn

ID = "0123456789abcdef01234567"
FINAL = b"Final-Recipient: rfc822; ana@example.com"
FIELDS = b"Content-Type: message/delivery-status\r\n"


def read(raw: bytes) -> Returned:
    return read_return(raw, return_path=RETURN_PATH)


def with_final(value: str) -> bytes:
    return a_dsn(ID).replace(FINAL, b"Final-Recipient: " + value.encode())


@pytest.mark.parametrize(
    "value",
    [
        "ana@example.com",
        "<ana@example.com>",
        "rfc822;ana@example.com",
        "RFC822; <Ana@Example.com>",
        "rfc822; ana@example.com (Ana)",
        "Internet; ana@example.com",
        "LOCAL;<ana@example.com>",
        "x-unknown ; ana@example.com",
        "utf-8; ana@example.com",
        r"utf-8; an\x{61}@example.com",
        "rfc822; anA@example.com.",
    ],
)
def test_a_recipient_is_found_however_it_is_written(value: str) -> None:
    assert any(address.rstrip(".") == "ana@example.com" for address in read(with_final(value)).recipients[0].addresses)


def test_letters_that_were_coded_are_read() -> None:
    assert "jo@müller.example" in read(with_final(r"utf-8; jo@m\x{FC}ller.example")).recipients[0].addresses
    raw = a_dsn(ID, extra="Original-Recipient: rfc822;ana+2Bnews@example.com")
    assert "ana+news@example.com" in read(raw).recipients[0].addresses


@pytest.mark.parametrize(
    "action",
    ["failed", "Failed", "FAILED", "failed (delivery to the mailbox)", "(permanent) failed", "failed; see below", "failed (a (b) c)"],
)
def test_a_comment_beside_the_action_changes_nothing(action: str) -> None:
    assert read(a_dsn(ID, action=action)).kind is ReturnKind.BOUNCE


@pytest.mark.parametrize("action", ["delayed (failed)", "delivered", "relayed", "expanded; failed", "notfailed"])
def test_another_action_is_no_failure(action: str) -> None:
    assert read(a_dsn(ID, action=action)).kind is ReturnKind.NOTICE


def test_fields_without_an_action_fail_by_their_status() -> None:
    assert read(a_dsn(ID).replace(b"Action: failed\r\n", b"")).kind is ReturnKind.BOUNCE
    assert read(a_dsn(ID, status="4.4.7").replace(b"Action: failed\r\n", b"")).kind is ReturnKind.NOTICE


def _encoded(raw: bytes) -> bytes:
    head, fields = raw.split(FIELDS, 1)
    fields, rest = fields.split(b"--=_b", 1)
    return head + FIELDS + b"Content-Transfer-Encoding: base64\r\n\r\n" + b64encode(fields.strip()) + b"\r\n--=_b" + rest


def _in_a_footer(raw: bytes) -> bytes:
    """As a gateway that adds its notice to every mail leaves it."""
    head, body = raw.split(b"Content-Type: multipart/report", 1)
    inner = b"Content-Type: multipart/report" + body
    return (
        head
        + b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
        + inner
        + b"\r\n--o\r\nContent-Type: text/plain\r\n\r\nfoot\r\n--o--\r\n"
    )


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda raw: raw.replace(b"message/delivery-status", b"MESSAGE/Delivery-Status; charset=us-ascii"), id="in capitals"),
        pytest.param(lambda raw: raw.replace(b"message/delivery-status", b"message/global-delivery-status"), id="international"),
        pytest.param(lambda raw: raw.replace(b"message/delivery-status", b"text/plain"), id="as text"),
        pytest.param(lambda raw: raw.replace(b"; report-type=delivery-status", b""), id="type of report missing"),
        pytest.param(lambda raw: raw.replace(b"Reporting-MTA: dns; mx.example.com\r\n\r\n", b"Reporting-MTA: dns; mx\r\n"), id="one group"),
        pytest.param(
            lambda raw: raw.replace(b"mx.example.com\r\n\r\nFinal", b"mx.example.com\r\n \t\r\nFinal"), id="blanks between groups"
        ),
        pytest.param(lambda raw: raw.replace(b"\r\n", b"\n"), id="bare line feeds"),
        pytest.param(lambda raw: raw[: raw.index(b"--=_b\r\nContent-Type: text/rfc822-headers")], id="cut off"),
        pytest.param(_encoded, id="base64"),
        pytest.param(_in_a_footer, id="inside another mail's parts"),
    ],
)
def test_a_report_is_read_in_every_form(changed: object) -> None:
    found = read(changed(a_dsn(ID)))  # type: ignore[operator]
    assert (found.kind, found.public_ids[:1]) == (ReturnKind.BOUNCE, (ID,))
    assert found.recipients[0].addresses == ("ana@example.com",)
    assert found.recipients[0].status == "5.1.1"


def test_a_report_in_html_alone_is_read() -> None:
    raw = (
        f"From: postmaster@mx.test\r\nTo: bounces+{ID}@example.com\r\nSubject: Undeliverable\r\nContent-Type: text/html\r\n\r\n"
        "<p>Your message to <b>ana@example.com</b> couldn't be delivered.</p><p>ana@example.com<br>550 5.1.1 user unknown</p>"
    ).encode()
    found = read(raw)
    assert (found.kind, found.recipients[0].addresses) == (ReturnKind.BOUNCE, ("ana@example.com",))
    assert "550 5.1.1 user unknown" in found.recipients[0].diagnostic


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON", "MAILER-DAEMON (Mail Delivery System)", "<>", '"Mail Delivery Subsystem" <MAILER-DAEMON>']
)
def test_a_machine_without_an_address_is_one(sender: str) -> None:
    raw = (
        f"From: {sender}\r\nTo: bounces+{ID}@example.com\r\nSubject: failure notice\r\n\r\n<ana@example.com>:\r\nno such user\r\n".encode()
    )
    assert read(raw).kind is ReturnKind.BOUNCE


def test_a_bounce_that_a_person_sends_on_is_their_answer() -> None:
    raw = (
        b"From: Ana <ana@example.com>\r\nTo: cadence@example.com\r\nSubject: Fwd: x\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
        b"--o\r\nContent-Type: text/plain\r\n\r\nWhat is this?\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
        + a_dsn(ID)
        + b"\r\n--o--\r\n"
    )
    found = read(raw)
    assert (found.kind, found.text) == (ReturnKind.REPLY, "What is this?")


@pytest.mark.parametrize("kind", ["not-spam", "Not-Spam", "not-spam; x", "auth-failure", "dmarc"])
def test_a_report_that_complains_of_nothing_is_no_complaint(kind: str) -> None:
    assert read(a_complaint(ID).replace(b"Feedback-Type: abuse", f"Feedback-Type: {kind}".encode())).kind is ReturnKind.NOTICE


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other", "opt-out", ""])
def test_every_other_report_is_one(kind: str) -> None:
    assert read(a_complaint(ID).replace(b"Feedback-Type: abuse", f"Feedback-Type: {kind}".encode())).kind is ReturnKind.COMPLAINT


def test_our_own_mail_below_a_report_is_not_judged() -> None:
    copy = f"--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <{ID}@example.com>\r\n\r\nno such user\r\n"
    body = f"<ana@example.com>:\r\nmailbox full\r\n\r\n{copy}"
    found = read(f"From: MAILER-DAEMON@mx.test\r\nTo: bounces+{ID}@example.com\r\nSubject: failure notice\r\n\r\n{body}".encode())
    assert found.recipients[0].diagnostic == "mailbox full"
