"""The pools of checks: stored once, made of lines that everybody asked may read."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from cadence.domain.planning.limits import Limits
from cadence.operations.planning.offer_checks import current_checks
from cadence.operations.responding.answer_check import answer_check
from cadence.operations.sending.prepare import load_sent, look_and_load
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.responding.checks import StoredCheck, stored_checks
from cadence.store.sending import ledger
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_statement, a_version


def _said(database: Database, line: str, **more: object) -> StatementRows:
    return a_statement(database, body=f"{line} And more.", title=f"Title of {line}", **more)  # type: ignore[arg-type]


def _version(database: Database, statement: StatementRows, **values: object) -> None:
    table = core.statement_versions
    with database.transaction() as connection:
        connection.execute(sa.update(table).where(table.c.id == statement.version_id).values(**values))


def _checks(database: Database, *statements: StatementRows) -> dict[int, StoredCheck]:
    with database.transaction() as connection:
        ids = current_checks(connection, statements, now=NOW)
        found = stored_checks(connection, ids.values())
    return {version_id: found[check_id] for version_id, check_id in ids.items()}


def test_pool_holds_near_misses_then_lines_of_others(database: Database) -> None:
    mend = _said(database, "We mend what can be mended.", kind="value")
    _version(database, mend, near_misses=["Buy new.", "Throw it away."], right_answer="Mend first.")
    _said(database, "A strategy of our own.", kind="strategy")
    _said(database, "A value of our own.", kind="value")
    _said(database, "What we no longer say.", kind="vision", withdrawn_at=NOW)

    check = _checks(database, mend)[mend.version_id]

    assert check.right == "Mend first."
    assert check.distractors == ("Buy new.", "Throw it away.", "What we no longer say.", "A value of our own.", "A strategy of our own.")


def test_lines_meant_for_others_or_for_later_are_never_shown(database: Database) -> None:
    mend = _said(database, "We mend what can be mended.")
    for n in range(2):
        _said(database, f"Said to everyone, number {n}.")
    _said(database, "Said to the board alone.", audience="board")
    later = _said(database, "Comes in a while from now.")
    early = _said(database, "Is published later on.", published_at=NOW + timedelta(days=1))
    _version(database, later, effective_on=(NOW + timedelta(days=1)).date())
    board = _said(database, "Another one for the board.", audience="board")

    found = _checks(database, mend, board)

    assert set(found[mend.version_id].distractors) == {"Said to everyone, number 0.", "Said to everyone, number 1."}
    assert "Said to the board alone." in found[board.version_id].distractors
    assert early.version_id not in found


def test_pools_are_stored_once_and_changed_ones_beside_the_old(database: Database) -> None:
    statements = [_said(database, f"We say number {n} every day.") for n in range(3)]
    first = _checks(database, *statements)
    assert _checks(database, *statements) == first

    newer = a_version(database, statements[0].id, number=2, body="We say something else by now.")
    again = _checks(database, newer, *statements[1:])

    assert set(again) == {newer.version_id, statements[1].version_id, statements[2].version_id}
    assert again[statements[1].version_id].id != first[statements[1].version_id].id
    with database.read() as connection:
        assert stored_checks(connection, [first[statements[1].version_id].id]) == {
            first[statements[1].version_id].id: first[statements[1].version_id]
        }
    assert "We say number 0 every day." not in again[statements[1].version_id].distractors


def test_small_company_has_no_checks(database: Database) -> None:
    alone = _said(database, "We mend what can be mended.")
    assert _checks(database, alone) == {}
    assert _checks(database) == {}
    _said(database, "A second line of ours.")
    assert _checks(database, alone) == {}


def _attach(database: Database, delivery: int, check: StoredCheck) -> None:
    table = core.delivery_items
    with database.transaction() as connection:
        connection.execute(sa.update(table).where(table.c.delivery_id == delivery).values(check_id=check.id))


def test_message_asks_its_check_and_its_copy_shows_the_choice(database: Database) -> None:
    statements = [_said(database, f"We say number {n} every day.") for n in range(7)]
    check = _checks(database, *statements)[statements[0].version_id]
    ann = a_person(database)
    sent = a_delivery(database, ann, [statements[0]])
    _attach(database, sent, check)

    with database.read() as connection:
        before = load_sent(connection, sent, now=NOW)
    assert before is not None
    question = before.items[0].check
    assert question is not None
    assert (len(question.options), question.options[question.right], question.chosen) == (6, "We say number 0 every day.", None)

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
    statements = [_said(database, f"We say number {n} every day.") for n in range(3)]
    check = _checks(database, *statements)[statements[0].version_id]
    planned = a_delivery(database, a_person(database), [statements[0]], state="planned", expires_at=NOW + timedelta(days=1))
    _attach(database, planned, check)
    a_version(database, statements[0].id, number=2, body="We say something else by now.")

    with database.transaction() as connection:
        claimed = ledger.claim(connection, channel="email", owner="test", now=NOW, limit=5)
        (looked,) = look_and_load(connection, claimed, limits=Limits(), now=NOW)
        table = core.delivery_items
        kept = connection.execute(sa.select(table.c.check_id).where(table.c.delivery_id == planned)).scalar()

    assert (looked.digest.items[0].body, looked.digest.items[0].check, kept) == ("We say something else by now.", None, None)
