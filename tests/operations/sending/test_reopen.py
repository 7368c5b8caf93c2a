"""A paused channel is probed before a message is risked; a probe that fails makes the pause longer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cadence.channels.base import Probes
from cadence.channels.email.smtp import SmtpTransport
from cadence.clock import FixedClock
from cadence.domain.sending.retry import CHANNEL_PAUSE
from cadence.errors import ChannelRefused, TemporarilyUnavailable, TransportError
from cadence.operations.running.tick import TickReport, send_due
from cadence.operations.sending.reopen import LONGEST_PAUSE, reopen
from cadence.operations.sending.send import send_ready
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW
from tests.fixtures.sending import ScriptedTransport, an_outbox, planned, states


@dataclass
class ProbedTransport(ScriptedTransport):
    """A scripted transport that can be asked first."""

    probes: int = 0
    answers: list[TransportError | None] = field(default_factory=list)

    def probe(self) -> None:
        """Do what the test wrote down."""
        self.probes += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


def status(database: Database) -> Any:
    table = core.channel_status
    with database.read() as connection:
        return connection.execute(sa.select(table)).one_or_none()


def test_no_message_is_tried_until_a_probe_succeeds_and_the_pause_grows(database: Database) -> None:
    clock = FixedClock(NOW)
    planned(database, 3)
    down = TemporarilyUnavailable("mail.example.com:587 cannot be reached", provider_code="connect")
    refusal = ChannelRefused("535 5.7.8 refused", provider_code="535")
    transport = ProbedTransport(script={f"p{i}@example.com": [refusal] for i in range(3)}, answers=[down, down, None])
    outbox = an_outbox(database, clock, transport)
    assert send_ready(outbox).paused
    transport.script.clear()
    assert len(transport.tried) == 1

    waits = []
    for _ in range(2):
        clock.set(status(database).paused_until)
        report = TickReport()
        send_due(outbox, report=report)
        assert report.sent["email"].paused == "mail.example.com:587 cannot be reached"
        waits.append(status(database).paused_until - clock.now())
    assert waits == [2 * CHANNEL_PAUSE, 4 * CHANNEL_PAUSE]
    assert status(database).failures_in_row == 2
    assert (transport.probes, len(transport.tried)) == (2, 1)

    clock.set(status(database).paused_until)
    report = TickReport()
    send_due(outbox, report=report)
    assert report.sent["email"].sent == 3
    assert (status(database).paused_until, status(database).reason, status(database).failures_in_row) == (None, "", 0)
    assert states(database) == {"sent": 3}
    send_due(outbox, report=TickReport())
    assert transport.probes == 3


def test_an_open_or_still_paused_channel_is_not_probed(database: Database) -> None:
    clock = FixedClock(NOW)
    transport = ProbedTransport()
    outbox = an_outbox(database, clock, transport)
    assert reopen(outbox, now=NOW) == ""
    with database.transaction() as connection:
        paused = {"channel": "email", "paused_until": NOW + timedelta(minutes=1), "reason": "x", "failures_in_row": 0}
        connection.execute(sa.insert(core.channel_status).values(**paused))
    assert reopen(outbox, now=NOW) == ""
    assert transport.probes == 0


def test_the_pause_has_a_longest(database: Database) -> None:
    clock = FixedClock(NOW)
    transport = ProbedTransport(answers=[ChannelRefused("no", provider_code="535")] * 12)
    with database.transaction() as connection:
        paused = {"channel": "email", "paused_until": NOW, "reason": "x", "failures_in_row": 0}
        connection.execute(sa.insert(core.channel_status).values(**paused))
    for _ in range(12):
        assert reopen(an_outbox(database, clock, transport), now=clock.now()) == "no"
        clock.set(status(database).paused_until)
    assert reopen(an_outbox(database, clock, transport), now=clock.now()) == ""
    assert transport.probes == 13
    assert clock.now() - NOW <= 12 * LONGEST_PAUSE


def test_who_cannot_be_probed_goes_on_by_time_alone(database: Database) -> None:
    with database.transaction() as connection:
        paused = {"channel": "email", "paused_until": NOW, "reason": "x", "failures_in_row": 0}
        connection.execute(sa.insert(core.channel_status).values(**paused))
    assert reopen(an_outbox(database, FixedClock(NOW), ScriptedTransport()), now=NOW) == ""
    assert isinstance(SmtpTransport.__new__(SmtpTransport), Probes)
