"""Which published figure holds, when it expires, what is hidden, and what is said before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cadence.domain.measuring.figures import Figure, FigureKind, Group, Verdict
from cadence.operations.measuring.known import Known, figures
from cadence.store.database.engine import Database
from cadence.store.measuring.releases import Step, add_steps, newest_steps
from tests.fixtures.asking import FORGOT, RIGHT, WRONG, Asked, ask, tell
from tests.fixtures.builders import NOW, StatementRows, a_person, a_statement, a_version, an_audience

DAY = timedelta(days=1)
FIELD, LAB, BOARD = (Group(kind="team", name=name) for name in ("Field", "Lab", "Board"))


@contextmanager
def _known(database: Database, **overrides: Any) -> Iterator[Known]:
    with database.read() as connection:
        yield figures(connection, **{"now": NOW, **overrides})


def _of(
    database: Database, one: StatementRows, group: Group | None = None, kind: FigureKind = FigureKind.KNOW_IT, **overrides: Any
) -> Figure:
    with _known(database, **overrides) as known:
        return known.of(one.id, group, kind)


def _release(database: Database, one: StatementRows, number: int = 1, *, group: Group | None = None, **overrides: Any) -> None:
    about = group or Group()
    values: dict[str, Any] = {
        "figure": FigureKind.KNOW_IT,
        "statement_id": one.id,
        "version_id": one.version_id,
        "group_kind": about.kind,
        "group_name": about.name,
        "step": number,
        "released_at": NOW - 10 * DAY,
        "people": 40,
        "told": 36,
        "answered": 12,
        "verdict": Verdict.FIGURE,
        "value": 70,
        "low": 55,
        "high": 80,
    }
    with database.transaction(durable=False) as connection:
        add_steps(connection, [Step(**(values | overrides))])


def _people(database: Database, **teams: int) -> dict[str, list[int]]:
    return {team: [a_person(database, team=team, location="", country="") for _ in range(n)] for team, n in teams.items()}


def _answer(database: Database, people: list[int], one: StatementRows, *, at: Any = NOW - 70 * DAY, **overrides: Any) -> None:
    lines = (RIGHT, WRONG, FORGOT)
    ask(database, [Asked(person=p, statement=one, at=at, line=lines[k % 3], **overrides) for k, p in enumerate(people)])


def test_nobody_was_asked_about_it(database: Database) -> None:
    one, field = a_statement(database), _people(database, Field=12)["Field"]
    tell(database, field[:9], [one], at=NOW - 3 * DAY)
    figure = _of(database, one)
    assert (figure.verdict, figure.people, figure.told, figure.answered) == (Verdict.NOBODY_ASKED, 12, 9, None)
    assert not figure.is_said


def test_it_is_too_early_for_eight_weeks_and_then_too_few_answered(database: Database) -> None:
    one, field = a_statement(database), _people(database, Field=12)["Field"]
    tell(database, field, [one], at=NOW - 80 * DAY)
    _answer(database, field[:4], one)
    assert _of(database, one, now=NOW - 15 * DAY).verdict is Verdict.TOO_EARLY
    late = _of(database, one)
    assert (late.verdict, late.told, late.answered) == (Verdict.TOO_FEW, 12, None)


def test_before_the_first_step_people_who_answered_are_counted_once_and_from_five_on(database: Database) -> None:
    one, field = a_statement(database), _people(database, Field=12)["Field"]
    _answer(database, field[:5], one, at=NOW - 20 * DAY)
    _answer(database, field[:5], one, at=NOW - 9 * DAY)
    figure = _of(database, one)
    assert (figure.verdict, figure.told, figure.answered) == (Verdict.TOO_EARLY, 0, 5)


def test_a_question_beneath_its_text_is_in_no_figure(database: Database) -> None:
    one, field = a_statement(database), _people(database, Field=12)["Field"]
    _answer(database, field, one, reason="beneath_text")
    assert _of(database, one).verdict is Verdict.NOBODY_ASKED


def test_the_newest_step_is_the_figure_and_the_older_ones_its_history(database: Database) -> None:
    one = a_statement(database)
    _people(database, Field=12)
    _release(database, one, 1, released_at=NOW - 30 * DAY, verdict=Verdict.RANGE, value=None, low=45, high=80)
    _release(database, one, 2)
    figure = _of(database, one)
    assert (figure.verdict, figure.value, figure.low, figure.high) == (Verdict.FIGURE, 70, 55, 80)
    assert (figure.people, figure.told, figure.answered, figure.released_at) == (40, 36, 12, NOW - 10 * DAY)
    with _known(database) as known:
        assert [past.verdict for past in known.history(one.id)] == [Verdict.RANGE, Verdict.FIGURE]
        step = known.newest_step(one.id)
        assert step is not None
        assert step.step == 2


def test_a_step_is_said_of_today_for_42_days_and_stays_in_the_history(database: Database) -> None:
    one = a_statement(database)
    _people(database, Field=12)
    _release(database, one)
    assert _of(database, one, now=NOW + 32 * DAY).verdict is Verdict.FIGURE
    stale = _of(database, one, now=NOW + 33 * DAY)
    assert (stale.verdict, stale.value, stale.low, stale.high, stale.answered) == (Verdict.EXPIRED, None, None, None, 12)
    with _known(database, now=NOW + 99 * DAY) as known:
        assert [past.value for past in known.history(one.id)] == [70]


def test_what_was_known_before_does_not_expire(database: Database) -> None:
    one = a_statement(database)
    _people(database, Field=12)
    _release(database, one, figure=FigureKind.FROM_ELSEWHERE)
    assert _of(database, one, kind=FigureKind.FROM_ELSEWHERE, now=NOW + 400 * DAY).value == 70
    assert _of(database, one).verdict is Verdict.NOBODY_ASKED


def test_a_new_meaning_begins_without_a_figure_and_keeps_the_old_one_in_the_history(database: Database) -> None:
    one = a_statement(database)
    _people(database, Field=12)
    _release(database, one)
    worded = a_version(database, one.id, number=2, material=False, published_at=NOW - 5 * DAY)
    assert _of(database, one).value == 70
    a_version(database, one.id, number=3, published_at=NOW - DAY)
    assert worded.id == one.id
    assert _of(database, one).verdict is Verdict.NOBODY_ASKED
    with _known(database) as known:
        assert [past.value for past in known.history(one.id)] == [70]
        assert known.newest_step(one.id) is None


def test_small_teams_and_those_that_could_be_worked_out_are_hidden(database: Database) -> None:
    one = a_statement(database)
    _people(database, Field=12, Lab=9, Board=3)
    for group in (FIELD, LAB, BOARD):
        _release(database, one, group=group)
    hidden = _of(database, one, BOARD)
    assert (hidden.verdict, hidden.people, hidden.told, hidden.answered, hidden.value) == (Verdict.HIDDEN, None, None, None, None)
    assert _of(database, one, LAB).verdict is Verdict.HIDDEN
    assert _of(database, one, FIELD).value == 70
    with _known(database) as known:
        assert known.history(one.id, BOARD) == []
        assert known.newest_step(one.id, BOARD) is None
        assert known.groups(one.id, "team") == [FIELD]
    assert _of(database, one, FIELD, smallest=20).verdict is Verdict.HIDDEN


def test_a_group_without_a_step_has_counts_of_its_own(database: Database) -> None:
    one, teams = a_statement(database), _people(database, Field=12, Lab=9)
    tell(database, teams["Field"][:7] + teams["Lab"], [one], at=NOW - 80 * DAY)
    _answer(database, teams["Field"][:3] + teams["Lab"][:6], one)
    assert (_of(database, one, FIELD).people, _of(database, one, FIELD).told, _of(database, one, FIELD).answered) == (12, 7, None)
    lab = _of(database, one, LAB)
    assert (lab.people, lab.told, lab.answered, lab.verdict) == (9, 9, 5, Verdict.TOO_EARLY), "six are told as at least five"


def test_functions_are_groups_too(database: Database) -> None:
    one = a_statement(database)
    for function in ("Sales",) * 6 + ("Service",) * 7:
        a_person(database, team="", location="", country="", attributes={"function": function})
    sales = Group(kind="function", name="Sales")
    assert _of(database, one, sales).people == 6
    with _known(database) as known:
        assert known.groups(one.id, "function") == [sales, Group(kind="function", name="Service")]
        assert known.groups(one.id, "level") == []


def test_an_audience_of_all_but_a_few_is_hidden(database: Database) -> None:
    one, inside = a_statement(database, audience="nearly"), a_statement(database, audience="field")
    an_audience(database, "nearly", {"not": {"team": ["Board"]}})
    an_audience(database, "field", {"team": ["Field"]})
    _people(database, Field=12, Lab=9, Board=3)
    _release(database, one, group=Group(name="nearly"))
    _release(database, inside, group=Group(name="field"), people=12)
    assert _of(database, one).verdict is Verdict.HIDDEN
    assert _of(database, inside).value == 70
    # the audience is the statement's own, however it is asked for
    assert _of(database, inside, Group()).value == 70


def test_another_audience_begins_without_a_figure(database: Database) -> None:
    one = a_statement(database)
    _people(database, Field=12)
    _release(database, one, group=Group(name="field"))
    assert _of(database, one).verdict is Verdict.NOBODY_ASKED


def test_a_step_that_is_stored_stays_as_it_is(database: Database) -> None:
    one = a_statement(database)
    _people(database, Field=12)
    _release(database, one)
    with database.transaction() as connection:
        step = newest_steps(connection, [one.id], figures=FigureKind)[0]
        add_steps(connection, [replace(step, value=10, low=0, high=20)])
    assert _of(database, one).value == 70


def test_a_statement_that_is_not_in_force_has_no_figure(database: Database) -> None:
    one = a_statement(database, withdrawn_at=NOW - DAY)
    with _known(database) as known, pytest.raises(KeyError):
        known.of(one.id)
