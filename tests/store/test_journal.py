"""Starts and outcomes of single messages, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.errors import StoreError
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.returned_mail import returns
from cadence.store.sending import ledger, left_behind
from cadence.store.sending.journal import Journal, Outcome
from tests.fixtures.builders import NOW, StatementRows, a_cadence, a_delivery, a_person, a_question, a_statement, an_occurrence
from tests.fixtures.sending import attempt_rows, delivery_row

OWNER = "somebody"


@pytest.fixture
def journal(database: Database) -> Iterator[Journal]:
    """A pen."""
    opened = Journal(database)
    yield opened
    opened.close()


def intended(database: Database, count: int = 1, statement: StatementRows | None = None) -> list[ledger.Intent]:
    statement = statement or a_statement(database)
    occurrence = an_occurrence(database, a_cadence(database), state="planned")
    exposures = core.exposures
    for _ in range(count):
        person = a_person(database)
        a_delivery(database, person, [statement], state="planned", occurrence_id=occurrence)
        with database.transaction() as connection:
            connection.execute(
                sa.insert(exposures).values(
                    person_id=person,
                    statement_id=statement.id,
                    times_sent=0,
                    last_wording_id=statement.wording_ids[0],
                    planned_day=20_000.0,
                )
            )
    with database.transaction() as connection:
        claimed = ledger.claim(connection, channel="email", owner=OWNER, now=NOW, limit=count)
        return ledger.record_intents(connection, claimed, owner=OWNER, now=NOW, dated=NOW)


def outcome(database: Database, intent: ledger.Intent, state: str, **facts: Any) -> Outcome:
    row = delivery_row(database, intent.delivery_id)
    values = {
        "attempt_id": intent.attempt_id,
        "delivery_id": intent.delivery_id,
        "person_id": row.person_id,
        "channel": "email",
        "state": state,
        "outcome": state,
        "at": NOW,
    }
    return Outcome(**(values | facts))


def exposure(database: Database, person_id: int) -> Any:
    table = core.exposures
    with database.read() as connection:
        return connection.execute(sa.select(table).where(table.c.person_id == person_id)).one()


def evidence(database: Database) -> list[tuple[str, int]]:
    table = core.evidence
    with database.read() as connection:
        return [(r.source_id, r.level) for r in connection.execute(sa.select(table).order_by(table.c.id))]


def test_sent_is_counted_once_however_often_it_is_recorded(database: Database, journal: Journal) -> None:
    [intent] = intended(database)
    sent = outcome(database, intent, "sent", provider_id="x", reply="250 ok")
    for _ in range(3):
        journal.commit([sent], [], at=NOW)
    pair = exposure(database, sent.person_id)
    assert (pair.times_sent, pair.sent_day, pair.planned_day) == (1, NOW.timestamp() / 86_400, NOW.timestamp() / 86_400)
    assert evidence(database) == [(f"sent:{intent.delivery_id}", 1)]
    assert [a.outcome for a in attempt_rows(database, intent.delivery_id)] == ["sent"]


def test_an_outcome_shares_its_commit_with_the_next_start(database: Database, journal: Journal) -> None:
    first, second = intended(database, 2)
    assert journal.commit([], [first.attempt_id], at=NOW) == [True]
    assert journal.commit([outcome(database, first, "sent")], [second.attempt_id], at=NOW + timedelta(seconds=1))
    assert delivery_row(database, first.delivery_id).state == "sent"
    assert attempt_rows(database, second.delivery_id)[0].started_at == NOW + timedelta(seconds=1)


def test_nothing_to_say_is_nothing_written(journal: Journal) -> None:
    assert not journal.commit([], [], at=NOW)


def test_a_start_of_a_voided_attempt_does_not_hold(database: Database, journal: Journal) -> None:
    [intent] = intended(database)
    with database.transaction() as connection:
        left_behind.forget_attempts(connection, [intent.attempt_id], now=NOW)
    assert journal.commit([], [intent.attempt_id], at=NOW) == [False]
    assert attempt_rows(database, intent.delivery_id)[0].started_at is None


def test_a_late_word_does_not_undo_what_recovery_decided(database: Database, journal: Journal) -> None:
    [intent] = intended(database)
    journal.commit([], [intent.attempt_id], at=NOW)
    late = outcome(database, intent, "planned", outcome="retry", send_after=NOW)
    with database.transaction() as connection:
        left_behind.doubt_attempts(connection, [intent.attempt_id], now=NOW, settle_at=NOW + timedelta(minutes=10))
    journal.commit([late], [], at=NOW)
    assert delivery_row(database, intent.delivery_id).state == "unknown"


def test_a_failure_frees_the_statement(database: Database, journal: Journal) -> None:
    [intent] = intended(database)
    failed = outcome(database, intent, "failed", reason="message_rejected")
    journal.commit([failed], [], at=NOW)
    pair = exposure(database, failed.person_id)
    assert (pair.times_sent, pair.planned_day, pair.last_wording_id) == (0, None, None)
    assert evidence(database) == [(f"failed:{intent.delivery_id}", 0)]


def test_a_retry_waits_and_is_not_counted_as_sent(database: Database, journal: Journal) -> None:
    [intent] = intended(database)
    later = NOW + timedelta(minutes=5)
    retry = outcome(database, intent, "planned", outcome="retry", send_after=later, reason="temporarily_unavailable")
    journal.commit([retry], [], at=NOW)
    row = delivery_row(database, intent.delivery_id)
    assert (row.state, row.send_after, row.lease_owner, row.reason) == ("planned", later, None, "temporarily_unavailable")
    assert evidence(database) == []


def test_a_commit_that_fails_changes_nothing_and_the_pen_still_writes(
    database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = intended(database, 2)
    sent = outcome(database, first, "sent")
    with monkeypatch.context() as broken:
        broken.setattr(Journal, "_record", _full)
        with pytest.raises(StoreError):
            journal.commit([sent], [second.attempt_id], at=NOW)
    assert delivery_row(database, first.delivery_id).state == "sending"
    assert attempt_rows(database, second.delivery_id)[0].started_at is None
    assert journal.commit([sent], [second.attempt_id], at=NOW)
    assert delivery_row(database, first.delivery_id).state == "sent"


def _full(*args: Any, **named: Any) -> None:
    raise StoreError("the disk is full")


def test_of_a_group_only_what_recovery_took_is_left_out(database: Database, journal: Journal) -> None:
    first, taken, third = intended(database, 3)
    with database.transaction() as connection:
        left_behind.forget_attempts(connection, [taken.attempt_id], now=NOW)
    attempts = [i.attempt_id for i in (first, taken, third)]
    assert journal.commit([], attempts, at=NOW) == [True, False, True]
    journal.commit([outcome(database, i, "sent") for i in (first, taken, third)], [], at=NOW)
    states = [delivery_row(database, i.delivery_id).state for i in (first, taken, third)]
    assert states == ["sent", "planned", "sent"]
    assert evidence(database) == [(f"sent:{first.delivery_id}", 1), (f"sent:{third.delivery_id}", 1)]


def test_a_group_of_all_outcomes_is_written_together(database: Database, journal: Journal) -> None:
    intents = intended(database, 4)
    attempts = [i.attempt_id for i in intents]
    journal.commit([], attempts, at=NOW)
    ends = ["sent", "failed", "unknown", "sent"]
    journal.commit([outcome(database, i, end) for i, end in zip(intents, ends, strict=True)], [], at=NOW)
    assert [delivery_row(database, i.delivery_id).state for i in intents] == ends
    assert [exposure(database, delivery_row(database, i.delivery_id).person_id).times_sent for i in intents] == [1, 0, 0, 1]


def test_threads_that_share_a_pen_lose_nothing(database: Database, journal: Journal) -> None:
    intents = intended(database, 120)
    told = {i.attempt_id: outcome(database, i, "sent") for i in intents}
    threads = [threading.Thread(target=_write_all, args=(journal, [told[i.attempt_id] for i in intents[n::6]])) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.read() as connection:
        table = core.attempts
        rows = connection.execute(sa.select(table.c.outcome, table.c.started_at)).all()
    assert len(rows) == 120
    assert all(r.outcome == "sent" and r.started_at is not None for r in rows)
    assert len(evidence(database)) == 120


def _write_all(journal: Journal, outcomes: list[Outcome]) -> None:
    finished: list[Outcome] = []
    for one in outcomes:
        assert journal.commit(finished, [one.attempt_id], at=NOW) == [True]
        finished = [one]
    journal.commit(finished, [], at=NOW)


def test_a_refusal_that_quotes_a_link_of_ours_is_stored_without_it(database: Database, journal: Journal) -> None:
    """As a spam filter's does; what was taken is stored as it was said."""
    token = "E1gAAAAAAAEAAAAABwAAAAMAaxZ1kIKg_U24qh35wd-PCTpIC-c"
    said = f"554 5.7.1 https://cadence.example.com/c/{token} is listed"
    refused, taken = intended(database, 2)
    journal.commit([], [refused.attempt_id, taken.attempt_id], at=NOW)
    journal.commit([outcome(database, refused, "failed", reply=said), outcome(database, taken, "sent", reply="250 OK")], [], at=NOW)
    replies = [attempt_rows(database, one.delivery_id)[0].reply for one in (refused, taken)]
    assert replies == ["554 5.7.1 [link] is listed", "250 OK"]


def asking(database: Database) -> tuple[ledger.Intent, StatementRows]:
    """A message under way that asks about another statement, of which two questions were in vain."""
    [intent] = intended(database)
    statement = a_statement(database, asked=True)
    a_question(database, intent.delivery_id, statement)
    person = delivery_row(database, intent.delivery_id).person_id
    with database.transaction() as connection:
        pair = {"person_id": person, "statement_id": statement.id, "times_sent": 0}
        connection.execute(sa.insert(core.exposures).values(**pair, asked_day=20_000.0, asked_in_vain=2))
        connection.execute(sa.insert(core.answering).values(person_id=person, asked_day=20_000.0))
    return intent, statement


def questions(database: Database, statement: StatementRows) -> tuple[float | None, int, float | None]:
    """Return when the pair was asked, how often in vain, and when its person was asked."""
    with database.read() as connection:
        pair = connection.execute(sa.select(core.exposures).where(core.exposures.c.statement_id == statement.id)).one()
        return pair.asked_day, pair.asked_in_vain, connection.execute(sa.select(core.answering.c.asked_day)).scalar_one()


def test_a_question_counts_as_asked_in_vain_once_it_is_sent_and_not_when_it_comes_back(database: Database, journal: Journal) -> None:
    intent, statement = asking(database)
    assert questions(database, statement) == (20_000.0, 2, 20_000.0)
    journal.commit([outcome(database, intent, "sent")], [], at=NOW)
    assert questions(database, statement) == (20_000.0, 3, 20_000.0)
    with database.transaction() as connection:
        person = delivery_row(database, intent.delivery_id).person_id
        sent = returns.Sent(delivery_id=intent.delivery_id, public_id="p", person_id=person, state="sent", address="", active=True)
        assert returns.add_bounce(connection, sent, now=NOW, detail={})
        returns.uncount(connection, person, intent.delivery_id)
    assert questions(database, statement) == (None, 2, None)


def test_a_message_that_failed_has_asked_nothing(database: Database, journal: Journal) -> None:
    intent, statement = asking(database)
    journal.commit([outcome(database, intent, "failed")], [], at=NOW)
    assert questions(database, statement) == (None, 2, None)
