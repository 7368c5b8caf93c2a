"""There and back by real servers: sent through Exim, bounced by it, read from Dovecot, and the other channel takes over."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.app import App
from cadence.channels.email.admission import SmtpSettings
from cadence.channels.email.mailbox import MailboxSettings
from cadence.channels.email.smtp import SmtpTransport
from cadence.clock import FixedClock
from cadence.domain.deliveries import Channel, SlackMessage
from cadence.operations.apply_cadences import derive_slots
from cadence.operations.ask import list_questions
from cadence.operations.notices import list_notices
from cadence.operations.poll_mail import MailPoller, PollReport
from cadence.operations.tick import TickReport, tick
from cadence.setting_fields import Settings
from cadence.store import tables
from cadence.store.database import Database
from tests.fixtures.builders import a_cadence, a_person, a_statement
from tests.fixtures.mail_servers import PASSWORD, Dovecot, Exim, wait_for
from tests.fixtures.sending import ScriptedTransport, an_outbox

#: two days on which the digest is due, 09:30 in Berlin; the servers stamp mails with today, so they lie ahead of it
_TODAY = datetime.now(UTC).replace(hour=8, minute=30, second=0, microsecond=0)


@dataclass
class House:
    """Cadence with its own composers, a real mail server and a scripted Slack."""

    app: App
    clock: FixedClock
    slack: ScriptedTransport
    exim: Exim
    dovecot: Dovecot
    poller: MailPoller

    def tick(self, at: datetime) -> TickReport:
        self.clock.set(at)
        slack = an_outbox(self.app.database, self.clock, self.slack)
        return tick(self.app.database, [*self.app.outboxes, slack], clock=self.clock, secret=self.app.secret, owner=self.app.owner)

    def poll(self) -> PollReport:
        """Read the mailbox once a mail has arrived in it."""
        wait_for(lambda: any((self.dovecot.maildir / "new").iterdir()), f"no mail came back: {self.exim.log.read_text()}")
        return self.poller.poll()

    def deliveries(self, email: str) -> list[tuple[str, str]]:
        deliveries, people = tables.Delivery.__table__, tables.Person.__table__  # type: ignore[attr-defined]
        query = sa.select(deliveries.c.channel, deliveries.c.state).join(people, people.c.id == deliveries.c.person_id)
        with self.app.database.read() as connection:
            return [tuple(row) for row in connection.execute(query.where(people.c.email == email).order_by(deliveries.c.id))]


@pytest.fixture
def house(sqlite_url: str, exim: Exim, dovecot: Dovecot, tmp_path: Any) -> Iterator[House]:
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=sqlite_url,
        smtp={
            "host": "127.0.0.1",
            "port": exim.port,
            "starttls": "off",
            "from": "Ada Boss <cadence@returns.test>",
            "reply_to": "bounces@returns.test",
            "return_path": "bounces+{id}@returns.test",
        },
    )
    settings.data_dir.mkdir()
    clock = FixedClock(_TODAY)
    transport = SmtpTransport(SmtpSettings(host="127.0.0.1", port=exim.port, tls="off", helo="cadence.test"))
    app = App(settings, clock=clock, transports=[transport])
    mailbox = MailboxSettings(
        host="localhost", port=dovecot.tls_port, username=dovecot.user, password=PASSWORD, ca_file=str(dovecot.certificate), timeout=90
    )
    poller = MailPoller(
        database=app.database, settings=mailbox, clock=clock, return_path=settings.smtp.return_path, answers_to=app.answers_to
    )
    yield House(app, clock, ScriptedTransport(channel=Channel.SLACK), exim, dovecot, poller)
    app.close()


def company(database: Database) -> None:
    for n in range(3):
        a_statement(database, slug=f"s-{n}", published_at=_TODAY - timedelta(days=100))
    a_person(database, email="ana@staff.test", slack="U0ANA1111", name="Ana", country="")
    a_person(database, email="gone@staff.test", slack="U0BO11111", name="Bo", country="")
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    a_cadence(database, slug="daily", channels=["email", "slack"], days=week, max_statements=1, window_minutes=0)
    with database.transaction() as connection:
        derive_slots(connection, now=_TODAY - timedelta(days=1))


def a_working_day(after: datetime) -> datetime:
    while after.weekday() > 3:
        after += timedelta(days=1)
    return after


def test_a_bounce_suspends_the_address_and_slack_takes_over(house: House) -> None:
    database = house.app.database
    company(database)
    first = a_working_day(_TODAY)

    # both are handed over: the server takes everything first and says later whom it does not know
    report = house.tick(first + timedelta(minutes=5))
    assert report.sent["email"].sent == 2
    done = house.poll()

    assert done.outcomes == {"suspended": 1}
    with database.read() as connection:
        said = [(notice.email, notice.sentence) for notice in list_notices(connection)]
    assert [email for email, _ in said] == ["gone@staff.test"]
    assert said[0][1].endswith("they are reached by Slack meanwhile.")

    # the next planning passes over the dead address
    report = house.tick(first + timedelta(days=1, minutes=5))
    assert report.sent["email"].sent == 1
    assert [m.user_id for m in house.slack.taken if isinstance(m, SlackMessage)] == ["U0BO11111"]
    assert house.deliveries("gone@staff.test") == [("email", "sent"), ("slack", "sent")]
    assert house.deliveries("ana@staff.test") == [("email", "sent"), ("email", "sent")]
    wait_for(lambda: len(list((house.exim.staff / "new").iterdir())) == 2, "Ana's mails did not arrive")
    assert house.poller.poll().read == 0


def test_an_answer_comes_back_as_a_question(house: House) -> None:
    database = house.app.database
    company(database)
    house.tick(a_working_day(_TODAY) + timedelta(minutes=5))
    house.poll()
    wait_for(lambda: any((house.exim.staff / "new").iterdir()), "Ana's mail did not arrive")
    received = next((house.exim.staff / "new").iterdir()).read_text()
    message_id = next(line.partition(": ")[2] for line in received.splitlines() if line.startswith("Message-ID: "))
    assert "Reply-To: bounces@returns.test" in received
    assert f"Return-path: <bounces+{message_id[1:25]}@returns.test>" in received

    answer = f"From: Ana <ana@staff.test>\r\nTo: bounces@returns.test\r\nIn-Reply-To: {message_id}\r\nSubject: Re\r\n\r\nWhy now?\r\n"
    with smtplib.SMTP("127.0.0.1", house.exim.port, timeout=90) as client:
        client.sendmail("ana@staff.test", ["bounces@returns.test"], answer)
    assert house.poll().outcomes == {"question": 1}
    assert [(q.person_name, q.text) for q in list_questions(database)] == [("Ana", "Why now?")]
