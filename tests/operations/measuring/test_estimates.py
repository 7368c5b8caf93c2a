"""A guess is locked once a round, before the result is shown, and the gap is told only where something is known."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.measuring.estimate_words import tell_estimate, tell_gap, tell_overall
from cadence.operations.measuring.estimates import Estimate, estimates_of, list_guesses, lock_estimate, wants_estimate
from cadence.operations.measuring.gaps import Why
from cadence.operations.measuring.report import report
from cadence.operations.measuring.report_json import plain_report
from cadence.operations.measuring.reported import StatementReport
from cadence.operations.people.erase_person import erase_person
from cadence.rendering.words import english
from cadence.slack_app.summary import leader_lines
from cadence.store.database import tables
from cadence.store.database.engine import Database
from cadence.store.measuring.estimates import stored_estimates
from cadence.store.planning.chunks import current_statements
from tests.fixtures.builders import NOW, StatementRows, a_person, a_release, a_statement, a_version
from tests.fixtures.sending import change

DAY = timedelta(days=1)
#: when guesses are made: the day after the answers
THEN = NOW + DAY


def _company(database: Database, size: int, team: str = "Field") -> list[int]:
    return [a_person(database, team=team) for _ in range(size)]


def _known(database: Database, slug: str, *, value: int | None = None, verdict: str = "figure", **more: Any) -> StatementRows:
    """A statement with a released step: about ``value`` of 100 know it, fifteen more or fewer."""
    _company(database, 10)
    one = a_statement(database, slug=slug)
    ends = {} if value is None else {"low": max(value - 15, 0), "high": min(value + 15, 100)}
    a_release(database, one, value=value, verdict=verdict, **(ends | more))
    return one


def _line(database: Database, slug: str = "repair", **limits: object) -> StatementReport:
    (line,) = [s for s in report(database, now=THEN, **limits).statements if s.slug == slug]  # type: ignore[arg-type]
    return line


def _history(database: Database, statement_id: int) -> tuple[Estimate, ...]:
    with database.read() as connection:
        return estimates_of(connection, statement_id, now=THEN)


def _why(database: Database, *, days: float = 0.0) -> Why | None:
    with database.read() as connection:
        found = wants_estimate(connection, current_statements(connection), now=THEN + timedelta(days=days))
    return next((one.why for one in found.values()), None)


def test_a_locked_guess_stands_beside_what_was_released(database: Database) -> None:
    _company(database, 30)
    _known(database, "repair", value=25)
    assert (_line(database).asked is not None, _line(database).projection_gap) == (True, None)

    made = lock_estimate(database, slug="repair", percent="90", by=" Ada ", now=THEN)

    assert (made.number, made.percent, made.made_at, made.made_by) == (1, 90, THEN, "Ada")
    line = _line(database)
    told = line.projection_gap
    assert line.asked is None
    assert told is not None
    assert (told.estimate, told.made_by, told.points, told.low, told.high) == (90, "Ada", 65, 50, 80)
    assert told.exceeds_ten_points is not None
    assert told.exceeds_ten_points > 0.999
    assert told.almost_surely
    assert tell_estimate(english("leader"), told) == (
        "You guessed 90 in 100. Know it: about 25 in 100 (10 to 40, 24 answered): 65 points fewer than you thought."
        " Your guess was almost surely more than 10 points too high."
    )
    assert made.sentence == "On 24 November 2026 (UTC): estimated 90 in 100; known then: about 25 in 100 (10 to 40, 24 answered)."


def test_a_guess_that_is_too_low_has_a_gap_below_zero(database: Database) -> None:
    _known(database, "repair", value=75)
    lock_estimate(database, slug="repair", percent=20, now=THEN)

    told = _line(database).projection_gap
    assert told is not None
    assert (told.points, told.low, told.high) == (-55, -70, -40)
    assert told.exceeds_ten_points == pytest.approx(0.0, abs=1e-6)
    assert "55 points more than you thought" in tell_estimate(english("leader"), told)


@pytest.mark.parametrize("guess", [70, 75, 80, 89])
def test_a_gap_of_less_than_half_the_range_says_as_you_thought(database: Database, guess: int) -> None:
    _known(database, "repair", value=75)
    lock_estimate(database, slug="repair", percent=guess, now=THEN)
    told = _line(database).projection_gap
    assert told is not None
    assert tell_gap(english("leader"), told) == "about as you thought"


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
    one = _known(database, "repair", value=50)
    made = lock_estimate(database, slug="repair", percent=None, now=THEN)

    assert made.percent is None
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
    _known(database, "repair", value=50)
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    (later,) = report(database, now=THEN + 90 * DAY).statements
    assert later.projection_gap is None
    assert later.asked is not None


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        ("too_early", "You guessed 90 in 100. 28 told, 24 answered: too early to say."),
        ("selection", "You guessed 90 in 100. 24 answered, but perhaps those who know it answer more often."),
        ("too_uncertain", "You guessed 90 in 100. 24 answered, and what they say leaves it wide open."),
        ("hidden", "You guessed 90 in 100. Too few people to show."),
    ],
)
def test_where_nothing_can_be_said_there_is_a_guess_and_no_gap(database: Database, verdict: str, sentence: str) -> None:
    _known(database, "repair", verdict=verdict)
    lock_estimate(database, slug="repair", percent=90, now=THEN)
    told = _line(database).projection_gap
    assert told is not None
    assert (told.estimate, told.points, told.low, told.high, told.exceeds_ten_points) == (90, None, None, None, None)
    assert tell_estimate(english("leader"), told) == sentence


def test_a_range_makes_a_range_of_points(database: Database) -> None:
    _known(database, "repair", verdict="range", low=45, high=80)
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    told = _line(database).projection_gap
    assert told is not None
    assert (told.points, told.low, told.high, told.almost_surely) == (None, -20, 15, False)
    assert "between 20 points more and 15 points fewer than you thought" in tell_estimate(english("leader"), told)


def test_a_larger_smallest_group_hides_how_many_answered(database: Database) -> None:
    _company(database, 12)
    _known(database, "repair", verdict="too_few", answered=8)
    lock_estimate(database, slug="repair", percent=90, now=THEN, smallest=10)
    told = report(database, now=THEN, smallest=10).statements[0].know_it
    assert told is not None
    assert told.answered is None


def test_what_was_known_at_an_estimate_stays_what_was_released_until_then(database: Database) -> None:
    one = _known(database, "repair", value=50)
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    a_release(database, one, step=2, at=THEN + 20 * DAY, value=80, low=70, high=90)
    with database.read() as connection:
        (made,) = estimates_of(connection, one.id, now=THEN + 21 * DAY)
    assert made.known is not None
    assert made.known.value == 50


def test_a_guess_is_about_the_whole_audience_so_a_team_has_no_gap(database: Database) -> None:
    _known(database, "repair", value=50)
    for team in ("Field", "Office"):
        _company(database, 20, team=team)
    lock_estimate(database, slug="repair", percent=60, now=THEN)
    assert _line(database, team="Field").projection_gap is None
    assert _line(database, team="Field").know_it is not None
    assert _line(database).projection_gap is not None


def test_the_overall_gap_wants_three_statements_and_says_over_how_many(database: Database) -> None:
    for slug, value in (("one", 20), ("two", 50), ("three", 80)):
        _known(database, slug, value=value)
        lock_estimate(database, slug=slug, percent=70, now=THEN)
        whole = report(database, now=THEN).projection_gap
        assert whole is not None
        if slug != "three":
            assert whole.value is None
    _known(database, "four", verdict="too_early")
    lock_estimate(database, slug="four", percent=10, now=THEN)
    whole = report(database, now=THEN).projection_gap
    assert whole is not None
    assert (whole.statements, whole.of, whole.estimate, whole.value, whole.points) == (3, 4, 70, 50, 20)
    assert tell_overall(english("leader"), whole) == (
        "You think 70 in 100 people know what you have said. About 50 do. Average of the 3 statements with a figure, of 4; likely 35 to 65."
    )
    for limits in ({"statement": "one"}, {"team": "Field"}):
        _company(database, 5)
        assert report(database, now=THEN, **limits).projection_gap is None  # type: ignore[arg-type]


def test_the_json_has_the_documented_shape(database: Database) -> None:
    _known(database, "repair", value=25)
    lock_estimate(database, slug="repair", percent=90, by="Ada", now=THEN)
    plain = json.loads(json.dumps(plain_report(report(database, now=THEN))))
    (line,) = plain["statements"]
    told = line["projection_gap"]
    assert told.keys() == {*("estimate", "made_at", "made_by", "against", "points", "low", "high", "exceeds_ten_points", "sentence")}
    assert (told["estimate"], told["made_at"], told["points"], told["against"]) == (90, "2026-11-24T09:00:00+00:00", 65, "know_it")
    assert line["asked"] is None
    assert line["know_it"].keys() == {*("verdict", "value", "low", "high", "people", "told", "answered", "released_at", "sentence")}
    assert plain["projection_gap"].keys() == {*("statements", "of", "against", "estimate", "value", "low", "high", "points", "sentence")}


def test_leaders_on_slack_see_no_result_before_their_guess(database: Database) -> None:
    _company(database, 30)
    for slug, value in (("one", 20), ("two", 50), ("three", 80)):
        _known(database, slug, value=value)

    def lines() -> list[str]:
        return leader_lines(english("leader"), database, now=THEN, smallest=5)

    assert not any("answered" in line or "about" in line for line in lines())
    assert sum("guess on its page first" in line for line in lines()) == 3
    lock_estimate(database, slug="one", percent=None, now=THEN)
    assert sum("know it: about 20 in 100 (5 to 35, 24 answered)" in line for line in lines()) == 1
    lock_estimate(database, slug="two", percent=90, now=THEN)
    assert sum("You guessed 90 in 100. Know it: about 50 in 100" in line for line in lines()) == 1
    assert not any(line.startswith("You think") for line in lines())


def test_leaders_on_slack_read_the_overall_gap_in_one_line(database: Database) -> None:
    _company(database, 30)
    for slug, value in (("one", 20), ("two", 40), ("three", 60)):
        _known(database, slug, value=value)
        lock_estimate(database, slug=slug, percent=90, now=THEN)
    lines = leader_lines(english("leader"), database, now=THEN, smallest=5)
    (told,) = [line for line in lines if line.startswith("You think")]
    assert told.startswith(
        "You think 90 in 100 people know what you have said. About 40 do. Average of the 3 statements with a figure, of 3"
    )
    assert lines.index(told) == 1


def test_who_is_erased_guessed_under_no_name(database: Database) -> None:
    one = a_statement(database, slug="repair")
    a_person(database, email="zora.quill@wetherby.example", name="Zora Quill")
    for turn, by in enumerate(("Zora Quill", "Zora.Quill@wetherby.example", "Bo Lind")):
        lock_estimate(database, slug="repair", percent=60, by=by, now=THEN + 90 * turn * DAY)

    erase_person(database, "zora.quill@wetherby.example", now=THEN)

    assert [made.made_by for made in _history(database, one.id)] == ["Bo Lind", "Erased person", "Erased person"]
    assert {made.percent for made in _history(database, one.id)} == {60}


def test_a_figure_that_has_expired_is_not_replaced_by_what_was_known_before(database: Database) -> None:
    one = _known(database, "repair", value=50)
    a_release(database, one, figure="from_elsewhere", value=30, low=20, high=40)
    lock_estimate(database, slug="repair", percent=90, now=THEN)
    (line,) = report(database, now=THEN + 45 * DAY).statements
    assert line.projection_gap is not None
    assert (line.projection_gap.points, line.projection_gap.is_at_start) == (None, False)
    assert "Last known on 22 Nov 2026" in tell_estimate(english("leader"), line.projection_gap)
