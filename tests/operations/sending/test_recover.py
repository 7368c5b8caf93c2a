"""What the next process makes of what a dead one left, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.operations.sending import recover as recovering
from cadence.operations.sending.recover import recover
from cadence.operations.sending.send import send_ready
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.sending import ledger
from cadence.store.sending import left_behind as rows
from cadence.store.sending.ledger import LEASE
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.fixtures.sending import ScriptedTransport, an_outbox, attempt_rows, delivery_row, states

DEAD = f"{ledger.place()}/999999999/1"
EARLIER_BOOT = "an-earlier-boot/4026531836/17/99"
ME = ledger.lease_owner()
MINUTE = timedelta(minutes=1)


def left_behind(
    database: Database, *, owner: str, claimed: int = 0, intended: int = 0, started: int = 0, channel: str = "email"
) -> list[int]:
    """Return deliveries in the states in which a worker dies: claimed, then intended, then started."""
    occurrence, statement = an_occurrence(database, a_cadence(database), state="planned"), a_statement(database)
    ids = [
        a_delivery(database, a_person(database, slack=f"U{n}"), [statement], state="planned", occurrence_id=occurrence, channel=channel)
        for n in range(claimed + intended + started)
    ]
    attempts = core.attempts
    with database.transaction() as connection:
        mine = ledger.claim(connection, channel=channel, owner=owner, now=NOW, limit=100)
        intents = ledger.record_intents(connection, mine[claimed:], owner=owner, now=NOW, dated=NOW)
        begun = [i.attempt_id for i in intents[intended:]]
        connection.execute(sa.update(attempts).where(attempts.c.id.in_(begun)).values(started_at=NOW))
    return ids


def test_only_what_was_started_is_in_doubt(database: Database) -> None:
    ids = left_behind(database, owner=DEAD, claimed=2, intended=3, started=1)
    report = recover(database, now=NOW, owner=ME)
    assert (report.freed, report.doubted) == (5, 1)
    assert [delivery_row(database, one).state for one in ids] == ["planned"] * 5 + ["unknown"]
    assert delivery_row(database, ids[-1]).settle_at == NOW + timedelta(minutes=10)


def test_slack_is_looked_at_after_half_a_minute(database: Database) -> None:
    [one] = left_behind(database, owner=DEAD, started=1, channel="slack")
    recover(database, now=NOW, owner=ME)
    assert delivery_row(database, one).settle_at == NOW + timedelta(seconds=30)


def test_recovering_twice_changes_nothing(database: Database) -> None:
    left_behind(database, owner=DEAD, claimed=1, intended=1, started=1)
    recover(database, now=NOW, owner=ME)
    again = recover(database, now=NOW + 5 * MINUTE, owner=ME)
    assert (again.freed, again.doubted) == (0, 0)
    assert states(database) == {"planned": 2, "unknown": 1}


def test_a_living_worker_is_left_alone(database: Database) -> None:
    left_behind(database, owner=ME, claimed=1, intended=1, started=1)
    report = recover(database, now=NOW, owner="another/1/1/1")
    assert (report.freed, report.doubted) == (0, 0)
    assert states(database) == {"planned": 1, "sending": 2}


def test_after_a_power_cut_what_may_have_gone_out_is_in_doubt(database: Database) -> None:
    """On SQLite light commits may be lost with the machine, so a missing start proves nothing; PostgreSQL keeps each start."""
    left_behind(database, owner=EARLIER_BOOT, intended=3, started=1)
    now = NOW if database.is_sqlite else NOW + LEASE + MINUTE
    report = recover(database, now=now, owner=ME)
    assert (report.freed, report.doubted) == ((0, 4) if database.is_sqlite else (3, 1))


def test_on_postgresql_another_machine_has_until_the_end_of_its_lease(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    try:
        left_behind(database, owner=EARLIER_BOOT, claimed=1, intended=1, started=1)
        assert recover(database, now=NOW + LEASE, owner=ME).doubted == 0
        assert recover(database, now=NOW + LEASE + MINUTE, owner=ME).doubted == 1
    finally:
        database.close()


def test_a_resend_that_never_started_is_still_in_doubt(database: Database) -> None:
    """The worker died between the intent and the start of the one resend: the first copy may have gone out all the same."""
    [one] = left_behind(database, owner=DEAD, started=1)
    recover(database, now=NOW, owner=ME)
    later = NOW + 10 * MINUTE
    with database.transaction() as connection:
        claimed = ledger.claim_unknown(connection, [one], owner=DEAD, now=later)
        ledger.record_intents(connection, claimed, owner=DEAD, now=later, dated=later)
    recover(database, now=later, owner=ME)
    row = delivery_row(database, one)
    assert (row.state, row.settle_at, row.dated) == ("unknown", later, NOW)
    assert [a.outcome for a in attempt_rows(database, one)] == ["unknown", "void"]


def test_what_was_freed_goes_out_once(database: Database) -> None:
    left_behind(database, owner=DEAD, claimed=2, intended=2, started=1)
    recover(database, now=NOW, owner=ME)
    transport = ScriptedTransport()
    assert send_ready(an_outbox(database, FixedClock(NOW), transport)).sent == 4
    assert len(set(transport.addresses())) == 4


def test_two_recoveries_at_once_settle_each_attempt_once(database: Database) -> None:
    """The second one works from a list that is out of date."""
    [one] = left_behind(database, owner=DEAD, started=1)
    with database.read() as connection:
        stale = rows.open_attempts(connection, dead=[DEAD], now=NOW, after=0, limit=10)
    recover(database, now=NOW, owner=ME)
    clock = FixedClock(NOW + 10 * MINUTE)
    with database.transaction() as connection:
        claimed = ledger.claim_unknown(connection, [one], owner=ME, now=clock.now())
        ledger.record_intents(connection, claimed, owner=ME, now=clock.now(), dated=clock.now())
        rows.doubt_attempts(connection, [attempt.attempt_id for attempt in stale], now=clock.now(), settle_at=clock.now())
    assert delivery_row(database, one).state == "sending", "the new attempt is not the one that was in doubt"


def test_a_thousand_messages_cost_as_many_statements_as_ten(database: Database) -> None:
    said: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    counts = []
    for many in (2, 20):
        left_behind(database, owner=DEAD, claimed=many, intended=many, started=many)
        said.clear()
        assert recover(database, now=NOW, owner=ME).doubted >= many
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_what_was_recovered_stays_when_the_recovering_process_dies_too(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    left_behind(database, owner=DEAD, claimed=5, started=5)
    monkeypatch.setattr(recovering, "PART", 2)
    parts: list[object] = []
    doubt = rows.doubt_attempts

    def dying(connection: sa.Connection, attempt_ids: list[int], **how: datetime) -> int:
        parts.append(attempt_ids)
        if len(parts) == 3:
            raise KeyboardInterrupt
        return doubt(connection, attempt_ids, **how)

    monkeypatch.setattr(rows, "doubt_attempts", dying)
    with pytest.raises(KeyboardInterrupt):
        recover(database, now=NOW, owner=ME)
    assert states(database) == {"planned": 5, "sending": 1, "unknown": 4}
    assert recover(database, now=NOW, owner=ME).doubted == 1


def test_one_process_recovers_at_a_time(postgresql_url: str) -> None:
    one, other = Database(postgresql_url), Database(postgresql_url)
    try:
        left_behind(one, owner=DEAD, started=3)
        with other.sole("recover"):
            assert recover(one, now=NOW, owner=ME).doubted == 0
        assert recover(one, now=NOW, owner=ME).doubted == 3
    finally:
        one.close()
        other.close()
