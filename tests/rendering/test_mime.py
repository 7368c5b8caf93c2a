"""Bytes of a mail, read back by the standard library's parser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cadence.errors import RenderError
from cadence.rendering.mime import address_header, assemble, check_address, format_date, fragment, header, token_header

BODY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=400)
HEADER_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode().replace("\r\n", "\n")


@given(text=st.lists(BODY, max_size=4), html=st.lists(BODY, max_size=4))
@example(text=[".", "\n.\n..\nFrom me\n"], html=["a" * 75, "b" * 76 + " ", "=" * 30, "\n", "x \n"])
@example(text=["." * 300, "From " * 60], html=["é" * 100, "=\n", "--=_cadence_part--\n"])
def test_bodies_joined_from_fragments_read_back_equal(text: list[str], html: list[str]) -> None:
    raw = assemble(header("Subject", "x"), [fragment(t) for t in text], [fragment(h) for h in html])

    message = parsed(raw)
    assert body_of(message, "plain") == "".join(text)
    assert body_of(message, "html") == "".join(html)
    assert message.get_content_type() == "multipart/alternative"
    assert not message.defects
    assert all(len(line) <= 76 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert not any(line.startswith((b".", b"From ")) for line in raw.split(b"\r\n"))


@given(value=HEADER_TEXT)
@example(value="word " * 40)
@example(value=" leading and  double ")
@example(value="=?utf-8?q?not_decoded?=")
@example(value="x" * 300)
def test_subject_reads_back_equal_in_short_lines(value: str) -> None:
    raw = header("Subject", value)

    assert parsed(raw + b"\r\n")["Subject"] == value
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert raw.isascii()


@given(name=HEADER_TEXT)
@example(name="Smith, Ann <evil@example.com>")
@example(name='O"Brien \\ (x)')
@example(name="=?utf-8?q?Boss?=")
@example(name="Müller " * 20)
@example(name="{{7*7}}")
def test_name_never_becomes_an_address(name: str) -> None:
    read = parsed(address_header("To", name, "ann@example.com") + b"\r\n")["To"]

    assert [a.addr_spec for a in read.addresses] == ["ann@example.com"]
    # Python 3.11 keeps the line end between two encoded words of a long name as a space, against RFC 2047 section 6.2
    assert "".join(read.addresses[0].display_name.split()) == "".join(name.split())


@pytest.mark.parametrize(
    "bad", ["\r", "\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00", "\x7f", "\ud800", "\r\nBcc: x@example.com"]
)
def test_header_that_could_be_ended_early_is_refused(bad: str) -> None:
    with pytest.raises(RenderError, match="holds"):
        header("Subject", f"a{bad}b")
    with pytest.raises(RenderError, match="holds"):
        token_header("Message-ID", f"<a{bad}b>")
    with pytest.raises(RenderError, match="holds"):
        address_header("To", f"a{bad}b", "ann@example.com")


@pytest.mark.parametrize(
    ("given_address", "expected", "smtputf8"),
    [
        ("ann.smith+x@example.com", "ann.smith+x@example.com", False),
        ("ann@bücher.example", "ann@xn--bcher-kva.example", False),
        ("ann@straße.example", "ann@xn--strae-oqa.example", False),
        ("жанна@example.com", "жанна@example.com", True),
    ],
)
def test_address_gets_an_ascii_domain(given_address: str, expected: str, smtputf8: bool) -> None:
    assert check_address(given_address) == (expected, smtputf8)


@pytest.mark.parametrize(
    "address",
    [
        "", "ann", "@example.com", "ann@", "a@b@c", '"a@evil"@b.c', "a@b.c\r\nRCPT TO:<e>", "@x:a@b", "a b@c.d", "<a@b.c>", "a@b.c>",
        "a@b..c", ".a@b.c", "a..b@c.d", "a@-b.c", "a\x00@b.c", "a(x)@b.c", "é @b.c", "é\u2028@b.c", "a" * 65 + "@b.c",
        "a@" + "b." * 130 + "c", "é\ud800@b.c",
    ],
)  # fmt: skip
def test_address_that_mail_does_not_allow_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(RenderError) as refused:
        check_address(address)
    assert len(address) < 3 or address not in str(refused.value)


def test_date_is_written_in_utc() -> None:
    at = datetime(2026, 5, 3, 1, 2, 3, tzinfo=timezone(timedelta(hours=5, minutes=45)))

    assert format_date(at) == "Sat, 02 May 2026 19:17:03 +0000"
    assert parsed(token_header("Date", format_date(at)) + b"\r\n")["Date"].datetime == at.astimezone(UTC)
    with pytest.raises(RenderError):
        format_date(datetime(2026, 5, 3))  # noqa: DTZ001


def test_half_of_a_character_in_a_body_is_refused() -> None:
    with pytest.raises(RenderError, match="half of a character"):
        fragment("a\ud800")
