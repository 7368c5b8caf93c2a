"""All statements: what is said and in which state, and which teams have not heard what this quarter."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement, an_audience
from tests.web.conftest import TestClient


@pytest.fixture
def company(database: Database) -> None:
    """Field 6, Lab 5, two small teams. "Repair" went twice to three of Field and once to the others of Field and Lab; one send failed."""
    field = [a_person(database, team="Field", email=f"field{n}@example.com") for n in range(6)]
    lab = [a_person(database, team="Lab") for _ in range(5)]
    for n in range(5):
        a_person(database, team="Board" if n < 3 else "Yard")
    an_audience(database, "field", {"team": ["Field"]})
    repair = a_statement(database, slug="repair", title="=Repair", must_acknowledge=True)
    nights = a_statement(database, slug="nights", title="Nights", audience="field")
    a_statement(database, slug="silent", title="Never told")
    for person in field + lab:
        a_delivery(database, person, [repair])
    for person in field[:3]:
        a_delivery(database, person, [repair, nights])
    a_delivery(database, field[3], [repair], state="failed", reason="bounced")
    a_delivery(database, lab[0], [repair], at=NOW - timedelta(days=100))


def _cells(row: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]


@pytest.mark.usefixtures("company")
def test_a_team_has_heard_what_it_was_sent_twice_this_quarter_and_small_teams_are_hidden(leader: TestClient) -> None:
    page = leader.get("/statements?view=teams").text
    assert re.findall(r'<th scope="col">([^<]+)</th>', page) == ["Field", "Lab", "Others"]
    rows = {
        slug: _cells(row)
        for slug, row in re.findall(r'<tr><th scope="row"><a class="title" href="/statements/(\w+)">(.*?)</tr>', page, re.DOTALL)
    }
    assert rows == {
        "repair": ["50", "0", "Hidden: too few people"],
        "nights": ["0", "not meant for this team", "Hidden: too few people"],
        "silent": ["0", "0", "Hidden: too few people"],
    }
    assert "since 1 October." in page
    assert "Board" not in page
    assert "Board" not in leader.get("/statements?view=teams&all=1").text


@pytest.mark.usefixtures("company")
def test_the_file_holds_the_same_and_no_cell_is_read_as_a_formula(leader: TestClient) -> None:
    answer = leader.get("/statements.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.splitlines()[0] == "Statement,Field,Lab"
    assert "'=Repair,50,0" in answer.text.splitlines()


@pytest.mark.usefixtures("company")
def test_the_list_says_the_state_of_each_statement_and_nothing_of_what_people_know(leader: TestClient) -> None:
    page = leader.get("/statements").text
    rows = {slug: _cells(row) for slug, row in re.findall(r'href="/statements/(\w+)">(.*?)</tr>', page, re.DOTALL)}
    assert {slug: cells[1:] for slug, cells in rows.items()} == {
        "repair": ["Live, 0 of 16 acknowledged", "today"],
        "nights": ["Live", "today"],
        "silent": ["Gone quiet", "never"],
    }
    assert " know" not in page.lower()


@pytest.mark.parametrize("view", ["drafty", "", "teams%00"])
def test_a_tab_that_is_not_there_is_no_page(leader: TestClient, view: str) -> None:
    assert leader.get(f"/statements?view={view}").status_code == 404


def test_before_anything_is_said_the_list_says_what_will_stand_there(leader: TestClient) -> None:
    assert "Nothing is said yet" in leader.get("/statements").text
    assert "Nothing was said yet" in leader.get("/statements?view=teams").text


@pytest.mark.usefixtures("company")
def test_a_part_that_fails_says_so_and_the_rest_of_the_page_stands(leader: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("a secret of the driver")

    monkeypatch.setattr("cadence.web.leader.statements.heard_by_team", fail)
    answer = leader.get("/statements?view=teams")
    assert answer.status_code == 200
    assert "Could not be counted just now." in answer.text
    assert "secret" not in answer.text
