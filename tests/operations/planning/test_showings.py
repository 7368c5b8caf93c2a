"""The why-line tells which showing of the person's own quarter it is: what was really sent, and this one; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.planning.limits import Limits
from cadence.domain.sending.deliveries import Channel, Digest, EmailEnvelope
from cadence.errors import AddressRejected, OutcomeUnknown, TemporarilyUnavailable
from cadence.files.limits_toml import limits_to_json
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.authoring.preview_message import preview_digest, preview_statement
from cadence.operations.planning.explain import explain
from cadence.operations.responding.learn import relearn
from cadence.operations.running.rebuild import rebuild
from cadence.operations.running.tick import tick
from cadence.operations.sending.settle import settle_unknown
from cadence.rendering.wording import why_line
from cadence.rendering.words import load_words
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from cadence.store.returned_mail import returns
from tests.fixtures.builders import StatementRows, a_cadence, a_delivery, a_person, a_statement, a_version
from tests.fixtures.sending import ScriptedTransport, an_outbox, change
from tests.rendering.samples import TEMPLATES

WORDS = load_words(TEMPLATES).for_locale("en")
WEEK = timedelta(days=7)
#: Tuesday 09:30 in Berlin, the third last of its quarter
FIRST = datetime(2026, 12, 15, 8, 30, tzinfo=UTC)
ANA = "ana@example.com"


def say(digest: Digest) -> EmailEnvelope:
    """Compose a mail of nothing but why-lines."""
    assert digest.local_date is not None
    said = "\n".join(why_line(WORDS, item, year=digest.local_date.year) for item in digest.items)
    return EmailEnvelope(mail_from="c@example.com", rcpt_to=digest.address, content=said.encode(), message_id=digest.public_id)


class Company:
    """One statement, one weekly cadence, one person unless more are added."""

    def __init__(self, database: Database, *, zone: str = "Europe/Berlin", begins: datetime = FIRST, **cadence: Any) -> None:
        self.database, self.transport = database, ScriptedTransport()
        self.statement: StatementRows = a_statement(database, slug="repair", wordings=["Mend."], published_at=begins - timedelta(days=300))
        wordings = core.wordings
        with database.transaction() as connection:
            connection.execute(sa.update(wordings).values(name="plain"))
        self.ana = a_person(database, email=ANA, zone=zone)
        a_cadence(database, slug="weekly", channels=["email"], **({"days": ["tuesday"]} | cadence))
        self.begin(begins)

    def begin(self, at: datetime) -> None:
        with self.database.transaction() as connection:
            derive_slots(connection, now=at - timedelta(hours=1))

    def at(self, instant: datetime) -> list[str]:
        """Tick at ``instant``; return what went out then."""
        before, clock = len(self.transport.tried), FixedClock(instant)
        outbox = an_outbox(self.database, clock, self.transport, compose=say)
        tick(self.database, [outbox], clock=clock, secret=b"secret", owner=outbox.owner)
        return [m.content.decode() for m in self.transport.tried[before:] if isinstance(m, EmailEnvelope)]

    def rows(self, model: Any) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(sa.select(core.table_of(model)).order_by(*core.table_of(model).primary_key.columns)))


@pytest.mark.parametrize("mode", ["fixed", "adaptive"])
def test_showings_are_told_within_the_quarter(database: Database, mode: str) -> None:
    company = Company(database, mode=mode, target_awareness=0.99)

    said = [line for n in range(5) for line in company.at(FIRST + n * WEEK)]

    assert said[:3] == ["This is the first time we have sent you this.", "Second time this quarter.", "Third time this quarter."]
    assert said[3:] == ["First time this quarter.", "Second time this quarter."]
    assert rebuild(database).differences == 0
    [kept] = company.rows(tables.ExposureRow)
    assert (kept.times_sent, kept.sent_quarter, kept.sent_in_quarter) == (5, 4 * 2027, 2)


@pytest.mark.parametrize(("zone", "last_of_the_old"), [("Pacific/Auckland", False), ("America/Los_Angeles", True)])
def test_the_quarter_is_that_of_the_persons_own_date(database: Database, zone: str, last_of_the_old: bool) -> None:
    """Around midnight UTC of New Year it is the new year in Auckland and the old one in Los Angeles."""
    turn = datetime(2026, 12, 31, 22, 0, tzinfo=UTC)  # 11:00 on 1 January, and 14:00 on 31 December
    local = "11:00" if zone == "Pacific/Auckland" else "14:00"
    company = Company(database, zone=zone, begins=turn, days=["thursday", "friday"], local_time=local, holidays=False, min_gap_days=0)
    a_delivery(database, company.ana, [company.statement], at=turn - timedelta(days=10))

    assert company.at(turn) == ["Second time this quarter." if last_of_the_old else "First time this quarter."]
    assert rebuild(database).differences == 0


def test_what_failed_or_was_left_out_is_not_counted(database: Database) -> None:
    company = Company(database)
    company.transport.script[ANA] = [AddressRejected("no such user")]
    assert company.at(FIRST) == ["This is the first time we have sent you this."]
    addresses = core.addresses
    with database.transaction() as connection:
        connection.execute(sa.update(addresses).values(suspended_at=None))
    change(database, tables.PersonRow, company.ana, paused_until=FIRST + WEEK + timedelta(days=3))
    assert company.at(FIRST + WEEK) == []

    assert company.at(FIRST + 2 * WEEK) == ["This is the first time we have sent you this."]
    assert [row.state for row in company.rows(tables.DeliveryRow)] == ["failed", "skipped", "sent"]
    assert rebuild(database).differences == 0


def test_a_retry_and_a_copy_of_a_message_in_doubt_say_the_same(database: Database) -> None:
    company = Company(database)
    company.at(FIRST)
    company.transport.script[ANA] = [TemporarilyUnavailable("busy"), OutcomeUnknown("no reply")]
    clock = FixedClock(FIRST + WEEK)
    said = company.at(clock.now())
    said += company.at(FIRST + WEEK + timedelta(hours=2))
    later = FixedClock(FIRST + WEEK + timedelta(hours=3))
    settle_unknown(an_outbox(database, later, company.transport, compose=say), now=later.now())
    said += [m.content.decode() for m in company.transport.tried[3:] if isinstance(m, EmailEnvelope)]

    assert said == ["Second time this quarter."] * 3
    assert company.at(FIRST + 2 * WEEK) == ["Third time this quarter."]
    assert rebuild(database).differences == 0


def test_two_messages_that_wait_together_are_told_apart(database: Database) -> None:
    """Both are planned before either is sent; the second waits for what becomes of the first."""
    company = Company(database, min_gap_days=0)
    a_cadence(database, slug="too", channels=["email"], days=["tuesday"], min_gap_days=0)
    with database.transaction() as connection:
        connection.execute(sa.insert(core.limit_sets).values(definition=limits_to_json(Limits(min_gap_days=0)), applied_at=FIRST - WEEK))
    company.begin(FIRST)

    assert company.at(FIRST) == ["This is the first time we have sent you this."]
    assert [row.showing for row in company.rows(tables.DeliveryItemRow)] == [1, 1]
    assert company.at(FIRST + timedelta(minutes=2)) == ["Second time this quarter."]
    assert [(row.showing, row.times_sent_before) for row in company.rows(tables.DeliveryItemRow)] == [(1, 0), (2, 1)]
    assert rebuild(database).differences == 0


def test_a_showing_that_came_back_is_no_showing(database: Database) -> None:
    """The mail of last week comes back while this week's waits: the plan counted it, the message does not."""
    company = Company(database)
    company.at(FIRST)
    company.at(FIRST + WEEK)
    company.transport.script[ANA] = [TemporarilyUnavailable("busy")]
    assert company.at(FIRST + 2 * WEEK) == ["Third time this quarter."]
    second = company.rows(tables.DeliveryRow)[1]
    sent = returns.Sent(delivery_id=second.id, public_id=second.public_id, person_id=company.ana, state="sent", address=ANA, active=True)
    with database.transaction() as connection:
        returns.add_bounce(connection, sent, now=FIRST + 2 * WEEK, detail={})
        returns.uncount(connection, company.ana, second.id)
        relearn(connection, company.ana, [company.statement.id], now=FIRST + 2 * WEEK)

    assert company.at(FIRST + 2 * WEEK + timedelta(hours=2)) == ["Second time this quarter."]
    assert rebuild(database).differences == 0


def test_a_change_of_the_text_stands_beside_the_count(database: Database) -> None:
    company = Company(database)
    company.at(FIRST)
    a_version(database, company.statement.id, number=2, material=False, wordings=["Mend it."], published_at=FIRST + timedelta(days=3))
    assert company.at(FIRST + WEEK) == ["Second time this quarter; the wording changed on 18 December."]
    a_version(database, company.statement.id, number=3, wordings=["Mend all."], published_at=FIRST + timedelta(days=10))
    assert company.at(FIRST + 2 * WEEK) == ["Third time this quarter; new version since 25 December."]
    assert company.at(FIRST + 3 * WEEK) == ["First time this quarter; the wording changed on 25 December 2026."]


def test_a_nudge_is_a_showing_too(database: Database) -> None:
    company = Company(database)
    change(database, tables.StatementRow, company.statement.id, must_acknowledge=True)
    company.at(FIRST)

    [nudge] = company.at(FIRST + timedelta(days=3))

    assert nudge == "A reminder: please acknowledge this. Second time this quarter."


def test_a_reminder_before_the_next_digest_hides_it_from_nobody(database: Database) -> None:
    company = Company(database, name="Weekly")
    change(database, tables.StatementRow, company.statement.id, must_acknowledge=True)
    company.at(FIRST)

    told = explain(database, ANA, now=FIRST + timedelta(days=1))

    assert [one.sentence.partition(" due")[0] for one in told.next] == ["A reminder from “Weekly” is", "“Weekly” is next"]
    assert not any("No active cadence" in line for one in told.statements for line in one.sentences)


def test_preview_and_explanation_tell_the_same(database: Database) -> None:
    company = Company(database)
    company.at(FIRST)
    company.at(FIRST + WEEK)
    later = FIRST + WEEK + timedelta(days=1)

    shown = preview_statement(database, email=ANA, slug="repair", channel=Channel.EMAIL, now=later)
    coming = preview_digest(database, email=ANA, channel=Channel.EMAIL, channels=[Channel.EMAIL], secret=b"secret", now=later)
    [told] = explain(database, ANA, now=later).statements

    assert [d.items[0].showing for d in (shown, coming)] == [3, 3]
    assert "was delivered twice, last on" in told.sentences[0]
    assert "quarter" not in told.sentences[0]  # it would count texts under answers, and this is told to others


@pytest.mark.parametrize(("field", "value"), [("sent_quarter", 1), ("sent_in_quarter", 7)])
def test_rebuild_finds_and_mends_a_wrong_count(database: Database, field: str, value: int) -> None:
    company = Company(database)
    company.at(FIRST)
    exposures = core.exposures
    with database.transaction() as connection:
        connection.execute(sa.update(exposures).values({field: value}))

    found = rebuild(database, repair=True)

    assert [one.field for one in found.first] == [field]
    assert rebuild(database).differences == 0
