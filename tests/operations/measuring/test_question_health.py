"""Questions are judged in frozen steps and told to the leader; one answer more changes nothing that anybody sees."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cadence.operations.measuring.question_health import QuestionHealth, close_steps, judge_questions, question_health
from cadence.operations.measuring.release import release
from cadence.operations.running.notices import list_notices
from cadence.rendering.templates import TemplateFolder
from cadence.rendering.words import load_words
from cadence.shipped import shipped_folder
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NEAR_MISSES, NOW, RIGHT_LINE, StatementRows, a_delivery, a_person, a_statement, a_version

DAY = timedelta(days=1)


class Company:
    """One statement with a question, and people who answer it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.statement = a_statement(database, slug="faults", title="Faults", asked=True)
        self.check = self.ask(self.statement)

    def ask(self, one: StatementRows, digest: str = "d") -> int:
        check = {
            "version_id": one.version_id,
            "right": RIGHT_LINE,
            "distractors": list(NEAR_MISSES),
            "digest": digest,
            "created_at": NOW - DAY,
        }
        with self.database.transaction() as connection:
            return int(connection.execute(sa.insert(core.checks).values(**check).returning(core.checks.c.id)).scalar_one())

    def answer(self, *lines: int, check: int | None = None) -> list[int]:
        """Let a new person choose each of these lines; return the people."""
        people = []
        for line in lines:
            person = a_person(self.database)
            about = {"person_id": person, "statement_id": self.statement.id, "version_id": self.statement.version_id}
            delivery = a_delivery(self.database, person, [self.statement])
            said = {
                "channel": "email",
                "choice": 0,
                "options": 4,
                "right": line == 0,
                "line": line,
                "answered_at": NOW,
                "answered_day": 20_780,
            }
            with self.database.transaction() as connection:
                row = sa.insert(core.check_answers).values(check_id=check or self.check, delivery_id=delivery, **about, **said)
                connection.execute(row)
            people.append(person)
        return people

    def close(self, at: datetime = NOW) -> int:
        with self.database.transaction() as connection:
            return close_steps(connection, now=at)

    def look(self) -> QuestionHealth:
        with self.database.read() as connection:
            (found,) = question_health(connection)
        return found

    def notices(self) -> list[str]:
        with self.database.read() as connection:
            return [notice.sentence for notice in list_notices(connection, role="leader")]


@pytest.fixture
def company(database: Database) -> Company:
    return Company(database)


def test_nothing_is_said_before_twenty_answers(company: Company) -> None:
    company.answer(*[0] * 9, *[1] * 10)
    assert company.close() == 0
    assert (company.look().judged_at, company.look().answers, company.notices()) == (None, None, [])


def test_a_wrong_line_that_many_choose_is_told_to_the_leader(company: Company) -> None:
    company.answer(*[0] * 20, *[2] * 13, 1, 3, -1)
    assert company.close() == 1

    found = company.look()
    assert (found.answers, [str(a) for a in found.ailments]) == (36, ["misread"])
    assert found.misread_line == NEAR_MISSES[1]
    assert company.notices() == [f"Many take “faults” for something else: of 36 answers many chose “{NEAR_MISSES[1]}”"]
    with company.database.read() as connection:
        german = load_words(TemplateFolder([shipped_folder("messages") / "templates"]), "notices").for_locale("de")
        assert "Viele halten" in list_notices(connection, role="leader", words=german)[0].sentence


def test_answers_between_two_steps_change_nothing_that_is_shown(company: Company) -> None:
    company.answer(*[0] * 12, *[1] * 8)
    company.close()
    before, told = company.look(), company.notices()

    company.answer(*[1] * 4)
    assert company.close(NOW + 60 * DAY) == 0
    company.answer(1)
    assert company.close(NOW + 13 * DAY) == 0
    assert (company.look(), company.notices()) == (before, told)

    assert company.close(NOW + 14 * DAY) == 1
    assert company.look().answers == 25


def test_a_step_is_never_counted_again(company: Company) -> None:
    people = company.answer(*[0] * 12, *[1] * 8)
    company.close()
    before = company.look()
    with company.database.transaction() as connection:
        connection.execute(sa.update(core.check_answers).where(core.check_answers.c.person_id.in_(people[:6])).values(line=None))
    assert company.look() == before


def test_a_changed_question_is_counted_from_its_start(company: Company) -> None:
    company.answer(*[0] * 20)
    company.close()
    assert len(company.notices()) == 1
    other = company.ask(company.statement, digest="e")
    assert company.look().judged_at is None

    company.answer(*[0] * 12, *[1] * 7, check=other)
    assert company.close(NOW + 20 * DAY) == 0
    assert company.notices() == []
    company.answer(1, check=other)
    assert company.close(NOW + 20 * DAY) == 1
    assert company.look().answers == 20

    a_version(company.database, company.statement.id, number=2, asked=True)
    with company.database.read() as connection:
        assert question_health(connection) == []


def test_a_question_that_was_mended_loses_its_notice(company: Company) -> None:
    company.answer(*[0] * 20)
    company.close()
    assert "is too easy: nearly all of 20 answers were right" in company.notices()[0]
    company.answer(*[1, 2, 3] * 2)
    company.close(NOW + 14 * DAY)
    assert company.notices() == []


def test_it_is_done_once_a_day(company: Company) -> None:
    company.answer(*[0] * 12, *[1] * 8)
    assert judge_questions(company.database, now=NOW) == 1
    company.answer(*[0] * 9)
    assert judge_questions(company.database, now=NOW + timedelta(hours=23)) == 0
    assert judge_questions(company.database, now=NOW + 15 * DAY) == 1


def test_the_release_of_figures_goes_on_beside_these_steps(company: Company) -> None:
    company.answer(*[0] * 12, *[1] * 8)
    company.close()
    with company.database.transaction() as connection:
        close_steps(connection, now=NOW)
    release(company.database, now=NOW + DAY)
    assert company.look().answers == 20
