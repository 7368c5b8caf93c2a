"""Evidence that leaves is folded: what comes later adds to it as if it had stayed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.running.close_silent import close_silent
from cadence.operations.running.fold_evidence import fold_evidence
from cadence.operations.running.rebuild import rebuild
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.returned_mail import returns
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement

DAY = timedelta(days=1)


def sendings(database: Database) -> list[Any]:
    table = core.exposures
    with database.read() as connection:
        return list(connection.execute(sa.select(table.c.times_sent, table.c.sent_day, table.c.version_id)))


def test_a_mail_that_comes_back_later_leaves_what_was_sent_before(database: Database) -> None:
    person, statement = a_person(database), a_statement(database)
    for days in (300, 290):
        a_delivery(database, person, [statement], at=NOW - days * DAY)
    close_silent(database, now=NOW - 200 * DAY)
    assert fold_evidence(database, before=NOW - 250 * DAY) == 4
    before = sendings(database)
    newest = a_delivery(database, person, [statement], at=NOW - DAY)
    with database.transaction() as connection:
        public_id = connection.execute(sa.select(core.deliveries.c.public_id).where(core.deliveries.c.id == newest)).scalar_one()
        (sent,) = returns.mails_sent(connection, [public_id]).values()
        assert returns.add_bounce(connection, sent, now=NOW, detail={"status": "5.1.1"})
        returns.uncount(connection, person, newest)
    assert [(row.times_sent, row.version_id) for row in sendings(database)] == [(2, statement.version_id)]
    assert sendings(database)[0].sent_day == before[0].sent_day
    assert rebuild(database).first == []


def test_an_acknowledgement_stays_when_its_fact_has_left_and_is_not_asked_for_again(database: Database) -> None:
    person, statement = a_person(database), a_statement(database, must_acknowledge=True)
    delivery = a_delivery(database, person, [statement], at=NOW - 300 * DAY)
    about: dict[str, Any] = {"person_id": person, "version_id": statement.version_id, "delivery_id": delivery}
    first = acknowledge(database, **about, method="link", now=NOW - 299 * DAY)
    assert fold_evidence(database, before=NOW - 250 * DAY) == 2
    a_delivery(database, person, [statement], at=NOW - 20 * DAY)
    close_silent(database, now=NOW)
    assert rebuild(database).first == []
    again = acknowledge(database, **about, method="link", now=NOW)
    assert (again.first, again.acknowledged_at) == (False, first.acknowledged_at)


def test_folding_twice_changes_nothing_and_a_young_ledger_is_left_alone(database: Database) -> None:
    person, statement = a_person(database), a_statement(database)
    a_delivery(database, person, [statement], at=NOW - 9 * DAY)
    close_silent(database, now=NOW)
    assert fold_evidence(database, before=NOW - 250 * DAY) == 0
    assert fold_evidence(database, before=NOW - 5 * DAY) == 2
    assert fold_evidence(database, before=NOW - 5 * DAY) == 0
    assert rebuild(database).first == []
