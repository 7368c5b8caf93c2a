"""How far the figures can be trusted: better than a constant, ranges that hold, own words, selection; frozen for a fortnight."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from cadence.operations.measuring.calibration import calibration
from cadence.operations.measuring.calibration_words import tell_calibration
from cadence.rendering.words import english
from cadence.store.database.core import delivery_items as items
from cadence.store.database.engine import Database
from tests.fixtures.asking import FORGOT, RIGHT, WRONG, Asked, ask, tell
from tests.fixtures.builders import NOW, StatementRows, a_cadence, a_delivery, a_person, a_statement, an_occurrence

DAY = timedelta(days=1)
KNOWN = (0.95, 0.85, 0.5, 0.25, 0.1)


def _company(database: Database, people: int = 40) -> tuple[list[int], list[StatementRows]]:
    everyone = [a_person(database) for _ in range(people)]
    statements = [a_statement(database, slug=f"s-{n}") for n in range(len(KNOWN))]
    tell(database, everyone, statements, at=NOW - 150 * DAY)
    return everyone, statements


def _answers(everyone: list[int], statements: list[StatementRows], *, per_person: int = 8, judged: bool = False) -> list[Asked]:
    """Everybody answers what they know by chance; the model takes all for .6."""
    luck, found = random.Random(3), []
    for turn in range(per_person):
        for person in everyone:
            place = luck.randrange(len(statements))
            knows = luck.random() < KNOWN[place]
            line = RIGHT if knows or luck.random() < 0.12 else luck.choice([WRONG, FORGOT])
            said = ("could" if knows else "could_not") if judged and line == RIGHT and turn % 4 == 0 else ""
            at = NOW - (20 + 12 * turn) * DAY
            found.append(Asked(person=person, statement=statements[place], at=at, line=line, predicted=0.6, judgement=said))
    return found


def test_the_figures_beat_a_constant_and_their_ranges_hold(database: Database) -> None:
    ask(database, _answers(*_company(database), judged=True))

    found = calibration(database, now=NOW)
    assert found.held_out is not None
    assert (found.held_out.answers, found.held_out.people) == (320, 40)
    assert found.held_out.figures < found.held_out.constant - 0.1
    assert found.held_out.figures < found.held_out.model
    assert found.held_out.tried == 10
    assert found.held_out.held >= 8
    assert found.own_words is not None
    assert 75 <= found.own_words.could <= 95
    told = " ".join(tell_calibration(english("leader"), found))
    assert "better than one constant does" in told
    assert "Of 10 ranges tried" in told
    plain = json.dumps(found.to_json())
    assert "person" not in plain.replace("people", "")


def test_it_says_so_where_a_constant_is_as_good(database: Database) -> None:
    everyone, statements = _company(database)
    luck = random.Random(5)
    ask(database, [replace(one, line=RIGHT if luck.random() < 0.6 else WRONG) for one in _answers(everyone, statements)])
    found = calibration(database, now=NOW)
    assert found.held_out is not None
    assert abs(found.held_out.figures - found.held_out.constant) < 0.05


def test_answers_of_a_few_say_nothing(database: Database) -> None:
    everyone, statements = _company(database, people=9)
    ask(database, _answers(everyone, statements))
    found = calibration(database, now=NOW)
    assert (found.held_out, found.own_words, found.selection, found.slices) == (None, None, None, ())
    told = tell_calibration(english("leader"), found)
    assert any(line.startswith("Fewer than 20 answers so far, or too few people") for line in told)


def test_between_two_fortnights_nothing_changes(database: Database) -> None:
    everyone, statements = _company(database)
    ask(database, _answers(everyone, statements))
    before = calibration(database, now=NOW)
    ask(database, [Asked(person=everyone[0], statement=statements[0], at=NOW, line=WRONG, predicted=0.6)])
    end = before.as_of + 14 * DAY - timedelta(seconds=1)
    assert calibration(database, now=end) == before
    assert calibration(database, now=end + timedelta(seconds=1)) != before


@pytest.mark.parametrize(("answered", "is_selected"), [((66, 18, 6), True), ((30, 30, 30), False)])
def test_those_who_know_it_answering_more_often_is_told(database: Database, answered: tuple[int, ...], is_selected: bool) -> None:
    everyone, statements = _company(database)
    predicted = (0.9, 0.5, 0.2)
    eligible = {one.id: m for one, m in zip(statements, predicted, strict=False)}
    questions = []
    for place, times in enumerate(answered):
        for n in range(times):
            line = RIGHT if n < times * predicted[place] else WRONG
            at = NOW - (20 + n % 30) * DAY - timedelta(minutes=place)
            one = Asked(person=everyone[(n + 7 * place) % 40], statement=statements[place], at=at, line=line)
            questions.append(replace(one, predicted=predicted[place], eligible=eligible))
    ask(database, questions)
    found = calibration(database, now=NOW)
    assert found.selection is is_selected
    told = " ".join(tell_calibration(english("leader"), found))
    assert ("Perhaps those who know it answer more often" in told) is is_selected


def test_arms_of_a_slice_stand_side_by_side(database: Database) -> None:
    one, luck = a_statement(database, slug="repair"), np.random.default_rng(1)
    everyone = [a_person(database) for _ in range(60)]
    at = NOW - 20 * DAY
    occurrence = an_occurrence(database, a_cadence(database), at=at)
    questions = []
    for n, person in enumerate(everyone):
        delivery = a_delivery(database, person, [one], at=at, occurrence_id=occurrence)
        if n < 30:
            with database.transaction(durable=False) as connection:
                connection.execute(sa.update(items).where(items.c.delivery_id == delivery).values(reason="slice_fixed"))
        right = luck.random() < (0.4 if n < 30 else 0.9)
        questions.append(Asked(person=person, statement=one, at=at + DAY, line=RIGHT if right else WRONG, predicted=0.6))
    ask(database, questions)

    (found,) = calibration(database, now=NOW).slices
    assert (found.statement, found.fixed_each, found.adaptive_each) == ("repair", 1.0, 1.0)
    assert found.points is not None
    assert found.low is not None
    assert 0 < found.low < found.points
    assert found.points % 5 == 0


def test_no_answers_yet(database: Database) -> None:
    a_statement(database)
    assert calibration(database, now=NOW).held_out is None
