"""What people believe: newest word counts, can be taken back, and moves nothing of what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.domain.statements.belief import Belief
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.belief import BeliefLook, look_belief, say_belief, take_back_belief
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.responding import acknowledgements
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_statement

#: everything that is predicted, measured or planned from
LEARNT = (core.exposures, core.evidence, core.attention, core.recall_offsets, core.check_answers, core.acknowledgements)


def look(database: Database, delivery: int, one: StatementRows, *, at: timedelta = timedelta()) -> BeliefLook:
    with database.read() as connection:
        asked = acknowledgements.asked(connection, version_id=one.version_id, delivery_id=delivery)
        assert asked is not None
        return look_belief(connection, asked, now=NOW + at)


def test_the_newest_word_counts_and_nothing_else_moves(database: Database) -> None:
    ann, one = a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [one])
    said = {"person_id": ann, "version_id": one.version_id, "delivery_id": delivery}
    with database.read() as connection:
        before = [connection.execute(sa.select(table)).all() for table in LEARNT]

    assert look(database, delivery, one) == BeliefLook(wanted=True, belief=None, until=None)
    for belief in (Belief.NOT_SURE, Belief.NO, Belief.YES, Belief.YES):
        assert say_belief(database, **said, belief=int(belief), now=NOW) is belief

    assert look(database, delivery, one) == BeliefLook(wanted=False, belief=Belief.YES, until=NOW + timedelta(minutes=5))
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(core.beliefs)).scalar() == 1
        assert [connection.execute(sa.select(table)).all() for table in LEARNT] == before


def test_it_is_asked_once_a_quarter_after_the_first_response(database: Database) -> None:
    ann, one = a_person(database, zone="Pacific/Auckland"), a_statement(database, must_acknowledge=True)
    first, second = (a_delivery(database, ann, [one], at=NOW - timedelta(days=n)) for n in (20, 1))
    acknowledge(database, person_id=ann, version_id=one.version_id, delivery_id=first, method="link", now=NOW - timedelta(days=19))

    assert look(database, first, one).wanted
    assert not look(database, second, one).wanted
    assert look(database, second, one, at=timedelta(days=60)).wanted


def test_it_can_be_taken_back_for_five_minutes(database: Database) -> None:
    ann, one = a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [one])
    said = {"person_id": ann, "version_id": one.version_id, "delivery_id": delivery}
    with pytest.raises(Conflict, match="nothing to undo"):
        take_back_belief(database, **said, now=NOW)
    say_belief(database, **said, belief=0, now=NOW)
    with pytest.raises(Conflict, match="more than five minutes"):
        take_back_belief(database, **said, now=NOW + timedelta(minutes=5))

    assert take_back_belief(database, **said, now=NOW + timedelta(minutes=4)) is Belief.NO
    assert look(database, delivery, one) == BeliefLook(wanted=True, belief=None, until=None)


def test_odd_numbers_and_other_people_are_refused(database: Database) -> None:
    ann, bob, one = a_person(database), a_person(database), a_statement(database)
    delivery = a_delivery(database, ann, [one])
    with pytest.raises(Invalid, match="belief = 3"):
        say_belief(database, person_id=ann, version_id=one.version_id, delivery_id=delivery, belief=3, now=NOW)
    with pytest.raises(NotFound):
        say_belief(database, person_id=bob, version_id=one.version_id, delivery_id=delivery, belief=1, now=NOW)
