"""Row 28 of the fault matrix: the clock is set, forward and back, a little and by years, between ticks and within a sending."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.planning.clock_steps import LONGEST_OUTAGE, PATIENCE
from cadence.engine.embedded import EmbeddedEngine
from cadence.engine.workers import send_when_told
from cadence.errors import ClockDoubted
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.running import notices as notice_words
from cadence.operations.running.tick import TickReport, prepare, tick
from cadence.operations.running.watch_clock import ClockWatch
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.running import daily
from cadence.store.running.clock_watch import DOUBT
from cadence.store.sending.digests import set_pause
from tests.fixtures.builders import a_cadence, a_person, a_statement
from tests.fixtures.sending import ScriptedTransport, an_outbox, attempt_rows, planned, states

#: Monday 09:30 in Berlin
MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEAR_1970 = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)


class Machine:
    """A clock that can be set, beside seconds that only pass."""

    def __init__(self, instant: datetime) -> None:
        self._now, self._seconds = instant, 1_000.0

    def now(self) -> datetime:
        return self._now

    def steady(self) -> float:
        return self._seconds

    def pass_by(self, span: timedelta) -> None:
        """Let time pass."""
        self._now += span
        self._seconds += span.total_seconds()

    def set(self, instant: datetime) -> None:
        """Set the clock; no time passes."""
        self._now = instant


class Installation:
    """A company with a digest on each working day, and an engine whose jobs are run by hand."""

    def __init__(self, database: Database, *, people: int = 2) -> None:
        self.database = database
        self.machine = Machine(MONDAY - HOUR)
        self.transport = ScriptedTransport()
        for n in range(12):
            a_statement(database, slug=f"s-{n}")
        for n in range(people):
            a_person(database, email=f"p{n}@example.com")
        a_cadence(database, slug="daily", days=["mon", "tue", "wed", "thu", "fri"], max_statements=1)
        with database.transaction() as connection:
            derive_slots(connection, now=self.machine.now())
        self.start()

    def start(self) -> None:
        """Start a process: it remembers nothing but what is in the database."""
        outbox = an_outbox(self.database, self.machine, self.transport)  # type: ignore[arg-type]
        self.engine = EmbeddedEngine(
            self.database, [outbox], clock=self.machine, secret=b"secret", owner=outbox.owner, tick_seconds=30, chores={"chore": self.chore}
        )
        self.jobs: dict[str, Callable[[], None]] = {job.id: job.func for job in self.engine._scheduler.get_jobs()}

    chores = 0

    def chore(self) -> None:
        """Count."""
        self.chores += 1

    def run(self, *names: str) -> None:
        """Run jobs of the engine once, all unless named."""
        for name in names or ("prepare", "send-email", "close", "chore"):
            self.jobs[name]()

    def go(self, until: datetime, *, every: timedelta = 3 * HOUR) -> None:
        """Let time pass until the clock tells ``until``."""
        while self.machine.now() < until:
            self.machine.pass_by(min(every, until - self.machine.now()))
            self.run()

    def mails(self) -> int:
        return len(self.transport.taken)

    def notices(self) -> list[str]:
        with self.database.read() as connection:
            return sorted(notice.key for notice in notice_words.list_notices(connection))

    def occurrences(self) -> dict[str, list[str]]:
        table = core.occurrences
        found: dict[str, list[str]] = {}
        with self.database.read() as connection:
            for row in connection.execute(sa.select(table.c.state, table.c.local_date).order_by(table.c.fire_at)):
                found.setdefault(row.state, []).append(row.local_date.isoformat())
        return found

    def sent_on(self) -> list[str]:
        """Return for each mail the local date of its occurrence; nobody has one twice."""
        deliveries, occurrences = core.deliveries, core.occurrences
        query = sa.select(occurrences.c.local_date, deliveries.c.person_id).join(deliveries, deliveries.c.occurrence_id == occurrences.c.id)
        with self.database.read() as connection:
            rows = connection.execute(query.where(deliveries.c.state == "sent").order_by(occurrences.c.local_date)).all()
        assert len(set(rows)) == len(rows) == self.mails()
        return sorted({row.local_date.isoformat() for row in rows})


@pytest.fixture
def here(database_url: str) -> Iterator[Installation]:
    """An installation on each kind of database."""
    database = Database(database_url)
    yield Installation(database)
    database.close()


MON, TUE, WED, THU, FRI = (f"2026-11-{day}" for day in (23, 24, 25, 26, 27))


@pytest.mark.parametrize("hours", [1, -1, 26])
def test_row_28_a_step_of_hours_sends_nothing_twice_skips_nothing_and_is_told(here: Installation, hours: int) -> None:
    here.go(MONDAY + HOUR)
    here.machine.set(here.machine.now() + hours * HOUR)
    here.run()
    assert here.notices() == ["clock-stepped"]
    here.go(here.machine.now() + 2 * HOUR)
    here.machine.set(here.machine.now() - hours * HOUR)
    here.go(MONDAY + 7 * DAY - HOUR)
    assert here.sent_on() == [MON, TUE], "two a week are the cap"
    assert here.mails() == 4
    assert here.notices() == ["clock-stepped"]
    assert here.occurrences().get("expired") is None


def test_row_28_the_notice_names_both_instants_and_the_newest_step(here: Installation) -> None:
    here.go(MONDAY)
    here.machine.set(MONDAY + HOUR)
    here.run()
    here.machine.set(MONDAY + 3 * HOUR)
    here.run()
    with here.database.read() as connection:
        (notice,) = notice_words.list_notices(connection)
    assert "from Mon 23 Nov 2026, 09:30 (UTC) to Mon 23 Nov 2026, 11:30 (UTC)" in notice.sentence
    assert "cadence notices resolve clock-stepped" in notice.remedy


@pytest.mark.parametrize("minutes", [4, -4])
def test_row_28_a_time_server_at_work_is_not_told(here: Installation, minutes: int) -> None:
    here.go(MONDAY + HOUR)
    here.machine.set(here.machine.now() + minutes * MINUTE)
    here.go(MONDAY + 2 * HOUR)
    assert here.notices() == []


@pytest.mark.parametrize(
    "wrong", [MONDAY + 400 * DAY, MONDAY + 10 * DAY, YEAR_1970, MONDAY - 10 * DAY], ids=["400 d", "10 d", "1970", "-10 d"]
)
def test_row_28_a_leap_holds_everything_until_the_clock_is_right(here: Installation, wrong: datetime) -> None:
    here.go(MONDAY + HOUR)
    right, before = here.machine.now(), (here.mails(), here.chores)
    here.machine.set(wrong)
    for _ in range(3):
        here.run()
        here.machine.pass_by(10 * MINUTE)
        right += 10 * MINUTE
    assert (here.mails(), here.chores) == before
    assert "nothing is planned or sent" in here.engine.trouble
    assert here.notices() == [DOUBT]
    here.machine.set(right)
    here.go(MONDAY + 7 * DAY - HOUR)
    assert here.sent_on() == [MON, TUE]
    assert here.occurrences() == {"closed": [MON, TUE, WED, THU, FRI]}
    assert (here.notices(), here.engine.trouble) == ([], "")


@pytest.mark.parametrize("wrong", [MONDAY + 400 * DAY, YEAR_1970], ids=["400 d", "1970"])
def test_row_28_a_process_that_starts_under_a_wrong_clock_holds_too(here: Installation, wrong: datetime) -> None:
    here.go(MONDAY + HOUR)
    here.machine.set(wrong)
    here.start()
    here.go(wrong + 5 * HOUR, every=HOUR)
    assert here.mails() == 2
    assert here.notices() == [DOUBT]
    here.machine.set(MONDAY + 3 * HOUR)
    here.start()
    here.go(MONDAY + 2 * DAY)
    assert here.sent_on() == [MON, TUE]
    assert here.notices() == []


def test_row_28_an_outage_of_a_week_is_ordinary(here: Installation) -> None:
    here.go(MONDAY + HOUR)
    here.machine.set(MONDAY + 7 * DAY + HOUR)
    here.start()
    here.run()
    assert here.sent_on() == [MON, "2026-11-30"]
    assert here.occurrences()["expired"] == [TUE, WED, THU, FRI]
    assert here.notices() == []


def test_row_28_a_leap_that_stays_is_believed_after_an_hour(here: Installation) -> None:
    """A machine that was frozen from outside counts no seconds meanwhile."""
    here.go(MONDAY + HOUR)
    here.machine.set(MONDAY + 7 * DAY + HOUR)
    here.run()
    assert here.mails() == 2
    here.go(here.machine.now() + PATIENCE)
    assert here.sent_on() == [MON, "2026-11-30"]
    assert here.notices() == ["clock-stepped"]


def test_row_28_a_person_can_say_that_the_clock_is_right_and_take_it_back(here: Installation) -> None:
    """What ran in the false future stays done; what only expired there runs in its own time, once."""
    here.go(MONDAY + HOUR)
    ahead = MONDAY + 400 * DAY
    here.machine.set(ahead)
    here.run()
    notice_words.resolve(here.database, DOUBT, now=ahead)
    here.run()
    assert here.mails() == 4
    assert len(here.occurrences()["expired"]) > 250
    with here.database.transaction() as connection:
        assert daily.claim_daily(connection, "sync", now=ahead, first=ahead, again=ahead + DAY)
        set_pause(connection, "email", until=ahead + HOUR, reason="busy")

    here.machine.set(MONDAY + 2 * HOUR)
    here.run()
    assert here.notices() == [DOUBT, "clock-stepped"]
    notice_words.resolve(here.database, DOUBT, now=here.machine.now())
    here.go(MONDAY + 2 * DAY)
    assert [day for day in here.sent_on() if day < "2027"] == [MON, TUE]
    assert here.occurrences().get("expired") is None
    with here.database.read() as connection:
        assert daily.is_daily_due(connection, "sync", now=here.machine.now())


def test_row_28_a_word_for_one_doubt_is_none_for_the_next(here: Installation) -> None:
    here.go(MONDAY + HOUR)
    right = here.machine.now()
    for turn in range(2):
        here.machine.set(right + 400 * DAY)
        here.run()
        assert here.notices() == [DOUBT], turn
        assert here.mails() == 2
        right += MINUTE
        here.machine.set(right)
        here.run()
        assert here.notices() == []


# --- a tick by hand ---------------------------------------------------------------------------


def by_hand(here: Installation, at: datetime) -> TickReport:
    clock = FixedClock(at)
    outbox = an_outbox(here.database, clock, here.transport)
    return tick(here.database, [outbox], clock=clock, secret=b"secret", owner=outbox.owner)


def test_row_28_a_tick_by_mistake_weeks_ahead_does_not_silence_the_present(here: Installation) -> None:
    by_hand(here, MONDAY)
    by_hand(here, MONDAY + 21 * DAY)
    assert here.sent_on() == [MON, "2026-12-14"]
    assert len(here.occurrences()["expired"]) == 14
    for day in range(1, 28):
        by_hand(here, MONDAY + day * DAY)
    assert here.occurrences().get("expired") is None
    days = here.sent_on()
    assert days[:2] == [MON, TUE]
    assert days.count("2026-12-14") == 1
    assert len(days) >= 6
    assert here.notices() == ["clock-stepped"]


def test_row_28_a_tick_by_mistake_a_year_ahead_is_refused(here: Installation) -> None:
    by_hand(here, MONDAY)
    with pytest.raises(ClockDoubted, match=r"Tue 28 Dec 2027, 08:30 \(UTC\), the last tick was Mon 23 Nov 2026, 08:30 \(UTC\)"):
        by_hand(here, MONDAY + 400 * DAY)
    by_hand(here, MONDAY + DAY)
    assert here.sent_on() == [MON, TUE]
    assert here.notices() == []


def test_row_28_what_is_idle_for_months_is_no_leap(here: Installation) -> None:
    """Ticks with nothing to do are remembered too."""
    table = core.slots
    with here.database.transaction() as connection:
        connection.execute(sa.update(table).values(next_fire_at=MONDAY + 84 * DAY))
    for days in range(0, 85, 28):
        by_hand(here, MONDAY + days * DAY)
    assert here.mails() == 2
    assert 28 * DAY < LONGEST_OUTAGE < 84 * DAY


def test_row_28_a_nudge_that_a_false_future_expired_waits_anew(here: Installation) -> None:
    a_statement(here.database, slug="must", must_acknowledge=True)
    a_cadence(here.database, slug="duties", days=["monday"], statements=["must"])
    with here.database.transaction() as connection:
        derive_slots(connection, now=MONDAY - HOUR)
    by_hand(here, MONDAY)
    waiting = here.occurrences()["planning"]
    assert len(waiting) == 2, "on the third day and the fifth"
    by_hand(here, MONDAY + 21 * DAY)
    assert set(waiting) <= set(here.occurrences()["expired"])
    by_hand(here, MONDAY + HOUR)
    assert here.occurrences()["planning"] == waiting


# --- within a sending -------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [1, -1, 400 * 24, -56 * 365 * 24])
def test_row_28_a_step_while_a_mail_is_on_its_way_doubles_nothing_and_loses_nothing(here: Installation, hours: int) -> None:
    """Another thread's tick comes in the middle of the first mail; by the new clock the lease may seem over."""
    here.go(MONDAY - MINUTE, every=10 * MINUTE)
    stepped: list[datetime] = []

    def step(_message: Any) -> None:
        if not stepped:
            stepped.append(here.machine.now())
            here.machine.set(here.machine.now() + hours * HOUR)
            here.run("prepare", "close")

    here.transport.before = step
    here.machine.pass_by(MINUTE)
    here.run()
    right = stepped[0]
    assert states(here.database).get("unknown") is None
    here.machine.set(right + MINUTE)
    here.go(right + 3 * HOUR, every=10 * MINUTE)
    assert states(here.database) == {"sent": 2}
    assert here.mails() == 2
    table = core.attempts
    with here.database.read() as connection:
        heard = connection.execute(sa.select(table.c.finished_at).where(table.c.outcome == "sent")).scalars().all()
    assert all(abs(one - right) < HOUR for one in heard), "no evidence lies in a future or past that never was"


def test_row_28_after_a_step_dead_workers_are_looked_for_again_when_leases_mean_something(here: Installation) -> None:
    here.go(MONDAY + HOUR)
    watch = ClockWatch(here.database, clock=here.machine)
    watch.look()
    here.machine.set(here.machine.now() + HOUR)
    assert watch.trusts_leases()
    watch.look()
    assert not watch.trusts_leases()
    here.machine.pass_by(20 * MINUTE)
    assert watch.trusts_leases()


def test_row_28_a_helper_process_sends_nothing_by_a_doubted_clock(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    (delivery,) = planned(database)
    machine, transport = Machine(MONDAY), ScriptedTransport()
    ClockWatch(database, clock=machine).look()
    machine.set(MONDAY + 400 * DAY)
    outbox = an_outbox(database, machine, transport)  # type: ignore[arg-type]
    said = io.StringIO()
    send_when_told([outbox], told=io.StringIO("send\n"), answer=said)
    assert said.getvalue() == "ready\ndone\n", "the serving process is not kept waiting"
    assert not transport.tried
    machine.set(MONDAY + HOUR)
    send_when_told([outbox], told=io.StringIO("send\n"), answer=said)
    assert [a.outcome for a in attempt_rows(database, delivery)] == ["sent"]
    database.close()


def test_preparing_without_trust_in_leases_leaves_them_alone(here: Installation) -> None:
    report = TickReport()
    outbox = an_outbox(here.database, FixedClock(MONDAY), here.transport)
    prepare(here.database, clock=outbox.clock, secret=b"s", owner="me", channels=[], report=report, trust_leases=False)
    assert (report.recovered.freed, report.recovered.doubted) == (0, 0)
