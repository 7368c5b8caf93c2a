"""Guess, then see: what people know of a statement shows beside the leader's guess, and not before; a guess is locked once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.operations.measuring.estimates import estimates_of, lock_estimate
from cadence.operations.responding.acknowledge import acknowledge
from cadence.store.database.engine import Database
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.builders import NOW, StatementRows, a_cadence, a_delivery, a_person, a_statement, a_version, an_occurrence
from tests.operations.responding.test_learning import answered, with_checks
from tests.web.conftest import PASSWORD, TestClient

QUESTION = "Of 100 people this is meant for, how many could say it in their own words today?"
#: what tells how many know a statement, in the words of the pages
RESULT = re.compile(r"who answered|know it, likely|at least .* at most|model predicts|too early to say|Your estimate was")
URL = "/statements/repair/estimate"


def _text(page: str) -> str:
    """Return what a reader sees of a page."""
    shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())
    return re.sub(r" (?=[.,)])", "", shown)


def _answers(database: Database, one: StatementRows, right: Sequence[bool]) -> None:
    """Let two teams have people who answer a check."""
    occurrence = an_occurrence(database, a_cadence(database), at=NOW)
    for n, is_right in enumerate(right):
        person = a_person(database, team="Field" if n % 2 else "Works")
        delivery = a_delivery(database, person, [one], occurrence_id=occurrence)
        with_checks(database, delivery, [one])
        answered(database, person, delivery, one, right=is_right, at=NOW)
        if n < 2:
            acknowledge(database, person_id=person, version_id=one.version_id, delivery_id=delivery, method="link", now=NOW)


@pytest.fixture
def repair(database: Database) -> StatementRows:
    """A statement that 10 of 24 people answered rightly: 30% know it, lucky guesses taken off."""
    one = a_statement(database, slug="repair", title="Repair <first>", must_acknowledge=True)
    _answers(database, one, [n % 12 < 5 for n in range(24)])
    return one


@pytest.mark.usefixtures("repair")
def test_what_people_know_is_hidden_until_the_guess_and_sending_is_not(leader: TestClient) -> None:
    page = leader.get("/statements/repair").text
    seen = _text(page)

    assert seen.index(QUESTION) < seen.index("We mend what we can")
    assert "You see how many people know it once you have made your estimate" in seen
    assert "A locked estimate cannot be changed" in seen
    assert RESULT.findall(seen) == []
    assert "30%" not in seen
    assert '<th scope="col">Know it</th>' not in page
    assert "Delivered to 100% 24 of 24" in seen
    assert "Acknowledged 8% 2 of 24" in seen
    assert "Field 12" in seen

    overview = _text(leader.get("/").text)
    assert "Know it Estimate first" in overview
    assert "Make your estimate for 1 statement first; then you see how many people know it." in overview
    assert RESULT.findall(overview) == []


def test_a_guess_is_locked_and_stands_beside_what_people_know(leader: TestClient, database: Database, repair: StatementRows) -> None:
    answer = leader.post(URL, data={"estimate": " 90 % ", "by": "Helen <b>M</b>"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/statements/repair#guess")

    page = leader.get("/statements/repair").text
    seen = _text(page)
    assert "Your estimate was 90%. 30% know it (9% to 53%, 24 answers): 60 points less than you thought." in seen
    assert "It is almost certain that your estimate was more than 10 points too high (over 99%)." in seen
    assert "Estimated by Helen <b>M</b> on Mon 23 Nov 2026, 10:00 (Europe/Berlin). It cannot be changed." in seen
    assert "You are asked for the next estimate from 21 Feb 2027" in seen
    assert 'aria-label="Your estimate: 90 of 100"' in page
    assert 'aria-label="Know it: 30 of 100, likely between 9 and 53"' in page
    assert "Of the 24 people who answered" in seen
    assert '<th scope="col">Know it</th>' in page
    assert QUESTION not in seen
    assert "Earlier estimates" not in seen
    assert " style=" not in page
    with database.read() as connection:
        assert [(one.percent, one.made_by) for one in estimates_of(connection, repair.id)] == [(90, "Helen <b>M</b>")]

    overview = _text(leader.get("/").text)
    assert "Your estimate → know it 90% → 30% 60 points less 9% to 53%, 24 answers" in overview
    assert "Estimate first" not in overview


def test_without_a_guess_it_is_shown_and_the_choice_is_kept(leader: TestClient, database: Database, repair: StatementRows) -> None:
    page = leader.post(URL, data={"skip": "1", "estimate": "none of it", "by": ""})
    assert (page.status_code, page.text.count('id="guess"')) == (200, 1)

    seen = _text(leader.get("/statements/repair").text)
    assert "Of the 24 people who answered a check about it, 30% know it" in seen
    assert (
        "Shown without an estimate on Mon 23 Nov 2026, 10:00 (Europe/Berlin). You are asked for the next estimate from 21 Feb 2027." in seen
    )
    assert "Your estimate was" not in seen
    assert "Know it 30% of 24 who answered" in _text(leader.get("/").text)
    with database.read() as connection:
        assert [one.percent for one in estimates_of(connection, repair.id)] == [None]


def test_a_locked_guess_stays_and_the_page_says_since_when(leader: TestClient, database: Database, repair: StatementRows) -> None:
    leader.post(URL, data={"estimate": "90"})
    for form in ({"estimate": "40"}, {"estimate": "90"}, {"skip": "1"}):
        again = leader.post(URL, data=form)
        assert again.status_code == 409
        seen = _text(again.text)
        assert "The estimate was 90% on 23 Nov 2026. You are asked for the next one from 21 Feb 2027." in seen
        assert "Your estimate was 90%." in seen
    with database.read() as connection:
        assert [one.percent for one in estimates_of(connection, repair.id)] == [90]


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
        ({"estimate": "  "}, "Please enter a whole number from 0 to 100, for example 60."),
        ({}, "Please enter a whole number from 0 to 100, for example 60."),
        ({"skip": "2"}, "Please enter a whole number from 0 to 100"),
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


def test_too_few_answers_are_said_and_nothing_else(leader: TestClient, database: Database) -> None:
    one = a_statement(database, slug="repair")
    _answers(database, one, [True] * 4)
    for _ in range(8):
        a_person(database)
    leader.post(URL, data={"estimate": "90"})

    seen = _text(leader.get("/statements/repair").text)
    assert "Your estimate was 90%. Too few answers yet (fewer than 5)." in seen
    assert "points" not in seen
    assert "Your estimate → know it 90% → ? Too few answers yet (fewer than 5)" in _text(leader.get("/").text)


def test_the_next_round_asks_again_hides_again_and_keeps_the_history(
    leader: TestClient, clock: FixedClock, repair: StatementRows, database: Database
) -> None:
    leader.post(URL, data={"estimate": "90", "by": "Helen"})
    clock.advance(timedelta(days=91))

    seen = _text(leader.get("/statements/repair").text)
    assert QUESTION in seen
    assert "A quarter has passed since the last estimate on 23 Nov 2026." in seen
    assert RESULT.findall(seen) == []
    assert "Earlier estimates" not in seen

    leader.post(URL, data={"estimate": "1"})
    seen = _text(leader.get("/statements/repair").text)
    assert "Your estimate was 1%. 30% know it (9% to 53%, 24 answers): 29 points more than you thought." in seen
    assert "It is very unlikely that your estimate was more than 10 points too high (under 1%)." in seen
    assert "Earlier estimates When Your estimate Knew it then 23 Nov 2026 Helen 90% 30% (9% to 53%, 24 answers)" in seen

    a_version(database, repair.id, number=2, published_at=clock.now())
    seen = _text(leader.get("/statements/repair").text)
    assert "Its meaning has changed since the last estimate on 22 Feb 2027." in seen
    assert RESULT.findall(seen) == []


@pytest.mark.usefixtures("repair")
def test_a_guess_of_a_false_future_is_told_as_one(leader: TestClient, database: Database) -> None:
    lock_estimate(database, slug="repair", percent=90, now=NOW + timedelta(days=9_000))
    assert "The last estimate is dated in the future" in _text(leader.get("/statements/repair").text)


def test_a_shown_round_without_a_guess_stands_in_the_history_too(leader: TestClient, clock: FixedClock, repair: StatementRows) -> None:
    leader.post(URL, data={"skip": "1"})
    clock.advance(timedelta(days=91))
    leader.post(URL, data={"skip": "1"})
    assert "23 Nov 2026 no estimate 30% (9% to 53%, 24 answers)" in _text(leader.get("/statements/repair").text)


def test_overview_tells_the_overall_gap_from_three_statements_on(leader: TestClient, database: Database, repair: StatementRows) -> None:
    slugs = ["repair"]
    for n in range(2):
        one = a_statement(database, slug=f"other-{n}", kind="priority")
        _answers(database, one, [k % 12 < 5 for k in range(24)])
        slugs.append(f"other-{n}")
    for n, slug in enumerate(slugs):
        assert "too high, over" not in leader.get("/").text, n
        lock_estimate(database, slug=slug, percent=80 + n, by="", now=NOW)

    assert re.search(
        r"On average your estimates are 5\d points too high, over 3 statements \(likely 2\d to 7\d\)", _text(leader.get("/").text)
    )


@pytest.mark.parametrize(
    ("guess", "headline"),
    [
        (0, "On average people know 30 points more than you estimated, over 3 statements (likely 9 to 53)"),
        (30, "On average your estimates are exactly right, over 3 statements"),
    ],
)
def test_overall_gap_is_told_both_ways(leader: TestClient, database: Database, guess: int, headline: str) -> None:
    for n in range(3):
        one = a_statement(database, slug=f"one-{n}", audience="everyone")
        _answers(database, one, [k % 12 < 5 for k in range(24)])
        lock_estimate(database, slug=f"one-{n}", percent=guess, by="", now=NOW)
    assert headline in _text(leader.get("/").text)


def test_nobody_is_asked_about_a_statement_meant_for_nobody(leader: TestClient, database: Database) -> None:
    a_statement(database, slug="repair", audience="gone")
    assert QUESTION not in leader.get("/statements/repair").text
    assert "Estimate first" not in leader.get("/").text


@pytest.mark.usefixtures("repair")
def test_a_kept_report_does_not_outlive_the_guess(context: SiteContext) -> None:
    now = [0.0]

    def slowly() -> float:
        now[0] += 1.0
        return now[0]

    with TestClient(build_site(replace(context, monotonic=slowly)), base_url="https://cadence.example.com") as leader:
        leader.auth = ("admin", PASSWORD)
        assert "Estimate first" in leader.get("/").text
        assert QUESTION in leader.get("/statements/repair").text
        form = {"estimate": "90", FIELD: context.form_tokens.make(URL, context.clock.now())}
        assert "Your estimate was 90%." in _text(leader.post(URL, data=form).text)
        assert "Estimate first" not in leader.get("/").text


@pytest.mark.usefixtures("repair")
def test_the_api_tells_what_it_did_before_and_the_gap(leader: TestClient) -> None:
    (line,) = leader.get("/api/v1/report").json()["statements"]
    assert line["asked"]["why"] == "first"
    assert line["understanding"]["respondents"] == 24
    leader.post(URL, data={"estimate": "90"})
    (line,) = leader.get("/api/v1/statements").json()["statements"]
    assert (line["asked"], line["projection_gap"]["estimate"]) == (None, 0.9)
