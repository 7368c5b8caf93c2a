"""Where a server has its folders: below a prefix, with another delimiter, or nowhere that we may make one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cadence.channels.email.mailbox import Mailbox, MailboxSettings
from cadence.clock import FixedClock
from cadence.errors import TemporarilyUnavailable
from cadence.operations.returned_mail.poll import MailPoller
from cadence.operations.running.inspect_returns import inspect_returns
from cadence.operations.running.notices import list_notices
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.fixtures.oauth import USER, TokenMailbox
from tests.fixtures.returned import RETURN_PATH, a_dsn

PLAIN = "IMAP4rev1 UIDPLUS"


def settings_of(server: TokenMailbox, **changes: Any) -> MailboxSettings:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "username": USER, "password": "p", "tls": "off", "timeout": 10}
    return MailboxSettings(**(given | changes))


def two_mails() -> dict[int, bytes]:
    return {4: b"Subject: a\r\n\r\na\r\n", 5: b"Subject: b\r\n\r\nb\r\n"}


@pytest.mark.parametrize(
    ("prefix", "delimiter", "offers", "folder", "place"),
    [
        ("", "/", f"{PLAIN} MOVE NAMESPACE", "Cadence", "Cadence"),
        ("INBOX.", ".", f"{PLAIN} MOVE NAMESPACE", "Cadence", "INBOX.Cadence"),
        ("INBOX.", ".", f"{PLAIN} NAMESPACE", "Cadence", "INBOX.Cadence"),
        ("INBOX.", ".", f"{PLAIN} MOVE NAMESPACE", "INBOX.Done", "INBOX.Done"),
        ("INBOX/", "/", f"{PLAIN} MOVE NAMESPACE", "Cadence", "INBOX/Cadence"),
        ("INBOX.", ".", f"{PLAIN} MOVE", "Cadence", "INBOX.Cadence"),
        ("mail/", "/", f"{PLAIN} MOVE NAMESPACE", "Cadence", "mail/Cadence"),
    ],
)
def test_the_server_is_asked_where_folders_are(prefix: str, delimiter: str, offers: str, folder: str, place: str) -> None:
    with TokenMailbox(password="p", prefix=prefix, delimiter=delimiter, capabilities=offers, mails=two_mails()) as server:
        with Mailbox(settings_of(server, done_folder=folder)) as mailbox:
            mailbox.put_away(4)
            asked = len([said for said in server.said if said.startswith(("NAMESPACE", "LIST", "CREATE"))])
            mailbox.put_away(5)
        assert server.moved == [(4, place), (5, place)]
        assert server.folders == {place}
        assert len([said for said in server.said if said.startswith(("NAMESPACE", "LIST", "CREATE"))]) == asked, "asked once"
        expunged = [said for said in server.said if said.startswith("UID EXPUNGE")]
        assert len(expunged) == (0 if "MOVE" in offers else 2)


def test_a_server_that_offers_to_move_and_does_not_gets_copies_and_marks() -> None:
    with TokenMailbox(password="p", capabilities=f"{PLAIN} MOVE NAMESPACE", mails=two_mails(), refuses={"MOVE"}) as server:
        with Mailbox(settings_of(server)) as mailbox:
            mailbox.put_away(4)
        assert server.moved == [(4, "Cadence")]
        assert any(said.startswith("UID STORE 4 +FLAGS.SILENT") for said in server.said)


@pytest.mark.parametrize("refuses", [{"CREATE"}, {"MOVE", "COPY"}, {"CREATE", "NAMESPACE"}])
def test_a_server_that_moves_nothing_says_why(refuses: set[str]) -> None:
    with TokenMailbox(password="p", capabilities=f"{PLAIN} MOVE NAMESPACE", mails=two_mails(), refuses=refuses) as server:
        with (
            Mailbox(settings_of(server)) as mailbox,
            pytest.raises(TemporarilyUnavailable, match="could not be moved to the folder Cadence"),
        ):
            mailbox.put_away(4)
        assert server.moved == []


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    one = Database(database_url)
    yield one
    one.close()


def test_a_failed_move_is_a_notice_and_a_line_of_the_doctor_until_one_goes_well(database: Database) -> None:
    person = a_person(database, email="ana@example.com")
    ids = [a_delivery(database, person, [a_statement(database)], public_id=f"{n:024x}") for n in (71, 72)]
    assert len(ids) == 2
    with TokenMailbox(password="p", capabilities=f"{PLAIN} MOVE NAMESPACE", refuses={"CREATE"}) as server:
        server.mails = {4: a_dsn(f"{71:024x}")}
        poller = MailPoller(database=database, settings=settings_of(server), clock=FixedClock(NOW), return_path=RETURN_PATH)
        report = poller.poll()
        assert (report.read, report.unmoved, report.moved) == (1, 1, 0)
        (line,) = [c for c in inspect_returns(database, poller) if c.name == "mailbox folder"]
        assert "cannot be moved: A mail could not be moved to the folder Cadence: CREATE is not possible here" in line.sentence
        assert "CADENCE_IMAP__DONE_FOLDER" in line.remedy
        with database.read() as connection:
            assert "mailbox_unmoved" in [n.code for n in list_notices(connection)]

        server.refuses = set()
        server.mails[5] = a_dsn(f"{72:024x}")
        assert poller.poll().moved == 1
        assert [c for c in inspect_returns(database, poller) if c.name == "mailbox folder"] == []
