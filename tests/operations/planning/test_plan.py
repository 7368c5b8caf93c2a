"""Planning: rows with reasons, once; caps and gaps kept; nothing changes the second time."""

from __future__ import annotations

import shutil
import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.clock import FixedClock
from cadence.domain.planning.limits import Limits
from cadence.domain.sending.deliveries import Channel, EmailEnvelope
from cadence.files.limits_toml import limits_to_json
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.planning.plan import PlanReport, plan_due, preview_due
from cadence.operations.running.tick import tick
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.amount import examples
from tests.fixtures.builders import a_cadence, a_person, a_statement, a_version, an_address, an_audience
from tests.fixtures.sending import ScriptedTransport, an_outbox

#: Tuesday 09:30 in Berlin
DUE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
BOTH = (Channel.EMAIL, Channel.SLACK)


def slots(database: Database, *, before: datetime = DUE - timedelta(hours=1)) -> None:
    with database.transaction() as connection:
        derive_slots(connection, now=before)


def plan(database: Database, *, at: datetime = DUE, channels: tuple[Channel, ...] = BOTH) -> PlanReport:
    return plan_due(database, now=at, secret=b"secret", channels=channels)


def rows(database: Database, model: Any) -> list[Any]:
    table = core.table_of(model)
    with database.read() as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key.columns)))


def reasons(database: Database) -> list[str]:
    return [r.reason or r.state for r in rows(database, tables.DeliveryRow)]


def limit(database: Database, **limits: Any) -> None:
    with database.transaction() as connection:
        connection.execute(sa.insert(core.limit_sets).values(definition=limits_to_json(Limits(**limits)), applied_at=DUE))


def everything(database: Database) -> list[list[Any]]:
    return [
        rows(database, m) for m in (tables.SlotRow, tables.OccurrenceRow, tables.DeliveryRow, tables.DeliveryItemRow, tables.ExposureRow)
    ]


# --- rows with reasons ------------------------------------------------------------------------


def test_everybody_of_the_occurrence_has_a_row_and_skips_have_reasons(database: Database) -> None:
    a_statement(database)
    a_person(database)
    a_person(database, paused_until=DUE + timedelta(days=20))
    a_person(database, with_address=False)
    bounced = a_person(database, with_address=False)
    an_address(database, bounced, "email", "bounced@example.com", suspended_at=DUE, suspended_reason="550 5.1.1")
    a_person(database, deactivated_at=DUE)
    a_cadence(database, channels=["email"])
    slots(database)

    report = plan(database)

    assert reasons(database) == ["planned", "paused", "no_address", "address_suspended"]
    assert (report.occurrences, report.planned, report.skipped, report.items) == (1, 1, 3, 1)


def test_a_channel_that_is_not_set_up_is_a_reason(database: Database) -> None:
    a_statement(database)
    a_person(database, slack="U1")
    a_cadence(database, channels=["slack"])
    slots(database)
    plan(database, channels=(Channel.EMAIL,))
    assert reasons(database) == ["channel_not_set_up"]


def test_with_nothing_to_say_the_row_says_so(database: Database) -> None:
    a_person(database)
    a_cadence(database, channels=["email"])
    slots(database)
    plan(database)
    assert reasons(database) == ["nothing_due"]


def test_the_weekly_cap_counts_over_all_cadences(database: Database) -> None:
    for _ in range(5):
        a_statement(database)
    a_person(database)
    for n in range(3):
        a_cadence(database, channels=["email"], days=["tuesday"], local_time=f"09:3{n}", max_statements=1)
    slots(database)
    plan(database, at=DUE + timedelta(minutes=10))
    assert sorted(reasons(database)) == ["digest_cap", "planned", "planned"]


def test_the_statement_cap_shortens_the_second_digest_and_stops_the_third(database: Database) -> None:
    for n in range(8):
        a_statement(database, published_at=DUE - timedelta(days=100), slug=f"s-{n}")
    a_person(database)
    limit(database, digests_per_week=5, statements_per_week=4)
    for n in range(3):
        a_cadence(database, channels=["email"], days=["tuesday"], local_time=f"09:3{n}", max_statements=3)
    slots(database)
    plan(database, at=DUE + timedelta(minutes=10))
    deliveries = rows(database, tables.DeliveryRow)
    assert sorted((d.item_count, d.reason) for d in deliveries) == [(0, "statement_cap"), (1, ""), (3, "")]


def test_a_newcomer_may_meet_more(database: Database) -> None:
    for n in range(10):
        a_statement(database, slug=f"s-{n}")
    a_person(database, started_on=date(2026, 11, 10))
    limit(database, digests_per_week=5, statements_per_week=4, newcomer_statements_per_week=7)
    for n in range(3):
        a_cadence(database, channels=["email"], days=["tuesday"], local_time=f"09:3{n}", max_statements=4)
    slots(database)
    plan(database, at=DUE + timedelta(minutes=10))
    assert sum(d.item_count for d in rows(database, tables.DeliveryRow)) == 7


def test_who_is_not_in_the_audience_has_no_row(database: Database) -> None:
    an_audience(database, "field", {"team": ["Field"]})
    a_statement(database)
    a_person(database, team="Field")
    a_person(database, team="Office")
    a_cadence(database, channels=["email"], audience="field")
    slots(database)
    plan(database)
    assert reasons(database) == ["planned"]


def test_a_statement_for_others_is_not_chosen(database: Database) -> None:
    an_audience(database, "office", {"team": ["Office"]})
    a_statement(database, audience="office")
    a_person(database, team="Field")
    a_cadence(database, channels=["email"])
    slots(database)
    plan(database)
    assert reasons(database) == ["nothing_due"]


def test_a_new_meaning_goes_first_and_says_so(database: Database) -> None:
    old, other = a_statement(database, slug="old"), a_statement(database, slug="other")
    person = a_person(database)
    exposures = core.exposures
    day = DUE.timestamp() / 86_400
    with database.transaction() as connection:
        for statement, ago in ((old, 3), (other, 30)):
            connection.execute(
                sa.insert(exposures).values(
                    person_id=person,
                    statement_id=statement.id,
                    version_id=statement.version_id,
                    times_sent=4,
                    last_wording_id=statement.wording_ids[0],
                    sent_day=day - ago,
                    planned_day=day - ago,
                )
            )
    a_version(database, old.id, number=2, material=True)
    a_cadence(database, channels=["email"], max_statements=1)
    slots(database)
    plan(database)
    [item] = rows(database, tables.DeliveryItemRow)
    assert (item.statement_id, item.reason, item.times_sent_before) == (old.id, "new_version", 4)


def test_a_slot_or_rule_that_cannot_be_read_holds_back_nobody_else(database: Database) -> None:
    a_statement(database)
    a_person(database)
    good, bad = a_cadence(database, slug="good", channels=["email"]), a_cadence(database, slug="bad", channels=["email"])
    slots(database)
    slot, cadence = core.slots, core.cadences
    with database.transaction() as connection:
        connection.execute(sa.update(slot).where(slot.c.cadence_id == bad).values(zone="Mars/Olympus_Mons"))
    plan(database)
    assert [o.cadence_id for o in rows(database, tables.OccurrenceRow)] == [good]
    with database.transaction() as connection:
        connection.execute(sa.update(slot).where(slot.c.cadence_id == bad).values(zone="Europe/Berlin"))
        connection.execute(sa.update(cadence).where(cadence.c.id == bad).values(definition={"slug": "bad", "days": ["noday"]}))
    plan(database)
    assert reasons(database) == ["planned"]


# --- once -------------------------------------------------------------------------------------


def test_planning_twice_changes_nothing(database: Database) -> None:
    for n in range(4):
        a_statement(database, slug=f"s-{n}")
    for _ in range(5):
        a_person(database)
    a_cadence(database, channels=["email"])
    slots(database)
    plan(database)
    before = everything(database)
    for minutes in (0, 1, 30):
        report = plan(database, at=DUE + timedelta(minutes=minutes))
        assert (report.occurrences, report.planned, report.skipped) == (0, 0, 0)
    assert everything(database) == before


def test_a_preview_says_the_same_and_writes_nothing(database: Database) -> None:
    a_statement(database)
    a_person(database)
    a_person(database, with_address=False)
    a_cadence(database, channels=["email"])
    slots(database)
    before = everything(database)
    preview = preview_due(database, now=DUE, secret=b"secret", channels=BOTH)
    assert everything(database) == before
    report = plan(database)
    assert (preview.planned, preview.skipped, preview.items) == (report.planned, report.skipped, report.items)
    assert [d.skip for d in preview.digests] == ["", "no_address"]


def test_an_occurrence_that_is_there_already_is_not_planned_again_when_its_slot_is_set_back(database: Database) -> None:
    """A clock that went back, or a slot that was reset: the key decides, not the slot."""
    a_statement(database)
    a_person(database)
    a_cadence(database, channels=["email"])
    slots(database)
    plan(database)
    table = core.slots
    with database.transaction() as connection:
        connection.execute(sa.update(table).values(next_fire_at=DUE, next_local_date=date(2026, 11, 24)))
    plan(database)
    assert len(rows(database, tables.OccurrenceRow)) == 1
    assert reasons(database) == ["planned"]


@pytest.mark.parametrize(("hours_late", "expected"), [(0, "planned"), (6, "planned"), (6.02, "expired"), (30, "expired")])
def test_a_missed_occurrence_runs_when_at_most_six_hours_late(database: Database, hours_late: float, expected: str) -> None:
    a_statement(database)
    a_person(database)
    a_cadence(database, channels=["email"], days=["tuesday"])
    slots(database)
    report = plan(database, at=DUE + timedelta(hours=hours_late))
    assert [o.state for o in rows(database, tables.OccurrenceRow)] == [expected]
    assert report.expired_occurrences == (expected == "expired")


def test_after_an_outage_only_the_newest_runs_and_the_others_are_on_record(database: Database) -> None:
    a_statement(database)
    a_person(database)
    a_cadence(database, channels=["email"], days=["mon", "tue", "wed", "thu", "fri"])
    slots(database)
    report = plan(database, at=DUE + timedelta(days=3, hours=1))
    states = [(o.local_date.isoformat(), o.state) for o in rows(database, tables.OccurrenceRow)]
    assert states == [("2026-11-24", "expired"), ("2026-11-25", "expired"), ("2026-11-26", "expired"), ("2026-11-27", "planned")]
    assert (report.occurrences, report.expired_occurrences) == (1, 3)


def test_two_schedulers_on_postgresql_plan_and_send_once(postgresql_url: str) -> None:
    """Two cadences of the same minute and people, two processes' worth of threads, each with its own connections."""
    setup = Database(postgresql_url)
    for n in range(6):
        a_statement(setup, slug=f"s-{n}")
    for n in range(25):
        a_person(setup, email=f"p{n}@example.com")
    for n in range(4):
        a_cadence(setup, slug=f"c-{n}", channels=["email"], days=["tuesday"], max_statements=2)
    slots(setup)
    transport, clock = ScriptedTransport(max_connections=2), FixedClock(DUE)
    gate, problems = threading.Barrier(3), []

    def work(n: int) -> None:
        database = Database(postgresql_url)
        try:
            outbox = an_outbox(database, clock, transport, owner=f"machine-{n}/1/1/1")
            gate.wait(30)
            for _ in range(3):
                tick(database, [outbox], clock=clock, secret=b"secret", owner=outbox.owner)
        except Exception as error:
            problems.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not problems
    found = sorted(reasons(setup))
    setup.close()
    assert found.count("sent") == 50
    assert found.count("digest_cap") == 50, "the cap holds although the cadences were planned at the same time"
    said: dict[str, list[str]] = defaultdict(list)
    for message in transport.taken:
        text = message.content.decode().partition("\r\n\r\n")[2]  # type: ignore[union-attr]
        said[message.rcpt_to] += [line.partition(":")[0] for line in text.splitlines() if line]  # type: ignore[union-attr]
    assert len(said) == 25
    assert all(len(slugs) == len(set(slugs)) == 4 for slugs in said.values()), "no statement twice on one day"


# --- laws over random companies ---------------------------------------------------------------

ZONES = ("Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia")
MONDAY = date(2026, 3, 23)  # the Monday before Europe's clocks change; Lord Howe's and Santiago's follow


@dataclass(frozen=True)
class Plan:
    """A random company and its rules."""

    people: list[str]
    statements: int
    wordings: int
    cadences: list[dict[str, Any]]
    digests: int
    statements_per_week: int
    gap: int


companies = st.builds(
    Plan,
    people=st.lists(st.sampled_from(ZONES), min_size=1, max_size=4),
    statements=st.integers(1, 6),
    wordings=st.integers(2, 4),
    cadences=st.lists(
        st.fixed_dictionaries(
            {
                "days": st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, max_size=7, unique=True),
                "local_time": st.sampled_from(["00:00", "02:30", "09:00", "12:15", "16:59", "23:30"]),
                "window_minutes": st.sampled_from([0, 60, 480]),
                "max_statements": st.integers(1, 4),
            }
        ),
        min_size=1,
        max_size=3,
    ),
    digests=st.integers(1, 4),
    statements_per_week=st.integers(1, 8),
    gap=st.integers(0, 9),
)


@settings(max_examples=examples(3))
@given(company=companies, fails=st.sets(st.integers(0, 60)))
def test_caps_and_gaps_hold_and_no_wording_comes_twice_running(
    sqlite_template: Path, tmp_path_factory: Any, company: Plan, fails: set[int]
) -> None:
    """Three weeks of hourly ticks for any company, with some mails refused: judged by what was taken."""
    folder = tmp_path_factory.mktemp("company")
    shutil.copyfile(sqlite_template, folder / "cadence.db")
    database = Database(f"sqlite:///{folder / 'cadence.db'}")
    begin = datetime(2026, 3, 23, tzinfo=UTC)
    try:
        zone_of = {}
        for n in range(company.statements):
            words = [f"w{k}" for k in range(company.wordings)]
            a_statement(database, slug=f"s-{n}", wordings=words, published_at=begin - timedelta(days=60))
        for n, name in enumerate(company.people):
            a_person(database, email=f"p{n}@example.com", zone=name, country="")
            zone_of[f"p{n}@example.com"] = name
        limit(
            database,
            digests_per_week=company.digests,
            statements_per_week=company.statements_per_week,
            newcomer_statements_per_week=company.statements_per_week,
            min_gap_days=company.gap,
        )
        for n, cadence in enumerate(company.cadences):
            a_cadence(database, slug=f"c-{n}", channels=["email"], min_gap_days=0, holidays=False, **cadence)
        slots(database, before=begin - timedelta(days=1))
        transport, clock = ScriptedTransport(), FixedClock(begin)
        count = iter(range(10**6))
        #: whose digests were refused: of two that wait with the same statement the second cannot know that the first will fail
        struck: set[str] = set()
        from cadence.errors import MessageRejected

        def refuse_some(message: Any) -> None:
            if next(count) in fails:
                struck.add(message.rcpt_to)
                raise MessageRejected("552 not today")

        arrived: dict[str, list[tuple[datetime, str, dict[str, str]]]] = defaultdict(list)
        transport.before = refuse_some
        outbox = an_outbox(database, clock, transport)
        for hour in range(21 * 24):
            clock.set(begin + timedelta(hours=hour, minutes=7))
            tick(database, [outbox], clock=clock, secret=b"secret", owner=outbox.owner)
            for message in transport.taken:
                assert isinstance(message, EmailEnvelope)
                lines = message.content.decode().partition("\r\n\r\n")[2].splitlines()
                said = {slug: words for slug, _, words in (line.partition(": ") for line in lines)}
                arrived[message.rcpt_to].append((clock.now(), message.message_id, said))
            transport.taken.clear()
    finally:
        database.close()
        shutil.rmtree(folder)
    _judge(company, zone_of, arrived, struck)


def _judge(
    company: Plan, zone_of: dict[str, str], arrived: dict[str, list[tuple[datetime, str, dict[str, str]]]], struck: set[str]
) -> None:
    from zoneinfo import ZoneInfo

    for address, messages in arrived.items():
        assert len({m[1] for m in messages}) == len(messages)
        weeks: dict[date, list[int]] = defaultdict(list)
        last: dict[str, tuple[date, str]] = {}
        for at, _, said in messages:
            local = at.astimezone(ZoneInfo(zone_of[address]))
            assert local.weekday() < 5
            assert 9 <= local.hour < 17, f"{address} at {local}"
            weeks[local.date() - timedelta(days=local.weekday())].append(len(said))
            for slug, words in said.items():
                if slug in last:
                    before, said_before = last[slug]
                    assert (local.date() - before).days >= company.gap, f"{slug} on {before} and {local.date()}"
                    assert words != said_before or address in struck, f"{slug} said the same on {before} and {local.date()}"
                last[slug] = local.date(), words
        for monday, sizes in weeks.items():
            assert len(sizes) <= company.digests, f"{address} in the week of {monday}"
            assert sum(sizes) <= company.statements_per_week, f"{address} in the week of {monday}"
