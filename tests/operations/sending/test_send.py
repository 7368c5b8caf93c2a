"""Every way a try can end, and every last look, on both databases, through a transport that does what the test wrote down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Channel, Digest, EmailEnvelope, Message
from cadence.domain.sending.retry import BACKOFF, CHANNEL_PAUSE
from cadence.errors import AddressRejected, ChannelRefused, MessageRejected, RateLimited, StoreError, TemporarilyUnavailable
from cadence.operations.running.tick import TickReport, prepare
from cadence.operations.sending.recover import recover
from cadence.operations.sending.send import send_ready
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from cadence.store.sending import ledger
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement, a_version, an_address
from tests.fixtures.sending import (
    ScriptedTransport,
    TakenThenSilent,
    address_of,
    an_outbox,
    attempt_rows,
    change,
    compose_plainly,
    delivery_row,
    planned,
    states,
)


@pytest.fixture
def clock() -> FixedClock:
    """Monday 10:00 in Berlin."""
    return FixedClock(NOW)


def paused(database: Database, channel: str, now: datetime) -> Any:
    table = core.channel_status
    with database.read() as connection:
        row = connection.execute(sa.select(table).where(table.c.channel == channel)).one_or_none()
    return row if row is not None and row.paused_until is not None and row.paused_until > now else None


# --- how a try ends ---------------------------------------------------------------------------


def test_a_message_the_service_took_is_sent_with_its_reply(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database)
    transport = ScriptedTransport()

    report = send_ready(an_outbox(database, clock, transport))

    row, [attempt] = delivery_row(database, delivery), attempt_rows(database, delivery)
    assert (report.sent, transport.addresses()) == (1, ["p0@example.com"])
    assert (row.state, row.lease_owner, row.finished_at) == ("sent", None, NOW)
    assert (attempt.outcome, attempt.reply, attempt.provider_id, attempt.started_at) == ("sent", "250 taken", "id-1", NOW)
    evidence = core.evidence
    with database.read() as connection:
        assert [(e.source_id, e.level) for e in connection.execute(sa.select(evidence))] == [(f"sent:{delivery}", 1)]


def test_sending_again_sends_nothing(database: Database, clock: FixedClock) -> None:
    planned(database, 5)
    transport = ScriptedTransport()
    outbox = an_outbox(database, clock, transport)
    send_ready(outbox)
    assert send_ready(outbox).sent == 0
    assert len(transport.tried) == 5


def test_a_passing_fault_is_retried_later_and_later_and_given_up_at_the_eighth(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database)
    transport = ScriptedTransport(script={"p0@example.com": [TemporarilyUnavailable("450 later", provider_code="450")] * 9})
    outbox = an_outbox(database, clock, transport)
    waits = []
    for _ in range(8):
        send_ready(outbox)
        row = delivery_row(database, delivery)
        if row.state == "planned":
            waits.append(row.send_after - clock.now())
            clock.set(row.send_after - timedelta(seconds=1))
            assert send_ready(outbox).retried == 0, "tried before its time"
            clock.set(row.send_after)

    assert waits == [*BACKOFF, BACKOFF[-1], BACKOFF[-1]]
    assert [w.total_seconds() / 60 for w in waits[:5]] == [5, 10, 20, 40, 67]
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).reason) == ("failed", "gave_up")
    assert [a.outcome for a in attempt_rows(database, delivery)] == ["retry"] * 7 + ["failed"]
    assert not transport.taken


def test_a_retry_that_would_come_after_the_end_gives_up_at_once(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database, expires_at=NOW + timedelta(minutes=4))
    send_ready(an_outbox(database, clock, ScriptedTransport(script={"p0@example.com": [TemporarilyUnavailable("450")]})))
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).reason) == ("failed", "gave_up")


def test_a_retry_keeps_message_id_and_date(database: Database, clock: FixedClock) -> None:
    planned(database)
    transport = ScriptedTransport(script={"p0@example.com": [TemporarilyUnavailable("450")]})
    outbox = an_outbox(database, clock, transport)
    send_ready(outbox)
    clock.advance(timedelta(minutes=5))
    send_ready(outbox)
    first, second = transport.tried
    assert first == second


def test_message_id_and_date_stay_although_composing_takes_time(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database)
    transport = ScriptedTransport(script={"p0@example.com": [TakenThenSilent()]})

    def slow(digest: Digest) -> Message:
        clock.advance(timedelta(seconds=90))
        return compose_plainly(digest)

    outbox = an_outbox(database, clock, transport, compose=slow)
    tick_all(outbox)
    clock.set(delivery_row(database, delivery).settle_at)
    tick_all(outbox)
    first, second = transport.taken
    assert first == second


def test_an_address_that_does_not_exist_is_suspended_and_gets_nothing_more(database: Database, clock: FixedClock) -> None:
    [first] = planned(database)
    transport = ScriptedTransport(script={"p0@example.com": [AddressRejected("550 5.1.1", provider_code="550 5.1.1")]})
    outbox = an_outbox(database, clock, transport)
    send_ready(outbox)
    row = delivery_row(database, first)
    assert (row.state, row.reason) == ("failed", "address_rejected")
    later = a_delivery(database, row.person_id, [a_statement(database)], state="planned")

    send_ready(outbox)

    assert (delivery_row(database, later).state, delivery_row(database, later).reason) == ("cancelled", "address_suspended")
    assert len(transport.tried) == 1


def test_a_message_that_is_refused_fails_alone_and_the_address_stays_good(database: Database, clock: FixedClock) -> None:
    first, second = planned(database, 2)
    send_ready(an_outbox(database, clock, ScriptedTransport(script={"p0@example.com": [MessageRejected("552 too big")]})))
    assert delivery_row(database, first).reason == "message_rejected"
    assert delivery_row(database, second).state == "sent"
    addresses = core.addresses
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).where(addresses.c.suspended_at.is_not(None))).scalar_one() == 0


def test_a_service_that_refuses_us_pauses_the_channel_and_loses_nothing(database: Database, clock: FixedClock) -> None:
    planned(database, 6)
    refusal = ChannelRefused("535 authentication failed", provider_code="535")
    transport = ScriptedTransport(script={f"p{i}@example.com": [refusal] for i in range(6)})
    outbox = an_outbox(database, clock, transport)

    report = send_ready(outbox)

    assert "535" in report.paused
    assert len(transport.tried) == 1, "one try, then quiet"
    assert states(database) == {"planned": 6}
    assert send_ready(outbox).paused
    assert len(transport.tried) == 1
    transport.script.clear()
    clock.advance(CHANNEL_PAUSE)
    assert send_ready(outbox).sent == 6
    assert sorted(transport.addresses()) == sorted({f"p{i}@example.com" for i in range(6)})


def test_a_channel_refused_all_morning_does_not_use_up_the_attempts(database: Database, clock: FixedClock) -> None:
    planned(database, 3)
    transport = ScriptedTransport(script={f"p{i}@example.com": [ChannelRefused("535")] * 30 for i in range(3)})
    outbox = an_outbox(database, clock, transport)
    for _ in range(30):
        send_ready(outbox)
        clock.advance(CHANNEL_PAUSE)
    transport.script = {f"p{i}@example.com": [TemporarilyUnavailable("450 greylisted")] for i in range(3)}

    send_ready(outbox)

    assert states(database) == {"planned": 3}, "the first greylisting is no reason to give up"
    clock.advance(BACKOFF[0])
    send_ready(outbox)
    assert states(database) == {"sent": 3}


def test_a_message_that_halts_its_channel_each_time_goes_to_the_back_of_the_queue(database: Database, clock: FixedClock) -> None:
    planned(database, 3)
    transport = ScriptedTransport(script={"p0@example.com": [ChannelRefused("550 5.7.1")] * 99})
    outbox = an_outbox(database, clock, transport)
    send_ready(outbox)
    clock.advance(CHANNEL_PAUSE)
    send_ready(outbox)
    assert transport.addresses() == ["p1@example.com", "p2@example.com"]


def test_being_asked_to_wait_is_not_counted_as_an_attempt(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database)
    limited: list[Exception | None] = [RateLimited("429", retry_after=timedelta(seconds=60))] * 12
    transport = ScriptedTransport(script={"p0@example.com": [*limited, TemporarilyUnavailable("450")]})
    outbox = an_outbox(database, clock, transport)
    for _ in range(12):
        send_ready(outbox)
        assert delivery_row(database, delivery).send_after == clock.now() + timedelta(seconds=60)
        clock.advance(timedelta(seconds=60))
    send_ready(outbox)
    assert delivery_row(database, delivery).send_after == clock.now() + BACKOFF[0], "the first counted retry waits five minutes"
    clock.advance(BACKOFF[0])
    assert send_ready(outbox).sent == 1


def test_a_wait_without_a_number_is_30_seconds_and_a_long_one_15_minutes(database: Database, clock: FixedClock) -> None:
    first, second = planned(database, 2)
    script: dict[str, list[Exception | None]] = {
        "p0@example.com": [RateLimited("429")],
        "p1@example.com": [RateLimited("429", retry_after=timedelta(hours=1))],
    }
    send_ready(an_outbox(database, clock, ScriptedTransport(script=script)))
    assert delivery_row(database, first).send_after == NOW + timedelta(seconds=30)
    assert delivery_row(database, second).send_after == NOW + timedelta(minutes=15)


def test_many_failures_in_a_row_pause_the_channel(database: Database, clock: FixedClock) -> None:
    planned(database, 40)
    transport = ScriptedTransport(script={f"p{i}@example.com": [TemporarilyUnavailable("connection refused")] for i in range(40)})
    report = send_ready(an_outbox(database, clock, transport))
    assert len(transport.tried) == 20
    assert report.paused
    assert states(database) == {"planned": 40}


def test_a_message_that_cannot_be_composed_fails_alone(database: Database, clock: FixedClock) -> None:
    ids = planned(database, 5)

    def poisoned(digest: Digest) -> Message:
        if digest.address == "p2@example.com":
            raise ZeroDivisionError
        return compose_plainly(digest)

    transport = ScriptedTransport()
    send_ready(an_outbox(database, clock, transport, compose=poisoned))
    assert (delivery_row(database, ids[2]).state, delivery_row(database, ids[2]).reason) == ("failed", "render_error")
    assert "ZeroDivisionError" in attempt_rows(database, ids[2])[0].reply
    assert states(database) == {"sent": 4, "failed": 1}


def test_a_person_whose_zone_cannot_be_read_any_more_holds_back_nobody_else(database: Database, clock: FixedClock) -> None:
    ids = planned(database, 3)
    change(database, tables.PersonRow, delivery_row(database, ids[0]).person_id, zone="Mars/Olympus_Mons")
    transport = ScriptedTransport()
    send_ready(an_outbox(database, clock, transport))
    assert transport.addresses() == ["p1@example.com", "p2@example.com"]
    assert delivery_row(database, ids[0]).state == "failed"


def test_a_defect_in_a_transport_puts_one_message_in_doubt_and_the_rest_go_out(database: Database, clock: FixedClock) -> None:
    ids = planned(database, 5)
    transport = ScriptedTransport(script={"p2@example.com": [KeyError("ts"), KeyError("ts")]})
    outbox = an_outbox(database, clock, transport)
    tick_all(outbox)
    assert states(database) == {"sent": 4, "unknown": 1}
    assert delivery_row(database, ids[2]).settle_at == NOW + timedelta(minutes=10)


# --- leases, storage and clocks ---------------------------------------------------------------


def test_nothing_goes_out_before_its_intent_is_on_record(database: Database, clock: FixedClock) -> None:
    ids = planned(database, 3)
    by_address = {f"p{i}@example.com": one for i, one in enumerate(ids)}
    seen = []

    def look(message: Message) -> None:
        one = by_address[address_of(message)]
        seen.append((delivery_row(database, one).state, [(a.outcome, a.started_at is not None) for a in attempt_rows(database, one)]))

    send_ready(an_outbox(database, clock, ScriptedTransport(before=look)))
    assert seen == [("sending", [(None, True)])] * 3


def test_when_the_intent_cannot_be_stored_nothing_is_sent(database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(database, 3)
    transport = ScriptedTransport()
    outbox = an_outbox(database, clock, transport)
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "record_intents", _disk_full)
        for _ in range(5):
            with pytest.raises(StoreError):
                send_ready(outbox)
            clock.advance(timedelta(minutes=21))
    assert not transport.tried
    assert send_ready(outbox).sent == 3
    assert len(transport.tried) == 3


def _disk_full(*args: Any, **named: Any) -> Any:
    raise StoreError("the disk is full")


def test_a_full_disk_at_every_outcome_sends_each_message_at_most_twice_and_loses_none(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tick one start is stored and its outcome is not: at most one message a tick is in doubt, and no storm follows."""
    ids = planned(database, 6)
    transport = ScriptedTransport()
    outbox = an_outbox(database, clock, transport)
    from cadence.store.sending.journal import Journal

    with monkeypatch.context() as broken:
        broken.setattr(Journal, "_record", _disk_full)
        for _ in range(3):
            with pytest.raises(StoreError):
                tick_all(outbox)
        assert len(transport.tried) == 3, "one a tick"
    tick_all(outbox)
    for _ in range(6):
        clock.advance(timedelta(minutes=21))
        tick_all(outbox)
    assert set(transport.addresses()) == {f"p{i}@example.com" for i in range(6)}
    assert len(transport.taken) <= 9
    assert {delivery_row(database, one).state for one in ids} <= {"sent", "unknown"}
    by_address: dict[str, set[bytes]] = {}
    for message in transport.taken:
        by_address.setdefault(address_of(message), set()).add(message.content)  # type: ignore[union-attr]
    assert all(len(copies) == 1 for copies in by_address.values()), "each copy is the same message"


def test_a_worker_that_slept_through_its_lease_starts_nothing(database: Database, clock: FixedClock) -> None:
    planned(database, 3)
    transport = ScriptedTransport(before=lambda message: clock.advance(timedelta(minutes=19)) if not transport.tried else None)
    outbox = an_outbox(database, clock, transport)
    send_ready(outbox)
    [first, *others] = attempt_rows_of_all(database)
    assert first.outcome == "sent"
    assert all(a.started_at is None for a in others if a.outcome == "void")
    assert sorted(transport.addresses()) == sorted(set(transport.addresses()))


def test_an_intent_that_recovery_took_back_is_not_sent_by_its_sleeping_worker(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker stopped between two messages wakes up after another one has taken over: its start is refused."""
    first, second = planned(database, 2)
    transport = ScriptedTransport()
    claim = ledger.claim
    # the sleeper claims once: while it sleeps, what recovery frees is there for the other worker alone
    claims = iter([claim])
    monkeypatch.setattr(ledger, "claim", lambda connection, **asked: [one for do in claims for one in do(connection, **asked)])

    def overtaken(message: Message) -> None:
        if len(transport.tried) == 0:
            later = NOW + timedelta(minutes=30)
            recover(database, now=later, owner="another/1/1")
            with database.transaction() as connection:
                [claimed] = claim(connection, channel="email", owner="another/1/1", now=later, limit=5)
                assert claimed.delivery_id == second

    transport.before = overtaken
    send_ready(an_outbox(database, clock, transport))
    assert transport.addresses() == ["p0@example.com"]
    assert delivery_row(database, second).lease_owner == "another/1/1"
    assert delivery_row(database, first).state in ("sent", "unknown")


def attempt_rows_of_all(database: Database) -> list[Any]:
    attempts = core.attempts
    with database.read() as connection:
        return list(connection.execute(sa.select(attempts).order_by(attempts.c.id)))


def test_many_connections_send_each_message_once(database: Database, clock: FixedClock) -> None:
    planned(database, 120)
    transport = ScriptedTransport(max_connections=5)
    report = send_ready(an_outbox(database, clock, transport))
    assert report.sent == 120
    assert len(set(transport.addresses())) == len(transport.taken) == 120
    assert states(database) == {"sent": 120}


def test_stopping_between_messages_gives_the_rest_back(database: Database, clock: FixedClock) -> None:
    planned(database, 10)
    transport = ScriptedTransport()
    outbox = an_outbox(database, clock, transport)
    send_ready(outbox, stop=lambda: len(transport.taken) >= 4)
    assert states(database) == {"sent": 4, "planned": 6}
    assert send_ready(outbox).sent == 6, "no lease is left in the way"


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=400), timedelta(days=-20_000)])
def test_a_jumping_clock_doubles_nothing(database: Database, clock: FixedClock, jump: timedelta) -> None:
    planned(database, 4)
    transport = ScriptedTransport()
    transport.before = lambda message: clock.set(NOW + jump) if len(transport.tried) == 1 else None
    outbox = an_outbox(database, clock, transport)
    tick_all(outbox)
    clock.set(NOW)
    for _ in range(5):
        tick_all(outbox)
        clock.advance(timedelta(minutes=21))
    assert sorted(transport.addresses()) == sorted(set(transport.addresses()))
    assert set(states(database)) <= {"sent", "expired"}


def test_failures_free_their_statements_and_their_wording(database: Database, clock: FixedClock) -> None:
    """A digest that never went out does not turn the rotation: the person would hear the last wording twice running."""
    statement = a_statement(database, wordings=("One.", "Two."))
    person = a_person(database)
    a_delivery(database, person, [statement], state="sent", at=NOW - timedelta(days=7))
    exposures = core.exposures
    day = NOW.timestamp() / 86_400
    failing = a_delivery(database, person, [statement], state="planned")
    with database.transaction() as connection:
        connection.execute(sa.update(exposures).values(last_wording_id=statement.wording_ids[1], planned_day=day))
    send_ready(an_outbox(database, clock, ScriptedTransport(before=_refuse)))
    assert delivery_row(database, failing).state == "failed"
    with database.read() as connection:
        [pair] = connection.execute(sa.select(exposures))
    assert pair.last_wording_id == statement.wording_ids[0], "the wording last heard"
    assert pair.planned_day == pair.sent_day


def test_a_digest_that_waited_beside_one_that_failed_does_not_repeat_what_was_heard_before(database: Database, clock: FixedClock) -> None:
    """Two wait with the same statement, in turns: one, then the other wording. The first is refused, so the second takes its turn."""
    statement = a_statement(database, wordings=("One.", "Two."))
    one, two = statement.wording_ids
    person, other = a_person(database), a_person(database)
    for who in (person, other):
        a_delivery(database, who, [statement], state="sent", at=NOW - timedelta(days=1))
    waiting = {who: [a_delivery(database, who, [statement], state="planned") for _ in range(2)] for who in (person, other)}
    items = core.delivery_items
    with database.transaction() as connection:
        for first, second in waiting.values():
            for delivery, wording in ((first, two), (second, one)):
                connection.execute(sa.update(items).where(items.c.delivery_id == delivery).values(wording_id=wording))
    refused = delivery_row(database, waiting[person][0]).public_id

    def refuse_one(message: Message) -> None:
        if isinstance(message, EmailEnvelope) and refused in message.message_id:
            raise MessageRejected("552")

    outbox = an_outbox(database, clock, ScriptedTransport(before=refuse_one))
    send_ready(outbox)
    clock.advance(timedelta(minutes=2))
    send_ready(outbox)

    with database.read() as connection:
        said = dict(connection.execute(sa.select(items.c.delivery_id, items.c.wording_id)).all())
        last = dict(connection.execute(sa.select(core.exposures.c.person_id, core.exposures.c.last_wording_id)).all())
    assert [delivery_row(database, one).state for one in (*waiting[person], *waiting[other])] == ["failed", "sent", "sent", "sent"]
    assert (said[waiting[person][1]], said[waiting[other][1]]) == (two, one)
    assert last[person] == two


def _refuse(message: Message) -> None:
    raise MessageRejected("552")


def test_the_wording_of_a_swapped_version_is_remembered(database: Database, clock: FixedClock) -> None:
    statement = a_statement(database, wordings=("One.", "Two."))
    person = a_person(database)
    exposures = core.exposures
    with database.transaction() as connection:
        connection.execute(
            sa.insert(exposures).values(
                person_id=person, statement_id=statement.id, times_sent=0, last_wording_id=statement.wording_ids[0], planned_day=1.0
            )
        )
    a_delivery(database, person, [statement], state="planned")
    newest = a_version(database, statement.id, number=2, wordings=("Three.", "Four."))
    send_ready(an_outbox(database, clock, ScriptedTransport()))
    with database.read() as connection:
        [pair] = connection.execute(sa.select(exposures))
    assert (pair.last_wording_id, pair.version_id) == (newest.wording_ids[0], newest.version_id)


def test_slack_and_email_go_out_by_their_own_outbox(database: Database, clock: FixedClock) -> None:
    planned(database, 2, channel="slack")
    email, slack = ScriptedTransport(), ScriptedTransport(channel=Channel.SLACK)
    send_ready(an_outbox(database, clock, email))
    send_ready(an_outbox(database, clock, slack))
    assert (email.tried, slack.addresses()) == ([], ["U0", "U1"])


def test_a_person_with_two_addresses_of_a_kind_of_trouble(database: Database, clock: FixedClock) -> None:
    """A suspended Slack address does not hold back email."""
    person = a_person(database, email="ada@example.com")
    an_address(database, person, "slack", "U9", suspended_at=NOW, suspended_reason="user_disabled")
    delivery = a_delivery(database, person, [a_statement(database)], state="planned", channel="email")
    send_ready(an_outbox(database, clock, ScriptedTransport()))
    assert delivery_row(database, delivery).state == "sent"


def tick_all(outbox: Any) -> None:
    """Recover, expire, settle and send, as a tick does."""
    from cadence.operations.running.tick import send_due

    report = TickReport()
    prepare(outbox.database, clock=outbox.clock, secret=b"s", owner=outbox.owner, channels=[outbox.channel], report=report)
    send_due(outbox, report=report)
