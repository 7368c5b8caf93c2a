"""Where the privacy mode keeps no answers, the page says that one was counted and which line is meant, and never again what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from cadence.assembly.site import SiteContext
from cadence.domain.people.privacy import PrivacyMode
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.operations.responding.answer_check import look_check
from cadence.store.database.engine import Database
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.asking import Asked, ask
from tests.fixtures.builders import NOW, a_person, a_statement
from tests.web.conftest import TestClient


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url, privacy=PrivacyMode.AGGREGATE)
    yield opened
    opened.close()


@pytest.mark.parametrize("right", [True, False])
def test_neither_right_nor_wrong_is_said(
    client: TestClient, context: SiteContext, database: Database, links: LinkSigner, right: bool
) -> None:
    person, statement = a_person(database), a_statement(database)
    ask(database, [Asked(person=person, statement=statement, at=NOW - timedelta(days=1))])
    about: dict[str, Any] = {"person_id": person, "version_id": statement.version_id, "delivery_id": 1}
    path = "/c/" + links.sign(Link(purpose=LinkPurpose.RESPOND, expires_at=NOW + timedelta(days=1), **about))
    question = look_check(database, **about).question
    form = {"do": "answer", "choice": str(question.right)} if right else {"do": "forgot"}
    given = client.post(path, data=form | {FIELD: context.form_tokens.make(path, NOW)})
    later = client.get(path)
    for page in (given, later):
        assert page.status_code == 200
        assert "your answer is counted" in page.text
        assert question.options[question.right] in page.text
        assert not [word for word in ("Exactly right", "You chose", "Here it is again", "did not remember") if word in page.text]
    own = "/p/" + links.sign(Link(purpose=LinkPurpose.PREFERENCES, expires_at=NOW + timedelta(days=1), **about | {"version_id": 0}))
    assert "Your answers are counted without your name" in client.get(own).text
