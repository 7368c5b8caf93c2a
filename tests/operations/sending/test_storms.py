"""Storms at random: whatever a server says to whom and when, only those are suspended whom the mix singles out, and nothing is lost.

The law is written down again here, from the replies alone, and held against what the program did, on both databases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadence.channels.email.errors import Phase, refused
from cadence.clock import FixedClock
from cadence.domain.sending.address_health import STORM_LEAST, STORM_SHARE
from cadence.operations.running.tick import TickReport, send_due
from cadence.store.database.core import addresses, attempts, channel_status, deliveries, notices, people
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.fixtures.sending import ScriptedTransport, an_outbox

MINUTE = timedelta(minutes=1)
#: name -> reply to RCPT; None: taken
REPLIES: dict[str, str | None] = {
    "taken": None,
    "gone": "550 5.1.1 no such user",
    "gone_words": "550 no such user here",
    "closed": "550 5.2.1 mailbox disabled",
    "denied": "550 5.4.1 Recipient address rejected: Access denied",
    "full": "552 5.2.2 mailbox full",
    "unknown": "550 what",
    "relay": "550 relay not permitted",
    "sender": "550 Sender verify failed",
    "restricted": "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized",
    "content": "554 5.6.0 bad content",
    "rate": "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents",
    "later": "451 4.3.0 try again later",
    "closing": "421 4.3.2 closing",
}
DEAD = {"gone", "gone_words", "closed"}
#: a delivery may fail for these alone
OWN_FAULT = DEAD | {"denied", "full", "unknown", "content", "restricted", "relay", "sender", "rate", "later", "closing"}

Mix = list[list[str]]


@dataclass
class Storm:
    """A company on a database of its own for one example."""

    database: Database
    mix: Mix
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    #: tick -> (email, reply) in the order in which they were said
    said: list[list[tuple[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.database.transaction() as connection:
            # people of the example before are gone
            connection.execute(sa.update(people).values(deactivated_at=NOW - timedelta(days=1)))
            connection.execute(sa.update(deliveries).where(deliveries.c.state == "planned").values(state="cancelled"))
            connection.execute(sa.update(attempts).values(finished_at=NOW - timedelta(days=30)))
            connection.execute(sa.delete(channel_status))
            connection.execute(sa.update(notices).values(resolved_at=NOW))
        statement = a_statement(self.database)
        occurrence = an_occurrence(self.database, a_cadence(self.database), state="planned")
        self.people = {a_person(self.database): n for n in range(len(self.mix))}
        with self.database.read() as connection:
            rows = connection.execute(sa.select(addresses.c.person_id, addresses.c.value).where(addresses.c.person_id.in_(self.people)))
            self.emails = {value: self.people[person_id] for person_id, value in rows}
        self.planned = {
            a_delivery(
                self.database,
                person,
                [statement],
                state="planned",
                occurrence_id=occurrence,
                expires_at=NOW + timedelta(days=2),
            ): person
            for person in self.people
        }
        self.transport = ScriptedTransport()
        self.transport.before = self._say
        self.outbox = an_outbox(self.database, self.clock, self.transport)
        self.tick_number = 0

    def _say(self, message: object) -> None:
        email = message.rcpt_to  # type: ignore[attr-defined]
        row = self.mix[self.emails[email]]
        name = row[self.tick_number] if self.tick_number < len(row) else "taken"
        self.said[-1].append((email, name))
        reply = REPLIES[name]
        if reply is not None:
            raise refused(Phase.RCPT, int(reply[:3]), reply[4:].encode())

    def tick(self) -> None:
        self.said.append([])
        send_due(self.outbox, report=TickReport())
        self.tick_number += 1
        self.clock.advance(6 * MINUTE)

    def suspended(self) -> set[str]:
        query = sa.select(addresses.c.value).where(addresses.c.suspended_at.is_not(None), addresses.c.value.in_(self.emails))
        with self.database.read() as connection:
            return set(connection.execute(query).scalars())

    def states(self) -> dict[str, str]:
        names = {person: email for email, number in self.emails.items() for person, n in self.people.items() if n == number}
        with self.database.read() as connection:
            rows = connection.execute(sa.select(deliveries.c.id, deliveries.c.state).where(deliveries.c.id.in_(self.planned)))
            return {names[self.planned[number]]: state for number, state in rows}


@st.composite
def mixes(draw: st.DrawFn) -> Mix:
    """Draw what each person is told at each of three ticks: mostly one word for all, for a part, or for some hours."""
    count = draw(st.integers(1, 26))
    words = st.sampled_from(sorted(REPLIES))
    bad = draw(words)
    first, last = sorted((draw(st.integers(0, count)), draw(st.integers(0, count))))
    mix = [[bad if first <= n < last else draw(st.sampled_from(["taken", "taken", "taken", bad])) for _ in range(3)] for n in range(count)]
    for _ in range(draw(st.integers(0, 4))):
        mix[draw(st.integers(0, count - 1))][draw(st.integers(0, 2))] = draw(words)
    if draw(st.booleans()):  # a bad hour for everybody
        hour = draw(st.integers(0, 2))
        for row in mix:
            row[hour] = bad
    return mix


def check(database: Database, mix: Mix) -> None:
    """Play a mix and hold the outcome against the law."""
    storm = Storm(database, mix)
    for _ in range(3):
        before = storm.suspended()
        storm.tick()
        fresh = storm.suspended() - before
        hour = [one for tick in storm.said for one in tick]
        taken = {email for email, name in hour if name == "taken"}
        told = dict(storm.said[-1])
        for email in fresh:
            others = {other for other, name in hour if other != email and (REPLIES[name] or "").startswith("5")}
            assert told[email] in DEAD, "the word named the mailbox"
            assert taken - {email} or not others, "others were taken in the hour, or nobody else was refused"
        if storm.said[-1] and not any(name == "taken" for _, name in storm.said[-1]) and len(told) > 2:
            assert not fresh, "what everybody is told is nobody's fault"
    suspended = storm.suspended()
    assert len(suspended) <= max(STORM_LEAST, STORM_SHARE * len(mix) + 1)
    for email, state in storm.states().items():
        got = [name for tick in storm.said for other, name in tick if other == email]
        assert state in ("sent", "planned", "failed"), state
        assert state != "sent" or got.count("taken") == 1
        assert state != "failed" or got[-1] in OWN_FAULT
        assert state == "sent" or "taken" not in got
    everybody = {name for row in mix for name in row}
    if len(everybody) == 1 and len(mix) > 1:
        assert not suspended
        assert set(storm.states().values()) <= {"sent", "planned"}, "no digest is lost"

    # the next good hours send what waits, and change nothing else
    for _ in range(14):
        storm.tick()
    assert "planned" not in Counter(storm.states().values())
    assert storm.suspended() == suspended
    with database.read() as connection:
        status = connection.execute(sa.select(channel_status.c.paused_until)).scalar_one_or_none()
    assert status is None or status <= storm.clock.now()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.close()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(mix=mixes())
def test_only_those_are_suspended_whom_the_mix_singles_out_and_nothing_is_lost(sqlite: Database, mix: Mix) -> None:
    check(sqlite, mix)


@pytest.fixture
def either(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(mix=mixes())
def test_the_same_holds_on_each_database(either: Database, mix: Mix) -> None:
    check(either, mix)


@pytest.mark.parametrize("word", sorted(set(REPLIES) - {"taken"}))
@pytest.mark.parametrize("count", [2, 7, 26])
def test_one_word_for_everybody_all_day_suspends_nobody_and_loses_nothing(sqlite: Database, word: str, count: int) -> None:
    check(sqlite, [[word] * 3 for _ in range(count)])
