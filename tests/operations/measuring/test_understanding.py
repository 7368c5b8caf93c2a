"""What a report may say about knowing: measured, believed, or that it cannot be known; and what it never gives away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.measuring.awareness import AwarenessVerdict
from cadence.operations.measuring.report import report
from cadence.operations.measuring.understanding import GroupKnowledge
from cadence.operations.running.close_silent import close_silent
from cadence.store.database import core, migrations
from cadence.store.database.engine import Database
from cadence.store.database.sql import insert_for
from tests.fixtures.builders import NOW, StatementRows, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.operations.responding.test_learning import answered, with_checks

DAY = timedelta(days=1)


def _team(database: Database, name: str, size: int) -> list[int]:
    return [a_person(database, team=name) for _ in range(size)]


def _ask(database: Database, people: Sequence[int], one: StatementRows, right: Sequence[bool], *, at: Any = NOW) -> None:
    """Let each of ``people`` answer as many checks as ``right`` has values."""
    occurrence = an_occurrence(database, a_cadence(database), at=at)
    for person, is_right in zip(people, right, strict=False):
        delivery = a_delivery(database, person, [one], at=at, occurrence_id=occurrence)
        with_checks(database, delivery, [one])
        answered(database, person, delivery, one, right=is_right, at=at)


def _known(database: Database, *, team: str | None = None) -> GroupKnowledge:
    found = report(database, now=NOW + DAY).statements[0]
    known = found.understanding if team is None else {t.team: t.understanding for t in found.teams}[team]
    assert known is not None
    return known


def test_nobody_answered_so_it_cannot_be_known(database: Database) -> None:
    one = a_statement(database)
    for person in _team(database, "Field", 12):
        a_delivery(database, person, [one], at=NOW - 4 * DAY)
    close_silent(database, now=NOW)

    known = _known(database)
    assert known.understanding.verdict is AwarenessVerdict.CANNOT_BE_KNOWN
    assert known.understanding.bounds is not None
    assert (known.understanding.bounds.low, known.understanding.bounds.high) == (0.0, 1.0)
    assert known.understanding.sentence == "too early to say: nobody answered, so between 0% and 100% know it"
    assert known.seen is not None
    assert 0.0 <= known.seen.total.low < known.seen.total.value < known.seen.total.high < 12


def test_answers_are_measured_with_their_range_and_the_silent_as_bounds(database: Database) -> None:
    one = a_statement(database)
    people = _team(database, "Field", 40)
    _ask(database, people, one, [True] * 20 + [False] * 5)

    known = _known(database).understanding
    assert (known.verdict, known.respondents) == (AwarenessVerdict.MEASURED, 25)
    assert known.measured is not None
    assert known.measured.value == pytest.approx((20 / 25 - 1 / 6) / (5 / 6))
    assert known.measured.low < known.measured.value < known.measured.high
    assert known.bounds is not None
    assert known.bounds.low == pytest.approx(known.measured.value * 25 / 40)
    assert known.bounds.high == pytest.approx(known.bounds.low + 15 / 40)


def test_only_the_newest_answer_of_each_counts(database: Database) -> None:
    one = a_statement(database)
    people = _team(database, "Field", 30)
    _ask(database, people, one, [False] * 30, at=NOW - 30 * DAY)
    _ask(database, people, one, [True] * 30)

    measured = _known(database).understanding.measured
    assert measured is not None
    assert measured.value == 1.0


def test_answers_of_fewer_than_five_show_nowhere(database: Database) -> None:
    one = a_statement(database, slug="repair")
    field, lab, depot = _team(database, "Field", 10), _team(database, "Lab", 10), _team(database, "Depot", 10)
    _ask(database, field + lab + depot[:3], one, [True] * 23)

    few = _known(database, team="Depot").understanding
    assert (few.verdict, few.respondents) == (AwarenessVerdict.CANNOT_BE_KNOWN, None)
    assert few.bounds is not None
    assert (few.bounds.low, few.bounds.high) == (0.0, 1.0)
    # with both other teams shown, three answers could be worked out from the whole
    others = {team: _known(database, team=team).understanding for team in ("Field", "Lab")}
    assert sorted(one.verdict for one in others.values()) == [AwarenessVerdict.MEASURED, AwarenessVerdict.WITHHELD]
    assert _known(database).understanding.respondents == 23
    asked_for = report(database, now=NOW + DAY, team="Depot").statements[0].understanding
    assert asked_for is not None
    assert asked_for.understanding == few


def test_company_that_answers_is_believed_more_than_one_that_never_does(tmp_path: Path) -> None:
    """The same messages for four months; silence alone never reaches the target, answers do."""
    told = {}
    for speaks in (True, False):
        url = f"sqlite:///{tmp_path}/{speaks}.db"
        migrations.upgrade(url)
        database = Database(url)
        one, people = a_statement(database), _team(database, "Field", 6)
        for turn in range(12):
            at = NOW - (12 - turn) * 10 * DAY
            close_silent(database, now=at)
            occurrence = an_occurrence(database, a_cadence(database), at=at)
            for k, person in enumerate(people):
                delivery = a_delivery(database, person, [one], at=at, occurrence_id=occurrence)
                with_checks(database, delivery, [one])
                if speaks and (turn + k) % 2:
                    answered(database, person, delivery, one, right=turn > 2, at=at)
        close_silent(database, now=NOW)
        told[speaks] = _known(database)
        database.close()

    believed = {speaks: known.understanding.believed or 0.0 for speaks, known in told.items()}
    assert told[True].understanding.verdict is AwarenessVerdict.MEASURED
    assert told[False].understanding.verdict is AwarenessVerdict.CANNOT_BE_KNOWN
    assert told[False].not_reached == 6
    assert believed[False] < 0.9
    assert believed[True] - believed[False] >= 0.20


def test_no_report_holds_what_one_person_chose(database: Database) -> None:
    one = a_statement(database)
    people = _team(database, "Field", 9)
    _ask(database, people, one, [True] * 8 + [False])

    told = json.dumps(report(database, now=NOW + DAY).to_json())
    assert "choice" not in told
    assert not any(f"person{n}" in told for n in people)


def test_report_on_many_pairs_is_quick(database: Database) -> None:
    """Two hundred people and sixteen statements."""
    statements = [a_statement(database) for _ in range(16)]
    people = _team(database, "Field", 200)
    with database.transaction(durable=False) as connection:
        table: Any = core.exposures
        rows = [
            {"person_id": p, "statement_id": s.id, "version_id": s.version_id, "times_sent": 2, "sent_day": 20_000.0, "encoded": 0.8}
            for p in people
            for s in statements
        ]
        connection.execute(insert_for(connection, table), [row | {"seen_day": 20_000.0, "seen_sum": 1.5} for row in rows])
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 3200

    found = report(database, now=NOW)
    assert {s.understanding.seen.total.value for s in found.statements if s.understanding and s.understanding.seen} == {300.0}
