"""What a bounce and an answer need before they are believed: proof of where they came from (cases F6 and F7)."""

from __future__ import annotations

from typing import Any

import pytest

from cadence.operations.responding.ask import list_questions
from cadence.store.database import tables
from tests.fixtures.returned import a_complaint, a_dsn, an_answer
from tests.operations.returned_mail.conftest import World

OURS = "mx.ours.example"


def from_elsewhere(raw: bytes, server: str = "mx.evil.test") -> bytes:
    return raw.replace(b"mx.example.com", server.encode())


def test_a_forwarded_mail_is_not_enough_to_suspend_its_reader(sqlite_world: World) -> None:
    """Whoever gets a forwarded digest knows its Message-ID and its reader; a report made of that changes nothing and is told."""
    world = sqlite_world
    for _ in range(2):
        done = world.read(from_elsewhere(a_dsn(world.id, to="cadence@example.com")))
        assert (done.ours, done.outcome if not done.repeated else "") in ((True, "not_proven"), (True, ""))
    assert world.address().suspended_at is None
    assert world.address().failure_score == 0.0
    assert [e.times_sent for e in world.rows(tables.ExposureRow, person_id=world.ana)] == [1, 1]
    (said,) = world.notices()
    assert said.startswith("A mail from mx.evil.test says that a message to Ana did not arrive, but nothing shows that it comes from")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(lambda w: a_dsn(w.id, to="cadence@example.com"), id="the recipient's own server"),
        pytest.param(lambda w: from_elsewhere(a_dsn(w.id, to="cadence@example.com"), "smtp.relay.test"), id="our relay"),
        pytest.param(lambda w: from_elsewhere(a_dsn(w.id)), id="anybody, to the unguessable return path"),
        pytest.param(lambda w: from_elsewhere(a_dsn(w.id, recipient="", original="<x@y>")), id="return path alone, nobody named"),
    ],
)
def test_a_report_from_where_the_mail_went_is_believed(sqlite_world: World, raw: object) -> None:
    done = sqlite_world.read(raw(sqlite_world), relay="smtp.relay.test")  # type: ignore[operator]
    assert done.outcome == "suspended"


def test_what_our_own_server_found_out_counts_more_than_what_a_report_says(sqlite_world: World) -> None:
    world = sqlite_world
    plain = a_dsn(world.id, to="cadence@example.com")
    assert world.read(plain, trusted_authserv=OURS).outcome == "not_proven"
    forged = b"Authentication-Results: mx.evil.test; spf=pass smtp.helo=mx.example.com\r\n" + plain
    assert world.read(forged, trusted_authserv=OURS).outcome == "not_proven"
    proven = f"Authentication-Results: {OURS}; spf=pass smtp.helo=mx.example.com\r\n".encode() + plain
    assert world.read(proven, trusted_authserv=OURS).outcome == "suspended"


def test_mail_that_somebody_sends_on_counts_and_suspends_nobody_at_once(sqlite_world: World) -> None:
    world = sqlite_world
    raw = a_dsn(world.id, recipient="old.name@mail.example.net").replace(b"Message-ID:", b"To: ana@example.com\r\nMessage-ID:")
    assert world.read(raw).outcome == "counted"
    assert (world.address().suspended_at, world.address().failure_score) == (None, 1.0)


def test_a_report_about_an_address_nobody_knows_is_not_counted_against_the_one_in_use(sqlite_world: World) -> None:
    world = sqlite_world
    assert world.read(a_dsn(world.id, recipient="ana.before@example.com")).outcome == "other_recipient"
    assert world.address().failure_score == 0.0


def test_a_complaint_of_somebody_else_is_not_hers(sqlite_world: World) -> None:
    before = sqlite_world.state()
    assert sqlite_world.read(a_complaint(sqlite_world.id, recipient="bo@example.com")).outcome == "other_recipient"
    assert sqlite_world.state() == before
    for redacted in ("redacted@example.com", "5d41402abc4b2a76b9719d911017c592@example.com", "x=y@example.com"):
        assert sqlite_world.read(a_complaint(sqlite_world.id, recipient=redacted)).outcome == "complaint"


# who wrote an answer


def asked(world: World) -> list[tuple[str, bool]]:
    return [(q.text, q.sender_proven) for q in list_questions(world.database)]


PROVEN = {
    "by our own server": ({"trusted_authserv": OURS}, f"Authentication-Results: {OURS}; dmarc=pass header.from=example.com\n", ""),
    "by the unguessable address": ({}, "", "answers+{id}@example.com"),
    "by the return path": ({}, "", "bounces+{id}@example.com"),
}


@pytest.mark.parametrize(("given", "headers", "to"), PROVEN.values(), ids=PROVEN.keys())
def test_an_answer_is_proven(sqlite_world: World, given: dict[str, Any], headers: str, to: str) -> None:
    world = sqlite_world
    raw = an_answer("" if to else world.id, headers=headers, to=to.replace("{id}", world.id) or "cadence@example.com")
    assert world.read(raw, **given).outcome == "question"
    assert asked(world) == [("Why do we do this?", True)]


NOT_PROVEN = {
    "nothing": ({"trusted_authserv": OURS}, "", "cadence@example.com"),
    "a header of the sender's": ({}, f"Authentication-Results: {OURS}; dmarc=pass header.from=example.com\n", "cadence@example.com"),
    "another server": (
        {"trusted_authserv": OURS},
        "Authentication-Results: x.test; dmarc=pass header.from=example.com\n",
        "cadence@example.com",
    ),
    "failed": ({"trusted_authserv": OURS}, f"Authentication-Results: {OURS}; dmarc=fail header.from=example.com\n", "cadence@example.com"),
    "somebody else's address": ({}, "", "answers+{other}@example.com"),
    "an id that does not exist": ({}, "", "answers+0123456789abcdef01234567@example.com"),
}


@pytest.mark.parametrize(("given", "headers", "to"), NOT_PROVEN.values(), ids=NOT_PROVEN.keys())
def test_an_answer_that_only_says_so_is_marked(sqlite_world: World, given: dict[str, Any], headers: str, to: str) -> None:
    world = sqlite_world
    other = world.send_to_somebody_else()
    assert world.read(an_answer(world.id, headers=headers, to=to.replace("{other}", other)), **given).outcome == "question"
    assert asked(world) == [("Why do we do this?", False)]


# nothing is lost


SEALED = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n"
UNREADABLE = {
    "encrypted": (SEALED, "MIAGCSqGSIb3DQEHA6CAMIACAQA=", "it is encrypted"),
    "PGP in the text": ("", "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----", "it is encrypted"),
    "a picture": ("Content-Type: image/png\nContent-Transfer-Encoding: base64\n", "iVBORw0KGgo=", "files or pictures"),
    "a sheet": ("Content-Type: application/vnd.ms-excel\nContent-Disposition: attachment\n", "x", "files or pictures"),
    "TNEF": ("Content-Type: application/ms-tnef; name=winmail.dat\n", "x", "files or pictures"),
}


@pytest.mark.parametrize(("headers", "body", "said"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_answer_that_cannot_be_read_is_told_and_stays(sqlite_world: World, headers: str, body: str, said: str) -> None:
    world = sqlite_world
    raw = an_answer(world.id, headers=headers, text=body)
    if headers:
        raw = raw.replace(b"Content-Type: text/plain; charset=utf-8\n", b"")
    done = world.read(raw)
    assert (done.outcome, done.unread) == ("question", True)
    assert said in asked(world)[0][0]


@pytest.mark.parametrize("text", ["> only quoted", "\u200b", "", "On 3 Nov 2026, at 10:00, Ada <a@b.cc> wrote:\n\n> old"])
def test_an_answer_of_which_nothing_is_left_is_told(sqlite_world: World, text: str) -> None:
    done = sqlite_world.read(an_answer(sqlite_world.id, text=text))
    assert (done.outcome, done.unread) == ("unread", True)
    assert sqlite_world.notices() == ["A mail from or about Ana could not be read: nothing is left of it without what it quotes."]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (lambda w: an_answer(w.id, sender="Doe, Jo <ana@example.com>"), "its From line does not name exactly one sender"),
        (lambda w: an_answer(w.id, headers="From: bo@example.com\n"), "its From line does not name exactly one sender"),
        (lambda w: an_answer("", to=f"bounces+{w.id}@example.com", sender="postmaster@x.test", text="Hm."), "a program wrote it"),
    ],
)
def test_a_mail_about_us_of_no_known_kind_is_told(sqlite_world: World, raw: object, why: str) -> None:
    done = sqlite_world.read(raw(sqlite_world))  # type: ignore[operator]
    assert (done.kind, done.outcome, done.unread) == ("other", "unread", True)
    (said,) = sqlite_world.notices()
    assert why in said
    assert sqlite_world.address().suspended_at is None
