"""Guess, then see: what people know of a statement shows beside the leader's guess, and not before; a guess is locked once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.operations.measuring.estimates import estimates_of, lock_estimate
from cadence.operations.responding.acknowledge import acknowledge
from cadence.store.database.core import checks
from cadence.store.database.engine import Database
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.builders import NOW, StatementRows, a_cadence, a_delivery, a_person, a_release, a_statement, a_version, an_occurrence
from tests.web.conftest import PASSWORD, TestClient

QUESTION = "Of 100 people this is meant for, how many could say it in their own words today?"
#: what tells how many know a statement, in the words of the pages
RESULT = re.compile(r"about \d+ in 100|somewhere between|too early to say|You guessed|\b10 to 55\b|points", re.IGNORECASE)
URL = "/statements/repair/estimate"


def _text(page: str) -> str:
    """Return what a reader sees of a page."""
    shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())
    return re.sub(r" (?=[.,)])", "", shown)


@pytest.fixture
def repair(database: Database) -> StatementRows:
    """A statement of two teams with a released figure: about 30 of 100 know it."""
    one = a_statement(database, slug="repair", title="Repair <first>", must_acknowledge=True)
    occurrence = an_occurrence(database, a_cadence(database), at=NOW)
    for n in range(24):
        person = a_person(database, team="Field" if n % 2 else "Works")
        delivery = a_delivery(database, person, [one], occurrence_id=occurrence)
        if n < 2:
            acknowledge(database, person_id=person, version_id=one.version_id, delivery_id=delivery, method="link", now=NOW)
    a_release(database, one, value=30, low=10, high=55, people=24, told=24)
    a_release(database, one, group=("team", "Field"), value=40, low=20, high=70, people=12, told=12, answered=9)
    return one


@pytest.mark.usefixtures("repair")
def test_what_people_know_is_hidden_until_the_guess_and_sending_is_not(leader: TestClient) -> None:
    page = leader.get("/statements/repair").text
    seen = _text(page)

    assert seen.index("We mend what we can") < seen.index(QUESTION) < seen.index("told at least once")
    assert "24 people have answered. What they know stays closed until you have made your guess." in seen
    assert "A locked guess cannot be changed" in seen
    assert RESULT.findall(seen) == []
    assert "g-known" not in page
    assert '<th scope="col">Know it</th>' not in page
    assert "24 of 24 told at least once" in seen
    assert "2 of 24 have acknowledged it." in seen
    assert "Field 12" in seen

    home = leader.get("/").text
    assert "Guess first. Then see." in _text(home)
    assert "Make your guess to see what people know" in _text(home)
    assert RESULT.findall(_text(home).partition("“People know”")[0]) == []
    assert 'cx="30%"' not in home


def test_a_guess_is_locked_and_stands_beside_what_people_know(leader: TestClient, database: Database, repair: StatementRows) -> None:
    answer = leader.post(URL, data={"estimate": " 90 % ", "by": "Helen <b>M</b>"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/statements/repair#estimate")

    page = leader.get("/statements/repair").text
    seen = _text(page)
    told = "You guessed 90 in 100. Know it: about 30 in 100 (10 to 55, 24 answered): 60 points fewer than you thought."
    sure = "Your guess was almost surely more than 10 points too high."
    assert "You guessed 90 in 100. About 30 know it." in seen
    assert f"{told} {sure}" in seen
    assert f'aria-label="{told} {sure}"' in page
    assert "Guessed by Helen <b>M</b> on Mon 23 Nov 2026, 10:00 (Europe/Berlin). It cannot be changed." in seen
    assert "You are asked for the next guess from 21 Feb 2027" in seen
    assert "Of 24 people it is meant for, 24 were told and 24 answered a question about it." in seen
    assert "It is the step of 22 Nov 2026." in seen
    assert "Field 12 about 40 in 100 (20 to 70, 9 answered) 12 of 12" in seen
    assert QUESTION not in seen
    assert "Earlier guesses" not in seen
    assert " style=" not in page
    with database.read() as connection:
        assert [(one.percent, one.made_by) for one in estimates_of(connection, repair.id, now=NOW)] == [(90, "Helen <b>M</b>")]

    home = leader.get("/").text
    assert f'aria-label="{told} {sure}"' in home
    assert "60 points 24 answered" in _text(home)
    assert "For one statement we can tell." in _text(home)


def test_without_a_guess_it_is_shown_and_the_choice_is_kept(leader: TestClient, database: Database, repair: StatementRows) -> None:
    page = leader.post(URL, data={"skip": "1", "estimate": "none of it", "by": ""})
    assert (page.status_code, page.text.count('id="estimate"')) == (200, 1)

    seen = _text(leader.get("/statements/repair").text)
    assert "About 30 know it. " in seen
    assert "About 30 in 100 (10 to 55, 24 answered)." in seen
    assert "Shown without a guess on Mon 23 Nov 2026, 10:00 (Europe/Berlin). You are asked for the next guess from 21 Feb 2027." in seen
    assert "You guessed" not in seen
    assert "30 in 100 24 answered" in _text(leader.get("/").text)
    with database.read() as connection:
        assert [one.percent for one in estimates_of(connection, repair.id, now=NOW)] == [None]


def test_a_locked_guess_stays_and_the_page_says_since_when(leader: TestClient, database: Database, repair: StatementRows) -> None:
    leader.post(URL, data={"estimate": "90"})
    for form in ({"estimate": "40"}, {"estimate": "90"}, {"skip": "1"}):
        again = leader.post(URL, data=form)
        assert again.status_code == 409
        seen = _text(again.text)
        assert "The guess was 90 in 100 on 23 Nov 2026. You are asked for the next one from 21 Feb 2027." in seen
        assert "You guessed 90 in 100." in seen
    with database.read() as connection:
        assert [one.percent for one in estimates_of(connection, repair.id, now=NOW)] == [90]


@pytest.mark.usefixtures("repair")
@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"estimate": "101"}, "“101” is not a whole number from 0 to 100. For example: 60."),
        ({"estimate": "-5"}, "“-5” is not a whole number from 0 to 100."),
        ({"estimate": "60.5"}, "“60.5” is not a whole number from 0 to 100."),
        ({"estimate": "٦٠"}, "is not a whole number from 0 to 100."),
        ({"estimate": "<script>x</script>"}, "is not a whole number from 0 to 100."),
        ({"estimate": "9" * 5_000}, "is not a whole number from 0 to 100."),
        ({"estimate": "  "}, "Enter a whole number from 0 to 100, for example 60."),
        ({}, "Enter a whole number from 0 to 100, for example 60."),
        ({"skip": "2"}, "Enter a whole number from 0 to 100"),
        ({"estimate": "60", "by": "x" * 121}, "it must be one line of at most 120 characters."),
        ({"estimate": "60", "by": "Ann\u202eLee"}, "That name cannot be used"),
        ({"estimate": "60", "by": "Ann\nLee"}, "That name cannot be used"),
        ({"estimate": "60", "by": "\u202eeel"}, "That name cannot be used"),
    ],
)
def test_what_is_no_guess_is_refused_with_the_value_kept(leader: TestClient, form: dict[str, str], problem: str) -> None:
    answer = leader.post(URL, data=form)

    assert answer.status_code == 422
    seen = _text(answer.text)
    assert problem in seen
    assert QUESTION in seen
    assert RESULT.findall(seen) == []
    assert answer.text.count('aria-invalid="true"') == 1
    assert "<script>" not in answer.text
    kept = re.search(r'name="estimate"[^>]* value="([^"]*)"', answer.text)
    assert kept
    assert unescape(kept[1]).strip() == form.get("estimate", "").strip()[:120]


@pytest.mark.usefixtures("repair")
@pytest.mark.parametrize(
    ("slug", "body", "kind", "status"),
    [
        ("nowhere", b"estimate=60", "application/x-www-form-urlencoded", 404),
        ("%00", b"estimate=60", "application/x-www-form-urlencoded", 404),
        ("a" * 3_000, b"estimate=60", "application/x-www-form-urlencoded", 404),
        ("repair", b"estimate=60" + b"&x=1" * 30, "application/x-www-form-urlencoded", 400),
        ("repair", b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        ("repair", b'{"estimate": 60}', "application/json", 403),
        ("repair", b"estimate=%ff%00&by=%ff", "application/x-www-form-urlencoded", 400),
        ("repair", b"estimate=%ff&by=%ff", "application/x-www-form-urlencoded", 422),
        ("repair", b"estimate=60&estimate=abc", "application/x-www-form-urlencoded", 422),
        ("repair", b"", "text/plain", 403),
    ],
)
def test_hostile_requests_are_refused_and_lock_nothing(leader: TestClient, slug: str, body: bytes, kind: str, status: int) -> None:
    answer = leader.post(f"/statements/{slug}/estimate", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert QUESTION in _text(leader.get("/statements/repair").text)


@pytest.mark.usefixtures("repair")
def test_only_leaders_guess_and_only_from_our_own_page(client: TestClient, leader: TestClient) -> None:
    form: dict[str, Any] = {"data": {"estimate": "60"}}
    assert client.post(URL, **form).status_code == 401
    assert leader.post(URL, **form, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert leader.post(URL, **form, headers={"origin": "https://elsewhere.example"}).status_code == 403
    assert leader.get(URL).status_code == 405
    assert QUESTION in _text(leader.get("/statements/repair").text)
    assert leader.post(URL, **form, headers={"sec-fetch-site": "same-origin"}).status_code == 200
    assert QUESTION not in _text(leader.get("/statements/repair").text)


def test_where_nothing_can_be_said_the_reason_stands_and_no_share(leader: TestClient, database: Database) -> None:
    one = a_statement(database, slug="repair")
    for n in range(12):
        a_delivery(database, a_person(database), [one] if n < 9 else [])
    leader.post(URL, data={"estimate": "90"})

    seen = _text(leader.get("/statements/repair").text)
    assert "You guessed 90 in 100. What people know is too early to say." in seen
    assert "You guessed 90 in 100. 9 told, nobody asked yet." in seen
    assert "points" not in seen
    assert "9 told, nobody asked yet" in _text(leader.get("/").text)


@pytest.mark.parametrize(
    ("verdict", "answered", "sentence"),
    [
        ("selection", 31, "31 answered, but perhaps those who know it answer more often."),
        ("too_uncertain", 31, "31 answered, and what they say leaves it wide open."),
        ("too_early", 14, "28 told, 14 answered: too early to say."),
        ("too_few", 3, "28 told, fewer than 5 answered: too early to say."),
    ],
)
def test_a_step_without_a_figure_says_why(leader: TestClient, database: Database, verdict: str, answered: int, sentence: str) -> None:
    one = a_statement(database, slug="repair")
    for _ in range(30):
        a_person(database)
    a_release(database, one, verdict=verdict, answered=answered)
    leader.post(URL, data={"estimate": "90"})
    assert f"You guessed 90 in 100. {sentence}" in _text(leader.get("/statements/repair").text)


def test_an_old_step_is_told_of_its_day_and_not_of_today(
    leader: TestClient, database: Database, repair: StatementRows, clock: FixedClock
) -> None:
    leader.post(URL, data={"estimate": "90"})
    clock.advance(timedelta(days=42))
    seen = _text(leader.get("/statements/repair").text)
    assert "Last known on 22 Nov 2026, too long ago to say it of today." in seen
    assert "22 Nov 2026 about 30 in 100 (10 to 55, 24 answered)" in seen  # in the history


def test_only_a_range_is_told_as_one(leader: TestClient, database: Database) -> None:
    one = a_statement(database, slug="repair")
    for _ in range(30):
        a_person(database)
    a_release(database, one, verdict="range", low=45, high=80, answered=31)
    leader.post(URL, data={"estimate": "90"})
    seen = _text(leader.get("/statements/repair").text)
    assert "You guessed 90 in 100. Somewhere between 45 and 80 know it." in seen
    assert "Know it: somewhere between 45 and 80 in 100 (31 answered): 10 to 45 points fewer than you thought." in seen
    assert "45 to 80 31 answered" in _text(leader.get("/").text)


def test_before_the_first_figure_the_gap_is_the_one_at_the_start(leader: TestClient, database: Database) -> None:
    for n in range(3):
        one = a_statement(database, slug=f"one-{n}")
        a_release(database, one, figure="from_elsewhere", value=45, low=30, high=60, answered=91)
        lock_estimate(database, slug=f"one-{n}", percent=90, now=NOW)
    for _ in range(30):
        a_person(database)
    seen = _text(leader.get("/statements/one-1").text)
    assert "You guessed 90 in 100. Before you began, about 45 knew it." in seen
    assert "Before we began about 45 of 100 knew it (30 to 60, 91 answered): 45 points fewer than you thought." in seen
    home = _text(leader.get("/").text)
    assert "You think 90 in 100 people know what you have said. Before you began, about 45 did." in home
    assert "Average of the 3 statements of the opening round, of 3; likely 30 to 60." in home
    assert "45 points before, 91 answered" in home


def test_the_next_round_asks_again_hides_again_and_keeps_the_history(
    leader: TestClient, clock: FixedClock, repair: StatementRows, database: Database
) -> None:
    leader.post(URL, data={"estimate": "90", "by": "Helen"})
    clock.advance(timedelta(days=91))

    seen = _text(leader.get("/statements/repair").text)
    assert QUESTION in seen
    assert "A quarter has passed since the last guess on 23 Nov 2026." in seen
    assert RESULT.findall(seen) == []
    assert "Earlier guesses" not in seen

    a_release(database, repair, step=2, at=clock.now(), value=65, low=50, high=80, answered=40)
    leader.post(URL, data={"estimate": "1"})
    seen = _text(leader.get("/statements/repair").text)
    assert "Know it: about 65 in 100 (50 to 80, 40 answered): 64 points more than you thought." in seen
    assert "Earlier guesses When Your guess Knew it then 23 Nov 2026 Helen 90 about 30 in 100 (10 to 55, 24 answered)" in seen

    a_version(database, repair.id, number=2, published_at=clock.now())
    seen = _text(leader.get("/statements/repair").text)
    assert "Its meaning has changed since the last guess on 22 Feb 2027." in seen
    assert RESULT.findall(seen) == []


@pytest.mark.usefixtures("repair")
def test_a_guess_of_a_false_future_is_told_as_one(leader: TestClient, database: Database) -> None:
    lock_estimate(database, slug="repair", percent=90, now=NOW + timedelta(days=9_000))
    assert "The last guess is dated in the future" in _text(leader.get("/statements/repair").text)


def test_a_shown_round_without_a_guess_stands_in_the_history_too(leader: TestClient, clock: FixedClock, repair: StatementRows) -> None:
    leader.post(URL, data={"skip": "1"})
    clock.advance(timedelta(days=91))
    leader.post(URL, data={"skip": "1"})
    assert "23 Nov 2026 no guess about 30 in 100 (10 to 55, 24 answered)" in _text(leader.get("/statements/repair").text)


def test_home_tells_the_overall_gap_from_three_statements_on(leader: TestClient, database: Database, repair: StatementRows) -> None:
    slugs = ["repair"]
    for n in range(3):
        a_release(database, a_statement(database, slug=f"other-{n}", kind="priority"), value=30, low=20, high=50, told=24)
        slugs.append(f"other-{n}")
    for n, slug in enumerate(slugs[:3]):
        assert "in 100 people know what you have said" not in leader.get("/").text, n
        lock_estimate(database, slug=slug, percent=80 + n, by="", now=NOW)

    seen = _text(leader.get("/").text)
    assert "You think 81 in 100 people know what you have said. About 30 do." in seen
    assert "Average of the 3 statements with a figure, of 4; likely 17 to 52." in seen


def test_nobody_is_asked_about_a_statement_meant_for_nobody(leader: TestClient, database: Database) -> None:
    a_statement(database, slug="repair", audience="gone")
    assert QUESTION not in leader.get("/statements/repair").text
    assert "Guess first: Repair" not in leader.get("/").text


@pytest.mark.usefixtures("repair")
def test_a_kept_report_does_not_outlive_the_guess(context: SiteContext) -> None:
    now = [0.0]

    def slowly() -> float:
        now[0] += 1.0
        return now[0]

    with TestClient(build_site(replace(context, monotonic=slowly)), base_url="https://cadence.example.com") as leader:
        leader.auth = ("admin", PASSWORD)
        assert "Guess first: Repair" in leader.get("/").text
        assert QUESTION in leader.get("/statements/repair").text
        form = {"estimate": "90", FIELD: context.form_tokens.make(URL, context.clock.now())}
        assert "You guessed 90 in 100." in _text(leader.post(URL, data=form).text)
        assert "Guess first: Repair" not in leader.get("/").text


@pytest.mark.usefixtures("repair")
def test_the_api_tells_what_it_did_before_and_the_gap(leader: TestClient) -> None:
    (line,) = leader.get("/api/v1/report").json()["statements"]
    assert line["asked"]["why"] == "first"
    assert line["know_it"]["sentence"] == "about 30 in 100 (10 to 55, 24 answered)"
    assert (line["know_it"]["value"], line["know_it"]["low"], line["know_it"]["high"]) == (30, 10, 55)
    leader.post(URL, data={"estimate": "90"})
    (line,) = leader.get("/api/v1/statements").json()["statements"]
    assert (line["asked"], line["projection_gap"]["estimate"], line["projection_gap"]["points"]) == (None, 90, 60)
    (line,) = leader.get("/api/v1/figures", params={"statement": "repair"}).json()["statements"]
    assert line["history"] == [line["know_it"]]
    assert [team["know_it"]["value"] for team in line["teams"]] == [40, None]


def test_a_question_that_many_misread_is_the_next_thing_once_the_estimate_is_made(
    leader: TestClient, database: Database, repair: StatementRows
) -> None:
    with database.transaction() as connection:
        check = {"version_id": repair.version_id, "right": "We mend.", "distractors": ["We buy.", "We wait.", "We ask."], "digest": "d"}
        number = connection.execute(sa.insert(checks).values(**check, lines=4, created_at=NOW).returning(checks.c.id)).scalar_one()
    details = {"check": number, "shares": {"0": 55, "1": 40}, "ailments": ["misread"], "misread": 1}
    a_release(database, repair, figure="question_health", verdict="question_health", value=55, answered=36, details=json.dumps(details))
    told = "Many chose “We buy.”"
    for address in ("/", "/statements/repair"):
        assert told not in _text(leader.get(address).text)
    leader.post(URL, data={"estimate": "90"})
    home, page = _text(leader.get("/").text), _text(leader.get("/statements/repair").text)
    assert f"Say “Repair <first>” differently {told}" in home
    assert f"What people take it for {told} It means: We mend." in page
    assert "55" not in page.replace("10 to 55", "")


def test_groups_inside_the_audience_are_told_and_those_of_nothing_are_counted(
    leader: TestClient, database: Database, repair: StatementRows
) -> None:
    for n in range(12):
        a_person(database, team="Field", location="Berlin" if n % 2 else "Porto", country="DE" if n % 2 else "PT")
    a_release(database, repair, group=("location", "Porto"), value=60, low=45, high=75, people=6, told=6, answered=6)
    a_release(database, repair, group=("location", "Berlin"), verdict="too_uncertain", people=30, told=24, answered=9)
    leader.post(URL, data={"estimate": "90"})
    seen = _text(leader.get("/statements/repair").text)
    assert "Place: Porto about 60 in 100 (45 to 75, 6 answered)" in seen
    assert "1 more group too early to say" in seen
