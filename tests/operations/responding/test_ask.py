"""How often one person may ask, and that nobody's questions hide those of others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cadence.errors import TooOften
from cadence.operations.responding.ask import MOST_A_DAY, ask_question, list_questions
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_person


def ask(database: Database, person: int, number: int, *, hours: float = 0, channel: str = "slack") -> None:
    ask_question(
        database,
        person_id=person,
        delivery_id=None,
        version_id=None,
        text=f"Question {number} of {person}?",
        channel=channel,
        source_id=f"{person}:{number}",
        now=NOW + timedelta(hours=hours),
    )


def test_one_person_asks_so_many_a_day_on_all_ways_together(database: Database) -> None:
    ann, ben = a_person(database, email="ann@example.com"), a_person(database, email="ben@example.com")
    for number in range(MOST_A_DAY):
        ask(database, ann, number, channel=("slack", "email")[number % 2])
    for channel in ("slack", "email"):
        with pytest.raises(TooOften, match="can wait until tomorrow"):
            ask(database, ann, 100, channel=channel)
    ask(database, ann, 3)  # a repetition of what was recorded is no new question
    ask(database, ben, 1)
    ask(database, ann, 101, hours=24.1)
    assert len(list_questions(database)) == MOST_A_DAY + 2


def test_nobody_s_questions_push_those_of_others_off_the_list(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.operations.responding.ask.MOST_LISTED", 4)
    loud, quiet, other = (a_person(database, email=f"{name}@example.com") for name in ("loud", "quiet", "other"))
    ask(database, quiet, 1)
    ask(database, other, 1, hours=0.1)
    for number in range(6):
        ask(database, loud, number, hours=1 + number / 10)
    listed = list_questions(database)
    assert [one.text for one in listed] == [f"Question {n} of {p}?" for p, n in ((loud, 5), (loud, 4), (other, 1), (quiet, 1))]
