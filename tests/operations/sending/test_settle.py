"""What becomes of a message nobody knows the fate of: email is sent once more, Slack is read, and then a person looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.retry import BACKOFF
from cadence.errors import ChannelRefused, MessageRejected, OutcomeUnknown, RateLimited, TemporarilyUnavailable
from cadence.operations.running.tick import TickReport, send_due
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.sending import digests
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.fixtures.sending import ScriptedTransport, TakenThenSilent, an_outbox, attempt_rows, delivery_row

QUIET = timedelta(minutes=10)
#: Monday 16:55 in Berlin, five minutes before nobody is written to any more
AFTERNOON = datetime(2026, 11, 23, 15, 55, tzinfo=UTC)
ADDRESS = "p0@example.com"


@pytest.fixture
def clock() -> FixedClock:
    """Monday 10:00 in Berlin."""
    return FixedClock(NOW)


def planned(database: Database, channel: str = "email", **overrides: Any) -> int:
    occurrence = an_occurrence(database, a_cadence(database), state="planned")
    person = a_person(database, email=ADDRESS, slack="U0")
    return a_delivery(database, person, [a_statement(database)], state="planned", channel=channel, occurrence_id=occurrence, **overrides)


def go(outbox: Any) -> TickReport:
    report = TickReport()
    send_due(outbox, report=report)
    return report


def outcomes(database: Database, delivery: int) -> list[str]:
    return [a.outcome for a in attempt_rows(database, delivery)]


# --- email ------------------------------------------------------------------------------------


def test_a_mail_in_doubt_is_sent_once_more_after_ten_quiet_minutes_and_is_the_same_mail(database: Database, clock: FixedClock) -> None:
    delivery = planned(database)
    transport = ScriptedTransport(script={ADDRESS: [TakenThenSilent()]})
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).settle_at) == ("unknown", NOW + QUIET)
    clock.set(NOW + QUIET - timedelta(seconds=1))
    go(outbox)
    assert len(transport.tried) == 1, "the ten minutes are quiet"
    clock.set(NOW + QUIET)
    go(outbox)
    assert delivery_row(database, delivery).state == "sent"
    assert transport.taken[0] == transport.taken[1]
    assert outcomes(database, delivery) == ["unknown", "sent"]


def test_a_second_doubt_is_left_to_a_person(database: Database, clock: FixedClock) -> None:
    delivery = planned(database)
    transport = ScriptedTransport(script={ADDRESS: [TakenThenSilent()] * 5})
    outbox = an_outbox(database, clock, transport)
    for _ in range(10):
        go(outbox)
        clock.advance(timedelta(minutes=11))
    row = delivery_row(database, delivery)
    assert (row.state, row.settle_at) == ("unknown", None)
    assert len(transport.tried) == 2
    assert outcomes(database, delivery) == ["unknown", "unknown"]


def test_a_resend_that_is_refused_stays_unknown(database: Database, clock: FixedClock) -> None:
    """The first copy may be with the person: the ledger does not say it failed."""
    delivery = planned(database)
    outbox = an_outbox(database, clock, ScriptedTransport(script={ADDRESS: [TakenThenSilent(), MessageRejected("552")]}))
    go(outbox)
    clock.advance(QUIET)
    go(outbox)
    row = delivery_row(database, delivery)
    assert (row.state, row.reason, row.settle_at) == ("unknown", "message_rejected", None)


def test_a_resend_that_must_wait_stays_a_resend(database: Database, clock: FixedClock) -> None:
    delivery = planned(database)
    transport = ScriptedTransport(script={ADDRESS: [TakenThenSilent(), TemporarilyUnavailable("450"), RateLimited("429")]})
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    clock.advance(QUIET)
    go(outbox)
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).settle_at) == ("unknown", clock.now() + BACKOFF[0])
    for _ in range(3):
        clock.advance(BACKOFF[0])
        go(outbox)
    assert delivery_row(database, delivery).state == "sent"
    assert len({m.content for m in transport.tried}) == 1  # type: ignore[union-attr]


def test_a_paused_channel_resends_nothing_until_it_is_open(database: Database, clock: FixedClock) -> None:
    delivery = planned(database)
    transport = ScriptedTransport(script={ADDRESS: [TakenThenSilent()]})
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    with database.transaction() as connection:
        digests.set_pause(connection, "email", until=NOW + timedelta(hours=1), reason="535")
    clock.advance(QUIET)
    go(outbox)
    assert len(transport.tried) == 1
    clock.set(NOW + timedelta(hours=1))
    go(outbox)
    assert delivery_row(database, delivery).state == "sent"


def test_a_doubt_that_outlives_its_message_is_left_to_a_person(database: Database, clock: FixedClock) -> None:
    delivery = planned(database, expires_at=NOW + timedelta(minutes=9))
    transport = ScriptedTransport(script={ADDRESS: [TakenThenSilent()]})
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    clock.advance(QUIET)
    go(outbox)
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).settle_at) == ("unknown", None)
    assert len(transport.tried) == 1


def test_a_doubt_that_is_settled_at_night_waits_for_the_morning(database: Database, clock: FixedClock) -> None:
    """The process died in the afternoon and came back at night."""
    delivery = planned(database, at=AFTERNOON)
    clock.set(AFTERNOON)
    transport = ScriptedTransport(script={ADDRESS: [TakenThenSilent()]})
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    clock.set(AFTERNOON + timedelta(hours=6))
    go(outbox)
    morning = datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).settle_at) == ("unknown", morning)
    assert len(transport.tried) == 1
    clock.set(morning)
    go(outbox)
    assert delivery_row(database, delivery).state == "sent"


def test_a_doubt_that_would_have_to_wait_past_its_end_is_left_to_a_person(database: Database, clock: FixedClock) -> None:
    delivery = planned(database, at=AFTERNOON, expires_at=AFTERNOON + timedelta(hours=8))
    clock.set(AFTERNOON)
    outbox = an_outbox(database, clock, ScriptedTransport(script={ADDRESS: [TakenThenSilent()]}))
    go(outbox)
    clock.set(AFTERNOON + timedelta(hours=6))
    go(outbox)
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).settle_at) == ("unknown", None)


def test_a_doubt_about_somebody_on_a_break_waits_for_its_end(database: Database, clock: FixedClock) -> None:
    delivery = planned(database)
    outbox = an_outbox(database, clock, ScriptedTransport(script={ADDRESS: [TakenThenSilent()]}))
    go(outbox)
    back = NOW + timedelta(hours=2)
    people = core.people
    with database.transaction() as connection:
        connection.execute(sa.update(people).values(paused_until=back))
    clock.advance(QUIET)
    go(outbox)
    assert delivery_row(database, delivery).settle_at == back


def test_a_withdrawn_statement_is_not_repeated(database: Database, clock: FixedClock) -> None:
    delivery = planned(database)
    transport = ScriptedTransport(script={ADDRESS: [TakenThenSilent()]})
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    statements = core.statements
    with database.transaction() as connection:
        connection.execute(sa.update(statements).values(withdrawn_at=NOW))
    clock.advance(QUIET)
    go(outbox)
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).reason) == ("unknown", "not_resent")
    assert len(transport.tried) == 1


# --- Slack ------------------------------------------------------------------------------------


def slack(script: list[Exception | None], **facts: Any) -> ScriptedTransport:
    return ScriptedTransport(channel=Channel.SLACK, script={"U0": script}, **facts)


def test_a_message_found_in_the_conversation_was_sent(database: Database, clock: FixedClock) -> None:
    delivery = planned(database, "slack")
    transport = slack([TakenThenSilent()])
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    assert delivery_row(database, delivery).settle_at == NOW + timedelta(seconds=30), "history lags: it is not read at once"
    clock.advance(timedelta(seconds=30))
    report = go(outbox)
    assert report.settled["slack"].found == 1
    assert delivery_row(database, delivery).state == "sent"
    [attempt] = attempt_rows(database, delivery)
    assert (attempt.outcome, attempt.provider_id) == ("sent", f"D1:{delivery_row(database, delivery).public_id}")
    assert len(transport.tried) == 1


def test_a_message_absent_twice_a_minute_apart_is_posted_again(database: Database, clock: FixedClock) -> None:
    delivery = planned(database, "slack")
    transport = slack([OutcomeUnknown("timeout, and it never arrived")])
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    clock.advance(timedelta(seconds=30))
    go(outbox)
    assert delivery_row(database, delivery).state == "unknown"
    assert delivery_row(database, delivery).settle_at == clock.now() + timedelta(seconds=60)
    clock.advance(timedelta(seconds=59))
    go(outbox)
    assert len(transport.tried) == 1
    clock.advance(timedelta(seconds=1))
    go(outbox)
    assert delivery_row(database, delivery).state == "sent"
    assert len(transport.taken) == 1
    assert outcomes(database, delivery) == ["void", "sent"]


def test_a_message_that_appears_late_is_found_by_the_second_look(database: Database, clock: FixedClock) -> None:
    delivery = planned(database, "slack")
    transport = slack([TakenThenSilent()])
    transport.hidden = {delivery_row(database, delivery).public_id}
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    clock.advance(timedelta(seconds=30))
    go(outbox)
    transport.hidden = set()
    clock.advance(timedelta(seconds=60))
    go(outbox)
    assert delivery_row(database, delivery).state == "sent"
    assert len(transport.taken) == 1


@pytest.mark.parametrize("reading", [OutcomeUnknown("too long"), MessageRejected("channel_not_found"), KeyError("a defect")])
def test_what_cannot_be_read_back_is_never_posted_again(database: Database, clock: FixedClock, reading: Exception) -> None:
    delivery = planned(database, "slack")
    transport = slack([TakenThenSilent()], reading=reading)
    outbox = an_outbox(database, clock, transport)
    for _ in range(5):
        go(outbox)
        clock.advance(timedelta(minutes=30))
    row = delivery_row(database, delivery)
    assert (row.state, row.reason, row.settle_at) == ("unknown", "cannot_read_back", None)
    assert len(transport.taken) == 1


@pytest.mark.parametrize(
    "reading", [RateLimited("429", retry_after=timedelta(seconds=90)), TemporarilyUnavailable("503"), ChannelRefused("token_revoked")]
)
def test_a_reading_that_must_wait_is_tried_again_for_a_day(database: Database, clock: FixedClock, reading: Exception) -> None:
    delivery = planned(database, "slack")
    transport = slack([TakenThenSilent()], reading=reading)
    outbox = an_outbox(database, clock, transport)
    go(outbox)
    clock.advance(timedelta(seconds=30))
    go(outbox)
    assert delivery_row(database, delivery).settle_at > clock.now()
    transport.reading = None
    clock.advance(timedelta(minutes=15))
    go(outbox)
    assert delivery_row(database, delivery).state == "sent"

    transport.reading = reading
    transport.script["U0"] = [TakenThenSilent()]
    occurrence = an_occurrence(database, a_cadence(database), state="planned")
    person = delivery_row(database, delivery).person_id
    stuck = a_delivery(database, person, [a_statement(database)], state="planned", channel="slack", occurrence_id=occurrence)
    go(outbox)
    clock.advance(timedelta(hours=25))
    go(outbox)
    assert (delivery_row(database, stuck).state, delivery_row(database, stuck).reason) == ("unknown", "cannot_read_back")
    assert len(transport.taken) == 2
