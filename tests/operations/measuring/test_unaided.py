"""How many name a priority by heart: published in frozen steps, of those who replied and had no help."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.domain.measuring.naming import share_naming
from cadence.operations.measuring.unaided import Unaided, close_unaided, unaided
from cadence.operations.responding.own_words import name_priorities
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_statement

DAY = timedelta(days=1)


class Company:
    """Two priorities, and people who were sent the first."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.alarms = a_statement(database, kind="priority", slug="alarms", title="Answer every night alarm")
        self.gauges = a_statement(database, kind="priority", slug="gauges", title="A second way home for gauges")

    def say(self, words: str, times: int = 1, *, told: StatementRows | None = None, led_by_it: bool = False) -> None:
        for _ in range(times):
            person = a_person(self.database)
            delivery = a_delivery(self.database, person, [told or self.alarms])
            name_priorities(self.database, person_id=person, words=words, now=NOW, delivery_id=delivery if led_by_it else None)

    def close(self, days: int = 0) -> int:
        with self.database.transaction() as connection:
            return close_unaided(connection, now=NOW + days * DAY, smallest=5)

    def look(self, days: int = 0) -> dict[str, Unaided]:
        with self.database.read() as connection:
            return {one.slug: one for one in unaided(connection, now=NOW + days * DAY)}


@pytest.fixture
def company(database: Database) -> Company:
    return Company(database)


def test_the_share_of_those_who_replied_is_told_with_its_range(company: Company) -> None:
    company.say("the night alarms", 12)
    company.say("no idea", 8)
    company.say("something with towers", 4)
    assert company.close() == 1

    found = company.look()
    assert (found["alarms"].value, found["alarms"].low, found["alarms"].high, found["alarms"].replied) == (60, 40, 80, 20)
    assert found["gauges"].released_at is None


def test_who_was_not_told_or_had_help_is_not_counted(company: Company) -> None:
    company.say("the night alarms", 4)
    company.say("the night alarms", 5, told=company.gauges)
    company.say("the night alarms", 5, led_by_it=True)
    assert company.close() == 1  # of the other priority, which five were told
    company.say("the night alarms")
    assert company.close() == 1


def test_replies_between_two_steps_change_nothing(company: Company) -> None:
    company.say("the night alarms", 10)
    company.say("no idea", 10)
    company.close()
    before = company.look()
    company.say("no idea", 4)
    assert company.close(30) == 0
    company.say("no idea")
    assert company.close(13) == 0
    with company.database.transaction() as connection:
        connection.execute(sa.update(core.own_words).values(judgement="could", named=[company.gauges.id]))
    assert company.look() == before
    assert company.close(14) == 1
    assert company.look(14)["alarms"].value == 5


def test_too_few_replies_and_old_ones_say_nothing(company: Company) -> None:
    company.say("the night alarms", 3)
    company.say("no idea", 3)
    company.close()
    assert company.look()["alarms"].released_at is None
    company.say("the night alarms", 20)
    company.close(14)
    assert company.look(14)["alarms"].value == 85
    assert company.look(120)["alarms"].released_at is None


def test_a_range_that_is_too_wide_is_not_told() -> None:
    assert share_naming(4, 8) is None
    assert share_naming(0, 0) is None
    assert share_naming(0, 12) is not None
