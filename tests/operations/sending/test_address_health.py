"""Refusals at the door count against an address as returned mail does: a full mailbox, a recipient put off for ever (rows 12, 13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.clock import FixedClock
from cadence.operations.running.notices import list_notices
from cadence.operations.running.tick import TickReport, send_due
from cadence.operations.sending.address_health import count_strikes
from cadence.operations.sending.outbox import Strike
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.channels.smtp_faults import RIGHT, FaultySmtp, Script
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.fixtures.sending import an_outbox, attempt_rows, delivery_row

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FULL = {"rcpt": b"552 5.2.2 mailbox full\r\n"}


class Post:
    """One person whose mails go to a server that says what a test wrote down."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, FixedClock(NOW)
        self.person, self.statement = a_person(database, email="ana@example.com"), a_statement(database)
        self.occurrences = iter([an_occurrence(database, a_cadence(database), state="planned") for _ in range(12)])

    def mail(self, script: Script, *, tries: int = 1, lasts: timedelta = DAY) -> int:
        """Plan a mail and send it when it is time, ``tries`` times at most; return its delivery."""
        delivery = a_delivery(
            self.database,
            self.person,
            [self.statement],
            state="planned",
            occurrence_id=next(self.occurrences),
            at=self.clock.now(),
            expires_at=self.clock.now() + lasts,
        )
        with FaultySmtp(script) as server:
            settings = SmtpServer(host="127.0.0.1", port=server.port, tls="off", helo="x", connections=1)
            outbox = an_outbox(self.database, self.clock, SmtpTransport(settings))  # type: ignore[arg-type]
            for _ in range(tries):
                self.clock.set(max(self.clock.now(), delivery_row(self.database, delivery).send_after))
                send_due(outbox, report=TickReport())
            outbox.close()
        return delivery

    def address(self) -> Any:
        table = core.addresses
        with self.database.read() as connection:
            return connection.execute(sa.select(table).where(table.c.person_id == self.person)).one()

    def score(self) -> float:
        return round(float(self.address().failure_score), 3)


@pytest.fixture
def post(database_url: str) -> Iterator[Post]:
    """A post on each kind of database."""
    database = Database(database_url)
    yield Post(database)
    database.close()


def test_row_13_a_full_mailbox_fails_at_once_and_counts_one_and_four_in_a_fortnight_suspend(post: Post) -> None:
    scores = []
    for day in (0, 3, 7, 10):
        post.clock.set(NOW + day * DAY)
        delivery = post.mail(FULL)
        assert delivery_row(post.database, delivery).state == "failed"
        scores.append(post.score())
    assert scores == [1.0, 1.862, 2.527, 3.179], "each fades by half in 14 days"
    address = post.address()
    assert (address.suspended_reason, address.suspended_at is not None) == ("soft_bounces", True)
    with post.database.read() as connection:
        (notice,) = list_notices(connection)
    assert "failed too often and is suspended" in notice.sentence


def test_row_12_a_recipient_put_off_until_we_give_up_counts_once_however_many_tries(post: Post) -> None:
    delivery = post.mail({"rcpt": b"450 4.2.0 come back later\r\n"}, tries=8)
    assert (delivery_row(post.database, delivery).state, delivery_row(post.database, delivery).reason) == ("failed", "gave_up")
    assert len(attempt_rows(post.database, delivery)) == 8
    assert post.score() == 1.0


def test_row_12_what_passes_in_the_end_counts_nothing(post: Post) -> None:
    replies: list[bytes | str] = [b"450 4.2.0 later\r\n"] * 4
    delivery = post.mail({"rcpt": [*replies, RIGHT["rcpt"]]}, tries=5)
    assert delivery_row(post.database, delivery).state == "sent"
    assert post.score() == 0.0


def test_row_12_too_few_tries_before_it_is_too_late_say_nothing_of_the_address(post: Post) -> None:
    """A receiver that knows us not yet puts off the first tries."""
    delivery = post.mail({"rcpt": b"450 4.2.0 greylisted\r\n"}, tries=2, lasts=10 * MINUTE)
    assert delivery_row(post.database, delivery).reason == "gave_up"
    assert post.score() == 0.0


@pytest.mark.parametrize(
    "script",
    [
        {"rcpt": b"452 4.3.1 no room on the system\r\n"},
        {"rcpt": b"450 4.4.1 no route\r\n"},
        {"rcpt": b"421 4.3.2 closing\r\n"},
        {"mail": b"451 4.3.0 later\r\n"},
        {"dot": b"451 4.3.0 later\r\n"},
    ],
    ids=["their system is full", "no route", "closing", "sender put off", "text put off"],
)
def test_row_12_trouble_of_a_server_is_not_the_addresss(post: Post, script: Script) -> None:
    delivery = post.mail(script, tries=9)
    assert delivery_row(post.database, delivery).state == "failed"
    assert post.score() == 0.0


@pytest.mark.parametrize("reply", [b"552 5.3.4 too big\r\n", b"554 5.6.0 bad content\r\n", b"552 too big\r\n"])
def test_row_13_a_message_that_is_refused_leaves_the_address_alone(post: Post, reply: bytes) -> None:
    assert delivery_row(post.database, post.mail({"dot": reply})).state == "failed"
    assert post.score() == 0.0


def test_an_attempt_counts_once_however_often_it_is_reported(post: Post) -> None:
    delivery = post.mail(FULL)
    (attempt,) = attempt_rows(post.database, delivery)
    strike = Strike(attempt_id=attempt.id, delivery_id=delivery, person_id=post.person, reason="552 5.2.2")
    assert count_strikes(post.database, [strike, strike], channel="email", now=post.clock.now()) == 0
    assert post.score() == 1.0


def test_sending_that_succeeds_pays_nothing_for_it(post: Post) -> None:
    asked: list[str] = []
    sa.event.listen(post.database.engine, "before_cursor_execute", lambda c, cur, sql, *rest: asked.append(sql))
    assert count_strikes(post.database, [], channel="email", now=NOW) == 0
    assert asked == []
    post.mail({})
    assert not any("failure_score" in sql or "incoming_mails" in sql for sql in asked if not sql.startswith("SELECT"))
    assert not any("incoming_mails" in sql for sql in asked)
