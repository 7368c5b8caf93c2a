"""How well answers were predicted: against a constant, against "delivered is known", and against a fixed cadence."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.errors import NotFound
from cadence.operations.measuring.calibration import calibration
from cadence.store.database.core import delivery_items as items
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, StatementRows, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.operations.responding.test_learning import answered, with_checks

DAY = timedelta(days=1)


def _round(database: Database, people: list[int], one: StatementRows, turn: int, luck: random.Random, *, fixed: int = 0) -> None:
    """Send to everyone and let them answer; half know it for good, half never do."""
    at = NOW - (6 - turn) * 10 * DAY
    occurrence = an_occurrence(database, a_cadence(database), at=at)
    for k, person in enumerate(people):
        delivery = a_delivery(database, person, [one], at=at, occurrence_id=occurrence)
        with_checks(database, delivery, [one])
        with database.transaction(durable=False) as connection:
            values = {"times_sent_before": turn, "reason": "slice_fixed" if k < fixed else "below_target"}
            connection.execute(sa.update(items).where(items.c.delivery_id == delivery).values(**values))
        answered(database, person, delivery, one, right=k % 2 == 0 or luck.random() < 1 / 6, at=at)


def test_model_is_compared_with_a_constant_and_with_the_old_belief(database: Database) -> None:
    luck, one = random.Random(7), a_statement(database, slug="repair")
    people = [a_person(database) for _ in range(10)]
    for turn in range(6):
        _round(database, people, one, turn, luck)

    found = calibration(database, now=NOW)
    assert (found.whole.hidden, found.whole.answers, found.whole.people) == ("", 60, 10)
    assert found.whole.model is not None
    assert found.whole.constant is not None
    assert found.whole.delivered_is_known is not None
    assert found.whole.model.log_loss < found.whole.delivered_is_known.log_loss
    assert [one.name for one in found.statements] == ["repair"]
    assert {one.name: one.answers for one in found.showings} == {"first showing": 10, "later showings": 50}
    assert (found.until - found.since).days == 364
    told = json.dumps(found.to_json())
    assert "person_id" not in told
    assert "choice" not in told


def test_answers_of_a_few_are_hidden(database: Database) -> None:
    luck, one = random.Random(7), a_statement(database, slug="repair")
    _round(database, [a_person(database) for _ in range(4)], one, 0, luck)

    found = calibration(database, now=NOW)
    assert found.whole.hidden == "hidden: fewer than 5"
    assert found.whole.answers is None
    assert found.bins == ()
    with pytest.raises(NotFound):
        calibration(database, now=NOW, statement="none")


def test_arms_of_a_slice_stand_side_by_side(database: Database) -> None:
    luck, one = random.Random(7), a_statement(database, slug="repair")
    people = [a_person(database) for _ in range(14)]
    for turn in range(2):
        _round(database, people, one, turn, luck, fixed=6)

    arms = {arm.arm: arm for arm in calibration(database, now=NOW).arms}
    assert (arms["fixed"].pairs, arms["adaptive"].pairs) == (6, 8)
    assert arms["fixed"].showings_each == 2.0
    assert arms["adaptive"].knowing is not None
    assert arms["adaptive"].knowing.low < 0.6


def test_no_answers_yet(database: Database) -> None:
    a_statement(database)
    assert calibration(database, now=NOW).whole.hidden
