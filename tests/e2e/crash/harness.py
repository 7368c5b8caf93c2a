"""Runs, kills and counts: a company in a fresh database, a forked process that sends, and what arrived."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.e2e.crash.sink import Aim, Sink
from tests.fixtures.builders import a_cadence, a_person, a_statement

#: Tuesday 09:30 in Berlin, when the digests of the company are due
DUE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]
#: seconds after the crash at which the next process ticks: at once, twice for Slack, after the quiet time of email, after a lease
LATER = (0.0, 31.0, 95.0, 11 * 60.0, 22 * 60.0)
KILLED = -9


@dataclass(slots=True)
class Tally:
    """What a row of the kill table adds up to."""

    point: str
    runs: int = 0
    kills: int = 0
    lost: int = 0
    duplicates: int = 0
    runs_with_duplicates: int = 0
    most_copies: int = 0
    held: int = 0
    other_identity: int = 0

    def line(self) -> str:
        """Return the row."""
        return (
            f"{self.point:<26} {self.runs:>5} {self.kills:>6} {self.lost:>5} {self.duplicates:>10}"
            f" {self.most_copies:>7} {self.held:>13} {self.other_identity:>9}"
        )


HEADER = f"{'killed at':<26} {'runs':>5} {'kills':>6} {'lost':>5} {'duplicates':>10} {'copies':>7} {'held unknown':>13} {'other id':>9}"


def table(tallies: Sequence[Tally]) -> str:
    """Return the kill table as text."""
    return "\n".join([HEADER, "-" * len(HEADER), *(t.line() for t in tallies)])


class ForkServer:
    """The process that forks the senders."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.crash.fork_server"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self, job: dict[str, Any], *, sink: Sink, phase: str = "", nth: int = 1, kill_after: float | None = None, slack: Any = None
    ) -> int:
        """Do ``job``; return its exit status, minus the signal that ended it.

        phase, nth: the sink kills it there. kill_after: it is killed after so many seconds. slack: told the pid.
        """
        self._say(json.dumps(job))
        pid = self._hear()["pid"]
        sink.aim = Aim(pid, phase, nth) if phase else None
        if slack is not None:
            slack.victim = pid
        timer = threading.Timer(kill_after, _kill, [pid]) if kill_after is not None else None
        self._say("go")
        if timer:
            timer.start()
        status = self._hear()["status"]
        if timer:
            timer.cancel()
            timer.join()
        sink.aim = None
        return status

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, int]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the fork server ended"
        answer: dict[str, int] = json.loads(line)
        return answer


def _kill(pid: int) -> None:
    import os
    import signal

    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def found_company(database: Database, *, people: int, channel: str) -> None:
    """Put a company into an empty schema: ``people`` in Berlin, three statements, one cadence due at ``DUE``."""
    for n in range(3):
        a_statement(database, slug=f"statement-{n}", title=f"Statement {n}", must_acknowledge=n == 0)
    for n in range(people):
        a_person(database, email=f"p{n}@example.com", slack=f"U{n:04}")
    a_cadence(database, slug="weekly", days=["tuesday"], channels=[channel])
    with database.transaction() as connection:
        derive_slots(connection, now=DUE - timedelta(hours=1))


@dataclass
class World:
    """A database file to copy, and the services around it."""

    template: Path
    folder: Path
    sink: Sink
    server: ForkServer
    people: int
    slack: Any = None
    _runs: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    @contextmanager
    def fresh(self) -> Iterator[dict[str, Any]]:
        """Yield the job of a fresh copy of the company; what arrived is forgotten."""
        folder = self.folder / f"run-{next(self._runs)}"
        folder.mkdir()
        shutil.copyfile(self.template, folder / "cadence.db")
        self.sink.clear()
        yield self.job(f"sqlite:///{folder / 'cadence.db'}", folder)
        shutil.rmtree(folder)

    def job(self, url: str, folder: Path, *, connections: int = 1) -> dict[str, Any]:
        """Return the job that ticks once at ``DUE``."""
        return {
            "kind": "tick",
            "at": DUE.isoformat(),
            "after": [0.0],
            "database_url": url,
            "data_dir": str(folder),
            "smtp_port": self.sink.port,
            "connections": connections,
            "slack_url": self.slack.api_url if self.slack is not None else "",
        }

    def crash_and_recover(
        self, job: dict[str, Any], tally: Tally, *, phase: str = "", point: str = "", nth: int, slack: Any = None
    ) -> None:
        """Kill one sending, recover with a fresh process, and add what arrived to ``tally``."""
        first = job | ({"point": point, "nth": nth} if point else {})
        if point in ("before settle", "after settle", "before Slack read", "after Slack read", "before recover", "after recover"):
            # these lie in the recovery itself: crash once before
            self.server.run(job | {"point": "after Slack post", "nth": nth}, sink=self.sink, slack=slack)
            first = job | {"point": point, "nth": 1, "after": list(LATER)}
        status = self.server.run(first, sink=self.sink, phase=phase, nth=nth, slack=slack)
        assert status == KILLED, f"{tally.point}: the process ended with {status} instead of being killed"
        assert self.server.run(job | {"after": list(LATER)}, sink=self.sink) == 0
        tally.runs += 1
        tally.kills += 1


def count_mail(world: World, url: str, tally: Tally, *, most_per_kill: int, kills: int) -> None:
    """Compare what arrived with who should have got it, and check promise 3."""
    arrived = world.sink.by_recipient()
    states = ledger_states(url)
    extra = 0
    for n in range(world.people):
        copies = arrived.get(f"p{n}@example.com", [])
        state = states.get(f"p{n}@example.com", "no row")
        if not copies:
            tally.held += state == "unknown"
            tally.lost += state != "unknown"
            continue
        assert state in ("sent", "unknown"), f"arrived, but the ledger says {state}"
        extra += len(copies) - 1
        tally.most_copies = max(tally.most_copies, len(copies))
        tally.other_identity += len({(c.message_id, c.date, c.content) for c in copies}) - 1
    assert extra <= most_per_kill * kills, f"{tally.point}: {extra} extra copies from {kills} kills"
    tally.duplicates += extra
    tally.runs_with_duplicates += extra > 0


def ledger_states(url: str) -> dict[str, str]:
    """Return address -> state of the delivery, and check that each occurrence is closed."""
    deliveries, people, occurrences = core.deliveries, core.people, core.occurrences
    query = sa.select(people.c.email, deliveries).join(deliveries, deliveries.c.person_id == people.c.id)
    database = Database(url)
    try:
        with database.read() as connection:
            rows = connection.execute(query).all()
            # what waits for a later day, to nudge who did not acknowledge, has nothing to send yet
            [state] = connection.execute(sa.select(occurrences.c.state).where(~occurrences.c.key.like("nudge%"))).scalars()
    finally:
        database.close()
    left = [r for r in rows if r.state in ("planned", "sending") or r.settle_at is not None]
    assert state == "closed", f"the occurrence is {state}; left: {left[:5]}"
    return {r.email: r.state for r in rows}


def middle(random_source: random.Random, people: int) -> int:
    """Return which message of a sending is hit: any of them."""
    return random_source.randint(1, people)
