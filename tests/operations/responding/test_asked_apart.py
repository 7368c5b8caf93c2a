"""A question about a statement that its message does not hold: who may answer it, what is kept, and that the first answer stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.statements.checks import FORGOT
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.responding.answer_check import CheckAnswered, answer_check, look_check
from cadence.operations.responding.responses import look_responses
from cadence.operations.sending.prepare import load_sent
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_question, a_statement


class Town:
    """A person with a delivery that tells one statement and asks about another."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.person = a_person(database)
        self.told, self.asked = a_statement(database, title="Told"), a_statement(database, title="Asked", asked=True)
        self.delivery = a_delivery(database, self.person, [self.told], at=NOW - timedelta(hours=1))
        a_question(database, self.delivery, self.asked)

    def answer(self, choice: int, *, statement: StatementRows | None = None, person: int | None = None) -> CheckAnswered:
        about: dict[str, Any] = {"delivery_id": self.delivery, "version_id": (statement or self.asked).version_id}
        return answer_check(self.database, person_id=person or self.person, **about, choice=choice, channel="email", now=NOW)

    def answers(self) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(sa.select(core.check_answers)))


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


@pytest.mark.parametrize("away", [0, 1, 2, 3])
def test_the_line_behind_a_choice_is_kept_in_the_order_of_the_file(town: Town, away: int) -> None:
    look = look_check(town.database, person_id=town.person, version_id=town.asked.version_id, delivery_id=town.delivery)
    question = look.question
    choice = (question.right + away) % 4
    done = town.answer(choice)
    (kept,) = town.answers()

    assert (done.first, done.right, kept.right) == (True, away == 0, away == 0)
    assert (kept.choice, kept.options, kept.statement_id) == (choice, 4, town.asked.id)
    lines = (question.options[question.right], *look.distractors)
    assert lines[kept.line] == question.options[choice]
    with town.database.read() as connection:
        fact = connection.execute(sa.select(core.evidence).where(core.evidence.c.source_id.like("check:%"))).one()
    assert (fact.statement_id, fact.delivery_id, fact.outcome, fact.options) == (town.asked.id, town.delivery, float(away == 0), 4)


def test_not_remembering_is_an_answer_that_is_wrong_and_no_line(town: Town) -> None:
    done = town.answer(FORGOT)
    (kept,) = town.answers()

    assert (done.first, done.right, done.choice) == (True, False, FORGOT)
    assert (kept.choice, kept.line, kept.right) == (-1, -1, False)


def test_the_first_answer_stays_whatever_follows_and_however_many_come_at_once(town: Town) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(town.answer, [FORGOT, 0, 1, 2]))

    (kept,) = town.answers()
    assert [one.first for one in done].count(True) == 1
    assert {one.choice for one in done} == {kept.choice}
    assert town.answer((kept.choice + 2) % 4).choice == kept.choice


def test_answers_that_may_not_be_given_are_refused(town: Town) -> None:
    stranger = a_person(town.database)
    with pytest.raises(NotFound):
        town.answer(0, person=stranger)
    with pytest.raises(NotFound, match="asks nothing"):
        town.answer(0, statement=town.told)
    for choice in (-2, 4):
        with pytest.raises(Invalid, match="choice"):
            town.answer(choice)
    with town.database.transaction() as connection:
        connection.execute(sa.update(core.statements).where(core.statements.c.id == town.asked.id).values(withdrawn_at=NOW))
    with pytest.raises(Conflict):
        town.answer(0)
    assert town.answers() == []


def test_what_is_shown_of_it_and_when_it_comes_back_follow_the_answer(town: Town) -> None:
    def look() -> Any:
        about: dict[str, Any] = {"version_id": town.asked.version_id, "delivery_id": town.delivery}
        return look_responses(town.database, person_id=town.person, **about, now=NOW)

    before = look()
    assert (before.wanted.is_told, before.wanted.title, before.chosen, before.back) == (False, "Asked", None, None)
    assert len(before.question.options) == 4
    town.answer(before.question.right)
    after = look()
    assert after.chosen == before.question.right
    assert after.back >= NOW


def test_a_message_knows_how_many_its_reader_knew_when_last_asked(town: Town) -> None:
    def knew(delivery: int) -> tuple[int, int] | None:
        with town.database.read() as connection:
            digest = load_sent(connection, delivery, now=NOW)
        assert digest is not None
        return digest.knew

    assert knew(town.delivery) is None
    question = look_check(town.database, person_id=town.person, version_id=town.asked.version_id, delivery_id=town.delivery).question
    town.answer(question.right)
    assert knew(town.delivery) == (1, 1)
    later = a_delivery(town.database, town.person, [town.told], at=NOW)
    a_question(town.database, later, town.asked)
    about: dict[str, Any] = {"person_id": town.person, "version_id": town.asked.version_id, "delivery_id": later}
    answer_check(town.database, **about, choice=FORGOT, channel="email", now=NOW)
    assert knew(later) == (0, 1)
