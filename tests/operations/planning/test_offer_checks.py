"""The pools of checks: stored once, made of the lines written for the statement and of no others."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from cadence.domain.planning.limits import Limits
from cadence.operations.planning.offer_checks import current_checks
from cadence.operations.responding.answer_check import answer_check
from cadence.operations.sending.prepare import load_sent, look_and_load
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.sending import ledger
from tests.fixtures.builders import (
    NEAR_MISSES,
    NOW,
    RIGHT_LINE,
    StatementRows,
    a_delivery,
    a_person,
    a_question_beneath,
    a_statement,
    a_version,
)


class StoredCheck(NamedTuple):
    """A pool that was offered."""

    id: int
    version_id: int
    right: str
    distractors: tuple[str, ...]
    lines: int


def _stored(database: Database) -> dict[int, StoredCheck]:
    columns = [core.checks.c[name] for name in StoredCheck._fields]
    with database.read() as connection:
        found = connection.execute(sa.select(*columns))
        return {row.id: StoredCheck(row.id, row.version_id, row.right, tuple(row.distractors), row.lines) for row in found}


def _checks(database: Database, *statements: StatementRows) -> dict[int, StoredCheck]:
    with database.transaction() as connection:
        ids = current_checks(connection, statements, now=NOW)
    found = _stored(database)
    return {version_id: found[check_id] for version_id, check_id in ids.items()}


def test_pool_holds_the_near_misses_in_their_order(database: Database) -> None:
    mend = a_statement(database, asked=True)
    a_statement(database, asked=True)

    check = _checks(database, mend)[mend.version_id]

    assert (check.right, check.distractors, check.lines) == (RIGHT_LINE, NEAR_MISSES, 4)


@pytest.mark.parametrize(
    "lines",
    [
        {"right_answer": ""},
        {"near_misses": []},
        {"near_misses": list(NEAR_MISSES[:2])},
        {"near_misses": [*NEAR_MISSES[:2], RIGHT_LINE]},
        {"right_answer": "Never."},
    ],
    ids=range(5),
)
def test_a_statement_without_lines_of_its_own_is_not_asked_about(database: Database, lines: dict[str, object]) -> None:
    """Whatever other statements say."""
    poor = a_statement(database, asked=True)
    others = [a_statement(database, asked=True, title=f"Title {n}") for n in range(3)]
    versions = core.statement_versions
    with database.transaction() as connection:
        connection.execute(sa.update(versions).where(versions.c.id == poor.version_id).values(**lines))

    assert set(_checks(database, poor, *others)) == {one.version_id for one in others}
    assert _checks(database) == {}


def test_pools_are_stored_once_and_changed_ones_beside_the_old(database: Database) -> None:
    statements = [a_statement(database, asked=True) for _ in range(3)]
    first = _checks(database, *statements)
    assert _checks(database, *statements) == first

    changed, versions = statements[0], core.statement_versions
    with database.transaction() as connection:
        connection.execute(
            sa.update(versions).where(versions.c.id == changed.version_id).values(right_answer="Whoever finds a fault mends it that day.")
        )
    again = _checks(database, *statements)

    assert again[changed.version_id].id != first[changed.version_id].id
    assert [again[one.version_id] for one in statements[1:]] == [first[one.version_id] for one in statements[1:]]
    old = first[changed.version_id]
    assert _stored(database)[old.id] == old


def _attach(database: Database, delivery: int, check: StoredCheck) -> None:
    a_question_beneath(database, delivery, check.version_id, check.id)


def test_message_asks_its_check_and_its_copy_shows_the_choice(database: Database) -> None:
    statements = [a_statement(database, asked=True)]
    check = _checks(database, *statements)[statements[0].version_id]
    ann = a_person(database)
    sent = a_delivery(database, ann, [statements[0]])
    _attach(database, sent, check)

    with database.read() as connection:
        before = load_sent(connection, sent, now=NOW)
    assert before is not None
    question = before.items[0].check
    assert question is not None
    assert (len(question.options), question.options[question.right], question.chosen) == (4, RIGHT_LINE, None)

    answered = answer_check(
        database, person_id=ann, version_id=statements[0].version_id, delivery_id=sent, choice=3, channel="email", now=NOW
    )
    with database.read() as connection:
        after = load_sent(connection, sent, now=NOW)
    assert after is not None
    assert after.items[0].check is not None
    assert answered.options == question.options == after.items[0].check.options
    assert after.items[0].check.chosen == 3


def test_newer_version_goes_out_without_the_check_of_the_old(database: Database) -> None:
    statements = [a_statement(database, asked=True)]
    check = _checks(database, *statements)[statements[0].version_id]
    planned = a_delivery(database, a_person(database), [statements[0]], state="planned", expires_at=NOW + timedelta(days=1))
    _attach(database, planned, check)
    a_version(database, statements[0].id, number=2, body="We say something else by now.")

    with database.transaction() as connection:
        claimed = ledger.claim(connection, channel="email", owner="test", now=NOW, limit=5)
        (looked,) = look_and_load(connection, claimed, limits=Limits(), now=NOW)
        table = core.asked_checks
        kept = connection.execute(sa.select(table.c.check_id).where(table.c.delivery_id == planned)).scalar()

    assert (looked.digest.items[0].body, looked.digest.items[0].check, kept) == ("We say something else by now.", None, None)
