"""Steps of figures close when enough people answered for long enough, and what is published stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.measuring.answering_habits import TapOutcome
from cadence.domain.measuring.figures import Figure, FigureKind, Group, Verdict
from cadence.domain.measuring.luck import COULD, COULD_NOT, NOT_SAID
from cadence.operations.measuring.known import figures
from cadence.operations.measuring.release import release
from cadence.operations.running import tick
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.measuring.know_it import answered_questions
from tests.fixtures.asking import FORGOT, RIGHT, WRONG, Asked, ask, tell
from tests.fixtures.builders import NOW, StatementRows, a_person, a_statement, a_version, an_audience

DAY = timedelta(days=1)
FIELD, LAB = Group(kind="team", name="Field"), Group(kind="team", name="Lab")


def _people(database: Database, n: int, team: str = "Field") -> list[int]:
    return [a_person(database, team=team, location="", country="") for _ in range(n)]


def _ask(
    database: Database, people: Sequence[int], one: StatementRows, lines: Sequence[int | None], *, at: datetime, **overrides: Any
) -> None:
    ask(database, [Asked(person=p, statement=one, at=at, line=line, **overrides) for p, line in zip(people, lines, strict=False)])


def _begin(database: Database, people: Sequence[int], statements: Sequence[StatementRows]) -> None:
    """Let a question have been asked 60 days ago in vain, so that figures may be published, and the texts have been delivered."""
    tell(database, people, statements, at=NOW - 61 * DAY)
    _ask(database, people[:1], statements[0], [None], at=NOW - 60 * DAY)


def _figure(database: Database, one: StatementRows, group: Group | None = None, *, now: datetime = NOW, **more: Any) -> Figure:
    with database.read() as connection:
        return figures(connection, now=now).of(one.id, group, **more)


def _steps(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(sa.select(core.releases).order_by(core.releases.c.id)))


def test_the_first_step_closes_after_eight_weeks_with_five_people(database: Database) -> None:
    one, people = a_statement(database), _people(database, 30)
    tell(database, people, [one], at=NOW - 61 * DAY)
    _ask(database, people[:4], one, [RIGHT] * 4, at=NOW - 56 * DAY)
    assert release(database, now=NOW - DAY) == 0
    assert release(database, now=NOW) == 0
    _ask(database, people[4:5], one, [WRONG], at=NOW + DAY / 2)
    assert release(database, now=NOW + DAY) == 1
    (step,) = _steps(database)
    assert (step.figure, step.group_kind, step.group_name, step.step) == ("know_it", "audience", "everyone", 1)
    assert (step.people, step.told, step.answered, step.released_at) == (30, 30, 5, NOW + DAY)
    assert _figure(database, one, now=NOW + DAY).answered == 5


def test_a_company_may_ask_for_more_people_in_a_step(database: Database) -> None:
    one, people = a_statement(database), _people(database, 30)
    _begin(database, people, [one])
    _ask(database, people[:7], one, [RIGHT] * 7, at=NOW - 10 * DAY)
    database.smallest_group = 8
    assert release(database, now=NOW) == 0
    _ask(database, people[7:8], one, [RIGHT], at=NOW)
    assert release(database, now=NOW + DAY) == 1


def test_no_step_is_spent_on_figures_that_come_too_early(database: Database) -> None:
    one, people = a_statement(database), _people(database, 30)
    tell(database, people, [one], at=NOW - 60 * DAY)
    _ask(database, people[:9], one, [RIGHT] * 9, at=NOW - 50 * DAY)
    assert release(database, now=NOW) == 0
    assert _figure(database, one).verdict is Verdict.TOO_EARLY
    assert release(database, now=NOW + 6 * DAY) == 1
    assert [s.answered for s in _steps(database)] == [9]


def test_a_step_is_closed_once_a_day_and_costs_one_read_the_rest_of_it(database: Database) -> None:
    one, people = a_statement(database), _people(database, 12)
    _begin(database, people, [one])
    assert release(database, now=NOW) == 0
    _ask(database, people[:6], one, [RIGHT] * 6, at=NOW)
    assert release(database, now=NOW + DAY / 2) == 0
    assert release(database, now=NOW + DAY) == 1
    assert release(database, now=NOW + DAY) == 0
    assert release(database, now=NOW + 2 * DAY) == 0


def test_the_next_step_needs_five_other_answers_and_fourteen_days(database: Database) -> None:
    one, people = a_statement(database), _people(database, 40)
    _begin(database, people, [one])
    _ask(database, people[:12], one, [RIGHT] * 12, at=NOW - 10 * DAY)
    assert release(database, now=NOW) == 1
    _ask(database, people[12:16], one, [RIGHT] * 4, at=NOW + DAY)
    # who answered twice is one person
    _ask(database, people[12:16], one, [RIGHT] * 4, at=NOW + 5 * DAY)
    assert release(database, now=NOW + 20 * DAY) == 0
    _ask(database, people[16:17], one, [RIGHT], at=NOW + 21 * DAY)
    assert release(database, now=NOW + 22 * DAY) == 1
    _ask(database, people[17:30], one, [RIGHT] * 13, at=NOW + 23 * DAY)
    assert release(database, now=NOW + 35 * DAY) == 0
    assert release(database, now=NOW + 36 * DAY) == 1
    assert [(s.step, s.answered) for s in _steps(database)] == [(1, 12), (2, 17), (3, 30)]


def test_answers_move_the_figure_away_from_what_is_predicted(database: Database) -> None:
    known, forgotten, people = a_statement(database), a_statement(database), _people(database, 60)
    tell(database, people, [known, forgotten], at=NOW - 61 * DAY, seen=0.75)
    for week in range(9):
        at, some, others = NOW - 58 * DAY + week * 6 * DAY, people[week::3][:12], people[week + 1 :: 3][:12]
        draw = {known.id: 0.9 if week % 2 else 0.4, forgotten.id: 0.4 if week % 2 else 0.9}
        _ask(database, some, known, [RIGHT] * 11 + [FORGOT], at=at, predicted=draw[known.id], eligible=draw)
        lines = [WRONG, FORGOT, RIGHT, FORGOT] * 3
        _ask(database, others, forgotten, lines, at=at + DAY, predicted=draw[forgotten.id], eligible=draw)
    assert release(database, now=NOW) == 2
    much, little = _figure(database, known), _figure(database, forgotten)
    assert much.is_said
    assert little.is_said
    assert much.low is not None
    assert little.high is not None
    assert little.high < much.low
    for figure in (much, little):
        assert all(part is None or part % 5 == 0 for part in (figure.value, figure.low, figure.high))


def test_what_is_published_stays_whoever_leaves_joins_or_moves(database: Database) -> None:
    one, people = a_statement(database), _people(database, 20)
    _begin(database, people, [one])
    _ask(database, people[:10], one, [RIGHT] * 10, at=NOW - 10 * DAY)
    release(database, now=NOW)
    before = _steps(database)
    with database.transaction() as connection:
        connection.execute(sa.update(core.people).where(core.people.c.id.in_(people[:3])).values(deactivated_at=NOW))
        connection.execute(sa.update(core.people).where(core.people.c.id.in_(people[3:9])).values(team="Lab"))
    _people(database, 5)
    for day in range(1, 15):
        assert release(database, now=NOW + day * DAY) == 0
    assert _steps(database) == before
    assert _figure(database, one).people == 20


def test_a_new_meaning_begins_new_steps_and_a_new_wording_does_not(database: Database) -> None:
    one, people = a_statement(database), _people(database, 30)
    _begin(database, people, [one])
    _ask(database, people[:10], one, [RIGHT] * 10, at=NOW - 10 * DAY)
    release(database, now=NOW)
    worded = a_version(database, one.id, number=2, material=False, published_at=NOW + DAY)
    _ask(database, people[10:16], worded, [RIGHT] * 6, at=NOW + 2 * DAY)
    assert release(database, now=NOW + 14 * DAY) == 1
    meant = a_version(database, one.id, number=3, published_at=NOW + 15 * DAY)
    _ask(database, people[:6], meant, [WRONG] * 6, at=NOW + 16 * DAY)
    assert release(database, now=NOW + 28 * DAY) == 0
    assert release(database, now=NOW + 29 * DAY) == 1
    assert [(s.step, s.version_id, s.answered) for s in _steps(database)] == [
        (1, one.version_id, 10),
        (2, worded.version_id, 16),
        (3, meant.version_id, 6),
    ]


def test_questions_beneath_a_text_or_off_the_digest_close_no_step(database: Database) -> None:
    one, people = a_statement(database), _people(database, 20)
    _begin(database, people, [one])
    _ask(database, people[:9], one, [RIGHT] * 9, at=NOW - 10 * DAY, reason="beneath_text")
    _ask(database, people[9:18], one, [RIGHT] * 9, at=NOW - 9 * DAY, reason="invited")
    assert release(database, now=NOW) == 0


def test_a_statement_is_about_its_audience_alone(database: Database) -> None:
    field, other = _people(database, 20), _people(database, 15, "Lab")
    an_audience(database, "field", {"team": ["Field"]})
    one = a_statement(database, audience="field")
    _begin(database, field, [one])
    _ask(database, field[:9], one, [RIGHT] * 9, at=NOW - 10 * DAY)
    assert release(database, now=NOW) == 1
    (step,) = _steps(database)
    assert (step.group_kind, step.group_name, step.people) == ("audience", "field", 20)
    assert len(other) == 15


def test_an_audience_of_all_but_a_few_is_never_published(database: Database) -> None:
    field, _ = _people(database, 20), _people(database, 3, "Lab")
    an_audience(database, "field", {"team": ["Field"]})
    one = a_statement(database, audience="field")
    _begin(database, field, [one])
    _ask(database, field[:9], one, [RIGHT] * 9, at=NOW - 10 * DAY)
    assert release(database, now=NOW) == 0


def test_teams_close_beside_the_whole_and_are_drawn_to_the_company(database: Database) -> None:
    one, field, lab = a_statement(database), _people(database, 25), _people(database, 25, "Lab")
    two = a_statement(database, withdrawn_at=NOW)
    _begin(database, field + lab, [one])
    easy, hard = {one.id: 0.9, two.id: 0.3}, {one.id: 0.3, two.id: 0.9}
    for k, at in enumerate((NOW - 30 * DAY, NOW - 20 * DAY, NOW - 10 * DAY)):
        for draw in (easy, hard):
            some = slice(k, 21 + k)
            _ask(database, field[some], one, [RIGHT] * 21, at=at, predicted=draw[one.id], eligible=draw)
            _ask(database, lab[some], one, ([FORGOT] * 2 + [RIGHT]) * 7, at=at + DAY, predicted=draw[one.id], eligible=draw)
            at += 3 * DAY
    assert release(database, now=NOW) == 3
    steps = {(s.group_kind, s.group_name): s for s in _steps(database)}
    assert set(steps) == {("audience", "everyone"), ("team", "Field"), ("team", "Lab")}
    assert (steps["team", "Lab"].people, steps["team", "Lab"].answered) == (25, 23)
    whole, better, worse = (_figure(database, one, group) for group in (None, FIELD, LAB))
    assert whole.low is not None
    assert better.low is not None
    assert worse.low is not None
    assert worse.low <= whole.low <= better.low
    assert worse.low < better.low


def test_a_team_waits_while_a_few_others_could_be_worked_out(database: Database) -> None:
    one, field, lab = a_statement(database), _people(database, 25), _people(database, 25, "Lab")
    _begin(database, field + lab, [one])
    _ask(database, field[:10] + lab[:3], one, [RIGHT] * 13, at=NOW - 10 * DAY)
    assert release(database, now=NOW) == 1
    _ask(database, lab[3:10], one, [RIGHT] * 7, at=NOW + DAY)
    assert release(database, now=NOW + 14 * DAY) == 3
    closed = [(s.group_name, s.step, s.answered) for s in _steps(database)]
    assert closed == [("everyone", 1, 13), ("everyone", 2, 20), ("Field", 1, 10), ("Lab", 1, 10)]


def test_a_team_waits_for_a_few_who_answered_before_the_last_step_too(database: Database) -> None:
    one, field, lab = a_statement(database), _people(database, 25), _people(database, 25, "Lab")
    _begin(database, field + lab, [one])
    _ask(database, field[:4] + lab[:3], one, [RIGHT] * 7, at=NOW - 10 * DAY)
    assert release(database, now=NOW) == 1
    # since that step only one team answered; beside it stand the three of the other, who are in the whole
    _ask(database, field[4:12], one, [RIGHT] * 8, at=NOW + DAY)
    assert release(database, now=NOW + 14 * DAY) == 1
    assert {s.group_name for s in _steps(database)} == {"everyone"}


def test_a_small_team_is_never_published(database: Database) -> None:
    one, field = a_statement(database), _people(database, 30)
    lab, board = _people(database, 9, "Lab"), _people(database, 3, "Board")
    _begin(database, field, [one])
    _ask(database, field[:12] + lab + board, one, [RIGHT] * 24, at=NOW - 10 * DAY)
    assert release(database, now=NOW) == 2
    assert {s.group_name for s in _steps(database)} == {"everyone", "Field"}


def test_the_opening_round_is_published_once_after_a_week(database: Database) -> None:
    one, other, people = a_statement(database), a_statement(database), _people(database, 60)
    _ask(database, people, one, ([RIGHT] * 3 + [FORGOT] * 2 + [WRONG]) * 10, at=NOW, reason="opening", shown_before=0, predicted=0.0)
    _ask(database, people[:3], other, [RIGHT] * 3, at=NOW + 3 * DAY, reason="opening", shown_before=0, predicted=0.0)
    assert release(database, now=NOW + 6 * DAY) == 0
    assert release(database, now=NOW + 8 * DAY) == 2
    assert release(database, now=NOW + 9 * DAY) == 0
    before = _figure(database, one, now=NOW + 9 * DAY, kind=FigureKind.FROM_ELSEWHERE)
    assert before.is_said
    assert before.answered == 60
    assert before.low is not None
    assert before.high is not None
    assert before.low <= 45 <= before.high
    few = _figure(database, other, now=NOW + 9 * DAY, kind=FigureKind.FROM_ELSEWHERE)
    assert (few.verdict, few.answered, few.value) == (Verdict.TOO_FEW, None, None)
    assert _figure(database, one, now=NOW + 9 * DAY).verdict is Verdict.NOBODY_ASKED


def test_those_who_were_too_few_in_the_opening_round_count_for_the_next_step(database: Database) -> None:
    one, people = a_statement(database), _people(database, 30)
    _ask(database, people[:3], one, [RIGHT] * 3, at=NOW, reason="opening", shown_before=0, predicted=0.0)
    assert release(database, now=NOW + 8 * DAY) == 1
    _ask(database, people[3:5], one, [RIGHT] * 2, at=NOW + 9 * DAY, shown_before=0, predicted=0.0)
    assert release(database, now=NOW + 22 * DAY) == 1
    assert [s.answered for s in _steps(database)] == [3, 5]


def test_answers_before_the_first_text_are_a_figure_of_their_own(database: Database) -> None:
    one, people = a_statement(database), _people(database, 60)
    _ask(database, people[:40], one, [RIGHT, FORGOT] * 20, at=NOW - 20 * DAY, shown_before=0, predicted=0.0)
    assert release(database, now=NOW) == 1
    assert [s.figure for s in _steps(database)] == ["from_elsewhere"]
    assert _figure(database, one).verdict is Verdict.TOO_EARLY


def test_belief_is_published_by_the_same_steps(database: Database) -> None:
    one, people = a_statement(database, published_at=NOW - 60 * DAY), _people(database, 40)
    rows = [
        {"statement_id": one.id, "person_id": p, "version_id": one.version_id, "belief": 1 if k % 4 else 0, "said_at": NOW - DAY}
        for k, p in enumerate(people[:28])
    ]
    with database.transaction() as connection:
        connection.execute(sa.insert(core.beliefs), rows)
    assert release(database, now=NOW) == 1
    belief = _figure(database, one, kind=FigureKind.BELIEF)
    assert (belief.verdict, belief.value, belief.people, belief.answered) == (Verdict.RANGE, None, 40, 28)
    assert belief.low is not None
    assert belief.high is not None
    assert belief.low < 75 < belief.high
    assert release(database, now=NOW + 14 * DAY) == 0


def test_answering_only_what_one_knows_is_noticed(database: Database) -> None:
    """Each person could have been asked about something easy or something hard; only the easy ones were answered."""
    easy, hard, people = a_statement(database), a_statement(database), _people(database, 60)
    tell(database, people, [easy, hard], at=NOW - 61 * DAY)
    every = {easy.id: 0.9, hard.id: 0.2}
    for week in range(8):
        at = NOW - 58 * DAY + week * 7 * DAY
        _ask(database, people[:20], easy, [RIGHT] * 20, at=at, predicted=0.9, eligible=every)
        _ask(database, people[20:40], hard, [None] * 20, at=at + DAY, predicted=0.2, eligible=every)
    release(database, now=NOW)
    figure = _figure(database, easy)
    assert (figure.verdict, figure.value, figure.low) == (Verdict.SELECTION, None, None)
    assert _steps(database)[0].selection > 0.5


def test_each_answer_is_read_once_with_what_is_known_of_it(database: Database) -> None:
    one, people = a_statement(database), _people(database, 3)
    could = Asked(person=people[0], statement=one, at=NOW - 9 * DAY, line=RIGHT, judgement="could", predicted=0.6, shown_before=2)
    could_not = Asked(person=people[1], statement=one, at=NOW - 8 * DAY, line=RIGHT, judgement="could_not")
    unsure = Asked(person=people[1], statement=one, at=NOW - 7 * DAY, line=RIGHT, judgement="unsure")
    others = [Asked(person=people[2], statement=one, at=NOW - n * DAY, line=line) for n, line in ((6, WRONG), (5, FORGOT), (4, None))]
    elsewhere = [
        Asked(person=people[2], statement=one, at=NOW - 3 * DAY, line=WRONG, reason=reason) for reason in ("beneath_text", "invited")
    ]
    ask(database, [could, could_not, unsure, *others, *elsewhere])
    with database.read() as connection:
        found = answered_questions(connection, since_day=0.0, until_day=NOW.timestamp() / 86_400.0)
        later = answered_questions(connection, since_day=0.0, until_day=NOW.timestamp() / 86_400.0 - 7.5)
    assert found.said.tolist() == [COULD, COULD_NOT, NOT_SAID, NOT_SAID, NOT_SAID]
    assert found.outcome.tolist() == [TapOutcome.RIGHT] * 3 + [TapOutcome.WRONG, TapOutcome.FORGOT]
    assert (found.predicted[0], found.shown_before[0]) == (0.6, 2)
    assert list(zip(found.asked.tolist(), found.answered.tolist(), strict=True)) == [(1, 1), (2, 2), (2, 2), (5, 4), (5, 4)]
    assert later.id.tolist() == found.id[:2].tolist()


def test_the_tick_closes_the_steps(database: Database) -> None:
    one, people = a_statement(database), _people(database, 20)
    _begin(database, people, [one])
    _ask(database, people[:10], one, [RIGHT] * 10, at=NOW - 10 * DAY)
    tick.listen(database, clock=FixedClock(NOW))
    assert len(_steps(database)) == 1
