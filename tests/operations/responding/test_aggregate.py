"""In privacy mode ``aggregate`` no table, in no column, tells what one person answered: companies that differ in who answered what are
the same row by row, but for sums over five people and more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from cadence.domain.people.privacy import PrivacyMode
from cadence.domain.simulation.population import Law
from cadence.domain.statements.checks import NOT_KEPT
from cadence.errors import Conflict
from cadence.operations.measuring.release import release
from cadence.operations.people.export_person import export_own
from cadence.operations.people.own_record import own_record
from cadence.operations.responding.answer_check import answer_check, look_check
from cadence.operations.responding.belief import say_belief
from cadence.operations.responding.own_words import are_priorities_wanted, name_priorities
from cadence.operations.running.keep_no_answers import stop_keeping_answers, what_is_kept
from cadence.operations.running.rebuild import rebuild
from cadence.store.database import core, migrations
from cadence.store.database.engine import Database
from cadence.store.people.answers_kept import fold_answers, take_out_answers
from cadence.store.responding.batches import answer_key, closed_batches
from tests.fixtures.asking import Asked, ask, tell
from tests.fixtures.builders import NOW, StatementRows, a_person, a_statement
from tests.fixtures.lived_company import LivedCompany

DAY = timedelta(days=1)
#: what the fixtures number through the whole run
_NUMBERED = {"public_id", "key", "slug", "name", "definition", "digest"}
_PEOPLE = 7


@contextmanager
def aggregate(database: Database) -> Iterator[Database]:
    """The same database, as an installation in mode ``aggregate`` opens it."""
    opened = Database(database.url.render_as_string(hide_password=False), privacy=PrivacyMode.AGGREGATE)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def empty_twin(database: Database, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A second empty database of the same kind."""
    url = request.getfixturevalue(f"empty_{'sqlite' if database.is_sqlite else 'postgresql'}_url")
    migrations.upgrade(url)
    opened = Database(url)
    yield opened
    opened.close()


def a_company(database: Database) -> tuple[list[int], list[StatementRows]]:
    """Seven people who were each asked about two statements, drawn among both."""
    people = [a_person(database, email=f"p{n}@example.com", name=f"P {n}") for n in range(_PEOPLE)]
    statements = [a_statement(database, slug=f"s{n}", kind="priority", published_at=NOW - 100 * DAY) for n in range(2)]
    tell(database, people, statements, at=NOW - 9 * DAY)
    eligible = {one.id: 0.5 + 0.1 * n for n, one in enumerate(statements)}
    ask(
        database,
        [
            Asked(person=person, statement=one, at=NOW - (5 - n) * DAY, predicted=0.4 + 0.05 * k, eligible=eligible)
            for n, one in enumerate(statements)
            for k, person in enumerate(people)
        ],
    )
    rebuild(database, repair=True)  # what the fixtures write is borne by facts from here on
    return people, statements


def questions_of(database: Database) -> list[Any]:
    with database.read() as connection:
        asked = core.asked_checks
        return list(connection.execute(sa.select(asked.c.person_id, asked.c.delivery_id, asked.c.version_id).order_by(asked.c.delivery_id)))


def answer_all(database: Database, right: list[bool]) -> None:
    """Let every question be answered in turn, one minute after the other."""
    for n, (one, is_right) in enumerate(zip(questions_of(database), right, strict=True)):
        about = {"person_id": one.person_id, "version_id": one.version_id, "delivery_id": one.delivery_id}
        question = look_check(database, **about).question
        choice = question.right if is_right else -1
        answered = answer_check(database, **about, choice=choice, channel="email", now=NOW + timedelta(minutes=n))
        assert (answered.first, answered.right) == (True, is_right)


def everything(database: Database, *, but: tuple[str, ...] = ("answer_batches",)) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, without what the fixtures number."""
    found = {}
    with database.read() as connection:
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in but:
                rows = connection.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
                found[table.name] = [{key: value for key, value in row.items() if key not in _NUMBERED} for row in rows]
    return found


#: who answered right: as many in each statement, other people
ONE = [True, True, True, False, False, True, False] * 2
OTHER = [False, True, False, True, True, False, True] * 2


def test_no_table_tells_who_answered_what(database: Database, empty_twin: Database) -> None:
    told = []
    for place, right in ((database, ONE), (empty_twin, OTHER)):
        a_company(place)
        with aggregate(place) as company:
            answer_all(company, right)
            assert rebuild(company).first == []
            told.append(everything(company))
    assert told[0] == told[1]
    assert told[0]["check_answers"] == []
    assert len([row for row in told[0]["evidence"] if row["level"] == 5]) == 2 * _PEOPLE


def test_kept_answers_are_counted_and_taken_out_when_it_is_asked_for(database: Database, empty_twin: Database) -> None:
    told = []
    for place, right in ((database, ONE), (empty_twin, OTHER)):
        a_company(place)
        answer_all(place, right)
        with pytest.raises(Conflict, match=r"privacy\.mode is team"):
            stop_keeping_answers(place)
        with aggregate(place) as company:
            assert what_is_kept(company).answers == 2 * _PEOPLE
            stop_keeping_answers(company)
            assert not what_is_kept(company).any
            assert rebuild(company).first == []
            told.append(everything(company))
            with company.read() as connection:
                batches = closed_batches(connection)
            assert [(one.people, one.answers, sum(one.lines.values())) for one in batches] == [(_PEOPLE, _PEOPLE, _PEOPLE)] * 2
    assert told[0] == told[1]


def test_a_batch_is_of_five_people_and_says_nothing_before(database: Database) -> None:
    a_company(database)
    with aggregate(database) as company:
        for n, one in enumerate(questions_of(company)[:_PEOPLE]):
            about = {"person_id": one.person_id, "version_id": one.version_id, "delivery_id": one.delivery_id}
            answer_check(company, **about, choice=look_check(company, **about).question.right, channel="email", now=NOW)
            with company.read() as connection:
                assert len(closed_batches(connection)) == (n >= 4)
        with company.read() as connection:
            (batch,) = closed_batches(connection)
    assert (batch.people, batch.answers, batch.lines) == (5, 5, {0: 5})
    assert batch.predicted == pytest.approx(0.5)


def test_the_first_answer_counts_and_afterwards_nobody_knows_it(database: Database) -> None:
    people, statements = a_company(database)
    with aggregate(database) as company:
        one = questions_of(company)[0]
        about = {"person_id": one.person_id, "version_id": one.version_id, "delivery_id": one.delivery_id}
        right = look_check(company, **about).question.right
        assert answer_check(company, **about, choice=right, channel="email", now=NOW).right
        again = answer_check(company, **about, choice=-1, channel="email", now=NOW + DAY)
        assert (again.first, again.choice, again.answered_at) == (False, NOT_KEPT, NOW)
        assert look_check(company, **about).question.chosen == NOT_KEPT
        document = export_own(company, people[0], now=NOW)
        assert (document["check_answers"], document["own_words"], document["beliefs"]) == ([], [], [])
        assert {answer for line in own_record(company, people[0]) for answer in line.answers} == set()
        with company.read() as connection:
            assert not are_priorities_wanted(connection, person_id=people[0], now=NOW)
        with pytest.raises(Conflict):
            name_priorities(company, person_id=people[0], words="mend first", now=NOW)
        with pytest.raises(Conflict):
            say_belief(company, **about, belief=1, now=NOW)
    assert len(statements) == 2


def facts_of(connection: sa.Connection) -> list[dict[str, Any]]:
    """Return the facts that answering left, which the fixtures do not write."""
    answers = core.check_answers.c
    query = sa.select(answers.delivery_id, answers.version_id, answers.person_id, answers.statement_id, answers.answered_at)
    return [
        {
            "source_id": answer_key(row.delivery_id, row.version_id),
            "level": 5,
            "person_id": row.person_id,
            "delivery_id": row.delivery_id,
            "statement_id": row.statement_id,
            "version_id": row.version_id,
            "channel": "email",
            "occurred_at": row.answered_at,
            "detail": {},
        }
        for row in connection.execute(query)
    ]


def test_figures_are_published_from_what_is_counted(sqlite_template: Path, tmp_path: Path) -> None:
    """From the sums of batches about the same as from single answers, by the same steps."""
    found = []
    for mode in PrivacyMode.TEAM, PrivacyMode.AGGREGATE:
        path = tmp_path / f"{mode}.db"
        shutil.copyfile(sqlite_template, path)
        database = Database(f"sqlite:///{path}", disposable=True, privacy=mode)
        company = LivedCompany(database=database, seed=2, law=Law.POWER, people=60, statements=6)
        company.live(8)
        if mode is PrivacyMode.AGGREGATE:
            with database.transaction() as connection:
                connection.execute(sa.insert(core.evidence), facts_of(connection))
                fold_answers(connection)
                take_out_answers(connection)
        assert release(database, now=company.at(75)) >= 3
        assert release(database, now=company.at(76)) == 0
        table = core.releases
        with database.read() as connection:
            query = sa.select(table).where(table.c.figure == "know_it").order_by(table.c.statement_id)
            found.append([row for row in connection.execute(query) if row.low is not None])
        database.close()
    single, counted = found
    assert len(counted) == len(single) >= 3
    for one, other in zip(single, counted, strict=True):
        assert abs((one.low + one.high) - (other.low + other.high)) / 2 <= 10
        assert 0.7 <= (other.high - other.low) / (one.high - one.low) <= 1.5
