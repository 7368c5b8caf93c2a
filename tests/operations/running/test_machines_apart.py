"""Machines whose clocks differ share the clock of their database: nobody loses a lease, and the admin is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from cadence.assembly.app import App
from cadence.clock import FixedClock, SharedClock, SystemClock
from cadence.operations.running.doctor import doctor
from cadence.operations.running.notices import list_notices
from cadence.operations.running.watch_clock import ClockWatch
from cadence.operations.sending.recover import recover
from cadence.settings.loading import Settings
from cadence.store.database.engine import Database
from cadence.store.sending import ledger
from cadence.store.sending.ledger import LEASE
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.fixtures.sending import states

APART = timedelta(minutes=25)
MINUTE = timedelta(minutes=1)


@dataclass
class Machine:
    """A machine whose clock is ``off`` and whose count goes on as the true time does."""

    true: FixedClock
    off: timedelta
    #: seconds that an answer of the database takes to come back
    way: float = 0.0
    _count: float = field(default=0.0, init=False)

    def now(self) -> datetime:
        """Return what this machine thinks it is."""
        return self.true.now() + self.off

    def steady(self) -> float:
        """Return the seconds since NOW; each look takes ``way``."""
        self._count += self.way
        return (self.true.now() - NOW).total_seconds() + self._count


@pytest.fixture
def true() -> FixedClock:
    """The clock of the database's machine."""
    return FixedClock(NOW)


def test_a_shared_clock_goes_on_between_two_questions_whatever_the_machine_says(true: FixedClock) -> None:
    machine = Machine(true, APART)
    clock = SharedClock(true.now, machine)
    assert (clock.now(), clock.compare()) == (NOW, APART)
    true.advance(MINUTE)
    machine.off = -APART
    assert clock.now() == NOW + MINUTE
    assert clock.compare() == -APART


def test_small_differences_of_the_way_do_not_move_the_time_back(true: FixedClock) -> None:
    machine = Machine(true, timedelta(), way=0.5)
    clock = SharedClock(true.now, machine)
    told = [clock.now()]
    for _ in range(5):
        clock.compare()
        told.append(clock.now())
    assert told == sorted(told)


def test_the_machine_s_own_clock_serves_until_the_database_answers(true: FixedClock) -> None:
    asked: list[int] = []

    def ask() -> datetime:
        asked.append(1)
        if len(asked) == 1:
            raise ConnectionError
        return true.now()

    clock = SharedClock(ask, Machine(true, APART))
    assert [clock.now(), clock.now()] == [NOW + APART] * 2
    assert len(asked) == 1, "each look at a database that is away takes its time"
    clock.compare()
    assert clock.now() == NOW


@pytest.mark.parametrize("off", [APART, -APART], ids=["ahead", "behind"])
def test_a_worker_whose_clock_is_off_takes_nothing_from_another_and_loses_nothing(
    database: Database, true: FixedClock, off: timedelta
) -> None:
    occurrence, statement = an_occurrence(database, a_cadence(database), state="planned"), a_statement(database)
    for _ in range(6):
        a_delivery(database, a_person(database), [statement], state="planned", occurrence_id=occurrence)
    right, wrong = SharedClock(true.now, Machine(true, timedelta())), SharedClock(true.now, Machine(true, off))
    for clock, owner in ((right, "one/1/1/1"), (wrong, "other/1/1/1")):
        with database.transaction() as connection:
            mine = ledger.claim(connection, channel="email", owner=owner, now=clock.now(), limit=3)
            intended = ledger.record_intents(connection, mine[:2], owner=owner, now=clock.now(), dated=clock.now())
        assert (len(mine), len(intended)) == (3, 2)
    true.advance(LEASE - MINUTE)
    for clock in (right, wrong):
        recover(database, now=clock.now(), owner="none/1/1/1") if not database.is_sqlite else None
        with database.transaction() as connection:
            assert ledger.claim(connection, channel="email", owner="third", now=clock.now(), limit=9) == []
    assert states(database) == {"planned": 2, "sending": 4}


def test_the_admin_is_told_while_a_machine_s_clock_differs_by_more_than_half_a_minute(database: Database, true: FixedClock) -> None:
    machine = Machine(true, timedelta(seconds=30))
    watch = ClockWatch(database, clock=SharedClock(true.now, machine))

    def told() -> list[str]:
        watch.look()
        with database.read() as connection:
            return [notice.sentence for notice in list_notices(connection, role="admin")]

    assert told() == []
    machine.off = APART
    [sentence] = told()
    assert "09:25" in sentence
    assert "09:00" in sentence
    assert told() == [sentence]
    machine.off = timedelta()
    assert told() == []


@pytest.mark.databases("postgresql")
def test_an_installation_on_postgresql_goes_by_the_clock_of_its_database(database_url: str, tmp_path: Path) -> None:
    class Wrong(SystemClock):
        def now(self) -> datetime:
            return super().now() + APART

    app = App(Settings(data_dir=tmp_path, database_url=database_url), clock=Wrong())
    try:
        with app.database.read() as connection:
            there = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one().astimezone(UTC)
        assert abs(app.clock.now() - there) < APART / 2
        ahead = app.clock_ahead()
        assert ahead is not None
        assert abs(ahead - APART) < APART / 2
        found = doctor(
            app.database, data_dir=tmp_path, key_file=None, base_url="http://localhost", transports=[], now=app.clock.now(), ahead=ahead
        )
        assert ["seconds ahead of the database's" in check.sentence for check in found if check.name == "own clock"] == [True]
    finally:
        app.close()


def test_an_injected_clock_and_the_one_of_a_file_stay_as_they_are(tmp_path: Path, true: FixedClock) -> None:
    on_postgresql = Settings(data_dir=tmp_path, database_url="postgresql://nobody@localhost/none")
    assert App(on_postgresql, clock=true).clock is true
    assert isinstance(App(Settings(data_dir=tmp_path)).clock, SystemClock)
