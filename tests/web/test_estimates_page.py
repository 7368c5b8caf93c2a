"""All estimates that are due stand in one form; each may be left empty, and one wrong value locks none."""

from __future__ import annotations

import re
from html import unescape

import pytest
import sqlalchemy as sa

from cadence.store.database.core import estimates
from cadence.store.database.engine import Database
from tests.fixtures.builders import a_person, a_release, a_statement
from tests.web.conftest import TestClient

URL = "/guess"


@pytest.fixture
def three(database: Database) -> None:
    for n in range(6):
        a_person(database, email=f"p{n}@example.com")
    for slug in ("one", "two", "three"):
        a_release(database, a_statement(database, slug=slug, title=f"Say <{slug}>"), value=30, low=10, high=55)


def _locked(database: Database) -> list[tuple[int, int | None, str]]:
    with database.read() as connection:
        return [(r.statement_id, r.percent, r.made_by) for r in connection.execute(sa.select(estimates).order_by(estimates.c.id))]


@pytest.mark.usefixtures("three")
def test_what_is_filled_in_is_locked_and_the_rest_stays_closed(leader: TestClient, database: Database) -> None:
    page = leader.get(URL).text
    assert re.findall(r'name="(estimate-[a-z]+)"', page) == ["estimate-one", "estimate-two", "estimate-three"]
    assert "about 30" not in page

    answer = leader.post(URL, data={"estimate-one": "90", "estimate-three": " 70 % ", "by": "Helen"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert [(percent, by) for _, percent, by in _locked(database)] == [(90, "Helen"), (70, "Helen")]
    assert re.findall(r'name="(estimate-[a-z]+)"', leader.get(URL).text) == ["estimate-two"]

    leader.post(URL, data={"estimate-one": "10", "estimate-two": "50"})
    assert [percent for _, percent, _ in _locked(database)] == [90, 70, 50]
    assert "No guess is due." in leader.get(URL).text


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("wrong", ["850", "-1", "ninety", "<script>x</script>", "9" * 3_000])
def test_one_wrong_value_is_named_beside_its_field_and_none_is_locked(leader: TestClient, database: Database, wrong: str) -> None:
    answer = leader.post(URL, data={"estimate-one": "90", "estimate-two": wrong})
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "is not a whole number from 0 to 100" in page
    assert answer.text.count('aria-invalid="true"') == 1
    assert 'name="estimate-one" inputmode="numeric" size="4" autocomplete="off" value="90"' in answer.text
    assert "<script>" not in answer.text
    assert _locked(database) == []


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("form", "told"), [({}, "at least one number"), ({"estimate-one": "9", "by": "x" * 200}, "at most 120 characters")]
)
def test_nothing_and_a_name_that_is_none_are_refused(leader: TestClient, database: Database, form: dict[str, str], told: str) -> None:
    answer = leader.post(URL, data=form)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert _locked(database) == []


@pytest.mark.usefixtures("three")
def test_only_leaders_and_only_from_our_own_page(client: TestClient, leader: TestClient, database: Database) -> None:
    assert client.get(URL).status_code == 401
    assert client.post(URL, data={"estimate-one": "9"}).status_code == 401
    assert leader.post(URL, data={"estimate-one": "9"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert _locked(database) == []
