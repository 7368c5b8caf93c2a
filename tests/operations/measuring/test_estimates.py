"""A guess is locked once a round, before the result is shown, and the gap is told only where something is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.measuring.estimates import Estimate, estimates_of, list_guesses, lock_estimate, wants_estimate
from cadence.operations.measuring.gaps import Why
from cadence.operations.measuring.report import StatementReport, report
from cadence.operations.people.erase_person import erase_person
from cadence.rendering.words import english
from cadence.slack_app.summary import leader_lines
from cadence.store.database import tables
from cadence.store.database.engine import Database
from cadence.store.measuring.estimates import stored_estimates
from cadence.store.planning.chunks import current_statements
from tests.fixtures.builders import NOW, StatementRows, a_cadence, a_delivery, a_person, a_statement, a_version, an_occurrence
from tests.fixtures.sending import change
from tests.operations.responding.test_learning import answered, with_checks

DAY = timedelta(days=1)
#: when guesses are made: the day after the answers
THEN = NOW + DAY


def _company(database: Database, size: int, team: str = "Field") -> list[int]:
    return [a_person(database, team=team) for _ in range(size)]


def _answer(database: Database, people: Sequence[int], one: StatementRows, right: Sequence[bool]) -> None:
    occurrence = an_occurrence(database, a_cadence(database), at=NOW)
    for person, is_right in zip(people, right, strict=False):
        delivery = a_delivery(database, person, [one], at=NOW, occurrence_id=occurrence)
        with_checks(database, delivery, [one])
        answered(database, person, delivery, one, right=is_right, at=NOW)


def _known(database: Database, slug: str, *, right: int, of: int) -> StatementRows:
    """A statement that ``right`` of ``of`` new people answered rightly."""
    one = a_statement(database, slug=slug)
    _answer(database, _company(database, of), one, [True] * right + [False] * (of - right))
    return one


def _line(database: Database, slug: str = "repair", **limits: object) -> StatementReport:
    (line,) = [s for s in report(database, now=THEN, **limits).statements if s.slug == slug]  # type: ignore[arg-type]
    return line


def _history(database: Database, statement_id: int) -> tuple[Estimate, ...]:
    with database.read() as connection:
        return estimates_of(connection, statement_id)


def _why(database: Database, *, days: float = 0.0) -> Why | None:
    with database.read() as connection:
        found = wants_estimate(connection, current_statements(connection), now=THEN + timedelta(days=days))
    return next((one.why for one in found.values()), None)


def test_a_locked_guess_stands_beside_what_was_measured(database: Database) -> None:
    _known(database, "repair", right=22, of=60)
    assert (_line(database).asked is not None, _line(database).projection_gap) == (True, None)

    made = lock_estimate(database, slug="repair", percent="90", by=" Ada ", now=THEN)

    assert (made.number, made.percent, made.made_at, made.made_by, made.respondents) == (1, 90, THEN, "Ada", 60)
    line = _line(database)
    told, measured = line.projection_gap, line.understanding
    assert line.asked is None
    assert told is not None
    assert told.gap is not None
    assert measured is not None
    assert measured.understanding.measured is not None
    assert told.gap.value == pytest.approx(0.9 - measured.understanding.measured.value)
    assert told.gap.low == pytest.approx(0.9 - measured.understanding.measured.high)
    assert (told.estimate, told.made_by, told.respondents, told.hidden) == (0.9, "Ada", 60, "")
    assert told.exceeds_ten_points is not None
    assert told.exceeds_ten_points > 0.999
    assert told.bounds is not None  # everybody answered, so the worst and the best case are one
    assert told.bounds.low == pytest.approx(told.bounds.high) == pytest.approx(told.gap.value)
    assert told.sentence == "your estimate was 90%; 24% of 60 who answered know it (11% to 39%): 66 points too high (51 to 79)"
    assert made.sentence == "On 24 November 2026 (UTC): guessed 90%, then 24% knew (11% to 39%, n = 60)."


def test_a_guess_that_is_too_low_has_a_gap_below_zero(database: Database) -> None:
    _known(database, "repair", right=55, of=60)
    lock_estimate(database, slug="repair", percent=20, now=THEN)

    told = _line(database).projection_gap
    assert told is not None
    assert told.gap is not None
    assert told.gap.low < told.gap.value < told.gap.high < 0
    assert told.exceeds_ten_points == pytest.approx(0.0, abs=1e-6)
    assert "too low" in told.sentence


@pytest.mark.parametrize(
    "guess",
    ["", "  ", "abc", "101", "-1", "50.5", "5e1", "٥٠", "1" + "0" * 30, "5\x000", "7" * 10_000, 10**30, -1, 101, True],
    ids=lambda value: ascii(value)[:16],
)
def test_what_is_no_whole_percent_is_refused_and_nothing_stored(database: Database, guess: int | str) -> None:
    one = a_statement(database, slug="repair")
    with pytest.raises(Invalid) as refused:
        lock_estimate(database, slug="repair", percent=guess, now=THEN)
    assert refused.value.data["field"] == "estimate"
    assert len(str(refused.value)) < 200
    assert _history(database, one.id) == ()


@pytest.mark.parametrize("by", ["a\x00b", "a\nb", "\u202eada", "x" * 121, "y" * 10_000, "\ud800"], ids=lambda value: ascii(value)[:16])
def test_a_name_that_cannot_be_one_is_refused(database: Database, by: str) -> None:
    one = a_statement(database, slug="repair")
    with pytest.raises(Invalid) as refused:
        lock_estimate(database, slug="repair", percent=60, by=by, now=THEN)
    assert refused.value.data["field"] == "by"
    assert _history(database, one.id) == ()


@pytest.mark.parametrize(("by", "stored"), [("", ""), (" \u200b ", ""), ("x" * 120, "x" * 120), ("Zoë 🪿", "Zoë 🪿")])
def test_a_name_is_kept_as_it_is_read(database: Database, by: str, stored: str) -> None:
    one = a_statement(database, slug="repair")
    lock_estimate(database, slug="repair", percent=60, by=by, now=THEN)
    assert [made.made_by for made in _history(database, one.id)] == [stored]


@pytest.mark.parametrize("slug", ["", "nonsense", "re\x00pair", "REPAIR", "z" * 10_000, "\ud800"], ids=lambda value: ascii(value)[:16])
def test_a_statement_that_is_not_in_force_takes_no_guess(database: Database, slug: str) -> None:
    a_statement(database, slug="repair")
    with pytest.raises(NotFound) as refused:
        lock_estimate(database, slug=slug, percent=60, now=THEN)
    assert len(str(refused.value)) < 200


def test_a_withdrawn_statement_takes_no_guess_and_keeps_its_own(database: Database) -> None:
    one = a_statement(database, slug="repair")
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    change(database, tables.StatementRow, one.id, withdrawn_at=THEN)
    with pytest.raises(NotFound):
        lock_estimate(database, slug="repair", percent=60, now=THEN + 100 * DAY)
    assert [made.percent for made in _history(database, one.id)] == [60]


@pytest.mark.parametrize("again", [60, 61, 0, None])
def test_a_second_guess_in_the_same_round_is_told_of_the_first(database: Database, again: int | None) -> None:
    one = a_statement(database, slug="repair")
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    with pytest.raises(Conflict) as refused:
        lock_estimate(database, slug="repair", percent=again, now=THEN + timedelta(seconds=1))
    assert (
        str(refused.value) == "your estimate was 60% on 24 November 2026 (UTC); you are asked for the next one from 22 February 2027 (UTC)"
    )
    assert [made.percent for made in _history(database, one.id)] == [60]


def test_a_declined_guess_opens_the_result_and_closes_the_round(database: Database) -> None:
    one = _known(database, "repair", right=10, of=20)
    made = lock_estimate(database, slug="repair", percent=None, now=THEN)

    assert (made.percent, made.gap, made.respondents) == (None, None, 20)
    assert made.known is not None
    line = _line(database)
    assert (line.asked, line.projection_gap) == (None, None)
    with pytest.raises(Conflict, match="without an estimate on 24 November 2026"):
        lock_estimate(database, slug="repair", percent=50, now=THEN + DAY)
    assert len(_history(database, one.id)) == 1


def test_two_guesses_at_the_same_moment_make_one(database: Database) -> None:
    one = a_statement(database, slug="repair")
    start = Barrier(8)

    def guess(percent: int) -> bool:
        start.wait()
        try:
            lock_estimate(database, slug="repair", percent=percent, now=THEN)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        locked = [percent for percent, done in zip(range(8), pool.map(guess, range(8)), strict=True) if done]
    assert [made.percent for made in _history(database, one.id)] == locked
    assert len(locked) == 1


def test_a_guess_that_came_between_the_look_and_the_lock_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    one = a_statement(database, slug="repair")
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    looks = iter([True, False])
    monkeypatch.setattr(
        "cadence.operations.measuring.estimates.stored_estimates", lambda *given: {} if next(looks) else stored_estimates(*given)
    )
    with pytest.raises(Conflict, match="your estimate was 60%"):
        lock_estimate(database, slug="repair", percent=70, now=THEN)
    monkeypatch.undo()
    assert [made.percent for made in _history(database, one.id)] == [60]


def test_a_guess_is_asked_for_at_first_after_a_quarter_and_for_a_new_meaning(database: Database) -> None:
    one = a_statement(database, slug="repair")
    assert _why(database) is Why.FIRST
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    assert [_why(database, days=days) for days in (0, 89.999, -89.999)] == [None, None, None]
    assert _why(database, days=90) is Why.NEW_ROUND
    assert _why(database, days=-90) is Why.NEW_ROUND  # a guess from a false future does not hold for decades

    a_version(database, one.id, number=2, material=False, title="Other words")
    assert _why(database, days=1) is None
    a_version(database, one.id, number=3)
    assert _why(database, days=1) is Why.NEW_MEANING

    lock_estimate(database, slug="repair", percent=40, now=THEN + DAY)
    assert _why(database, days=1) is None
    assert [(made.number, made.percent) for made in _history(database, one.id)] == [(2, 40), (1, 60)]
    with database.read() as connection:
        (listed,) = list_guesses(connection, now=THEN + 91 * DAY)
    assert listed.asked is not None
    assert (listed.asked.why, listed.asked.last_at) == (Why.NEW_ROUND, THEN + DAY)


def test_nothing_but_the_guess_is_told_while_the_next_one_is_wanted(database: Database) -> None:
    _known(database, "repair", right=10, of=20)
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    (later,) = report(database, now=THEN + 90 * DAY).statements
    assert later.projection_gap is None
    assert later.asked is not None


@pytest.mark.parametrize(
    ("people", "answers", "hidden"),
    [
        (12, 0, "too early to say: nobody answered"),
        (12, 4, "too early to say: too few people answered"),
        (4, 4, "hidden: fewer than 5"),
    ],
)
def test_where_nothing_can_be_known_there_is_a_guess_and_no_gap(database: Database, people: int, answers: int, hidden: str) -> None:
    one = a_statement(database, slug="repair")
    _answer(database, _company(database, people), one, [True] * answers)
    made = lock_estimate(database, slug="repair", percent=90, now=THEN)

    assert (made.known, made.respondents, made.gap) == (None, None, None)
    told = _line(database).projection_gap
    assert told is not None
    assert (told.estimate, told.gap, told.exceeds_ten_points, told.respondents) == (0.9, None, None, None)
    assert (told.bounds, told.modelled, told.hidden) == (None, None, hidden)
    with database.read() as connection:
        stored = connection.execute(sa.text('SELECT "right", respondents, chance FROM estimates')).one()
    assert tuple(stored) == (None, None, None)


def test_a_larger_smallest_group_hides_more(database: Database) -> None:
    _known(database, "repair", right=6, of=8)
    made = lock_estimate(database, slug="repair", percent=90, now=THEN, smallest=10)
    told = report(database, now=THEN, smallest=10).statements[0].projection_gap
    assert made.known is None
    assert told is not None
    assert (told.gap, told.hidden) == (None, "hidden: fewer than 10")


def test_a_guess_is_about_the_whole_audience_so_a_team_has_no_gap(database: Database) -> None:
    _known(database, "repair", right=10, of=20)
    _company(database, 20, team="Office")
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    assert _line(database, team="Field").projection_gap is None
    assert _line(database, team="Field").understanding is not None
    assert _line(database).projection_gap is not None


def test_the_overall_gap_wants_three_statements(database: Database) -> None:
    for slug, right in (("one", 4), ("two", 12), ("three", 20)):
        _known(database, slug, right=right, of=20)
        lock_estimate(database, slug=slug, percent=70, now=THEN)
        found = report(database, now=THEN)
        assert found.projection_gap is not None
        if slug != "three":
            assert (found.projection_gap.gap, found.projection_gap.hidden) == (None, "hidden: fewer than 3 statements with a gap")
    gaps = [s.projection_gap.gap for s in found.statements if s.projection_gap and s.projection_gap.gap]
    whole = found.projection_gap
    assert whole is not None
    assert whole.gap is not None
    assert (whole.statements, whole.hidden, len(gaps)) == (3, "", 3)
    assert whole.gap.value == pytest.approx(sum(g.value for g in gaps) / 3)
    assert whole.gap.low < whole.gap.value < whole.gap.high
    for limits in ({"statement": "one"}, {"team": "Field"}):
        assert report(database, now=THEN, **limits).projection_gap is None  # type: ignore[arg-type]


def test_the_json_has_the_documented_shape(database: Database) -> None:
    _known(database, "repair", right=22, of=60)
    lock_estimate(database, slug="repair", percent=90, by="Ada", now=THEN)
    plain = json.loads(json.dumps(report(database, now=THEN).to_json()))
    told = plain["statements"][0]["projection_gap"]
    assert told.keys() == {
        *("estimate", "made_at", "made_by", "gap", "exceeds_ten_points", "respondents", "bounds", "modelled", "hidden", "sentence")
    }
    assert told["gap"].keys() == told["bounds"].keys() == {"value", "low", "high"}
    assert (told["estimate"], told["made_at"], told["gap"]["value"]) == (0.9, "2026-11-24T09:00:00+00:00", 0.66)
    assert plain["statements"][0]["asked"] is None
    assert plain["projection_gap"].keys() == {"gap", "statements", "hidden", "sentence"}
    # how many were right is for no reader
    assert '"answers"' not in json.dumps(plain)


def test_leaders_on_slack_see_no_result_before_their_guess(database: Database) -> None:
    for slug, right in (("one", 4), ("two", 12), ("three", 20)):
        _known(database, slug, right=right, of=20)

    def lines() -> list[str]:
        return leader_lines(english("leader"), database, now=THEN, smallest=5)

    assert not any("answers" in line or "%" in line for line in lines())
    assert sum("estimate on its page first" in line for line in lines()) == 3
    lock_estimate(database, slug="one", percent=None, now=THEN)
    assert sum("know it (" in line for line in lines()) == 1
    lock_estimate(database, slug="two", percent=90, now=THEN)
    assert sum("Your estimate was 90%" in line for line in lines()) == 1
    assert not any(line.startswith("On average") for line in lines())


def test_leaders_on_slack_read_the_overall_gap_in_one_line(database: Database) -> None:
    for slug, right in (("one", 4), ("two", 8), ("three", 10)):
        _known(database, slug, right=right, of=20)
        lock_estimate(database, slug=slug, percent=90, now=THEN)
    lines = leader_lines(english("leader"), database, now=THEN, smallest=5)
    (told,) = [line for line in lines if line.startswith("On average")]
    assert told.startswith("On average your estimates are 66 points too high, over 3 statements (likely ")
    assert lines.index(told) == 1


def test_who_is_erased_guessed_under_no_name(database: Database) -> None:
    one = a_statement(database, slug="repair")
    a_person(database, email="zora.quill@wetherby.example", name="Zora Quill")
    for turn, by in enumerate(("Zora Quill", "Zora.Quill@wetherby.example", "Bo Lind")):
        lock_estimate(database, slug="repair", percent=60, by=by, now=THEN + 90 * turn * DAY)

    erase_person(database, "zora.quill@wetherby.example", now=THEN)

    assert [made.made_by for made in _history(database, one.id)] == ["Bo Lind", "Erased person", "Erased person"]
    assert {made.percent for made in _history(database, one.id)} == {60}
