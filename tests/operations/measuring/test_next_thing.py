"""The one thing to do next is the first that applies, and the headline says when it can be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cadence.operations.measuring.estimate_words import headline
from cadence.operations.measuring.estimates import lock_estimate
from cadence.operations.measuring.next_thing import Next, next_thing
from cadence.operations.measuring.question_health import QuestionHealth
from cadence.operations.measuring.report import Report, report
from cadence.rendering.words import english
from cadence.store.database.engine import Database
from tests.fixtures.asking import RIGHT, Asked, ask
from tests.fixtures.builders import NOW, a_delivery, a_person, a_release, a_statement

pytestmark = pytest.mark.databases("sqlite")
DAY = timedelta(days=1)
WORDS = english("leader")
MISREAD = QuestionHealth(statement_id=1, slug="s-0", title="Say 0", right_line="We mend.", misread_line="We buy.")


def _company(database: Database, *, statements: int = 4, told: bool = True) -> None:
    people = [a_person(database) for _ in range(6)]
    for n in range(statements):
        one = a_statement(database, slug=f"s-{n}", title=f"Say {n}", wordings=("a", "b", "c"))
        for person in people if told else ():
            a_delivery(database, person, [one], at=NOW - DAY)


def _next(found: Report, *, trouble: str = "", misread: bool = True, waited: int = 9) -> Next:
    health = [MISREAD] if misread else []
    oldest = NOW - waited * DAY if waited else None
    return next_thing(WORDS, found, trouble=trouble, health=health, oldest_question=oldest, next_digest="The next digest is due soon.")


def test_it_is_the_first_that_applies(database: Database) -> None:
    _company(database)
    assert _next(report(database, now=NOW), trouble="the disk is full").text == "Sending has stopped: the disk is full"
    wanted = _next(report(database, now=NOW))
    assert (wanted.title, wanted.link) == ("Make your guess for 4 statements", "/guess")

    for n in range(2):
        lock_estimate(database, slug=f"s-{n}", percent=90, now=NOW)
    found = report(database, now=NOW)  # two that are due stand in their rows alone
    assert (_next(found).title, _next(found).text) == ("Say “Say 0” differently", "Many chose “We buy.”")
    assert _next(found, misread=False).link == "/questions"
    assert _next(found, misread=False, waited=2).title == "Nothing. It is going well."
    assert _next(found, misread=False, waited=0).text == "The next digest is due soon."


def test_what_many_misread_waits_for_the_estimate(database: Database) -> None:
    _company(database, statements=2)
    lock_estimate(database, slug="s-1", percent=90, now=NOW)
    assert _next(report(database, now=NOW), waited=0).title == "Nothing. It is going well."


def test_what_has_gone_quiet_comes_before_questions_and_wordings(database: Database) -> None:
    _company(database, told=False)
    for n in range(4):
        lock_estimate(database, slug=f"s-{n}", percent=90, now=NOW)
    assert _next(report(database, now=NOW), misread=False).title == "Say “Say 0” again"


def test_few_wordings_are_the_last_thing(database: Database) -> None:
    _company(database, statements=1)
    a_delivery(database, a_person(database), [a_statement(database, slug="few", title="Few", wordings=("a",))], at=NOW - DAY)
    for slug in ("s-0", "few"):
        lock_estimate(database, slug=slug, percent=None, now=NOW)
    # declined estimates are no first estimate, and none is wanted
    assert _next(report(database, now=NOW), misread=False, waited=0).title == "Write another wording of “Few”"


def test_the_headline_says_from_when_it_can_be_told(database: Database) -> None:
    _company(database)
    assert headline(WORDS, report(database, now=NOW)).answer == "Guess first. Then see."
    for n in range(4):
        lock_estimate(database, slug=f"s-{n}", percent=80 + n, now=NOW)
    told = headline(WORDS, report(database, now=NOW))
    assert (told.answer, told.note) == (
        "You think 82 in 100 people know what you have said.",
        "What people know is too early to say.",
    )
    person, one = a_person(database), a_statement(database, slug="asked")
    ask(database, [Asked(person=person, statement=one, at=NOW - 10 * DAY, line=RIGHT)])
    assert headline(WORDS, report(database, now=NOW)).note.endswith("The first figures can come from 8 Jan 2027 on.")

    a_release(database, one, value=40, low=25, high=55)
    lock_estimate(database, slug="asked", percent=90, now=NOW)
    assert headline(WORDS, report(database, now=NOW)).answer == "For one statement we can tell."


def test_without_estimates_there_is_a_plain_headline(database: Database) -> None:
    _company(database, statements=1)
    lock_estimate(database, slug="s-0", percent=None, now=NOW)
    found = report(database, now=NOW)
    assert headline(WORDS, found).answer == "What people know of what you have said"
    assert headline(WORDS, replace(found, statements=())).answer == "What people know of what you have said"
