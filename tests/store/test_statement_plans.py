"""No statement of a tick reads a table of the ledger from end to end, however much waits and however much was sent."""

from __future__ import annotations

import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.operations.measuring.question_health import judge_questions
from cadence.operations.measuring.release import release
from cadence.operations.responding.refresh_company import refresh_company
from cadence.operations.running.tick import count_closed, tick
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.sending import ledger
from tests.fixtures.amount import NIGHTLY
from tests.fixtures.builders import NOW
from tests.fixtures.multitude import multitude
from tests.fixtures.sending import ScriptedTransport, an_outbox, states
from tests.fixtures.statements_said import statements_said, whole_reads

ROWS = 1_000_000 if NIGHTLY else 5_000
LARGE = {"people", "addresses", "deliveries", "delivery_items", "attempts", "evidence", "exposures"}
DEAD = f"{ledger.place()}/999999999/1"


def left_behind(database: Database) -> None:
    """Leave what a worker leaves that dies amid a batch."""
    attempts = core.attempts
    with database.transaction() as connection:
        mine = ledger.claim(connection, channel="email", owner=DEAD, now=NOW, limit=500)
        intents = ledger.record_intents(connection, mine[200:], owner=DEAD, now=NOW, dated=NOW)
        begun = [intent.attempt_id for intent in intents[200:]]
        connection.execute(sa.update(attempts).where(attempts.c.id.in_(begun)).values(started_at=NOW))


def test_a_tick_amid_many_rows_reads_only_what_it_works_on(database: Database) -> None:
    multitude(database, ROWS)
    left_behind(database)
    for daily in (refresh_company, release, judge_questions):  # once a day all may be read
        daily(database, now=NOW)
    count_closed(database)  # and the deliveries of an occurrence once, when it is closed
    transport = ScriptedTransport(max_connections=4)
    outbox = an_outbox(database, FixedClock(NOW), transport)
    with statements_said(database) as said:
        report = tick(database, [outbox], clock=FixedClock(NOW), secret=b"s" * 32, owner="me", stop=lambda: len(transport.tried) > 40)
    assert report.recovered.doubted == 100
    assert report.recovered.freed == 400
    assert states(database)["sent"] > ROWS
    assert len(said) > 20
    assert whole_reads(database, said, LARGE, most=ROWS // 2, few=not NIGHTLY) == []
