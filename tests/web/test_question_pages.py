"""What people asked, as leaders see it: newest first, escaped, closed by a POST of theirs alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cadence.clock import FixedClock
from cadence.domain.statements.taps import TapKind
from cadence.operations.responding.ask import ask_question
from cadence.operations.responding.tap import tap
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.web.conftest import TestClient


def _ask(database: Database, text: str, *, minutes: int = 0, **more: Any) -> int:
    statement = a_statement(database, title="Repair <first>")
    ann = a_person(database, name="Ann <b>Lee</b>")
    return ask_question(
        database,
        person_id=ann,
        delivery_id=a_delivery(database, ann, [statement]),
        version_id=statement.version_id,
        text=text,
        channel="slack",
        source_id=text,
        now=NOW + timedelta(minutes=minutes),
        **more,
    ).id


def test_empty_page_says_where_questions_come_from(leader: TestClient, database: Database) -> None:
    page = leader.get("/questions")

    assert (page.status_code, "No open questions" in page.text) == (200, True)
    assert "No answered questions yet" in leader.get("/questions?show=closed").text
    assert "waiting for an answer" not in leader.get("/").text


def test_questions_stand_newest_first_with_name_and_statement(leader: TestClient, database: Database) -> None:
    _ask(database, "First <script>alert(1)</script>")
    _ask(database, "Second\nline", minutes=5)

    text = leader.get("/questions").text

    assert text.index("Second\nline") < text.index("First &lt;script&gt;")
    assert "Ann &lt;b&gt;Lee&lt;/b&gt;" in text
    assert "Repair &lt;first&gt;" in text
    assert "10:05 (Europe/Berlin)</time>, in Slack" in text
    assert "2 questions are waiting for an answer" in leader.get("/").text


def test_a_question_whose_sender_is_not_proven_says_so(leader: TestClient, database: Database) -> None:
    _ask(database, "Proven")
    assert "Sender not proven" not in leader.get("/questions").text
    _ask(database, "Not proven", sender_proven=False)
    assert leader.get("/questions").text.count("Sender not proven") == 1


def test_done_closes_once_and_leads_back(leader: TestClient, database: Database) -> None:
    number = _ask(database, "Why?")

    for _ in range(2):
        page = leader.post(f"/questions/{number}/done")
        assert (page.status_code, page.url.path, "No open questions" in page.text) == (200, "/questions", True)

    assert "Why?" in leader.get("/questions?show=closed").text
    for wrong in ("99999", "0", "-1", "x", "9" * 40, "%00"):
        assert leader.post(f"/questions/{wrong}/done").status_code == 404


def test_only_leaders_read_and_close(client: TestClient, leader: TestClient, database: Database) -> None:
    number = _ask(database, "Why?")

    assert client.get("/questions").status_code == 401
    assert client.post(f"/questions/{number}/done").status_code == 401
    assert leader.post(f"/questions/{number}/done", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert leader.get(f"/questions/{number}/done").status_code == 405
    assert "Why?" in leader.get("/questions").text


def test_statement_page_tells_taps_from_five_people_on(leader: TestClient, database: Database, clock: FixedClock) -> None:
    statement = a_statement(database, slug="mend")
    for n in range(5):
        person = a_person(database)
        about: dict[str, Any] = {
            "person_id": person,
            "version_id": statement.version_id,
            "delivery_id": a_delivery(database, person, [statement]),
        }
        if n == 4:
            assert leader.get("/statements/mend").text.count("fewer than 5 people say so") == 2
        tap(database, **about, kind=TapKind.UNCLEAR, channel="email", now=NOW)

    clock.advance(timedelta(days=7))  # told as of the Monday before
    page = leader.get("/statements/mend").text
    assert "Unclear: at least 5 people say so" in page
    assert page.count("fewer than 5 people say so") == 1
