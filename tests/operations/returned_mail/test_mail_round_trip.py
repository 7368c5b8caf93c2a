"""There and back by real servers: sent through Exim, bounced by it, read from Dovecot, and Slack takes over, posted by slack-sdk to an
emulator that none of us wrote; and the other way round. No part of the conversation is scripted.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.assembly.app import App
from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.mailbox import MailboxSettings
from cadence.channels.email.smtp import SmtpTransport
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.clock import FixedClock
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.responding.ask import list_questions
from cadence.operations.returned_mail.poll import MailPoller, PollReport
from cadence.operations.running.notices import list_notices
from cadence.operations.running.tick import TickReport, tick
from cadence.settings.fields import Settings
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import a_cadence, a_person, a_statement
from tests.fixtures.mail_servers import PASSWORD, Dovecot, Exim, wait_for
from tests.fixtures.slack_emulator import SlackEmulator

#: two days on which the digest is due, 09:30 in Berlin; the servers stamp mails with today, so they lie ahead of it
_TODAY = datetime.now(UTC).replace(hour=8, minute=30, second=0, microsecond=0)


@dataclass
class House:
    """Cadence with its own composers, a real mail server and a Slack of others."""

    app: App
    clock: FixedClock
    slack: SlackEmulator
    exim: Exim
    dovecot: Dovecot
    poller: MailPoller

    def tick(self, at: datetime) -> TickReport:
        self.clock.set(at)
        return tick(self.app.database, self.app.outboxes, clock=self.clock, secret=self.app.secret, owner=self.app.owner)

    def poll(self) -> PollReport:
        """Read the mailbox once a mail has arrived in it."""
        wait_for(lambda: any((self.dovecot.maildir / "new").iterdir()), f"no mail came back: {self.exim.log.read_text()}")
        return self.poller.poll()

    def deliveries(self, email: str) -> list[tuple[str, str]]:
        deliveries, people = core.deliveries, core.people
        query = sa.select(deliveries.c.channel, deliveries.c.state).join(people, people.c.id == deliveries.c.person_id)
        with self.app.database.read() as connection:
            return [tuple(row) for row in connection.execute(query.where(people.c.email == email).order_by(deliveries.c.id))]

    def on_slack(self, email: str) -> list[dict[str, Any]]:
        """Return this company's messages in the direct messages of an emulator's person, read back from it."""
        client = self.slack.client()
        channel = client.conversations_open(users=self.slack.user_ids[email])["channel"]["id"]
        found = client.conversations_history(channel=channel, include_all_metadata=True)["messages"]
        deliveries = core.deliveries
        with self.app.database.read() as connection:
            ours = set(connection.execute(sa.select(deliveries.c.public_id)).scalars())
        return [m for m in found if m.get("metadata", {}).get("event_payload", {}).get("delivery") in ours]

    def notices(self) -> list[tuple[str, str, str]]:
        """Return what waits for the admin: code, whom it is about, and the sentence."""
        with self.app.database.read() as connection:
            return [(notice.code, notice.email, notice.sentence) for notice in list_notices(connection)]


@pytest.fixture
def house(sqlite_url: str, exim: Exim, dovecot: Dovecot, slack_emulator: SlackEmulator, tmp_path: Any) -> Iterator[House]:
    smtp = {
        "host": "127.0.0.1",
        "port": exim.port,
        "starttls": "off",
        "from": "Ada Boss <cadence@returns.test>",
        "reply_to": "bounces@returns.test",
        "return_path": "bounces+{id}@returns.test",
    }
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "database_url": sqlite_url, "smtp": smtp})
    settings.data_dir.mkdir()
    clock = FixedClock(_TODAY)
    transport = SmtpTransport(SmtpServer(host="127.0.0.1", port=exim.port, tls="off", helo="cadence.test"))
    slack = SlackTransport(SlackAccess(bot_token=slack_emulator.bot_token, api_url=slack_emulator.base_url, per_second=None))
    app = App(settings, clock=clock, transports=[transport, slack])
    mailbox = MailboxSettings(
        host="localhost", port=dovecot.tls_port, username=dovecot.user, password=PASSWORD, ca_file=str(dovecot.certificate), timeout=90
    )
    poller = MailPoller(
        database=app.database, settings=mailbox, clock=clock, return_path=settings.smtp.return_path, answers_to=app.answers_to
    )
    yield House(app, clock, slack_emulator, exim, dovecot, poller)
    app.close()


def company(database: Database, *, ana: str, bo: str, channels: tuple[str, ...] = ("email", "slack")) -> None:
    """Two people of staff.test, of whom the mail server knows Ana alone. ``ana``, ``bo``: their ids on Slack."""
    for n in range(3):
        a_statement(database, slug=f"s-{n}", published_at=_TODAY - timedelta(days=100))
    a_person(database, email="ana@staff.test", slack=ana, name="Ana", country="")
    a_person(database, email="gone@staff.test", slack=bo, name="Bo", country="")
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    a_cadence(database, slug="daily", channels=list(channels), days=week, max_statements=1, window_minutes=0)
    with database.transaction() as connection:
        derive_slots(connection, now=_TODAY - timedelta(days=1))


def a_working_day(after: datetime) -> datetime:
    while after.weekday() > 3:
        after += timedelta(days=1)
    return after


def test_a_bounce_suspends_the_address_and_slack_takes_over(house: House) -> None:
    database = house.app.database
    ids = house.slack.user_ids
    company(database, ana=ids["ana@example.com"], bo=ids["ben@example.com"])
    first = a_working_day(_TODAY)

    # both are handed over: the server takes everything first and says later whom it does not know
    report = house.tick(first + timedelta(minutes=5))
    assert report.sent["email"].sent == 2
    assert house.on_slack("ben@example.com") == []
    done = house.poll()

    assert done.outcomes == {"suspended": 1}
    ((code, email, sentence),) = house.notices()
    assert (code, email) == ("address_suspended", "gone@staff.test")
    assert sentence.endswith("they are reached in Slack meanwhile.")

    # the next planning passes over the dead address
    report = house.tick(first + timedelta(days=1, minutes=5))
    assert (report.sent["email"].sent, report.sent["slack"].sent) == (1, 1)
    assert house.deliveries("gone@staff.test") == [("email", "sent"), ("slack", "sent")]
    assert house.deliveries("ana@staff.test") == [("email", "sent"), ("email", "sent")]
    assert house.on_slack("ana@example.com") == []
    (message,) = house.on_slack("ben@example.com")
    assert "Repair before replace" in message["text"]
    assert {"acknowledge", "known", "unclear", "too_often", "ask"} >= {
        element["action_id"] for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]
    }
    wait_for(lambda: len(list((house.exim.staff / "new").iterdir())) == 2, "Ana's mails did not arrive")
    assert house.poller.poll().read == 0
    assert len(house.notices()) == 1, "told once"


def test_a_person_slack_does_not_know_is_suspended_there_and_mail_takes_over(house: House) -> None:
    database = house.app.database
    company(database, ana="U0NOTHERE1", bo=house.slack.user_ids["chi@example.com"], channels=("slack", "email"))
    first = a_working_day(_TODAY)

    report = house.tick(first + timedelta(minutes=5))
    assert (report.sent["slack"].sent, report.sent["slack"].failed) == (1, 1)
    ((code, email, sentence),) = house.notices()
    assert (code, email) == ("address_suspended", "ana@staff.test")
    assert sentence.endswith("they are reached by email meanwhile.")

    report = house.tick(first + timedelta(days=1, minutes=5))
    assert (report.sent["email"].sent, report.sent["slack"].sent) == (1, 1)
    assert house.deliveries("ana@staff.test") == [("slack", "failed"), ("email", "sent")]
    assert len(house.on_slack("chi@example.com")) == 2
    wait_for(lambda: any((house.exim.staff / "new").iterdir()), "Ana's mail did not arrive")
    (mail,) = (house.exim.staff / "new").iterdir()
    assert "To: Ana <ana@staff.test>" in mail.read_text()


def test_an_answer_comes_back_as_a_question(house: House) -> None:
    database = house.app.database
    company(database, ana=house.slack.user_ids["ana@example.com"], bo=house.slack.user_ids["ben@example.com"])
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
