"""kill -9 at every step of a delivery, and at random: nobody is lost, copies are few and equal, and Slack shows none.

Counted from what arrived, not from our own tables. ``CADENCE_TEST_KILLS`` sets the runs of each point (2;
200 in the nightly run). The table is printed; docs/reliability.md shows one.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from cadence.clock import FixedClock
from cadence.demo.slack_stand_in import SlackStandIn, StandInUser
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.e2e.crash.harness import (
    DUE,
    KILLED,
    LATER,
    ForkServer,
    Tally,
    World,
    count_mail,
    found_company,
    ledger_states,
    middle,
    table,
)
from tests.e2e.crash.sink import PHASES, Sink

PEOPLE = 30
SLACK_PEOPLE = 12
RANDOM_KILLS = 200

#: the fourteen points of the fault matrix, each with the extra copies that a kill there causes
POINTS = {
    "after materialise": 0,
    "after plan": 0,
    "after claim": 0,
    "before intent": 0,
    "after intent": 0,
    "after start": 0,
    "connect": 0,
    "MAIL": 0,
    "RCPT": 0,
    "354": 0,
    "dot": 1,
    "250": 1,
    "before outcome": 1,
    "after outcome": 0,
}
#: a transaction that dies before its commit is as if it had not begun: fewer runs
LESS = {"before materialise": 0, "before plan": 0, "before claim": 0, "before start": 0}
EVERY = POINTS | LESS
#: where the server has the message and the outcome cannot be on record ("250" may lose the race against the kill)
CERTAIN = ("dot", "before outcome")
SLACK_POINTS = (
    "before Slack post",
    "taken by Slack, no answer",
    "after Slack post",
    "before Slack read",
    "after Slack read",
    "before settle",
    "after settle",
    "before recover",
    "after recover",
)


@pytest.fixture(scope="module")
def kills(nightly: bool) -> int:
    """Runs of each point."""
    return int(os.environ.get("CADENCE_TEST_KILLS", "200" if nightly else "2"))


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """The process that forks the senders."""
    started = ForkServer()
    yield started
    started.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A mail server that remembers and kills."""
    opened = Sink()
    yield opened
    opened.close()


def a_world(sqlite_url: str, tmp_path: Path, sink: Sink, server: ForkServer, *, people: int, channel: str = "email") -> World:
    """Return a company on SQLite; its file is the template of every run."""
    database = Database(sqlite_url)
    found_company(database, people=people, channel=channel)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return World(template=tmp_path / "cadence.db", folder=tmp_path, sink=sink, server=server, people=people)


def test_mail_at_each_named_point(
    sqlite_url: str, tmp_path: Path, sink: Sink, server: ForkServer, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    world = a_world(sqlite_url, tmp_path, sink, server, people=PEOPLE)
    chance = random.Random(1)
    tallies = []
    for point, most in EVERY.items():
        tally = Tally(point=point)
        for _ in range(kills if point in POINTS else max(1, kills // 5)):
            with world.fresh() as job:
                nth = _nth(point, chance)
                where = {"phase": point} if point in PHASES else {"point": point}
                world.crash_and_recover(job, tally, nth=nth, **where)
                count_mail(world, job["database_url"], tally, most_per_kill=most, kills=1)
        tallies.append(tally)
        assert (tally.lost, tally.held, tally.other_identity) == (0, 0, 0), table(tallies)
        if point in CERTAIN:
            assert tally.duplicates == tally.kills, f"every kill here leaves a doubt and makes a copy: {table(tallies)}"
    _show(capsys, "Email, SQLite, 30 recipients, one connection", tallies)


def _nth(point: str, chance: random.Random) -> int:
    """Return which passing of ``point`` is the last: any message, where there is one for each."""
    if point in ("after start", "before outcome", "after outcome") or point in PHASES[1:]:
        return middle(chance, PEOPLE)
    return 1


def test_a_second_kill_during_the_one_repeat_leaves_the_message_to_a_person(
    sqlite_url: str, tmp_path: Path, sink: Sink, server: ForkServer, kills: int
) -> None:
    world = a_world(sqlite_url, tmp_path, sink, server, people=PEOPLE)
    chance = random.Random(6)
    for _ in range(max(1, kills // 4)):
        with world.fresh() as job:
            nth = middle(chance, PEOPLE)
            assert server.run(job, sink=sink, phase="dot", nth=nth) == KILLED
            repeat = PEOPLE - nth + 1
            assert server.run(job | {"after": [0.0, 660.0]}, sink=sink, phase="dot", nth=repeat) == KILLED
            later = DUE + timedelta(minutes=11)
            assert server.run(job | {"at": later.isoformat(), "after": list(LATER)}, sink=sink) == 0
            states, arrived = ledger_states(job["database_url"]), sink.by_recipient()
            doubtful = [address for address, state in states.items() if state != "sent"]
            assert [states[address] for address in doubtful] == ["unknown"]
            assert {len(copies) for address, copies in arrived.items() if address not in doubtful} == {1}
            copies = arrived[doubtful[0]]
            assert len(copies) == 2
            assert len({(c.message_id, c.date, c.content) for c in copies}) == 1


def test_mail_at_random_times_of_a_large_sending(
    sqlite_url: str, tmp_path: Path, sink: Sink, server: ForkServer, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """1,000 recipients over four connections are killed again and again until they are done."""
    world = a_world(sqlite_url, tmp_path, sink, server, people=1000)
    chance = random.Random(2)
    tally = Tally(point="at random")
    while tally.kills < RANDOM_KILLS * kills // 20:
        with world.fresh() as job:
            job["connections"] = 4
            died, seconds = 0, 0.4
            while True:
                had, at = len(sink.copies), DUE + timedelta(seconds=died)
                status = server.run(job | {"at": at.isoformat()}, sink=sink, kill_after=chance.uniform(0.02, seconds))
                if status == 0:
                    break
                assert status == KILLED
                died += 1
                if len(sink.copies) == had:
                    seconds *= 1.1  # a slow machine: give it time to get somewhere
            assert server.run(job | {"at": at.isoformat(), "after": list(LATER)}, sink=sink) == 0
            tally.runs += 1
            tally.kills += died
            count_mail(world, job["database_url"], tally, most_per_kill=4, kills=died)
        assert (tally.lost, tally.held, tally.other_identity) == (0, 0, 0), table([tally])
    _show(capsys, "Email, SQLite, 1,000 recipients, four connections", [tally])


class KillingSlack(SlackStandIn):
    """Takes a message and kills its sender before it answers."""

    victim = 0
    countdown = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._take = self.workspace.methods["chat.postMessage"]
        self.workspace.methods["chat.postMessage"] = self._post_and_kill

    def _post_and_kill(self, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = self._take(arguments)
        if self.countdown:
            self.countdown -= 1
            if self.countdown == 0:
                os.kill(self.victim, 9)
        return answer

    def forget(self) -> None:
        """Delete all messages."""
        self.workspace._rows("DELETE FROM messages RETURNING ts")


@pytest.fixture
def slack() -> Iterator[KillingSlack]:
    """A workspace with everybody in it, at the hour of the sending."""
    users = [StandInUser(id=f"U{n:04}", name=f"Person {n}", email=f"p{n}@example.com") for n in range(SLACK_PEOPLE)]
    with KillingSlack(users, bot_token="xoxb-test", signing_secret="secret", clock=FixedClock(DUE)) as running:
        yield running


def test_slack_shows_no_message_twice(
    sqlite_url: str, tmp_path: Path, sink: Sink, server: ForkServer, slack: KillingSlack, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    world = a_world(sqlite_url, tmp_path, sink, server, people=SLACK_PEOPLE, channel="slack")
    world.slack = slack
    chance = random.Random(3)
    tallies = []
    for point in SLACK_POINTS:
        tally = Tally(point=point)
        for _ in range(max(1, kills // 4)):
            with world.fresh() as job:
                slack.forget()
                nth = middle(chance, SLACK_PEOPLE)
                in_slack = point.startswith("taken")
                slack.countdown = nth if in_slack else 0
                world.crash_and_recover(job, tally, point="" if in_slack else point, nth=nth, slack=slack)
                _count_slack(slack, job["database_url"], tally)
        tallies.append(tally)
        assert (tally.lost, tally.held, tally.duplicates) == (0, 0, 0), table(tallies)
    _show(capsys, f"Slack, SQLite, {SLACK_PEOPLE} recipients", tallies)


def _count_slack(slack: KillingSlack, url: str, tally: Tally) -> None:
    shown: dict[str, list[dict[str, Any]]] = {}
    for message in slack.messages():
        shown.setdefault(message["channel"], []).append(message)
    states = ledger_states(url)
    for n in range(SLACK_PEOPLE):
        copies = shown.get(f"D{n:04}", [])
        tally.lost += not copies and states[f"p{n}@example.com"] != "unknown"
        tally.held += not copies and states[f"p{n}@example.com"] == "unknown"
        tally.duplicates += max(0, len(copies) - 1)
        tally.most_copies = max(tally.most_copies, len(copies))
        tally.other_identity += max(0, len({m["metadata"]["event_payload"]["delivery"] for m in copies}) - 1)


@pytest.mark.parametrize("point", ["before acknowledge", "after acknowledge"])
def test_an_acknowledgement_counts_once_whenever_the_process_dies(
    point: str, sqlite_url: str, tmp_path: Path, sink: Sink, server: ForkServer, kills: int
) -> None:
    """Nothing is said to be recorded that is not, and pressing again after the crash counts once."""
    world = a_world(sqlite_url, tmp_path, sink, server, people=PEOPLE)
    chance = random.Random(4)
    for _ in range(kills):
        with world.fresh() as job:
            assert server.run(job, sink=sink) == 0
            wanted = _to_acknowledge(job["database_url"])
            press = job | {"kind": "acknowledge", "acknowledgements": wanted}
            nth = chance.randint(1, len(wanted))
            assert server.run(press | {"point": point, "nth": nth}, sink=sink) == KILLED
            assert _acknowledged(job["database_url"]) == nth - (point.startswith("before"))
            assert server.run(press, sink=sink) == 0
            assert _acknowledged(job["database_url"]) == len(wanted)


def _to_acknowledge(url: str) -> list[dict[str, int]]:
    deliveries, items, statements = core.deliveries, core.delivery_items, core.statements
    database = Database(url)
    with database.read() as connection:
        rows = connection.execute(
            sa.select(deliveries.c.id, deliveries.c.person_id, items.c.version_id)
            .join(items, items.c.delivery_id == deliveries.c.id)
            .join(statements, statements.c.id == items.c.statement_id)
            .where(statements.c.must_acknowledge)
            .order_by(deliveries.c.id)
        ).all()
    database.close()
    return [{"delivery_id": d, "person_id": p, "version_id": v} for d, p, v in rows]


def _acknowledged(url: str) -> int:
    database = Database(url)
    with database.read() as connection:
        table_ = core.acknowledgements
        rows = connection.execute(sa.select(sa.func.count()).select_from(table_)).scalar_one()
        evidence = core.evidence
        facts = connection.execute(sa.select(sa.func.count()).select_from(evidence).where(evidence.c.level == 4)).scalar_one()
    database.close()
    assert rows == facts
    return int(rows)


def test_mail_on_postgresql(
    postgres_server: str,
    postgresql_template: str,
    tmp_path: Path,
    sink: Sink,
    server: ForkServer,
    kills: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same on PostgreSQL, with fewer runs: its commits are another program's."""
    source = "cadence_kills_company"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {source} TEMPLATE {postgresql_template}")
    base = make_url(postgres_server)
    database = Database(base.set(database=source).render_as_string(hide_password=False))
    found_company(database, people=PEOPLE, channel="email")
    database.close()
    world = World(template=tmp_path / "none", folder=tmp_path, sink=sink, server=server, people=PEOPLE)
    chance = random.Random(5)
    tallies = []
    for point, most in POINTS.items():
        tally = Tally(point=point)
        for _ in range(max(1, kills // 20)):
            sink.clear()
            run = f"{source}_run"
            with psycopg.connect(postgres_server, autocommit=True) as admin:
                admin.execute(f"CREATE DATABASE {run} TEMPLATE {source}")
            job = world.job(base.set(database=run).render_as_string(hide_password=False), tmp_path)
            where = {"phase": point} if point in PHASES else {"point": point}
            world.crash_and_recover(job, tally, nth=_nth(point, chance), **where)
            count_mail(world, job["database_url"], tally, most_per_kill=most, kills=1)
            with psycopg.connect(postgres_server, autocommit=True) as admin:
                admin.execute(f"DROP DATABASE {run} WITH (FORCE)")
        tallies.append(tally)
        assert (tally.lost, tally.held, tally.other_identity) == (0, 0, 0), table(tallies)
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {source} WITH (FORCE)")
    _show(capsys, "Email, PostgreSQL, 30 recipients, one connection", tallies)


def _show(capsys: pytest.CaptureFixture[str], title: str, tallies: list[Tally]) -> None:
    with capsys.disabled():
        print(f"\n{title}\n{table(tallies)}")  # noqa: T201
