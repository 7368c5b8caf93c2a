"""People in the browser: found, explained, paused, taken off, moved, erased and brought in, each change with who made it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from httpx import Response

from cadence.assembly.site import SiteContext
from cadence.store.audit.reading import newest_entries
from cadence.store.database.core import people
from cadence.store.database.engine import Database
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.web.conftest import TestClient

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def ann(database: Database) -> int:
    """Ann, who was sent one message, beside sixty others, one of whom has no address."""
    found = a_person(database, email="ann@example.com", name="Ann Lee", team="Repair crew", location="Porto")
    a_person(database, email="odd@example.com", name=SCRIPT, team=SCRIPT)
    for n in range(58):
        a_person(database, email=f"p{n:02}@example.com", name=f"Person {n:02}", team="Lab")
    lost = a_person(database, email="zoe@example.com", name="Zoe Lost")
    with database.transaction() as connection:
        connection.execute(sa.text("DELETE FROM addresses WHERE person_id = :p"), {"p": lost})
    a_delivery(database, found, [a_statement(database, slug="repair", title="Repair first")])
    return found


def row(database: Database, person_id: int) -> sa.Row[tuple[object, ...]]:
    with database.read() as connection:
        return connection.execute(sa.select(people).where(people.c.id == person_id)).one()


def newest(database: Database) -> str:
    with database.read() as connection:
        return newest_entries(connection, limit=1)[0].entry.change.action


def test_who_needs_an_address_comes_first_and_pages_go_on_from_there(leader: TestClient, ann: int) -> None:
    page = leader.get("/people").text
    assert "60 can be reached. 1 need a working address." in page
    names = re.findall(r'<a href="/people/\d+">([^<]+)</a>', page)
    further = leader.get(re.findall(r'href="(/people\?[^"]*after[^"]*)"', page)[0].replace("&amp;", "&")).text
    rest = re.findall(r'<a href="/people/\d+">([^<]+)</a>', further)
    assert names[0] == "Zoe Lost"
    assert len(names) == 50
    assert len({*names, *rest}) == 61
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"text": "ANN"}, ["Ann Lee"]),
        ({"text": "zoe@"}, ["Zoe Lost"]),
        ({"team": "Repair crew"}, ["Ann Lee"]),
        ({"state": "unreachable"}, ["Zoe Lost"]),
        ({"state": "left"}, []),
        ({"text": "%"}, []),
    ],
)
def test_people_are_found(leader: TestClient, ann: int, query: dict[str, str], expected: list[str]) -> None:
    assert re.findall(r'<a href="/people/\d+">([^<]+)</a>', leader.get("/people", params=query).text) == expected


@pytest.mark.parametrize("query", ["after=x", "after=1:999999999999999999999:a", "state=odd", "team=%00", "text=" + "a" * 3000])
def test_odd_queries_are_a_page(leader: TestClient, ann: int, query: str) -> None:
    assert leader.get(f"/people?{query}").status_code in (200, 404)


def test_a_person_is_explained_and_old_addresses_lead_there(leader: TestClient, ann: int) -> None:
    page = leader.get("/explain", params={"email": "ann@example.com", "statement": "repair"})
    assert (page.status_code, page.url.path, page.url.query) == (200, f"/people/{ann}", b"statement=repair")
    assert "it had never been sent to this person" in page.text
    assert leader.get("/explain", params={"email": "nobody@example.com"}).url.path == "/people"
    for number in ("0", "999999", "x", "9" * 30):
        assert leader.get(f"/people/{number}").status_code == 404


def test_a_person_is_paused_taken_off_put_back_and_moved(leader: TestClient, database: Database, ann: int) -> None:
    here = f"/people/{ann}"
    until = (NOW + timedelta(days=20)).date().isoformat()
    assert "Paused." in leader.post(here, data={"do": "pause", "until": until}).text
    assert (row(database, ann).paused_until is not None, newest(database)) == (True, "person.paused")
    assert "Taken off the list" in leader.post(here, data={"do": "take_off"}).text
    assert (row(database, ann).deactivated_by, newest(database)) == ("admin", "person.deactivated")
    assert "Back on the list" in leader.post(here, data={"do": "put_back"}).text
    assert newest(database) == "person.reactivated"
    assert "new address is kept" in leader.post(here, data={"do": "move", "address": "ann.hart@example.com"}).text
    assert (row(database, ann).email, newest(database)) == ("ann.hart@example.com", "person.moved")


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"do": "pause", "until": "soon"}, 422, "“soon”"),
        ({"do": "pause", "until": "1999-01-01"}, 422, "1999-01-01"),
        ({"do": "move", "address": "no address"}, 422, "“no address”"),
        ({"do": "move", "address": "ann@example.com"}, 422, "ann@example.com"),
        ({"do": "put_back"}, 409, "active already"),
        ({"do": "dance"}, 422, "Nothing was chosen"),
        ({}, 422, "Nothing was chosen"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    leader: TestClient, database: Database, ann: int, form: dict[str, str], status: int, said: str
) -> None:
    before = row(database, ann)
    answer = leader.post(f"/people/{ann}", data=form)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert row(database, ann) == before


def test_erasing_asks_for_the_name(leader: TestClient, database: Database, ann: int) -> None:
    refused = leader.post(f"/people/{ann}/erase", data={"name": "Ann"})
    assert (refused.status_code, "“Ann”" in refused.text, row(database, ann).erased_at) == (422, True, None)
    assert leader.post(f"/people/{ann}/erase", data={"name": " ann  LEE "}).url.path == "/people"
    assert (row(database, ann).erased_at is not None, newest(database)) == (True, "person.erased")
    assert leader.get(f"/people/{ann}").status_code == 404


def test_what_an_admin_takes_out_is_written_down(leader: TestClient, database: Database, ann: int) -> None:
    answer = leader.post(f"/people/{ann}/export")
    assert answer.json()["person"]["name"] == "Ann Lee"
    assert newest(database) == "person.exported"


def send(leader: TestClient, context: SiteContext, content: bytes, name: str = "people.csv") -> Response:
    """Send a people file as the page's form does."""
    token = context.form_tokens.make("/people/import", context.clock.now())
    answer: Response = super(type(leader), leader).post("/people/import", data={FIELD: token}, files={"file": (name, content, "text/csv")})
    return answer


def test_a_file_is_shown_taken_and_undone(leader: TestClient, context: SiteContext, database: Database, ann: int) -> None:
    content = b"email,name,team\nann@example.com,Ann Lee,Software\nnew@example.com,New One,Lab\nbad row\n"
    answer = send(leader, context, content)
    assert "2 changes" in answer.text
    assert "Software" in answer.text
    assert row(database, ann).team == "Repair crew"
    run = answer.url.path
    assert "brought in" in leader.post(run, data={"do": "take"}).text
    assert row(database, ann).team == "Software"
    assert leader.post(run, data={"do": "take"}).status_code == 409
    assert "as before" in leader.post(run, data={"do": "undo"}).text
    assert row(database, ann).team == "Repair crew"


def test_many_who_would_leave_are_confirmed_by_their_number(leader: TestClient, context: SiteContext, database: Database, ann: int) -> None:
    run = send(leader, context, b"email,name,team\nann@example.com,Ann Lee,Field\n").url.path
    assert "60 people would leave" in leader.post(run, data={"do": "take", "missing": "leave", "count": "6"}).text
    assert "brought in" in leader.post(run, data={"do": "take", "missing": "leave", "count": "60"}).text
    with database.read() as connection:
        here = connection.execute(sa.select(sa.func.count()).where(people.c.deactivated_at.is_(None))).scalar_one()
    assert here == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "No file"), (b"\x00\x01\x02", "people.csv"), (b"only,words\n1,2\n", "people.csv"), (b"\xff\xfe", "people.csv")],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(
    leader: TestClient, context: SiteContext, ann: int, content: bytes, said: str
) -> None:
    answer = send(leader, context, content)
    assert (answer.status_code, said in answer.text) == (422, True)
