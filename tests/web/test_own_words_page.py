"""What people wrote in their own words waits for a leader, who judges the words; nobody is named, and a judgement is kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.store.database.core import own_words
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, StatementRows, a_person, a_statement
from tests.web.conftest import TestClient


@pytest.fixture
def repair(database: Database) -> StatementRows:
    one = a_statement(database, slug="repair", title="Repair <first>", kind="priority")
    for n in range(4):  # with a fifth who writes, nobody can tell who wrote what
        _reply(database, one, f"{n} said", judgement="could")
    return one


def _reply(database: Database, one: StatementRows | None, words: str, **overrides: Any) -> int:
    person = a_person(database, name="Ann Lee", email=f"ann{words[:1]}@example.com")
    values = {"source_id": f"s{words}", "person_id": person, "words": words, "judgement": "unsure", "confidence": 0.4, "offered_at": NOW}
    values |= {"kind": "unaided"} if one is None else {"kind": "line", "statement_id": one.id, "version_id": one.version_id}
    with database.transaction() as connection:
        row = sa.insert(own_words).values(said_at=NOW, **(values | overrides)).returning(own_words.c.id)
        return int(connection.execute(row).scalar_one())


def _judged(database: Database) -> list[tuple[str, list[int], str]]:
    with database.read() as connection:
        rows = connection.execute(sa.select(own_words).order_by(own_words.c.id))
        return [(row.judgement, row.named, row.judged_by) for row in rows][4:]


@pytest.mark.parametrize(("says", "judgement"), [("1", "could"), ("0", "could_not")])
def test_a_reply_is_judged_and_leaves_the_list(
    leader: TestClient, database: Database, repair: StatementRows, says: str, judgement: str
) -> None:
    number = _reply(database, repair, "mend <b>it</b>")
    assert "1 reply in own words is waiting to be judged" in leader.get("/").text
    page = leader.get("/own-words").text
    assert "mend &lt;b&gt;it&lt;/b&gt;" in page
    assert "Repair &lt;first&gt;" in page
    assert not re.search("Ann|example.com", page)

    answer = leader.post(f"/own-words/{number}", data={"says": says}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/own-words")
    assert _judged(database) == [(judgement, [], "page")]
    assert "Nothing waits to be judged" in leader.get("/own-words").text
    assert "/own-words" not in leader.get("/").text


def test_a_reply_that_names_priorities_is_judged_by_which(leader: TestClient, database: Database, repair: StatementRows) -> None:
    number = _reply(database, None, "to mend things")
    assert 'name="names-repair"' in leader.get("/own-words").text
    refused = leader.post(f"/own-words/{number}", data={"says": "1"})
    assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    assert _judged(database) == [("unsure", [], "")]
    leader.post(f"/own-words/{number}", data={"says": "1", "names-repair": "1"})
    assert _judged(database) == [("could", [repair.id], "page")]


@pytest.mark.parametrize(
    ("number", "data", "status"),
    [("1", {}, 422), ("1", {"says": "2"}, 422), ("9", {"says": "1"}, 404), ("x", {"says": "1"}, 404), ("1" * 30, {"says": "1"}, 404)],
)
def test_hostile_judgements_are_refused(
    leader: TestClient, database: Database, repair: StatementRows, number: str, data: dict[str, str], status: int
) -> None:
    mine = _reply(database, repair, "mend it")
    path = f"/own-words/{mine if number == '1' else number}"
    assert leader.post(path, data=data).status_code == status
    assert leader.post(f"/own-words/{mine}", data={"says": "1"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert _judged(database) == [("unsure", [], "")]


def test_words_that_have_left_cannot_be_judged(leader: TestClient, database: Database, repair: StatementRows) -> None:
    number = _reply(database, repair, "")
    answer = leader.post(f"/own-words/{number}", data={"says": "1"})
    assert (answer.status_code, "have left at the end of their time" in answer.text) == (409, True)
