"""Claims, intents and what the dead leave behind, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.errors import AlreadyRunning
from cadence.store.database import core
from cadence.store.database.engine import Database, FileLock
from cadence.store.database.sql import allocate_ids
from cadence.store.planning import occurrences
from cadence.store.sending import ledger, left_behind
from cadence.store.sending.ledger import LEASE
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.fixtures.sending import attempt_rows, delivery_row, states

MINUTE = timedelta(minutes=1)
DEAD = f"{ledger.place()}/999999999/1"
ELSEWHERE = "another-boot/4026531836/17/99"


def planned(database: Database, count: int, **overrides: Any) -> list[int]:
    occurrence, statement = an_occurrence(database, a_cadence(database), state="planned"), a_statement(database)
    return [
        a_delivery(database, a_person(database), [statement], state="planned", occurrence_id=occurrence, **overrides) for _ in range(count)
    ]


def claim(database: Database, *, owner: str, now: Any = NOW, limit: int = 100) -> list[ledger.Claimed]:
    with database.transaction() as connection:
        return ledger.claim(connection, channel="email", owner=owner, now=now, limit=limit)


def intend(database: Database, claimed: list[ledger.Claimed], *, owner: str, now: Any = NOW) -> list[ledger.Intent]:
    with database.transaction() as connection:
        return ledger.record_intents(connection, claimed, owner=owner, now=now, dated=now)


def start(database: Database, intent: ledger.Intent, *, at: Any = NOW) -> None:
    attempts = core.attempts
    with database.transaction() as connection:
        connection.execute(sa.update(attempts).where(attempts.c.id == intent.attempt_id).values(started_at=at))


def dead(database: Database, *, now: Any = NOW, owner: str = "me", alone: bool | None = None) -> list[left_behind.Open]:
    alone = database.is_sqlite if alone is None else alone
    with database.read() as connection:
        gone = [one for one in left_behind.lease_owners(connection) if one != owner and ledger.owner_is_gone(one, alone=alone)]
        return left_behind.open_attempts(connection, dead=gone, now=now, after=0, limit=1000)


def test_a_claim_takes_no_more_than_asked_whatever_plan_the_database_chooses(postgresql_url: str) -> None:
    """PostgreSQL may run a subquery with LIMIT once a row, and SKIP LOCKED then finds other rows each time."""
    database = Database(postgresql_url)
    try:
        planned(database, 7)
        with database.transaction() as connection:
            for way in ("hashjoin", "mergejoin", "hashagg", "sort", "bitmapscan", "material"):
                connection.execute(sa.text(f"SET LOCAL enable_{way} = off"))
            claimed = ledger.claim(connection, channel="email", owner="one", now=NOW, limit=4)
        assert len(claimed) == 4
    finally:
        database.close()


def test_what_one_worker_claimed_another_does_not_get(database: Database) -> None:
    ids = planned(database, 7)
    first = claim(database, owner="one", limit=4)
    second = claim(database, owner="two", limit=10)
    assert [c.delivery_id for c in first] == ids[:4]
    assert [c.delivery_id for c in second] == ids[4:]
    assert claim(database, owner="three") == []


def test_workers_that_claim_at_once_never_overlap(database: Database) -> None:
    planned(database, 60)
    got: list[list[int]] = [[] for _ in range(4)]
    gate = threading.Barrier(4)

    def work(n: int) -> None:
        gate.wait()
        while mine := claim(database, owner=f"worker-{n}", limit=3):
            got[n] += [c.delivery_id for c in mine]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    every = [one for mine in got for one in mine]
    # a worker may stop early while others hold rows locked; nothing is claimed twice and a last look finds the rest
    every += [c.delivery_id for c in claim(database, owner="last")]
    assert len(every) == len(set(every)) == 60


def test_a_lease_that_is_over_is_free_again(database: Database) -> None:
    [one] = planned(database, 1)
    claim(database, owner="one")
    assert claim(database, owner="two", now=NOW + LEASE) == []
    assert [c.delivery_id for c in claim(database, owner="two", now=NOW + LEASE + MINUTE)] == [one]


def test_what_is_due_later_or_on_another_channel_is_not_claimed(database: Database) -> None:
    planned(database, 1, at=NOW + MINUTE)
    planned(database, 1, channel="slack")
    assert claim(database, owner="one") == []


def test_the_longest_waiting_is_claimed_first(database: Database) -> None:
    [late] = planned(database, 1)
    [early] = planned(database, 1, at=NOW - MINUTE)
    assert [c.delivery_id for c in claim(database, owner="one")] == [early, late]


def test_an_intent_needs_the_lease(database: Database) -> None:
    planned(database, 2)
    mine = claim(database, owner="one")
    claim(database, owner="two", now=NOW + LEASE + MINUTE, limit=1)
    kept = intend(database, mine, owner="one")
    assert [i.delivery_id for i in kept] == [mine[1].delivery_id]
    assert attempt_rows(database, mine[0].delivery_id) == []


def test_an_intent_is_recorded_once(database: Database) -> None:
    [one] = planned(database, 1)
    mine = claim(database, owner="one")
    assert len(intend(database, mine, owner="one")) == 1
    assert intend(database, mine, owner="one") == []
    assert len(attempt_rows(database, one)) == 1


def test_the_date_is_fixed_by_the_first_intent(database: Database) -> None:
    [one] = planned(database, 1)
    [intent] = intend(database, claim(database, owner=DEAD), owner=DEAD)
    with database.transaction() as connection:
        left_behind.forget_attempts(connection, [intent.attempt_id], now=NOW)
    later = NOW + 30 * MINUTE
    [again] = intend(database, claim(database, owner="two", now=later), owner="two", now=later)
    row = delivery_row(database, one)
    assert (row.dated, row.attempt_count, again.number, row.lease_until) == (NOW, 2, 2, later + LEASE)


def test_an_intent_that_was_never_started_is_void_and_free(database: Database) -> None:
    [one] = planned(database, 1)
    [intent] = intend(database, claim(database, owner=DEAD), owner=DEAD)
    with database.transaction() as connection:
        left_behind.forget_attempts(connection, [intent.attempt_id], now=NOW)
        left_behind.forget_attempts(connection, [intent.attempt_id], now=NOW)
    assert delivery_row(database, one).state == "planned"
    assert [a.outcome for a in attempt_rows(database, one)] == ["void"]
    assert claim(database, owner="two")


def test_a_start_that_came_first_is_not_forgotten(database: Database) -> None:
    [one] = planned(database, 1)
    [intent] = intend(database, claim(database, owner=DEAD), owner=DEAD)
    start(database, intent)
    with database.transaction() as connection:
        left_behind.forget_attempts(connection, [intent.attempt_id], now=NOW)
    assert delivery_row(database, one).state == "sending"
    assert [a.outcome for a in attempt_rows(database, one)] == [None]


def test_a_process_that_is_gone_is_known_by_its_number_and_start() -> None:
    mine = ledger.lease_owner()
    where, _, started = mine.rpartition("/")
    assert not ledger.owner_is_gone(mine, alone=True)
    assert ledger.owner_is_gone(f"{where}/{int(started) + 1}", alone=False), "the number was given to another process"
    assert ledger.owner_is_gone(DEAD, alone=False)


def test_another_machine_or_container_is_only_gone_when_nobody_else_may_run() -> None:
    other_container = f"{ledger.boot_id()}/1/1/77"
    for owner in (ELSEWHERE, other_container):
        assert ledger.owner_is_gone(owner, alone=True)
        assert not ledger.owner_is_gone(owner, alone=False)


def test_a_living_worker_in_another_container_keeps_its_deliveries_until_its_lease_ends(database: Database) -> None:
    [one] = planned(database, 1)
    intend(database, claim(database, owner=ELSEWHERE), owner=ELSEWHERE)
    assert dead(database, alone=False) == []
    assert [a.delivery_id for a in dead(database, alone=False, now=NOW + LEASE + MINUTE)] == [one]


def test_our_own_attempts_are_found_again_when_their_lease_is_over(database: Database) -> None:
    """A worker that could not store an outcome lives on: nobody else would ever settle that delivery."""
    me = ledger.lease_owner()
    [one] = planned(database, 1)
    intend(database, claim(database, owner=me), owner=me)
    assert dead(database, owner=me) == []
    assert [a.delivery_id for a in dead(database, owner=me, now=NOW + LEASE + MINUTE)] == [one]


def test_the_claims_of_a_dead_worker_are_free_at_once(database: Database) -> None:
    planned(database, 3)
    claim(database, owner=DEAD)
    with database.transaction() as connection:
        assert left_behind.lease_owners(connection) == [DEAD]
        assert left_behind.free_claims(connection, [DEAD], limit=2) == 2
        assert left_behind.free_claims(connection, [DEAD], limit=2) == 1
    assert len(claim(database, owner="two")) == 3


def test_a_message_found_absent_is_planned_again_once(database: Database) -> None:
    [one] = planned(database, 1, channel="slack")
    with database.transaction() as connection:
        mine = ledger.claim(connection, channel="slack", owner=DEAD, now=NOW, limit=1)
    [intent] = intend(database, mine, owner=DEAD)
    start(database, intent)
    [attempt] = dead(database, now=NOW)
    with database.transaction() as connection:
        left_behind.doubt_attempts(connection, [attempt.attempt_id], now=NOW, settle_at=NOW)
        ledger.found_absent(connection, one, intent.attempt_id, now=NOW)
    assert delivery_row(database, one).state == "planned"
    with database.transaction() as connection:
        [second] = ledger.record_intents(
            connection, ledger.claim(connection, channel="slack", owner="two", now=NOW, limit=1), owner="two", now=NOW, dated=NOW
        )
    start(database, second)
    [open_again] = dead(database, now=NOW + LEASE + MINUTE)
    with database.transaction() as connection:
        left_behind.doubt_attempts(connection, [open_again.attempt_id], now=NOW, settle_at=NOW)
        ledger.found_absent(connection, one, intent.attempt_id, now=NOW)
    assert delivery_row(database, one).state == "unknown", "a late word on the first attempt says nothing about the second"


def test_expiry_leaves_living_leases_alone(database: Database) -> None:
    held, free = planned(database, 2, expires_at=NOW + MINUTE)
    claim(database, owner="one", limit=1)
    with database.transaction() as connection:
        gone = ledger.expire_late(connection, now=NOW + MINUTE)
    assert [delivery for delivery, _ in gone] == [free]
    assert delivery_row(database, held).state == "planned"


def test_ids_are_never_given_twice(database: Database) -> None:
    planned(database, 3)
    with database.transaction() as connection:
        ids = allocate_ids(connection, core.deliveries, 50)
    assert len(set(ids)) == 50
    with database.read() as connection:
        used = set(connection.execute(sa.select(core.deliveries.c.id)).scalars())
    assert not used & set(ids)


def test_the_key_of_an_occurrence_is_unique(database: Database) -> None:
    cadence = a_cadence(database)
    an_occurrence(database, cadence, key="weekly|Europe/Berlin|09:30|2026-11-24")
    with pytest.raises(sa.exc.IntegrityError):
        an_occurrence(database, cadence, key="weekly|Europe/Berlin|09:30|2026-11-24")


def test_a_delivery_of_an_occurrence_to_a_person_is_unique(database: Database) -> None:
    [one] = planned(database, 1)
    row = delivery_row(database, one)
    with pytest.raises(sa.exc.IntegrityError):
        a_delivery(database, row.person_id, occurrence_id=row.occurrence_id)


def test_an_occurrence_closes_only_when_each_delivery_is_accounted_for(database: Database) -> None:
    occurrence = an_occurrence(database, a_cadence(database), state="planned")
    accounted = [
        a_delivery(database, a_person(database), state=s, occurrence_id=occurrence)
        for s in ("sent", "failed", "skipped", "expired", "cancelled", "unknown")
    ]
    assert states(database)
    for state, settle_at in (("planned", None), ("sending", None), ("unknown", NOW)):
        waiting = a_delivery(database, a_person(database), state=state, settle_at=settle_at, occurrence_id=occurrence)
        with database.transaction() as connection:
            assert occurrences.close_finished(connection, now=NOW) == 0, state
            table = core.deliveries
            connection.execute(sa.update(table).where(table.c.id == waiting).values(state="sent", settle_at=None))
    with database.transaction() as connection:
        assert occurrences.close_finished(connection, now=NOW) == 1
    assert accounted


def test_a_second_process_on_the_same_file_is_refused_by_name(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    try:
        first, second = FileLock(database), FileLock(database)
        first.acquire()
        with pytest.raises(AlreadyRunning, match="process"):
            second.acquire()
        first.release()
        second.acquire()
        second.release()
    finally:
        database.close()
