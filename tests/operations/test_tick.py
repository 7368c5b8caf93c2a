"""Everything due at an instant, once: idle ticks, jumping clocks, dying steps and refused second processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.deliveries import Channel
from cadence.errors import ChannelRefused, StoreError
from cadence.operations import plan as planning
from cadence.operations.apply_cadences import derive_slots
from cadence.operations.tick import TickReport, tick
from cadence.store import occurrences, tables
from cadence.store.database import Database
from tests.fixtures.builders import a_cadence, a_person, a_statement
from tests.fixtures.sending import ScriptedTransport, an_outbox, states

#: Tuesday 09:30 in Berlin
DUE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database of each kind."""
    opened = Database(database_url)
    yield opened
    opened.close()


def company(database: Database, *, people: int = 3, channel: str = "email", **cadence: Any) -> None:
    for n in range(4):
        a_statement(database, slug=f"s-{n}")
    for n in range(people):
        a_person(database, email=f"p{n}@example.com", slack=f"U{n}")
    a_cadence(database, slug="weekly", channels=[channel], **({"days": ["tuesday"], "max_statements": 2} | cadence))
    with database.transaction() as connection:
        derive_slots(connection, now=DUE - HOUR)


def run(database: Database, transport: ScriptedTransport, at: datetime) -> TickReport:
    clock = FixedClock(at)
    outbox = an_outbox(database, clock, transport)
    return tick(database, [outbox], clock=clock, secret=b"secret", owner=outbox.owner)


def occurrence_states(database: Database) -> list[str]:
    table = tables.Occurrence.__table__  # type: ignore[attr-defined]
    with database.read() as connection:
        return list(connection.execute(sa.select(table.c.state).order_by(table.c.fire_at)).scalars())


def test_one_tick_plans_sends_and_closes(database: Database) -> None:
    company(database)
    transport = ScriptedTransport()
    report = run(database, transport, DUE)
    assert (report.planned.planned, report.sent["email"].sent, report.closed) == (3, 3, 1)
    assert occurrence_states(database) == ["closed"]


def test_a_tick_with_nothing_to_do_does_nothing(database: Database) -> None:
    company(database)
    transport = ScriptedTransport()
    assert run(database, transport, DUE - timedelta(seconds=1)) == TickReport()
    run(database, transport, DUE)
    assert run(database, transport, DUE + HOUR) == TickReport()
    assert len(transport.taken) == 3


def test_an_idle_tick_asks_one_question_however_many_people_there_are(database: Database) -> None:
    company(database, people=30)
    asked: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda c, cur, sql, *rest: asked.append(sql))
    run(database, ScriptedTransport(), DUE - HOUR)
    assert len([sql for sql in asked if not sql.startswith("BEGIN")]) == 1


def test_ticks_in_any_order_of_the_clock_send_each_occurrence_once(database: Database) -> None:
    company(database, days=["mon", "tue", "wed", "thu", "fri"], max_statements=1)
    transport = ScriptedTransport()
    for hours in (0, 1, -1, 24, 0, -24 * 365 * 20, 25, 24, 2, 0, 48):
        run(database, transport, DUE + hours * HOUR)
    table = tables.Delivery.__table__  # type: ignore[attr-defined]
    with database.read() as connection:
        sent = connection.execute(sa.select(table.c.occurrence_id, table.c.person_id).where(table.c.state == "sent")).all()
    assert len(sent) == len(set(sent)) == len(transport.taken)
    assert len(transport.addresses()) == 6, "two a week are the cap"


def test_a_clock_far_ahead_makes_one_digest_and_no_burst(database: Database) -> None:
    company(database, days=["mon", "tue", "wed", "thu", "fri"])
    transport = ScriptedTransport()
    run(database, transport, DUE + timedelta(days=400, hours=3))
    assert len(transport.taken) <= 3
    counts = occurrence_states(database)
    assert counts.count("expired") >= 280
    assert len(counts) - counts.count("expired") <= 1


@pytest.mark.parametrize("step", ["materialise", "plan_chunk"])
def test_a_planning_that_dies_is_finished_by_the_next_tick(database: Database, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    company(database)
    transport = ScriptedTransport()
    with monkeypatch.context() as broken:
        broken.setattr(planning, step, _full)
        with pytest.raises(StoreError):
            run(database, transport, DUE)
    assert not transport.tried
    run(database, transport, DUE + timedelta(minutes=1))
    assert states(database) == {"sent": 3}


def test_a_planning_that_dies_between_two_chunks_goes_on_behind_the_first(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    company(database, people=7)
    monkeypatch.setattr(planning, "CHUNK", 3)
    calls = iter(range(100))
    original = planning.plan_chunk

    def second_fails(*args: Any, **named: Any) -> bool:
        if next(calls) == 1:
            raise StoreError("the disk is full")
        return original(*args, **named)

    monkeypatch.setattr(planning, "plan_chunk", second_fails)
    transport = ScriptedTransport()
    with pytest.raises(StoreError):
        run(database, transport, DUE)
    assert states(database) == {"planned": 3}
    assert not transport.tried, "nobody is written to before everybody has a row"
    run(database, transport, DUE + timedelta(minutes=1))
    assert states(database) == {"sent": 7}
    assert len(set(transport.addresses())) == 7


def test_a_close_that_dies_is_done_by_the_next_tick(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    company(database)
    transport = ScriptedTransport()
    with monkeypatch.context() as broken:
        broken.setattr(occurrences, "close_finished", _full)
        with pytest.raises(StoreError):
            run(database, transport, DUE)
    assert run(database, transport, DUE + HOUR).closed == 1
    assert len(transport.taken) == 3


def _full(*args: Any, **named: Any) -> Any:
    raise StoreError("the disk is full")


def test_a_refused_channel_does_not_hold_back_the_other(database: Database) -> None:
    company(database, people=2, channel="email")
    a_cadence(database, slug="by-slack", channels=["slack"], days=["tuesday"], max_statements=1)
    with database.transaction() as connection:
        derive_slots(connection, now=DUE - HOUR)
    clock = FixedClock(DUE)
    email = ScriptedTransport(script={f"p{n}@example.com": [ChannelRefused("535")] for n in range(2)})
    slack = ScriptedTransport(channel=Channel.SLACK)
    boxes = [an_outbox(database, clock, email), an_outbox(database, clock, slack)]
    report = tick(database, boxes, clock=clock, secret=b"secret", owner=boxes[0].owner)
    assert report.sent["email"].paused
    assert report.sent["slack"].sent == 2


def test_thousands_that_are_too_late_expire_in_one_tick(database: Database) -> None:
    """More rows than a statement may have parameters."""
    company(database, people=1)
    run(database, ScriptedTransport(script={"p0@example.com": [ChannelRefused("535")]}), DUE)
    people, deliveries = tables.Person.__table__, tables.Delivery.__table__  # type: ignore[attr-defined]
    with database.transaction() as connection:
        template = connection.execute(sa.select(deliveries)).one()._asdict()
        person = connection.execute(sa.select(people)).one()._asdict()
        many = range(1_000, 36_000)
        connection.execute(sa.insert(people), [person | {"id": n, "email": f"m{n}@example.com"} for n in many])
        connection.execute(sa.insert(deliveries), [template | {"id": n, "person_id": n, "public_id": f"{n:024x}"} for n in many])
    report = run(database, ScriptedTransport(), DUE + timedelta(days=2))
    assert report.expired == 35_001
    assert states(database) == {"expired": 35_001}
