"""``idle_tick``, ``plan`` and ``plan_adaptive``: what a tick costs with nothing due, and with 10,000 of 1,000,000 pairs due.

``plan`` takes the longest unseen in turn; ``plan_adaptive`` reads the memory of the same pairs and predicts them first.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import sqlalchemy as sa

from cadence.bench.company import DUE, build
from cadence.bench.measure import BenchRow, interleaved, row, seconds
from cadence.clock import FixedClock
from cadence.domain.planning.cadences import Mode
from cadence.domain.sending.deliveries import Channel
from cadence.engine.heap import freeze_heap
from cadence.operations.planning.plan import plan_due
from cadence.operations.running.tick import tick
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.database.migrations import upgrade

#: when the other pairs of the baseline are due: any time in the next 60 days
_SPREAD = "1 + (person_id * 7919 + statement_id * 104729) % 60000 / 1000.0"
_PEOPLE, _STATEMENTS, _DUE_PEOPLE, _DUE_STATEMENTS = 100_000, 10, 2_000, 5


def measure_planning(*, people: int = _PEOPLE, rounds: int = 5) -> list[BenchRow]:
    """Return the rows ``idle_tick``, ``plan`` and ``plan_adaptive`` (milliseconds) on SQLite."""
    folder = Path(tempfile.mkdtemp(prefix="cadence-bench-"))
    try:
        template = folder / "template.db"
        upgrade(f"sqlite:///{template}")
        database = Database(f"sqlite:///{template}")
        build(
            database,
            due_people=_DUE_PEOPLE,
            other_people=people - _DUE_PEOPLE,
            statements=_STATEMENTS,
            due_statements=_DUE_STATEMENTS,
            items=_DUE_STATEMENTS,
        )
        _baseline_table(database)
        database.close()
        freeze_heap()
        planned, floor = interleaved(
            lambda: _timed(template, folder, _plan) * 1e3, lambda: _timed(template, folder, _insert_and_update) * 1e3, rounds=rounds
        )
        idle, inserted = interleaved(
            lambda: _timed(template, folder, _plan_and_finish, then=_idle) * 1e3,
            lambda: _timed(template, folder, _insert) * 1e3,
            rounds=rounds,
        )
        _make_adaptive(template)
        predicted, floor_again = interleaved(
            lambda: _timed(template, folder, _plan) * 1e3, lambda: _timed(template, folder, _insert_and_update) * 1e3, rounds=rounds
        )
    finally:
        shutil.rmtree(folder)
    return [
        row("idle_tick", "ms", idle, inserted, at_most=0.2),
        row("plan", "ms", planned, floor, at_most=3.0),
        row("plan_adaptive", "ms", predicted, floor_again, at_most=3.0),
    ]


def _baseline_table(database: Database) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE bare_pairs (person_id INTEGER, statement_id INTEGER, next_due_day REAL, PRIMARY KEY (person_id, statement_id))"
        )
        connection.exec_driver_sql(
            "INSERT INTO bare_pairs SELECT person_id, statement_id, "
            f"CASE WHEN planned_day < (SELECT max(planned_day) FROM exposures) THEN 0 ELSE {_SPREAD} END FROM exposures"
        )
        connection.exec_driver_sql("CREATE INDEX ix_bare_due ON bare_pairs (next_due_day, person_id, statement_id)")
        connection.exec_driver_sql(
            "CREATE TABLE bare_items (person_id INTEGER, statement_id INTEGER, PRIMARY KEY (person_id, statement_id))"
        )


def _make_adaptive(template: Path) -> None:
    """Let the memory model choose: every pair was seen, remembered by four in five, and is below target where it is due."""
    database = Database(f"sqlite:///{template}")
    with database.transaction() as connection:
        [definition] = connection.execute(sa.select(core.cadences.c.definition)).scalars()
        changed = {**definition, "mode": Mode.ADAPTIVE.value}
        connection.execute(sa.update(core.cadences).values(definition=changed))
        connection.exec_driver_sql("UPDATE exposures SET encoded = 0.8, seen_day = planned_day, folded_day = planned_day")
    with database.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _timed(template: Path, folder: Path, work: object, then: object = None) -> float:
    copy = folder / "run.db"
    for left in folder.glob("run.db*"):
        left.unlink()
    shutil.copyfile(template, copy)
    database = Database(f"sqlite:///{copy}")
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM bare_pairs WHERE next_due_day = 0").scalar()
        if then is None:
            return seconds(lambda: work(database))  # type: ignore[operator]
        work(database)  # type: ignore[operator]
        then(database)  # type: ignore[operator]
        return min(seconds(lambda: then(database)) for _ in range(5))  # type: ignore[operator]
    finally:
        database.close()


def _plan(database: Database) -> None:
    report = plan_due(database, now=DUE, secret=b"benchmark", channels=[Channel.EMAIL])
    assert report.items == _DUE_PEOPLE * _DUE_STATEMENTS, report.items


def _plan_and_finish(database: Database) -> None:
    _plan(database)
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'sent'")
        connection.exec_driver_sql("UPDATE occurrences SET state = 'closed'")


def _idle(database: Database) -> None:
    report = tick(database, [], clock=FixedClock(DUE), secret=b"benchmark", owner="bench")
    assert report.planned.occurrences == 0


def _insert(database: Database) -> None:
    with database.transaction() as connection:
        done = connection.exec_driver_sql("INSERT INTO bare_items SELECT person_id, statement_id FROM bare_pairs WHERE next_due_day = 0")
        assert done.rowcount == _DUE_PEOPLE * _DUE_STATEMENTS, done.rowcount


def _insert_and_update(database: Database) -> None:
    _insert(database)
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE bare_pairs SET next_due_day = 1e6 WHERE next_due_day = 0")
