"""A cadence that posts to a Slack channel: one delivery to a place that is nobody, and what it says of those who could see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Channel
from cadence.errors import ChannelRefused, TemporarilyUnavailable
from cadence.files.cadences_toml import parse_cadences
from cadence.operations.authoring.apply_cadences import apply_cadences
from cadence.operations.authoring.post_to_channel import WEIGHT, close_posts
from cadence.operations.measuring.report import report
from cadence.operations.people.import_people import list_people
from cadence.operations.running.rebuild import rebuild
from cadence.operations.running.tick import tick
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import a_person, a_statement, an_address
from tests.fixtures.databases import KINDS
from tests.fixtures.sending import ScriptedTransport, an_outbox

pytestmark = pytest.mark.databases("sqlite")

SECRET = b"s" * 32
#: Tuesday 10:00 in Berlin
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)
RULES = b"""
[cadences.town-square]
days = ["tue"]
local_time = "10:00"
max_statements = 2
post_to = "C024BE7LR"
"""


@dataclass
class Place(ScriptedTransport):
    """A Slack that knows who is in its channel."""

    channel: Channel = Channel.SLACK
    inside: list[str] = field(default_factory=list)
    trouble: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def members(self, channel_id: str) -> list[str]:
        """Return everybody inside."""
        self.asked.append(channel_id)
        if self.trouble is not None:
            raise self.trouble
        return self.inside


@pytest.fixture
def clock() -> FixedClock:
    """An hour before the post."""
    return FixedClock(TUESDAY - timedelta(hours=1))


def settle_in(database: Database, clock: FixedClock, people: int = 4) -> None:
    """Two statements, a few people in Berlin and one in Tokyo, and the cadence."""
    for _ in range(2):
        a_statement(database)
    for n in range(people):
        a_person(database, email=f"p{n}@example.com", slack=f"U{n}", zone="Europe/Berlin" if n else "Asia/Tokyo")
    with database.transaction() as connection:
        apply_cadences(connection, parse_cadences(RULES, where="cadences.toml"), now=clock.now())


def go(database: Database, clock: FixedClock, transport: ScriptedTransport) -> Any:
    outbox = an_outbox(database, clock, transport)
    return tick(database, [outbox], clock=clock, secret=SECRET, owner=outbox.owner)


def facts(database: Database) -> list[Any]:
    evidence = core.evidence
    with database.read() as connection:
        return list(connection.execute(sa.select(evidence).where(evidence.c.source_id.like("post:%")).order_by(evidence.c.id)))


def posted(database: Database, clock: FixedClock, **transport: Any) -> Place:
    settle_in(database, clock)
    place = Place(**transport)
    clock.set(TUESDAY)
    go(database, clock, place)
    return place


@pytest.mark.databases(*KINDS)
def test_one_message_goes_to_the_channel_and_to_nobody_else(database: Database, clock: FixedClock) -> None:
    place = posted(database, clock)
    assert place.addresses() == ["C024BE7LR"]
    clock.advance(timedelta(minutes=1))
    go(database, clock, place)
    assert len(place.taken) == 1
    slot, delivery = core.slots, core.deliveries
    with database.read() as connection:
        assert list(connection.execute(sa.select(slot.c.zone)).scalars()) == ["Europe/Berlin"], "where most people are"
        assert [(r.state, r.item_count) for r in connection.execute(sa.select(delivery))] == [("sent", 2)]


def test_applying_again_and_new_people_leave_the_place_as_it_is(database: Database, clock: FixedClock) -> None:
    settle_in(database, clock)
    for n in range(10, 20):
        a_person(database, email=f"p{n}@example.com", zone="Asia/Tokyo")
    with database.transaction() as connection:
        again = apply_cadences(connection, parse_cadences(RULES, where="cadences.toml"), now=clock.now())
    assert (again.unchanged, again.slots.added, again.slots.removed) == (["town-square"], 0, 0)
    person = core.people
    with database.read() as connection:
        assert [r.email for r in connection.execute(sa.select(person).where(person.c.shared))] == ["#c024be7lr"]


def test_without_people_there_is_no_place_yet(database: Database, clock: FixedClock) -> None:
    with database.transaction() as connection:
        applied = apply_cadences(connection, parse_cadences(RULES, where="cadences.toml"), now=clock.now())
    assert applied.slots.added == 0


def test_a_place_is_counted_nowhere(database: Database, clock: FixedClock) -> None:
    posted(database, clock)
    found = report(database, now=clock.now())
    assert (found.people, found.reached and found.reached.n, found.deliveries) == (4, 0, {})
    assert all(line.people == 4 and line.reached and line.reached.n == 0 for line in found.statements)
    with database.read() as connection:
        assert len(list_people(connection, deactivated=True)) == 4


def test_a_channel_is_not_spared_by_the_caps_of_people(database: Database, clock: FixedClock) -> None:
    for _ in range(30):
        a_statement(database)
    a_person(database)
    rules = RULES.replace(b'["tue"]', b'["mon", "tue", "wed", "thu", "fri"]') + b"min_gap_days = 0\n[limits]\nmin_gap_days = 0\n"
    with database.transaction() as connection:
        apply_cadences(connection, parse_cadences(rules, where="cadences.toml"), now=clock.now())
    place = Place()
    for day in range(4):
        clock.set(TUESDAY + timedelta(days=day))
        go(database, clock, place)
    assert len(place.taken) == 4


@pytest.mark.databases(*KINDS)
def test_after_72_hours_each_member_has_perhaps_seen_it(database: Database, clock: FixedClock) -> None:
    place = posted(database, clock, inside=["U1", "U2", "U9", "USTRANGER"])
    gone = a_person(database, slack="U9", deactivated_at=TUESDAY)
    clock.advance(timedelta(hours=71))
    go(database, clock, place)
    assert (facts(database), place.asked) == ([], [])
    clock.advance(timedelta(hours=2))
    go(database, clock, place)
    assert place.asked == ["C024BE7LR"]
    *glimpses, mark = facts(database)
    assert len({(f.person_id, f.statement_id) for f in glimpses}) == len(glimpses) == 4
    assert gone not in {f.person_id for f in glimpses}
    assert {f.level for f in glimpses} == {1}
    assert {f.occurred_at for f in glimpses} == {TUESDAY}
    assert all(0 < f.seen < WEIGHT for f in glimpses)
    assert mark.detail == {"members": 2}
    exposure, attention = core.exposures, core.attention
    with database.read() as connection:
        rows = {(r.person_id, r.statement_id): r for r in connection.execute(sa.select(exposure))}
        assert list(connection.execute(sa.select(attention))) == [], "it says nothing of how somebody responds"
    for fact in glimpses:
        row = rows[fact.person_id, fact.statement_id]
        assert (row.times_sent, row.unanswered) == (0, 0), "neither a send nor a silence"
        assert row.seen_sum == pytest.approx(fact.seen)
    go(database, clock, place)
    assert (len(facts(database)), len(place.asked)) == (5, 1)
    assert rebuild(database).differences == 0


def test_what_a_crash_left_unfinished_is_finished_and_nothing_counts_twice(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = posted(database, clock, inside=["U1", "U2", "U3"])
    clock.advance(timedelta(hours=73))
    outbox = an_outbox(database, clock, place)
    monkeypatch.setattr("cadence.operations.authoring.post_to_channel._CHUNK", 1)
    with monkeypatch.context() as patched:
        patched.setattr("cadence.store.authoring.places.mark_weighed", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            close_posts(outbox, now=clock.now())
    assert len(facts(database)) == 6
    assert close_posts(outbox, now=clock.now()) == 1
    assert len(facts(database)) == 7
    assert rebuild(database).differences == 0


@pytest.mark.parametrize(("trouble", "later"), [(TemporarilyUnavailable("busy"), True), (ChannelRefused("no", provider_code="x"), False)])
def test_members_that_cannot_be_read_are_asked_for_later_or_given_up(
    database: Database, clock: FixedClock, trouble: Exception, later: bool
) -> None:
    place = posted(database, clock, inside=["U1"], trouble=trouble)
    clock.advance(timedelta(hours=73))
    outbox = an_outbox(database, clock, place)
    close_posts(outbox, now=clock.now())
    place.trouble = None
    close_posts(outbox, now=clock.now())
    assert len(place.asked) == (2 if later else 1)
    assert [f.detail.get("members") for f in facts(database)][-1:] == ([1] if later else [0])


def test_a_post_that_lost_its_answer_is_looked_up_like_any_message(database: Database, clock: FixedClock) -> None:
    from tests.fixtures.sending import TakenThenSilent

    settle_in(database, clock)
    place = Place(script={"C024BE7LR": [TakenThenSilent()]})
    clock.set(TUESDAY)
    go(database, clock, place)
    clock.advance(timedelta(seconds=30))
    go(database, clock, place)
    delivery = core.deliveries
    with database.read() as connection:
        assert list(connection.execute(sa.select(delivery.c.state)).scalars()) == ["sent"]
    assert len(place.taken) == 1


def test_a_place_may_stand_beside_people_of_the_same_cadence_day(database: Database, clock: FixedClock) -> None:
    """A channel post and digests in one file: each goes its own way."""
    a_statement(database)
    ana = a_person(database, email="ana@example.com", with_address=False)
    an_address(database, ana, "slack", "U1")
    rules = RULES + b'[cadences.digest]\ndays = ["tue"]\nlocal_time = "10:00"\nchannels = ["slack"]\n'
    with database.transaction() as connection:
        apply_cadences(connection, parse_cadences(rules, where="cadences.toml"), now=clock.now())
    place = Place()
    clock.set(TUESDAY)
    go(database, clock, place)
    assert sorted(place.addresses()) == ["C024BE7LR", "U1"]
