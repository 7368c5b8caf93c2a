"""The whole outgoing side against a Slack that none of us wrote (``emulate``, strict scopes): ledger, transport, directory, posts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.channels.slack.calls import SlackCalls
from cadence.channels.slack.directory import read_directory
from cadence.channels.slack.webapi import SlackAccess, SlackTransport
from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Channel, Message, Receipt, SlackMessage
from cadence.errors import AddressRejected, MessageRejected, OutcomeUnknown
from cadence.operations.authoring.post_to_channel import close_posts
from cadence.operations.people.sync_people import sync_people
from cadence.operations.running.tick import TickReport, send_due
from cadence.operations.sending.outbox import Outbox
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import a_cadence, a_delivery, a_person, a_statement, an_address, an_occurrence
from tests.fixtures.sending import ScriptedTransport, an_outbox, delivery_row
from tests.fixtures.slack_emulator import SlackEmulator

pytestmark = pytest.mark.databases("sqlite")


class Forgetful(SlackTransport):
    """Posts, and then the answer is lost as often as ``losses`` says."""

    losses = 0

    def post(self, message: SlackMessage) -> Receipt:
        """Post; perhaps forget that it did."""
        receipt = super().post(message)
        if self.losses:
            self.losses -= 1
            raise OutcomeUnknown("the answer was lost")
        return receipt


@pytest.fixture
def clock() -> FixedClock:
    """Now: the emulator stamps messages with its own time."""
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def transport(slack_emulator: SlackEmulator) -> Forgetful:
    return Forgetful(SlackAccess(bot_token=slack_emulator.bot_token, api_url=slack_emulator.base_url, per_second=None))


def outbox_for(database: Database, clock: FixedClock, transport: SlackTransport) -> Outbox:
    outbox = an_outbox(database, clock, ScriptedTransport(channel=Channel.SLACK))
    outbox.transport = transport
    return outbox


def a_message_to(database: Database, clock: FixedClock, person: int) -> int:
    now = clock.now()
    occurrence = an_occurrence(database, a_cadence(database), at=now, state="planned")
    statement = a_statement(database, wordings=(f"Mend first {now.timestamp()} {person}.",))
    return a_delivery(database, person, [statement], state="planned", channel="slack", at=now, occurrence_id=occurrence)


def go(outbox: Outbox) -> None:
    send_due(outbox, report=TickReport())


def history(emulator: SlackEmulator, channel: str, public_id: str) -> list[dict[str, Any]]:
    """Return the messages of a conversation that carry a delivery."""
    found = emulator.client().conversations_history(channel=channel, include_all_metadata=True)["messages"]
    return [m for m in found if m.get("metadata", {}).get("event_payload", {}).get("delivery") == public_id]


@pytest.fixture(autouse=True)
def always_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator has its own clock, so these tests run at any hour of any day."""
    monkeypatch.setattr("cadence.operations.sending.prepare._Memory.opens", lambda self, zone_name, country: self.now)


def test_people_are_taken_over_written_to_and_lost_answers_are_looked_up(
    database: Database, clock: FixedClock, transport: Forgetful, slack_emulator: SlackEmulator
) -> None:
    calls = SlackCalls(SlackAccess(bot_token=slack_emulator.bot_token, api_url=slack_emulator.base_url))
    directory = read_directory(calls)
    with database.transaction() as connection:
        taken = sync_people(connection, directory, now=clock.now(), default_zone="Europe/Berlin")
    assert set(slack_emulator.user_ids) <= set(taken.created)
    person = core.people
    with database.read() as connection:
        ids = {row.email: row.id for row in connection.execute(sa.select(person))}

    deliveries = {email: a_message_to(database, clock, ids[email]) for email in slack_emulator.user_ids}
    transport.losses = 2
    outbox = outbox_for(database, clock, transport)
    go(outbox)
    assert sorted(delivery_row(database, i).state for i in deliveries.values()) == ["sent", "unknown", "unknown"]
    clock.advance(timedelta(seconds=30))
    go(outbox)
    for email, delivery in deliveries.items():
        row = delivery_row(database, delivery)
        assert row.state == "sent"
        channel = slack_emulator.client().conversations_open(users=slack_emulator.user_ids[email])["channel"]["id"]
        assert len(history(slack_emulator, channel, row.public_id)) == 1, "found, not posted twice"


def test_a_message_that_never_arrived_is_posted_again_after_two_looks(
    database: Database, clock: FixedClock, transport: Forgetful, slack_emulator: SlackEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = a_person(database, email="ana@example.com", slack=slack_emulator.user_ids["ana@example.com"])
    delivery = a_message_to(database, clock, person)
    outbox = outbox_for(database, clock, transport)

    def lost(message: Message) -> Receipt:
        raise OutcomeUnknown("the line broke")

    with monkeypatch.context() as patched:
        patched.setattr(transport, "post", lost)
        go(outbox)
    for _ in range(3):
        clock.advance(timedelta(seconds=61))
        go(outbox)
    row = delivery_row(database, delivery)
    assert row.state == "sent"
    channel = slack_emulator.client().conversations_open(users=slack_emulator.user_ids["ana@example.com"])["channel"]["id"]
    assert len(history(slack_emulator, channel, row.public_id)) == 1


def test_a_channel_is_posted_to_and_its_members_are_known(
    database: Database, clock: FixedClock, transport: Forgetful, slack_emulator: SlackEmulator
) -> None:
    client = slack_emulator.client()
    general = next(c for c in client.conversations_list(types="public_channel")["channels"] if c["name"] == "general")
    place = a_person(database, email="#general", with_address=False, shared=True)
    an_address(database, place, "slack", general["id"])
    members = transport.members(general["id"])
    people = [a_person(database, slack=user_id) for user_id in members]
    delivery = a_message_to(database, clock, place)
    outbox = outbox_for(database, clock, transport)
    go(outbox)
    row = delivery_row(database, delivery)
    assert row.state == "sent"
    assert len(history(slack_emulator, general["id"], row.public_id)) == 1
    found = transport.find_sent(row.public_id, address=general["id"], since=clock.now() - timedelta(hours=1))
    assert found is not None
    assert close_posts(outbox, now=clock.now() + timedelta(hours=73)) == 1
    evidence = core.evidence
    with database.read() as connection:
        seen = set(connection.execute(sa.select(evidence.c.person_id).where(evidence.c.source_id.like("post:%:%"))).scalars())
    assert seen == set(people)


def test_strangers_and_closed_channels_are_refused_in_their_class(
    database: Database, transport: Forgetful, slack_emulator: SlackEmulator
) -> None:
    def message(to: str) -> SlackMessage:
        return SlackMessage(user_id=to, text="hello", blocks=[], public_id="x")

    with pytest.raises(AddressRejected):
        transport.post(message("U0NOBODY"))
    with pytest.raises(MessageRejected):
        transport.post(message("C0NOWHERE"))


def test_without_the_scope_nobody_is_asked_for_quiet(transport: Forgetful, slack_emulator: SlackEmulator, clock: FixedClock) -> None:
    assert transport.quiet_until(list(slack_emulator.user_ids.values()), now=clock.now()) == {}
