"""The page behind a check: it shows on GET with the choice marked, and records by POST, for the right person only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.operations.planning.offer_checks import current_checks
from cadence.operations.responding import own_words
from cadence.operations.responding.responses import Responses, look_responses
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, RIGHT_LINE, StatementRows, a_delivery, a_person, a_question_beneath, a_statement
from tests.web.conftest import TestClient


class Showing:
    """One statement with a check in one mail to one person."""

    def __init__(self, database: Database, links: LinkSigner, *, locale: str = "en", checked: bool = True, must: bool = False) -> None:
        self.database = database
        self.statement: StatementRows = a_statement(database, title="Title 0", must_acknowledge=must, asked=True)
        self.person = a_person(database, name="Ann Lee", locale=locale, zone="Asia/Kathmandu")
        self.delivery = a_delivery(database, self.person, [self.statement], at=NOW - timedelta(hours=1))
        if checked:
            with database.transaction() as connection:
                check = current_checks(connection, [self.statement], now=NOW)[self.statement.version_id]
            a_question_beneath(database, self.delivery, self.statement.version_id, check)
        self.token = self.sign(links)

    def sign(self, links: LinkSigner, **changed: object) -> str:
        values = {
            "purpose": LinkPurpose.RESPOND,
            "delivery_id": self.delivery,
            "person_id": self.person,
            "version_id": self.statement.version_id,
            "expires_at": NOW + timedelta(days=14),
        }
        return links.sign(Link(**(values | changed)))  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        return f"/c/{self.token}"

    def look(self) -> Responses:
        return look_responses(
            self.database, person_id=self.person, version_id=self.statement.version_id, delivery_id=self.delivery, now=NOW
        )

    def recorded(self) -> int:
        """Return how many rows any response left."""
        models: list[Any] = [tables.CheckAnswerRow, tables.TapRow, tables.AcknowledgementRow, tables.QuestionRow]
        with self.database.read() as connection:
            counted = [connection.execute(sa.select(sa.func.count()).select_from(core.table_of(model))).scalar_one() for model in models]
        return sum(counted)


@pytest.fixture(autouse=True)
def _nobody_is_asked_for_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """One delivery in eight is, by its id, and asked first: ``test_asked_page``."""
    monkeypatch.setattr(own_words, "is_offered", lambda key: False)


@pytest.fixture
def showing(database: Database, links: LinkSigner) -> Showing:
    return Showing(database, links)


def test_get_marks_the_choice_and_records_nothing(client: TestClient, showing: Showing) -> None:
    page = client.get(f"{showing.url}?choice=2")

    assert page.status_code == 200
    assert page.text.count('type="radio"') == 4
    assert page.text.count(" checked") == 1
    assert 'value="2" required checked' in page.text
    assert "What do we mean by “Title 0”?" in page.text
    assert "Only you see your answer" in page.text
    assert showing.recorded() == 0


def test_strange_choices_in_a_link_mark_nothing(client: TestClient, showing: Showing) -> None:
    for choice in ("", "6", "-1", "99999999999999999999", "1.0", "١", "a'--", "1&choice=0x"):
        page = client.get(f"{showing.url}?choice={choice}")

        assert (choice, page.status_code, page.text.count(" checked")) == (choice, 200, 0)


def test_link_scanner_that_follows_every_option_answers_nothing(client: TestClient, showing: Showing) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
        for choice in range(4):
            answer = client.request(method, f"{showing.url}?choice={choice}", headers={"sec-purpose": "prefetch"})
            assert answer.status_code in (200, 405)

    assert showing.recorded() == 0


def test_right_answer_is_recorded_and_shown(client: TestClient, showing: Showing) -> None:
    question = showing.look().question
    assert question is not None

    page = client.post(showing.url, data={"do": "answer", "choice": str(question.right)})

    assert page.status_code == 200
    assert "Yes." in page.text
    assert "So this is paused until about" in page.text
    assert RIGHT_LINE in page.text
    assert 'type="radio"' not in page.text
    assert showing.look().chosen == question.right


def test_wrong_answer_shows_the_right_one_and_the_first_counts(client: TestClient, showing: Showing) -> None:
    question = showing.look().question
    assert question is not None
    wrong = (question.right + 1) % 4
    client.post(showing.url, data={"do": "answer", "choice": str(wrong)})

    page = client.post(showing.url, data={"do": "answer", "choice": str(question.right)})

    assert "Not quite" in page.text
    assert "Your first answer counts." in page.text
    assert "Your first answer counts." not in client.post(showing.url, data={"do": "answer", "choice": str(wrong)}).text, "the same twice"
    assert "Your first answer counts." in client.post(showing.url, data={"do": "forgot"}).text
    assert question.options[wrong].rstrip(".") in page.text
    assert "14:45" in page.text
    assert showing.look().chosen == wrong
    assert showing.recorded() == 1


def test_impossible_answers_are_refused_kindly(client: TestClient, showing: Showing) -> None:
    for choice in (None, "", "4", "-1", "99", "1e1", "0x1", "１"):
        page = client.post(showing.url, data={"do": "answer"} | ({} if choice is None else {"choice": choice}))

        assert (choice, page.status_code) == (choice, 422)
        assert "please choose one of the lines first" in page.text
        assert 'type="radio"' in page.text
    assert showing.recorded() == 0


@pytest.mark.parametrize(
    ("do", "sentence"),
    [
        ("known", "Answer the next question about it right as well"),
        ("unclear", "once 5 people or more say so"),
        ("too_often", "less often for 60 days"),
        ("acknowledged", "You have read this."),
    ],
)
def test_taps_are_said_back_and_can_be_taken_back(client: TestClient, showing: Showing, clock: FixedClock, do: str, sentence: str) -> None:
    page = client.post(showing.url, data={"do": do})
    assert sentence in page.text
    assert "14:50" in page.text
    clock.advance(timedelta(minutes=4))

    back = client.post(showing.url, data={"do": "undo"})

    assert (back.status_code, "Undone" in back.text, sentence in back.text) == (200, True, False)
    clock.advance(timedelta(minutes=1))
    client.post(showing.url, data={"do": do})
    clock.advance(timedelta(minutes=5))
    late = client.post(showing.url, data={"do": "undo"})
    assert (late.status_code, "more than five minutes ago" in late.text, sentence in late.text) == (422, True, True)
    assert 'value="undo"' not in late.text


def test_answer_cannot_be_taken_back(client: TestClient, showing: Showing) -> None:
    client.post(showing.url, data={"do": "answer", "choice": "0"})

    page = client.post(showing.url, data={"do": "undo"})

    assert (page.status_code, "because you have been shown the right one" in page.text) == (422, True)
    assert showing.look().chosen == 0


def test_must_acknowledge_asks_on_the_same_page(client: TestClient, database: Database, links: LinkSigner) -> None:
    showing = Showing(database, links, checked=False, must=True)
    page = client.get(showing.url).text
    assert 'value="acknowledged"' in page
    assert 'type="radio"' not in page
    assert "We mend what we can before we buy anew." in page

    assert 'value="acknowledged"' not in client.post(showing.url, data={"do": "acknowledged"}).text


def test_question_is_kept_escaped_and_once(client: TestClient, showing: Showing) -> None:
    text = "<script>alert(1)</script> {{7*7}} Why?"
    for _ in range(2):
        page = client.post(showing.url, data={"do": "ask", "text": text})
        assert (page.status_code, "was sent to the leaders" in page.text) == (200, True)

    assert "<script" not in page.text
    assert showing.recorded() == 1


def test_empty_or_long_question_says_so_and_keeps_the_words(client: TestClient, showing: Showing) -> None:
    for text in ("", "  \n", "x" * 3_001):
        page = client.post(showing.url, data={"do": "ask", "text": text})

        assert page.status_code == 422
        assert "Nothing was sent" in page.text
        assert ("x" * 3_000 in page.text) == (len(text) > 3_000)
    assert showing.recorded() == 0


def test_reader_is_spoken_to_in_their_language(client: TestClient, database: Database, links: LinkSigner) -> None:
    page = Showing(database, links, locale="de-AT")

    text = client.post(page.url, data={"do": "known"}).text

    assert '<html lang="de"' in text
    for words in (
        "Was meinen wir mit „Title 0“?",
        "Weiß ich nicht mehr",
        "erhalten Sie es 30 Tage lang nicht",
        "Rückgängig",
        "Eine Frage stellen",
    ):
        assert words in text


def test_changed_tokens_and_other_links_open_nothing(client: TestClient, showing: Showing, links: LinkSigner) -> None:
    token = showing.token
    changed = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(len(token))]
    others = [showing.sign(links, purpose=purpose) for purpose in (LinkPurpose.ACKNOWLEDGE, LinkPurpose.PREFERENCES)]
    for bad in [*changed, *others, token[:-1], token + "=", "", "x" * 2_000]:
        assert client.get(f"/c/{bad}").status_code == 404
    assert client.post(f"/c/{changed[7]}", data={"do": "known"}).status_code == 404
    assert client.post(f"/a/{token}").status_code == 404

    stranger = showing.sign(links, person_id=showing.person + 1)
    assert client.post(f"/c/{stranger}", data={"do": "known"}).status_code == 404
    old = showing.sign(links, expires_at=NOW)
    assert client.post(f"/c/{old}", data={"do": "known"}).status_code == 410
    assert showing.recorded() == 0


def test_strange_bodies_are_refused(client: TestClient, showing: Showing) -> None:
    url = showing.url
    assert client.post(url, content=b"x" * 10_000_000).status_code == 413
    assert (
        client.post(url, content=b"do=ask&text=\xff\xfe", headers={"content-type": "application/x-www-form-urlencoded"}).status_code == 400
    )
    assert client.post(url, content="&".join(f"f{n}=1" for n in range(1_000))).status_code == 400
    assert client.post(url, data={"do": "everything"}).status_code == 422
    assert client.post(url).status_code == 422
    assert client.post(url, data={"do": "known"}, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post(url, data={"do": "known"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert showing.recorded() == 0


def test_buttons_have_a_limit_in_a_minute(client: TestClient, showing: Showing) -> None:
    statuses = [client.post(showing.url, data={"do": "undo"}).status_code for _ in range(31)]

    assert statuses == [422] * 30 + [429]


def test_withdrawn_statement_records_nothing(client: TestClient, showing: Showing, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(sa.update(core.statements).values(withdrawn_at=NOW))

    for page in (client.get(showing.url), client.post(showing.url, data={"do": "answer", "choice": "0"})):
        assert (page.status_code, "withdrawn" in page.text) == (410, True)
    assert showing.recorded() == 0
