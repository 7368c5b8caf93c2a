"""People taken over from Slack: whom a member is here, what changes of them, who is gone, and that it happens once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.channels.slack.directory import Directory, WorkspaceMember
from cadence.clock import FixedClock
from cadence.domain.people.person import Person
from cadence.errors import ChannelRefused, Conflict
from cadence.files.cadences_toml import parse_cadences
from cadence.operations.authoring.apply_cadences import apply_cadences, derive_slots
from cadence.operations.people.import_people import list_people
from cadence.operations.people.report import Move, PeopleReport
from cadence.operations.people.sync_daily import AGAIN, FAILED, DailySync, next_instant
from cadence.operations.people.sync_people import GONE, sync_people
from cadence.operations.running.tick import tick
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.running import notices
from tests.fixtures.builders import NOW, a_cadence, a_person, a_statement, an_address
from tests.fixtures.databases import KINDS
from tests.fixtures.sending import ScriptedTransport, an_outbox

pytestmark = pytest.mark.databases("sqlite")

HOUR = timedelta(hours=1)


def a_member(number: int, **facts: Any) -> WorkspaceMember:
    values: dict[str, Any] = {"email": f"p{number}@example.com", "name": f"Person {number}", "zone": "Europe/Berlin", "locale": "en-US"}
    values |= {"id": f"U{number:08d}", "deactivated": False, "guest": False}
    return WorkspaceMember(**(values | facts))


def sync(database: Database, *members: WorkspaceMember, now: datetime = NOW, **options: Any) -> PeopleReport:
    with database.transaction() as connection:
        return sync_people(connection, Directory(members=members, left_out=0), now=now, default_zone="Europe/Madrid", **options)


def people(database: Database) -> dict[str, Person]:
    with database.read() as connection:
        return {p.email: p for p in list_people(connection, deactivated=True)}


def slack_addresses(database: Database) -> dict[str, tuple[str, str]]:
    """Return email -> (Slack id, why it is suspended)."""
    person, address = core.people, core.addresses
    query = sa.select(person.c.email, address.c.value, address.c.suspended_reason).join(address, address.c.person_id == person.c.id)
    with database.read() as connection:
        return {email: (value, why) for email, value, why in connection.execute(query.where(address.c.channel == "slack"))}


@pytest.mark.databases(*KINDS)
def test_a_workspace_becomes_people_and_the_same_again_changes_nothing(database: Database) -> None:
    members = [a_member(1), a_member(2, guest=True, zone="America/New_York", locale="de_DE"), a_member(3, zone="", locale="", name="")]
    first = sync(database, *members)
    assert first.created == ["p1@example.com", "p2@example.com", "p3@example.com"]
    found = people(database)
    assert [(p.name, p.zone, p.locale, p.external) for p in found.values()] == [
        ("Person 1", "Europe/Berlin", "en-US", False),
        ("Person 2", "America/New_York", "de-DE", True),
        ("p3", "Europe/Madrid", "", False),
    ]
    assert slack_addresses(database) == {f"p{n}@example.com": (f"U{n:08d}", "") for n in (1, 2, 3)}
    again = sync(database, *members)
    assert (again.unchanged, again.created, again.updated, again.refused, again.notes) == (3, [], [], [], [])


def test_a_dry_run_tells_the_same_and_writes_nothing(database: Database) -> None:
    a_person(database, email="p1@example.com", slack="U00000001", zone="Asia/Tokyo")
    a_person(database, email="p2@example.com", slack="U00000002")
    before = people(database), slack_addresses(database)
    members = [a_member(1), a_member(2, deactivated=True), a_member(3)]
    told = sync(database, *members, dry_run=True, force=True)
    assert (people(database), slack_addresses(database)) == before
    assert told == sync(database, *members, force=True)
    assert (told.created, told.deactivated, [c.email for c in told.updated]) == (["p3@example.com"], ["p2@example.com"], ["p1@example.com"])


def test_what_a_people_file_says_stays_where_slack_says_nothing(database: Database) -> None:
    known: dict[str, Any] = {
        "team": "Workshop",
        "location": "Bilbao",
        "country": "ES",
        "attributes": {"job_title": "Welder"},
        "locale": "eu",
    }
    a_person(database, email="p1@example.com", name="Ana Ruiz", zone="Europe/Madrid", external=True, **known)
    a_person(database, email="p2@example.com", **known)
    report = sync(database, a_member(1, name="", zone="", locale=""), a_member(2, name="Ana R.", zone="Atlantic/Canary", locale="es-ES"))
    ana, other = people(database)["p1@example.com"], people(database)["p2@example.com"]
    assert (ana.name, ana.zone, ana.locale, ana.external, ana.team) == ("Ana Ruiz", "Europe/Madrid", "eu", True, "Workshop")
    assert (other.name, other.zone, other.locale, other.location) == ("Ana R.", "Atlantic/Canary", "es-ES", "Bilbao")
    assert other.attributes == {"job_title": "Welder"}
    assert report.updated[0].fields == {"slack_user_id": ("", "U00000001")}


def test_people_are_known_by_email_then_by_slack_id(database: Database) -> None:
    a_person(database, email="old@example.com", slack="U00000001")
    a_person(database, email="p2@example.com", slack="U0000OLD2")
    a_person(database, email="p3@example.com", slack="U00000003")
    report = sync(database, a_member(1, email="new@example.com", name="Ana"), a_member(2), a_member(3, email=""), a_member(4, email=""))
    assert report.created == []
    assert report.moved == [Move(before="old@example.com", after="new@example.com")]
    assert people(database)["new@example.com"].name == "Ana"
    assert slack_addresses(database)["p2@example.com"] == ("U00000002", "")
    assert any(note.startswith("left out for want of an email address: 1;") for note in report.notes)


def test_members_that_cannot_be_people_are_refused_one_by_one(database: Database) -> None:
    report = sync(
        database,
        a_member(1, id="ABC"),
        a_member(2, email="a@b@c"),
        a_member(3),
        a_member(4, email="P3@Example.com"),
        a_member(5, zone="Mars/Olympus", locale="klingon!", name="\u202eevil"),
    )
    assert [(r.line, r.field) for r in report.refused] == [(1, "slack_user_id"), (2, "email"), (4, "email")]
    assert report.created == ["p3@example.com", "p5@example.com"]
    assert (people(database)["p5@example.com"].name, people(database)["p5@example.com"].zone) == ("p5", "Europe/Madrid")
    assert any("Mars/Olympus, klingon!" in note for note in report.notes)


def test_guests_are_outside_the_company_or_left_out(database: Database) -> None:
    assert sync(database, a_member(1, guest=True), guests=False).created == []
    sync(database, a_member(1, guest=True))
    assert people(database)["p1@example.com"].external
    sync(database, a_member(1))
    assert not people(database)["p1@example.com"].external, "Slack takes back what it said itself"


def test_a_contractor_of_the_people_file_stays_outside_whatever_slack_says(database: Database) -> None:
    a_person(database, email="p1@example.com", slack="U00000001", external=True)
    sync(database, a_member(1))
    assert people(database)["p1@example.com"].external, "a full member may be a contractor"


def test_nobody_is_deactivated_by_omission_unless_asked(database: Database) -> None:
    for n in range(10):
        a_person(database, email=f"p{n}@example.com", slack=f"U{n:08d}")
    here = [a_member(n) for n in range(9)]
    assert sync(database, *here).deactivated == []
    assert sync(database, *here, deactivate_missing=True).deactivated == ["p9@example.com"]
    with pytest.raises(Conflict, match="leaves out 4 of 9"):
        sync(database, *here[:5], deactivate_missing=True)
    assert len(sync(database, *here[:5], deactivate_missing=True, force=True).deactivated) == 4


@pytest.mark.databases(*KINDS)
def test_a_deactivated_account_deactivates_its_person_and_its_return_brings_them_back(database: Database) -> None:
    for n in range(10):
        a_person(database, email=f"p{n}@example.com", slack=f"U{n:08d}" if n else None)
    others = [a_member(n) for n in range(2, 10)]
    report = sync(database, a_member(0, deactivated=True), a_member(1, deactivated=True), *others)
    assert report.deactivated == ["p0@example.com", "p1@example.com"]
    assert slack_addresses(database)["p1@example.com"] == ("U00000001", GONE)
    assert slack_addresses(database)["p0@example.com"] == ("U00000000", GONE)
    assert sync(database, a_member(1, deactivated=True), *others).deactivated == []
    assert sync(database, a_member(0), a_member(1), *others).reactivated == ["p0@example.com", "p1@example.com"]
    assert slack_addresses(database)["p1@example.com"] == ("U00000001", "")
    assert people(database)["p1@example.com"].deactivated_at is None


def test_more_than_a_fifth_gone_is_asked_about(database: Database) -> None:
    for n in range(10):
        a_person(database, email=f"p{n}@example.com", slack=f"U{n:08d}")
    members = [a_member(n, deactivated=n < 3) for n in range(10)]
    for dry_run in (True, False):
        with pytest.raises(Conflict, match="3 of 10 active people are deactivated"):
            sync(database, *members, dry_run=dry_run)
    assert sum(p.deactivated_at is None for p in people(database).values()) == 10
    assert len(sync(database, *members, force=True).deactivated) == 3


def test_an_old_account_of_somebody_with_a_new_one_says_nothing(database: Database) -> None:
    for n in range(5):
        a_person(database, email=f"p{n}@example.com")
    old = a_member(1, id="U0000OLD1", deactivated=True)
    assert sync(database, old, *[a_member(n) for n in range(5)]).deactivated == []
    assert sync(database, *[a_member(n) for n in range(5)], old).deactivated == []
    assert slack_addresses(database)["p1@example.com"] == ("U00000001", "")


def test_who_was_deactivated_here_is_not_brought_back_by_slack(database: Database) -> None:
    a_person(database, email="p1@example.com", slack="U00000001", deactivated_at=NOW)
    report = sync(database, a_member(1, name="Changed"))
    assert (report.reactivated, report.updated, report.unchanged) == ([], [], 0)
    assert "left as they are: p1@example.com" in report.notes[0]


def test_a_shared_address_is_nobody(database: Database) -> None:
    place = a_person(database, email="#c024be7lr", with_address=False, shared=True)
    an_address(database, place, "slack", "C024BE7LR")
    for n in range(4):
        a_person(database, email=f"p{n}@example.com")
    assert sync(database, *[a_member(n) for n in range(4)], deactivate_missing=True).deactivated == []
    assert list(people(database)) == [f"p{n}@example.com" for n in range(4)]


def test_somebody_who_moved_is_due_in_their_new_zone_and_no_longer_in_the_old(database: Database) -> None:
    a_cadence(database)
    for n, where in enumerate(("Europe/Berlin", "Europe/Berlin", "Asia/Tokyo")):
        a_person(database, email=f"p{n}@example.com", zone=where)
    with database.transaction() as connection:
        derive_slots(connection, now=NOW)
    sync(database, a_member(0, zone="America/New_York"), a_member(1), a_member(2, zone="Europe/Berlin"))
    slot = core.slots
    with database.read() as connection:
        zones = sorted(connection.execute(sa.select(slot.c.zone)).scalars())
    assert zones == ["America/New_York", "Europe/Berlin"]


@pytest.mark.databases(*KINDS)
def test_who_moves_after_their_digest_gets_no_second_one_of_that_day(database: Database) -> None:
    """Berlin's turn of the day has reached her; at noon she is in New York, whose turn of the same day is still to come."""
    for _ in range(8):
        a_statement(database)
    for n, where in enumerate(("Europe/Berlin", "America/New_York")):
        a_person(database, email=f"p{n}@example.com", zone=where)
    clock = FixedClock(datetime(2026, 11, 24, 7, tzinfo=UTC))
    rules = b'[cadences.weekly]\ndays = ["tue"]\nlocal_time = "09:30"\nchannels = ["email"]\nmin_gap_days = 0\n[limits]\nmin_gap_days = 0\n'
    with database.transaction() as connection:
        apply_cadences(connection, parse_cadences(rules, where="cadences.toml"), now=clock.now())
    mail = ScriptedTransport()

    def go(at: datetime) -> None:
        clock.set(at)
        outbox = an_outbox(database, clock, mail)
        tick(database, [outbox], clock=clock, secret=b"s" * 32, owner=outbox.owner)

    go(datetime(2026, 11, 24, 8, 30, tzinfo=UTC))
    sync(database, a_member(0, zone="America/New_York"), a_member(1, zone="America/New_York"), now=clock.now())
    go(datetime(2026, 11, 24, 14, 30, tzinfo=UTC))
    assert sorted(mail.addresses()) == ["p0@example.com", "p1@example.com"]
    go(datetime(2026, 12, 1, 14, 30, tzinfo=UTC))
    assert mail.addresses().count("p0@example.com") == 2, "the next turn is hers again"


# --- every day --------------------------------------------------------------------------------


def a_step(database: Database, clock: FixedClock, read: Callable[[], Directory]) -> DailySync:
    return DailySync(database=database, clock=clock, read=read, at=time(3, 30), zone="Europe/Berlin")


@pytest.mark.databases(*KINDS)
def test_it_runs_once_a_day_between_all_processes(database: Database) -> None:
    reads: list[datetime] = []
    clock = FixedClock(datetime(2026, 11, 23, 12, tzinfo=UTC))

    def read() -> Directory:
        reads.append(clock.now())
        return Directory(members=(a_member(len(reads)),), left_out=0)

    steps = [a_step(database, clock, read) for _ in range(3)]
    for _ in range(4 * 24 * 2):  # four days by half hours
        for step in steps:
            step.run()
        clock.advance(timedelta(minutes=30))
    assert reads == [datetime(2026, 11, day, 2, 30, tzinfo=UTC) for day in (24, 25, 26, 27)]
    assert len(people(database)) == 4


def test_a_missed_night_is_made_up_for_once(database: Database) -> None:
    clock = FixedClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
    step = a_step(database, clock, lambda: Directory(members=(a_member(1),), left_out=0))
    assert step.run() is None
    clock.advance(timedelta(days=3))
    report = step.run()
    assert report is not None
    assert report.created == ["p1@example.com"]
    assert step.run() is None


def test_a_failed_night_is_told_once_and_tried_again_every_hour(database: Database) -> None:
    clock = FixedClock(datetime(2026, 11, 23, 2, tzinfo=UTC))
    broken = [True]

    def read() -> Directory:
        if broken[0]:
            raise ChannelRefused("Slack refuses the app: missing_scope (users:read).", provider_code="missing_scope")
        return Directory(members=(a_member(1),), left_out=0)

    step = a_step(database, clock, read)
    step.run()
    clock.advance(HOUR)
    assert step.run() is None
    assert step.run() is None, "it waits"
    with database.read() as connection:
        (notice,) = notices.stored_notices(connection)
    assert (notice.code, notice.role) == (FAILED, "admin")
    assert "users:read" in notice.detail["reason"]
    broken[0] = False
    clock.advance(AGAIN)
    assert step.run() is not None
    with database.read() as connection:
        assert notices.stored_notices(connection) == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (datetime(2026, 11, 23, 2, 29, tzinfo=UTC), datetime(2026, 11, 23, 2, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 2, 30, tzinfo=UTC), datetime(2026, 11, 24, 2, 30, tzinfo=UTC)),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
    ],
)
def test_the_next_time_is_a_local_one(after: datetime, expected: datetime) -> None:
    assert next_instant(time(3, 30), "Europe/Berlin", after=after) == expected
