"""Everything due at an instant, once: idle ticks, jumping clocks, dying steps and refused second processes."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Channel
from cadence.errors import ChannelRefused, ClockDoubted, StoreBusy, StoreDamaged, StoreError
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.planning import plan as planning
from cadence.operations.running.tick import TickReport, tick
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.planning import occurrences
from tests.fixtures.builders import a_cadence, a_person, a_statement
from tests.fixtures.sending import ScriptedTransport, an_outbox, states

#: Tuesday 09:30 in Berlin
DUE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def company(database: Database, *, people: int = 3, channel: str = "email", **cadence: Any) -> None:
    for n in range(4):
        a_statement(database, slug=f"s-{n}")
    for n in range(people):
        a_person(database, email=f"p{n}@example.com", slack=f"U{n}")
    rules: dict[str, Any] = {"days": ["tuesday"], "max_statements": 2}
    a_cadence(database, slug="weekly", channels=[channel], **(rules | cadence))
    with database.transaction() as connection:
        derive_slots(connection, now=DUE - HOUR)


def run(database: Database, transport: ScriptedTransport, at: datetime) -> TickReport:
    clock = FixedClock(at)
    outbox = an_outbox(database, clock, transport)
    return tick(database, [outbox], clock=clock, secret=b"secret", owner=outbox.owner)


def occurrence_states(database: Database) -> list[str]:
    table = core.occurrences
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
    run(database, ScriptedTransport(), DUE - HOUR)
    asked: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda c, cur, sql, *rest: asked.append(sql))
    run(database, ScriptedTransport(), DUE - HOUR + timedelta(minutes=4))
    questions = [sql for sql in asked if not sql.startswith("BEGIN")]
    assert len(questions) == 1
    assert not any("people" in sql for sql in questions)


def test_ticks_in_any_order_of_the_clock_send_each_occurrence_once(database: Database) -> None:
    company(database, days=["mon", "tue", "wed", "thu", "fri"], max_statements=1)
    transport = ScriptedTransport()
    for hours in (0, 1, -1, 24, 0, -24 * 365 * 20, 25, 24, 2, 0, 48):
        with contextlib.suppress(ClockDoubted):  # twenty years back
            run(database, transport, DUE + hours * HOUR)
    table = core.deliveries
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


def test_thousands_that_are_too_late_expire_in_one_tick(sqlite_url: str) -> None:
    """More rows than a statement may have parameters."""
    database = Database(sqlite_url)
    company(database, people=1)
    run(database, ScriptedTransport(script={"p0@example.com": [ChannelRefused("535")]}), DUE)
    people, deliveries = core.people, core.deliveries
    with database.transaction() as connection:
        template = connection.execute(sa.select(deliveries)).one()._asdict()
        person = connection.execute(sa.select(people)).one()._asdict()
        many = range(1_000, 36_000)
        connection.execute(sa.insert(people), [person | {"id": n, "email": f"m{n}@example.com"} for n in many])
        connection.execute(sa.insert(deliveries), [template | {"id": n, "person_id": n, "public_id": f"{n:024x}"} for n in many])
    report = run(database, ScriptedTransport(), DUE + timedelta(days=2))
    assert report.expired == 35_001
    assert states(database) == {"expired": 35_001}
    database.close()


# --- real storage faults on SQLite --------------------------------------------------------------


def _page_limit(database: Database, pages: int) -> None:
    """Let the file grow to ``pages`` at most: SQLite then says what it says on a full disk."""

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    database.engine.dispose()
    sa.event.listen(database.engine, "connect", limit)


@pytest.mark.parametrize("room", [0, 1, 2])
def test_on_a_full_disk_nothing_goes_out_and_with_room_again_everything_does_once(sqlite_url: str, room: int) -> None:
    """The disk fills up at another point of the tick for each ``room``."""
    database = Database(sqlite_url)
    company(database, people=40, max_statements=3)
    with database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    transport = ScriptedTransport()
    full = Database(sqlite_url)
    _page_limit(full, pages + room)
    try:
        said = []
        for minute in range(4):
            try:
                run(full, transport, DUE + timedelta(minutes=minute))
            except StoreError as error:
                said.append(str(error))
        assert said
        assert all("disk is full" in text for text in said)
        assert len(set(transport.addresses())) == len(transport.taken), "nothing goes out twice while the disk is full"
    finally:
        full.close()
    for minutes in (5, 30, 60):
        run(database, transport, DUE + timedelta(minutes=minutes))
    database.close()
    assert set(transport.addresses()) == {f"p{n}@example.com" for n in range(40)}
    assert len(transport.taken) <= 40 + len(said), "at most one outcome is lost in a tick"


def test_a_read_only_database_is_said_and_nothing_goes_out(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    company(database)
    database.close()
    locked = Database(sqlite_url)
    sa.event.listen(locked.engine, "connect", lambda connection, _record: connection.execute("PRAGMA query_only=ON"))
    transport = ScriptedTransport()
    try:
        with pytest.raises(StoreError, match="read-only"):
            run(locked, transport, DUE)
    finally:
        locked.close()
    assert not transport.tried


def test_a_database_held_by_another_process_is_waited_for_and_then_said(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.store.database.engine._BUSY_TIMEOUT_MS", 50)
    database = Database(sqlite_url)
    company(database)
    holder = sqlite3.connect(str(database.path), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    transport = ScriptedTransport()
    try:
        with pytest.raises(StoreBusy):
            run(database, transport, DUE)
        assert not transport.tried
        holder.execute("ROLLBACK")
        assert run(database, transport, DUE).sent["email"].sent == 3
    finally:
        holder.close()
        database.close()


def test_a_damaged_file_is_said_and_nothing_goes_out(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    company(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    content = bytearray(database.path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 100] = b"\xff" * 100
    database.path.write_bytes(content)
    damaged, transport = Database(sqlite_url), ScriptedTransport()
    try:
        with pytest.raises(StoreDamaged, match="restore it from a backup"):
            run(damaged, transport, DUE)
    finally:
        damaged.close()
    assert not transport.tried
