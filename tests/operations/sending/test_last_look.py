"""What is looked at once more when a message is claimed: who left, paused or moved on gets nothing, or later; on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.operations.running.tick import TickReport, prepare
from cadence.operations.sending.send import send_ready
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, a_version, an_occurrence
from tests.fixtures.sending import (
    ScriptedTransport,
    an_outbox,
    change,
    delivery_row,
    planned,
)


@pytest.fixture
def clock() -> FixedClock:
    """Monday 10:00 in Berlin."""
    return FixedClock(NOW)


def test_who_left_meanwhile_gets_nothing(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database)
    change(database, tables.PersonRow, delivery_row(database, delivery).person_id, deactivated_at=NOW)
    transport = ScriptedTransport()
    send_ready(an_outbox(database, clock, transport))
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).reason) == ("cancelled", "person_left")
    assert not transport.tried


def test_who_paused_until_later_today_gets_it_later_today(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database)
    change(database, tables.PersonRow, delivery_row(database, delivery).person_id, paused_until=NOW + timedelta(hours=3))
    transport = ScriptedTransport()
    outbox = an_outbox(database, clock, transport)
    send_ready(outbox)
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).send_after) == ("planned", NOW + timedelta(hours=3))
    clock.advance(timedelta(hours=3))
    assert send_ready(outbox).sent == 1


def test_who_paused_for_longer_than_the_message_lives_gets_nothing(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database)
    change(database, tables.PersonRow, delivery_row(database, delivery).person_id, paused_until=NOW + timedelta(days=30))
    send_ready(an_outbox(database, clock, ScriptedTransport()))
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).reason) == ("cancelled", "paused")


def test_a_withdrawn_statement_is_left_out_and_a_digest_of_nothing_is_cancelled(database: Database, clock: FixedClock) -> None:
    gone, stays = a_statement(database, slug="gone"), a_statement(database, slug="stays")
    both = a_delivery(database, a_person(database, email="both@example.com"), [gone, stays], state="planned")
    only = a_delivery(database, a_person(database, email="only@example.com"), [gone], state="planned")
    change(database, tables.StatementRow, gone.id, withdrawn_at=NOW)
    transport = ScriptedTransport()
    send_ready(an_outbox(database, clock, transport))
    assert transport.addresses() == ["both@example.com"]
    said = transport.taken[0].content  # type: ignore[union-attr]
    assert b"stays:" in said
    assert b"gone:" not in said
    assert (delivery_row(database, only).state, delivery_row(database, only).reason) == ("cancelled", "statement_withdrawn")
    assert delivery_row(database, both).state == "sent"


def test_a_newer_version_is_what_goes_out(database: Database, clock: FixedClock) -> None:
    statement = a_statement(database, slug="changing", wordings=("Old words.",))
    delivery = a_delivery(database, a_person(database), [statement], state="planned")
    newest = a_version(database, statement.id, number=2, wordings=("New words.",))
    transport = ScriptedTransport()
    send_ready(an_outbox(database, clock, transport))
    assert b"New words." in transport.taken[0].content  # type: ignore[union-attr]
    items = core.delivery_items
    with database.read() as connection:
        [item] = connection.execute(sa.select(items).where(items.c.delivery_id == delivery))
    assert (item.version_id, item.wording_id) == (newest.version_id, newest.wording_ids[0])


def test_outside_working_hours_it_waits_for_the_morning(database: Database, clock: FixedClock) -> None:
    evening = datetime.fromisoformat("2026-11-23T18:00:00+00:00")
    [delivery] = planned(database, at=evening)
    clock.set(evening)
    transport = ScriptedTransport()
    outbox = an_outbox(database, clock, transport)
    send_ready(outbox)
    morning = datetime.fromisoformat("2026-11-24T08:00:00+00:00")
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).send_after) == ("planned", morning)
    assert not transport.tried
    clock.set(morning)
    assert send_ready(outbox).sent == 1


def test_what_cannot_go_out_before_its_end_expires(database: Database, clock: FixedClock) -> None:
    evening = datetime.fromisoformat("2026-11-23T18:00:00+00:00")
    [delivery] = planned(database, at=evening, expires_at=evening + timedelta(hours=2))
    clock.set(evening)
    send_ready(an_outbox(database, clock, ScriptedTransport()))
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).reason) == ("expired", "too_late")


def test_what_is_found_after_its_end_expires(database: Database, clock: FixedClock) -> None:
    [delivery] = planned(database)
    clock.advance(timedelta(hours=24))
    outbox = an_outbox(database, clock, transport := ScriptedTransport())
    tick_all(outbox)
    assert (delivery_row(database, delivery).state, delivery_row(database, delivery).reason) == ("expired", "too_late")
    assert not transport.tried


def test_a_public_holiday_is_waited_out(database: Database, clock: FixedClock) -> None:
    christmas = datetime.fromisoformat("2026-12-25T09:00:00+00:00")
    [delivery] = planned(database, at=christmas, expires_at=christmas + timedelta(days=5))
    clock.set(christmas)
    send_ready(an_outbox(database, clock, ScriptedTransport()))
    assert delivery_row(database, delivery).send_after == datetime.fromisoformat("2026-12-28T08:00:00+00:00")


def test_a_stopped_cadence_sends_nothing(database: Database, clock: FixedClock) -> None:
    cadence = a_cadence(database)
    delivery = a_delivery(
        database, a_person(database), [a_statement(database)], state="planned", occurrence_id=an_occurrence(database, cadence)
    )
    change(database, tables.CadenceRow, cadence, active=False)
    send_ready(an_outbox(database, clock, ScriptedTransport()))
    assert delivery_row(database, delivery).reason == "cadence_stopped"


def test_a_missing_address_cancels(database: Database, clock: FixedClock) -> None:
    delivery = a_delivery(database, a_person(database, with_address=False), [a_statement(database)], state="planned")
    send_ready(an_outbox(database, clock, ScriptedTransport()))
    assert delivery_row(database, delivery).reason == "no_address"


def tick_all(outbox: Any) -> None:
    """Recover, expire, settle and send, as a tick does."""
    from cadence.operations.running.tick import send_due

    report = TickReport()
    prepare(outbox.database, clock=outbox.clock, secret=b"s", owner=outbox.owner, channels=[outbox.channel], report=report)
    send_due(outbox, report=report)
