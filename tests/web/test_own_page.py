"""Somebody who is signed in comes to the same page as by a link of a message, may ask, and reads every statement that is theirs to read."""

from __future__ import annotations

import pytest

from cadence.assembly.site import SiteContext
from cadence.identity.permissions import Role
from cadence.operations.responding.ask import list_questions
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW, a_person, a_statement
from tests.web.conftest import TestClient


@pytest.fixture
def ann(context: SiteContext, database: Database, client: TestClient) -> TestClient:
    """Ann, an outsider who is signed in, with a statement for everyone and one that only insiders may see."""
    person = a_person(database, name="Ann Lee", email="ann@example.com", external=True)
    a_statement(database, slug="open", title="Open to all", body="Mend it **before** you buy.")
    a_statement(database, slug="inside", title="Insiders only", audience="nobody")
    number = make_account(database, [Role.EMPLOYEE], now=NOW, email="ann@example.com", name="Ann Lee", person_id=person)
    make_account(database, [Role.ADMIN], now=NOW)
    client.cookies.update(sign_in(database, number, now=NOW))
    return client


def test_who_is_signed_in_comes_to_the_page_of_their_link(ann: TestClient) -> None:
    page = ann.get("/me")
    assert (page.status_code, page.url.path.startswith("/p/")) == (200, True)
    assert "Ann Lee" in page.text
    assert ann.get("/").url.path.startswith("/p/")


def test_they_read_every_statement_that_is_theirs_and_no_other(ann: TestClient) -> None:
    page = ann.get(ann.get("/me").url.path + "/statements").text
    assert "Open to all" in page
    assert "<strong>before</strong>" in page
    assert "Insiders only" not in page


def test_a_question_reaches_the_leaders_once(ann: TestClient, database: Database) -> None:
    here = ann.get("/me").url.path
    for _ in range(2):
        assert "Your question was sent" in ann.post(f"{here}/ask", data={"question": "Who tests the second radio?"}).text
    asked = list_questions(database, closed=False)
    assert [one.text for one in asked] == ["Who tests the second radio?"]


@pytest.mark.parametrize(("text", "status"), [("", 422), (" \n ", 422), ("a" * 9000, 422)])
def test_a_question_that_cannot_be_kept_stays_in_its_field(ann: TestClient, database: Database, text: str, status: int) -> None:
    answer = ann.post(ann.get("/me").url.path + "/ask", data={"question": text})
    assert answer.status_code == status
    assert text.strip()[:100] in answer.text
    assert not list_questions(database, closed=False)


def test_an_account_of_nobody_on_the_list_is_told_so(context: SiteContext, client: TestClient) -> None:
    number = make_account(context.database, [Role.AUDITOR], now=NOW)
    client.cookies.update(sign_in(context.database, number, now=NOW))
    assert "nobody on the list" in client.get("/me").text
