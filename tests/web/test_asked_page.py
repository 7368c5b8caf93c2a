"""The page of a question apart from any text, and what is asked after an answer: one line, whether it is right for us, the priorities."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.measuring.own_words import is_offered
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.domain.statements.checks import check_key
from cadence.operations.responding.responses import Responses, look_responses
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_question, a_statement
from tests.web.conftest import TestClient

BODY = "We mend what we can before we buy anew."


class Asked:
    """A person whose message tells one statement and asks about another. ``line``: whether the draw asks for one line too."""

    def __init__(self, database: Database, links: LinkSigner, *, line: bool = False, kind: str = "value") -> None:
        self.database = database
        told, self.statement = a_statement(database, title="Told"), a_statement(database, title="Asked <about>", kind=kind, body=BODY)
        self.person = a_person(database, name="Ann Lee", zone="Asia/Kathmandu")
        self.delivery = a_delivery(database, self.person, [told], at=NOW - timedelta(hours=1))
        a_question(database, self.delivery, self.statement)
        version = self.statement.version_id
        ids = (f"{n:024x}" for n in itertools.count(1_000 * self.delivery))
        public_id = next(one for one in ids if is_offered(check_key(one, version)) == line)
        with database.transaction() as connection:
            deliveries = core.deliveries
            connection.execute(sa.update(deliveries).where(deliveries.c.id == self.delivery).values(public_id=public_id))
        link = Link(
            purpose=LinkPurpose.RESPOND,
            delivery_id=self.delivery,
            person_id=self.person,
            version_id=version,
            expires_at=NOW + timedelta(days=14),
        )
        self.url = f"/c/{links.sign(link)}"

    def look(self) -> Responses:
        about: dict[str, Any] = {"version_id": self.statement.version_id, "delivery_id": self.delivery}
        return look_responses(self.database, person_id=self.person, **about, now=NOW)

    @property
    def right(self) -> str:
        question = self.look().question
        assert question is not None
        return str(question.right)

    def rows(self, name: str) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(sa.select(getattr(core, name))))


@pytest.fixture
def asked(database: Database, links: LinkSigner) -> Asked:
    return Asked(database, links)


def test_the_page_asks_without_telling_the_text_and_records_nothing(client: TestClient, asked: Asked) -> None:
    page = client.get(f"{asked.url}?choice=1").text

    assert "What do we mean by “Asked &lt;about&gt;”?" in page
    assert 'value="1" required checked' in page
    assert page.count(" checked") == 1
    assert BODY not in page
    assert 'value="forgot" formnovalidate' in page
    assert 'value="too_often"' not in page
    assert asked.rows("check_answers") == []


def test_the_line_that_says_not_remembering_marks_its_button(client: TestClient, asked: Asked) -> None:
    page = client.get(f"{asked.url}?choice=forgot").text

    assert '<button class="btn" type="submit" name="do" value="forgot"' in page
    assert '<button class="btn second" type="submit" name="do" value="answer"' in page
    assert " checked" not in page


def test_an_answer_shows_the_text_and_when_it_comes_back(client: TestClient, asked: Asked) -> None:
    page = client.post(asked.url, data={"do": "answer", "choice": asked.right}).text

    assert "<h1>Yes.</h1>" in page
    assert "You get it about " in page, "no message brought it yet, so it is not paused"
    assert "paused until" not in page
    assert BODY in page
    assert 'value="too_often"' in page


def test_not_remembering_needs_no_line_and_shows_the_text(client: TestClient, asked: Asked) -> None:
    page = client.post(asked.url, data={"do": "forgot"}).text

    assert "<h1>Here it is again.</h1>" in page
    assert "You get it about" in page
    assert "You chose" not in page
    assert BODY in page
    assert [(one.choice, one.line, one.right) for one in asked.rows("check_answers")] == [(-1, -1, False)]


def test_the_wrong_line_is_quoted_beside_the_one_we_mean(client: TestClient, asked: Asked) -> None:
    question = asked.look().question
    assert question is not None
    wrong = (question.right + 1) % 4
    page = client.post(asked.url, data={"do": "answer", "choice": str(wrong)}).text

    assert "<h1>Not quite.</h1>" in page
    assert f"You chose “{question.options[wrong].rstrip('.')}”. We mean:" in page
    assert question.options[question.right] in page


def test_one_in_eight_says_it_in_one_line_before_the_text_is_shown(client: TestClient, database: Database, links: LinkSigner) -> None:
    asked = Asked(database, links, line=True)
    page = client.post(asked.url, data={"do": "answer", "choice": asked.right}).text
    assert "say what it means in one line" in page
    assert BODY not in page

    empty = client.post(asked.url, data={"do": "words", "text": " "})
    assert (empty.status_code, "the line is empty" in empty.text) == (422, True)
    assert BODY in client.post(asked.url, data={"do": "skip"}).text
    assert asked.rows("own_words") == []

    page = client.post(asked.url, data={"do": "words", "text": "Mend <before> you buy."}).text
    assert "Thank you. This is how we say it:" in page
    assert BODY in page
    assert [one.words for one in asked.rows("own_words")] == ["Mend <before> you buy."]
    assert "say what it means in one line" not in client.get(asked.url).text


def test_what_one_believes_is_asked_apart_and_can_be_taken_back(client: TestClient, asked: Asked, clock: FixedClock) -> None:
    assert "I believe this is right for us" not in client.get(asked.url).text
    page = client.post(asked.url, data={"do": "answer", "choice": asked.right}).text
    assert "I believe this is right for us" in page

    page = client.post(asked.url, data={"do": "believe_not_sure"}).text
    assert "You said that you are not sure." in page
    assert [one.belief for one in asked.rows("beliefs")] == [2]

    clock.advance(timedelta(minutes=4))
    client.post(asked.url, data={"do": "undo_belief"})
    assert asked.rows("beliefs") == []
    client.post(asked.url, data={"do": "believe_yes"})
    clock.advance(timedelta(minutes=6))
    assert client.post(asked.url, data={"do": "undo_belief"}).status_code == 422
    assert [one.belief for one in asked.rows("beliefs")] == [1]
    assert "I believe this is right for us" not in client.get(asked.url).text


def test_the_priorities_are_named_once_a_quarter_after_an_answer(client: TestClient, database: Database, links: LinkSigner) -> None:
    asked = Asked(database, links, kind="priority")
    a_delivery(database, asked.person, [asked.statement], at=NOW - timedelta(days=9))
    assert "name our priorities" not in client.get(asked.url).text
    client.post(asked.url, data={"do": "answer", "choice": asked.right})
    page = client.post(asked.url, data={"do": "believe_yes"}).text
    assert "name our priorities by heart" in page
    assert "name our priorities by heart" not in client.post(asked.url, data={"do": "skip"}).text

    page = client.post(asked.url, data={"do": "priorities", "text": "Asked about, and warnings"}).text
    assert "Your words are noted" in page
    assert "name our priorities by heart" not in page
    assert [one.kind for one in asked.rows("own_words")] == ["unaided"]
