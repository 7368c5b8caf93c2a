"""The mailbox for returned mail, against a real Dovecot: what is read, moved, flagged and left alone."""

from __future__ import annotations

import contextlib
import imaplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cadence.assembly.app import App
from cadence.assembly.service import Service
from cadence.channels.email.mailbox import TROUBLE, Mailbox, MailboxSettings
from cadence.channels.email.parts import MAX_BYTES
from cadence.clock import FixedClock
from cadence.domain.sending.retry import BACKOFF
from cadence.errors import ChannelRefused, StoreBusy, TemporarilyUnavailable, TransportError
from cadence.operations.returned_mail import poll as poll_mail
from cadence.operations.returned_mail.ingest import ingest_mail
from cadence.operations.returned_mail.outcomes import Ingested
from cadence.operations.returned_mail.poll import POLL_EVERY, MailPoller, PollReport
from cadence.operations.running.inspect_returns import inspect_returns
from cadence.operations.running.notices import list_notices
from cadence.settings.fields import Settings
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_person
from tests.fixtures.mail_servers import PASSWORD, Dovecot
from tests.fixtures.returned import an_answer

pytestmark = pytest.mark.databases("sqlite")

#: the server stamps what it gets with its own clock
TODAY = datetime.now(UTC)


def settings_of(dovecot: Dovecot, **changes: Any) -> MailboxSettings:
    """Return the settings of the mailbox over implicit TLS."""
    usual = MailboxSettings(
        host="localhost", port=dovecot.tls_port, username=dovecot.user, password=PASSWORD, ca_file=str(dovecot.certificate), timeout=90
    )
    return replace(usual, **changes)


@contextlib.contextmanager
def looking(dovecot: Dovecot) -> Iterator[imaplib.IMAP4]:
    """Yield another mail program in the same mailbox."""
    client = imaplib.IMAP4("127.0.0.1", dovecot.port, timeout=90)
    client.login(dovecot.user, PASSWORD)
    try:
        yield client
    finally:
        client.logout()


def subjects(dovecot: Dovecot, folder: str) -> dict[str, set[str]]:
    """Return subject -> flags of what is in ``folder``."""
    with looking(dovecot) as client:
        if client.select(folder, readonly=True)[0] != "OK":
            return {}
        found = {}
        for number in client.search(None, "ALL")[1][0].split():
            head = client.fetch(number, "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0]
            assert isinstance(head, tuple)
            flags = {f.decode() for f in imaplib.ParseFlags(head[0])}
            found[head[1].decode().removeprefix("Subject: ").strip()] = flags - {"\\Recent"}
        return found


def test_a_mailbox_is_read_and_put_in_order(dovecot: Dovecot) -> None:
    """Five mails, in the order of their arrival: one dealt with, one that broke us, one deleted by somebody, two left."""
    for name in ("a", "b", "c", "d"):
        dovecot.put(f"Subject: {name}\r\n\r\n{name}\r\n".encode(), name)
    dovecot.put(b"Subject: huge\r\n\r\n" + b"x" * 3_000_000, "e")
    with looking(dovecot) as client:
        client.select("INBOX")
        client.store("3", "+FLAGS", r"\Deleted")
    for tls in ({}, {"tls": "required", "port": dovecot.port}):
        with Mailbox(settings_of(dovecot, **tls)) as mailbox:
            uids = mailbox.uids(after=0, now=TODAY)
            assert len(uids) == 4
            mails = [mailbox.fetch(uid) for uid in uids]
            assert [m is not None and m.split(b"\r\n")[0] for m in mails] == [b"Subject: a", b"Subject: b", b"Subject: d", b"Subject: huge"]
            assert len(mails[3] or b"") == MAX_BYTES
            assert mailbox.fetch(uids[-1] + 100) is None
            assert mailbox.uids(after=uids[-1], now=TODAY) == []
            assert mailbox.uids(after=0, now=TODAY + timedelta(days=20)) == []
    with Mailbox(settings_of(dovecot)) as mailbox:
        mailbox.put_away(uids[0])
        mailbox.put_away(uids[0])
        mailbox.set_aside(uids[1])
        assert mailbox.uids(after=0, now=TODAY) == uids[2:]
    assert subjects(dovecot, "Cadence") == {"a": set()}
    assert subjects(dovecot, "INBOX") == {"b": {"\\Flagged", TROUBLE}, "c": {"\\Deleted"}, "d": set(), "huge": set()}


def test_the_doctor_looks_into_the_mailbox_and_leaves_it_as_it_is(dovecot: Dovecot, database: Database) -> None:
    dovecot.put(b"Subject: a\r\n\r\na\r\n", "a")
    poller = MailPoller(database=database, settings=settings_of(dovecot), clock=FixedClock(TODAY))
    (check,) = inspect_returns(database, poller)
    assert (check.health, check.sentence.partition(" at ")[0]) == ("ok", f"INBOX of {dovecot.user}")
    assert check.sentence.endswith("can be read over TLS; 1 mail of the last 14 days in it.")
    assert subjects(dovecot, "INBOX") == {"a": set()}
    poller.settings = settings_of(dovecot, password="wrong")
    (check,) = inspect_returns(database, poller)
    assert check.health == "fail"


def test_the_service_visits_the_mailbox_that_the_settings_name(dovecot: Dovecot, sqlite_url: str, tmp_path: Path) -> None:
    dovecot.put(b"Subject: foreign\r\n\r\nx\r\n", "a")
    imap = {"host": "127.0.0.1", "port": dovecot.port, "username": dovecot.user, "password": PASSWORD, "tls": "off"}
    app = App(Settings.model_validate({"data_dir": tmp_path, "database_url": sqlite_url, "imap": imap}), transports=[])
    try:
        visit = Service(app)._chores()["mail"]
        assert visit() == PollReport(read=1, left=1, outcomes={"not_recognised": 1})
        assert visit() is None
    finally:
        app.close()


def test_a_server_without_move_keeps_what_others_have_deleted(dovecot: Dovecot) -> None:
    for name in ("a", "b"):
        dovecot.put(f"Subject: {name}\r\n\r\n{name}\r\n".encode(), name)
    with looking(dovecot) as client:
        client.select("INBOX")
        client.store("2", "+FLAGS", r"\Deleted")
    with Mailbox(settings_of(dovecot)) as mailbox:
        mailbox._offers = mailbox._offers - {"MOVE"}
        (uid,) = mailbox.uids(after=0, now=TODAY)
        mailbox.put_away(uid)
    assert set(subjects(dovecot, "Cadence")) == {"a"}
    assert set(subjects(dovecot, "INBOX")) == {"b"}


@pytest.mark.parametrize(
    ("changes", "expected", "said"),
    [
        ({"password": "wrong"}, ChannelRefused, "refused the login"),
        ({"password": "pässword"}, ChannelRefused, "outside ASCII"),
        ({"folder": "Nowhere"}, ChannelRefused, "no folder Nowhere"),
        ({"ca_file": ""}, ChannelRefused, "not trusted"),
        ({"host": "127.0.0.1"}, ChannelRefused, "not trusted"),
        ({"host": "nowhere.invalid"}, TemporarilyUnavailable, "cannot be read"),
        ({"port": 1}, TemporarilyUnavailable, "cannot be read"),
    ],
    ids=["password", "letters", "folder", "unknown certificate", "other name", "no host", "nobody listens"],
)
def test_a_mailbox_that_cannot_be_read_says_why(
    dovecot: Dovecot, changes: dict[str, Any], expected: type[TransportError], said: str
) -> None:
    with pytest.raises(expected, match=said) as caught, Mailbox(settings_of(dovecot, **changes)):
        pass
    assert changes.get("password", "secret!") not in str(caught.value)


# visits, by the clock


class FakeMailbox:
    """A mailbox of one folder; ``down`` is raised when it is opened."""

    def __init__(self, *mails: bytes) -> None:
        self.mails = dict(enumerate(mails, 1))
        self.uid_validity = 1
        self.down: Exception | None = None
        self.put: list[int] = []
        self.aside: list[int] = []
        self.visits = 0

    def __call__(self, settings: MailboxSettings) -> Any:
        return self

    def __enter__(self) -> FakeMailbox:
        self.visits += 1
        if self.down is not None:
            raise self.down
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def uids(self, *, after: int, now: datetime) -> list[int]:
        return [uid for uid in sorted(self.mails) if uid > after and uid not in self.aside]

    def fetch(self, uid: int) -> bytes | None:
        return self.mails.get(uid)

    def put_away(self, uid: int) -> None:
        self.put.append(uid)
        del self.mails[uid]

    def set_aside(self, uid: int) -> None:
        self.aside.append(uid)


def a_poller(database: Database, mailbox: FakeMailbox, clock: FixedClock) -> MailPoller:
    settings = MailboxSettings(host="x", username="x", password="x")
    return MailPoller(database=database, settings=settings, clock=clock, answers_to=("cadence@example.com",), visit=mailbox)


def asks(n: int) -> bytes:
    return an_answer("", text=f"Question {n}")


def notices(database: Database) -> list[str]:
    with database.read() as connection:
        return [notice.code for notice in list_notices(connection)]


def test_visits_are_five_minutes_apart(database: Database) -> None:
    clock, mailbox = FixedClock(NOW), FakeMailbox()
    poller = a_poller(database, mailbox, clock)
    visits = []
    for minute in range(12):
        clock.set(NOW + timedelta(minutes=minute))
        poller.poll_due()
        visits.append(mailbox.visits)
    assert visits == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3]
    clock.set(NOW - timedelta(days=400))
    assert poller.poll_due() is not None


def test_a_mailbox_that_is_down_is_left_alone_for_longer_and_the_admin_told(database: Database) -> None:
    clock, mailbox = FixedClock(NOW), FakeMailbox()
    mailbox.down = TemporarilyUnavailable("the mailbox cannot be read")
    poller = a_poller(database, mailbox, clock)
    at, told = NOW, []
    for wait in BACKOFF:
        clock.set(at)
        assert poller.poll_due() is None
        told.append(notices(database))
        clock.set(at + wait - timedelta(seconds=1))
        before = mailbox.visits
        assert poller.poll_due() is None
        assert mailbox.visits == before
        at += wait
    assert told == [[], [], *[["mailbox_unreachable"]] * 3]
    mailbox.down = None
    clock.set(at)
    assert poller.poll_due() is not None
    assert notices(database) == []
    clock.set(at + POLL_EVERY)
    assert poller.poll_due() is not None


def test_a_refused_login_is_told_at_once(database: Database) -> None:
    clock, mailbox = FixedClock(NOW), FakeMailbox()
    mailbox.down = ChannelRefused("the login was refused")
    a_poller(database, mailbox, clock).poll_due()
    assert notices(database) == ["mailbox_unreachable"]


def test_one_mail_that_breaks_us_does_not_stop_the_rest(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    a_person(database, email="ana@example.com")
    mailbox = FakeMailbox(asks(1), b"POISON", b"Subject: foreign\n\n", asks(2))
    dealt_with = ingest_mail

    def breaks(database: Database, raw: bytes, **rest: Any) -> Ingested:
        if raw == b"POISON":
            raise RuntimeError("a defect")
        return dealt_with(database, raw, **rest)

    monkeypatch.setattr(poll_mail, "ingest_mail", breaks)
    poller = a_poller(database, mailbox, FixedClock(NOW))
    report = poller.poll()
    assert (report.read, report.set_aside, report.left, report.outcomes) == (4, 1, 1, {"question": 2, "not_recognised": 1})
    assert (mailbox.put, mailbox.aside) == ([1, 4], [2])
    assert poller.poll().read == 0


def test_what_a_person_has_to_read_keeps_a_flag_and_its_place(database: Database) -> None:
    a_person(database, email="ana@example.com", name="Ana")
    sealed = an_answer("", text="").replace(b"text/plain; charset=utf-8", b"application/pkcs7-mime")
    mailbox = FakeMailbox(asks(1), sealed, asks(2), an_answer("", text="> only quoted"))
    poller = a_poller(database, mailbox, FixedClock(NOW))
    report = poller.poll()
    assert (report.unread, report.set_aside, report.outcomes) == (2, 0, {"question": 3, "unread": 1})
    assert (mailbox.put, mailbox.aside) == ([1, 3], [2, 4])
    assert notices(database) == ["mail_unread"]
    # also when the process died before the flag was set
    mailbox.aside.clear()
    assert a_poller(database, mailbox, FixedClock(NOW)).poll().repeated == 2
    assert (mailbox.put, mailbox.aside) == ([1, 3], [2, 4])


def test_a_database_that_is_locked_loses_no_mail(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    a_person(database, email="ana@example.com")
    mailbox = FakeMailbox(asks(1), asks(2))
    poller = a_poller(database, mailbox, FixedClock(NOW))
    dealt_with = ingest_mail
    troubles = iter([None, StoreBusy("locked")])

    def busy(database: Database, raw: bytes, **rest: Any) -> Ingested:
        trouble = next(troubles, None)
        if trouble is not None:
            raise trouble
        return dealt_with(database, raw, **rest)

    monkeypatch.setattr(poll_mail, "ingest_mail", busy)
    with pytest.raises(StoreBusy):
        poller.poll()
    assert poller.poll().outcomes == {"question": 1}
    assert mailbox.put == [1, 2]


def test_a_mailbox_that_is_numbered_anew_is_read_anew_and_nothing_counts_twice(database: Database) -> None:
    a_person(database, email="ana@example.com")
    mailbox = FakeMailbox(asks(1))
    poller = a_poller(database, mailbox, FixedClock(NOW))
    poller.poll()
    mailbox.mails, mailbox.uid_validity = {1: asks(1)}, 2
    report = poller.poll()
    assert (report.read, report.repeated) == (1, 1)
