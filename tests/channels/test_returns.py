"""What a mail that came back is, whoever wrote it and however."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.channels.email.html_text import text_of_html
from cadence.channels.email.reply_text import MAX_LENGTH, SHORTENED, own_words
from cadence.channels.email.returns import Returned, ReturnKind, read_return
from tests.fixtures.returned import RETURN_PATH, a_complaint, a_dsn, an_answer

ID = "0123456789abcdef01234567"
OTHER = "76543210fedcba9876543210"


def read(raw: bytes) -> Returned:
    return read_return(raw, return_path=RETURN_PATH)


def test_a_bounce_names_the_message_the_person_and_the_reason() -> None:
    found = read(a_dsn(ID, recipient="Ana@Example.com"))
    assert found.kind is ReturnKind.BOUNCE
    assert found.public_ids == (ID,)
    assert [(r.addresses, r.status, r.diagnostic) for r in found.recipients] == [
        (("ana@example.com",), "5.1.1", "smtp; 550 5.1.1 No such user")
    ]


@pytest.mark.parametrize(
    "raw",
    [
        a_dsn(ID, original="<somebody@elsewhere>"),
        a_dsn(ID, to="cadence@example.com"),
        a_dsn(ID.upper(), original=""),
        a_dsn("", to="x@example.com", original="<a@b>").replace(b"Reporting-MTA", f"Original-Envelope-Id: {ID}\r\nReporting-MTA".encode()),
        a_dsn("", to="x@example.com", original="<a@b>").replace(b"To: x@", f"Delivered-To: bounces+{ID}@example.com\r\nTo: x@".encode()),
    ],
    ids=["return path", "returned headers", "in capitals", "envelope id", "delivered to"],
)
def test_a_bounce_names_the_message_in_any_of_these_places(raw: bytes) -> None:
    assert read(raw).public_ids == (ID,)


@pytest.mark.parametrize(
    "address",
    [
        f"bounces+{ID}@evil.test",
        f"bounces+{ID}x@example.com",
        f"x-bounces+{ID}@example.com",
        "bounces+1@example.com",
        "bounces@example.com",
    ],
)
def test_an_address_that_only_looks_like_ours_names_nothing(address: str) -> None:
    assert read(a_dsn("", to=address, original="<a@b>")).public_ids == ()


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded", "", "nonsense"])
def test_only_a_failure_is_a_bounce(action: str) -> None:
    assert read(a_dsn(ID, action=action)).kind is ReturnKind.NOTICE


def test_a_failed_recipient_among_others_is_found() -> None:
    raw = a_dsn(ID, action="delivered", extra="\r\nFinal-Recipient: rfc822;bo@example.com\r\nAction: Failed\r\nStatus: 5.2.1")
    assert [r.addresses for r in read(raw).recipients] == [("bo@example.com",)]


def test_a_reason_that_stands_only_in_the_words_for_people_is_found() -> None:
    """As Exim writes it."""
    raw = a_dsn(ID, status="5.0.0", diagnostic="").replace(b"I'm sorry", b"  ana@example.com\r\n    Unrouteable address\r\n\r\nI'm sorry")
    assert read(raw).recipients[0].diagnostic.startswith("Unrouteable address")


def test_a_bounce_from_before_the_standard_is_one() -> None:
    raw = (
        f"From: Mailer-Daemon@mx.test\r\nTo: bounces+{ID}@example.com\r\nX-Failed-Recipients: ana@example.com\r\n\r\n"
        "Failed:\r\n  ana@example.com\r\n   no such user\r\n"
    ).encode()
    found = read(raw)
    assert (found.kind, found.public_ids, found.recipients[0].diagnostic) == (ReturnKind.BOUNCE, (ID,), "no such user")


def test_a_complaint_names_the_message() -> None:
    found = read(a_complaint(ID, recipient="ana@example.com"))
    assert (found.kind, found.public_ids, found.recipients[0].addresses) == (ReturnKind.COMPLAINT, (ID,), ("ana@example.com",))


@pytest.mark.parametrize(
    ("headers", "subject"),
    [
        ("Auto-Submitted: auto-replied\n", "Re: x"),
        ("Auto-Submitted: auto-generated (rejected)\n", "Re: x"),
        ("Auto-Submitted: auto-replied; owner-email=x\n", "Re: x"),
        ("X-Autoreply: yes\n", "Re: x"),
        ("X-Auto-Reply-From: ana@example.com\n", "Re: x"),
        ("Precedence: bulk\n", "Re: x"),
        ("Precedence: auto_reply\n", "Re: x"),
        ("", "Automatic reply: Repair before replace"),
        ("", "Out of Office: Repair"),
        ("", "Automatische Antwort: Repair"),
        ("", "=?utf-8?q?R=C3=A9ponse_automatique_:_Repair?="),
        ("", "=?utf-8?b?6Ieq5Yqo5Zue5aSN?="),
        ("", "Abwesenheitsnotiz"),
    ],
)
def test_absence_notes_are_recognised(headers: str, subject: str) -> None:
    assert read(an_answer(ID, headers=headers, subject=subject)).kind is ReturnKind.ABSENCE


@pytest.mark.parametrize(
    ("codec", "subject"),
    [("koi8_r", "Автоматический ответ: x"), ("cp1255", "מענה אוטומטי: x"), ("cp1252", "Réponse automatique : x"), ("utf-8", "自動回覆: x")],
)
def test_a_subject_whose_letters_are_not_declared_is_read(codec: str, subject: str) -> None:
    raw = an_answer(ID, subject="SUBJECT").replace(b"SUBJECT", subject.encode(codec))
    assert read(raw).kind is ReturnKind.ABSENCE


def test_an_absence_note_that_comes_from_nobody_is_no_bounce() -> None:
    """Vacation programs answer the return path, from nobody, and may say that somebody cannot be reached."""
    for headers, subject in (("Auto-Submitted: auto-replied\n", "Re: x"), ("", "Automatic reply: x")):
        raw = an_answer(
            "", to=f"bounces+{ID}@example.com", headers=f"Return-Path: <>\n{headers}", subject=subject, text="I could not be reached."
        )
        assert (read(raw).kind, read(raw).public_ids) == (ReturnKind.ABSENCE, (ID,))


@pytest.mark.parametrize(
    ("headers", "subject"),
    [("", "Re: Out of office rules"), ("Auto-Submitted: no\n", "Re: x"), ("Precedence: normal\n", "AW: Abwesenheit")],
)
def test_answers_of_people_are_no_absence_notes(headers: str, subject: str) -> None:
    assert read(an_answer(ID, headers=headers, subject=subject)).kind is ReturnKind.REPLY


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (an_answer(ID, sender="noreply@shop.test"), ReturnKind.OTHER),
        (an_answer(ID, sender="postmaster@example.com"), ReturnKind.OTHER),
        (an_answer(ID, headers="Return-Path: <>\n"), ReturnKind.OTHER),
        (an_answer(ID, headers="List-Id: <x.y>\n"), ReturnKind.OTHER),
        (an_answer(ID, sender="a@b@c"), ReturnKind.OTHER),
        (an_answer(ID, headers="From: bo@example.com\n"), ReturnKind.OTHER),
        (an_answer(ID, headers=f"Message-ID: <{ID}@example.com>\n"), ReturnKind.OTHER),
        (b"Content-Type: multipart/report; report-type=disposition-notification\n\n", ReturnKind.RECEIPT),
        (b"Content-Type: multipart/report\n\n", ReturnKind.OTHER),
        (b"", ReturnKind.OTHER),
        (b"\n\n", ReturnKind.OTHER),
        (b"\x00" * 1000, ReturnKind.OTHER),
        (b"\xff\xfe\n\xff", ReturnKind.OTHER),
        (b"Subject: x", ReturnKind.OTHER),
    ],
)
def test_everything_else_is_told_apart(raw: bytes, kind: ReturnKind) -> None:
    assert read(raw).kind is kind


def test_a_name_that_looks_like_an_address_is_not_the_sender() -> None:
    assert read(an_answer(ID, sender='"ana@example.com" <mallory@evil.test>')).sender == "mallory@evil.test"


def test_the_thread_is_named_by_what_is_answered_first() -> None:
    found = read(an_answer(ID, headers=f"References: <{OTHER}@example.com> <{ID}@example.com>\n"))
    assert found.public_ids == (ID, OTHER)


def test_the_same_mail_has_one_id_by_pipe_and_by_imap() -> None:
    raw = an_answer(ID)
    assert read(raw).source_id == read(raw.replace(b"\n", b"\r\n")).source_id == read(raw + b"\r\n").source_id
    assert read(raw).source_id != read(an_answer(ID, text="Other")).source_id


# hostile mails: read in a moment, never with an exception

_PARTS = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(20_000))
HOSTILE = {
    "nested 20,000 deep": b"From: a@b.cc\r\n" + _PARTS,
    "100,000 parts": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 100_000,
    "only line ends": b"\n" * 1_000_000,
    "200,000 headers": b"A: b\r\n" * 200_000,
    "encoded words without end": b"From: a@b.cc\r\nSubject: " + b"=?utf-8?q?" * 100_000,
    "endless parameters": b"From: a@b.cc\r\nContent-Type: text/plain" + b"; a*0*=b" * 8_000 + b"\r\n\r\nx",
    "broken parameter": b"Content-Type: multipart/report; boundary*=x'y'%ZZ; report-type*1*=%\r\n\r\n",
    "unknown charset": b"From: a@b.cc\r\nContent-Type: text/plain; charset=\x00no\r\n\r\nx",
    "html comments": b"From: a@b.cc\r\nContent-Type: text/html\r\n\r\n" + b"<!--" * 250_000,
    "html tags": b"From: a@b.cc\r\nContent-Type: text/html\r\n\r\n" + b"<a " * 250_000,
    "attributions": b"From: a@b.cc\r\n\r\n" + b"On aaaaaaa\n" * 90_000,
    "brackets": b"From: " + b"((" * 30_000 + b"\r\n\r\n",
    "recipients": b"From: a@b.cc\r\nTo: " + b"a@b.cc," * 9_000 + b"\r\n\r\n",
    "wrong base64": b"From: a@b.cc\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"=QQ" * 300_000,
    "20,000 groups": a_dsn(ID, extra="\r\nAction: failed\r\nFinal-Recipient: x; a@b.c\r\n" * 20_000),
    "20 MB": a_dsn(ID) + b"x" * 20_000_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mails_are_read_in_a_moment(raw: bytes) -> None:
    began = time.process_time()
    found = read(raw)
    # of the processor, not of the clock; what reads itself again and again takes minutes
    assert time.process_time() - began < 5.0
    assert len(found.text) <= MAX_LENGTH
    assert len(found.recipients) <= 21


@given(st.binary(max_size=400), st.integers(0, 1200), st.integers(0, 60))
def test_a_damaged_mail_raises_nothing(noise: bytes, at: int, cut: int) -> None:
    for raw in (a_dsn(ID), a_complaint(ID), an_answer(ID)):
        found = read(raw[:at] + noise + raw[at + cut :])
        assert set(found.public_ids) <= {ID} or len(noise) >= 24


# what a person wrote


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Why?\n\nOn Mon, 23 Nov 2026 at 10:00, Cadence <c@example.com> wrote:\n> old", "Why?"),
        ("Why?\n\nOn Mon, 23 Nov 2026 at 10:00, Cadence\n<c@example.com> wrote:\n\n> old", "Why?"),
        ("Warum?\n\nAm Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Cadence <c@example.com>:\n> alt", "Warum?"),
        ("Why?\r\n\r\n-----Original Message-----\r\nFrom: Cadence", "Why?"),
        ("Warum?\n\n________________________________\nVon: Cadence\nGesendet: Montag", "Warum?"),
        ("Why?\n\nFrom: Cadence <c@example.com>\nSent: Monday\nTo: Ana", "Why?"),
        ("> quoted\nMy answer\n> more\nand the rest", "My answer\nand the rest"),
        ("Why?\n-- \nAna\nField", "Why?"),
        ("Why?\n\nSent from my iPhone", "Why?"),
        ("From: the point of view of a customer, why?", "From: the point of view of a customer, why?"),
        ("On reflection, why?", "On reflection, why?"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("a\x00b\u202ec\ud800d", "abcd"),
        ("> only quoted", ""),
        ("", ""),
        ("x" * 4_000, "x" * 4_000),
        ("x" * 10_000, "x" * (4_000 - len(SHORTENED)) + SHORTENED),
        ("yes\n" * 10_000, ("yes\n" * 994).strip() + SHORTENED),
    ],
)
def test_only_own_words_are_kept(text: str, said: str) -> None:
    assert own_words(text) == said


def test_html_without_a_text_part_is_read() -> None:
    html = (
        "<html><head><style>p{}</style></head><body><!--[if mso]><xml>x</xml><![endif]--><div>Why&nbsp;so?<br>Tell&lt;me&gt;</div>"
        '<div class="gmail_quote"><div>On Monday Cadence wrote:</div><blockquote>old<blockquote>older</blockquote></blockquote></div>'
    )
    assert own_words(text_of_html(html)) == "Why so?\nTell<me>"
    raw = b"From: ana@example.com\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe"
    assert read(raw).text == "Grüße"


def test_the_text_part_of_several_is_read() -> None:
    raw = (
        b"From: ana@example.com\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n"
        b"--a\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nV2h5Pw==\n--a\nContent-Type: text/html\n\n<p>no</p>\n--a--\n"
        b"--m\nContent-Type: text/plain\nContent-Disposition: attachment\n\nattached\n--m--\n"
    )
    assert read(raw).text == "Why?"
