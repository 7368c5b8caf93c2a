"""The overview tells what waits for somebody, in sentences, and nothing once it is resolved."""

from __future__ import annotations

from cadence.operations.running.notices import resolve
from cadence.operations.sending.address_health import tell_of_failures
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_person, a_statement, an_address
from tests.web.conftest import TestClient


def test_the_overview_tells_of_suspended_addresses(database: Database, leader: TestClient) -> None:
    a_statement(database)
    keys = []
    for n in range(7):
        person = a_person(database, email=f"p{n}@example.com", name=f"<b>P{n}</b>", with_address=False)
        keys.append(an_address(database, person, "email", f"p{n}@example.com", suspended_at=NOW, suspended_reason="5.1.1"))
    assert "Needs attention" not in leader.get("/").text
    tell_of_failures(database, now=NOW)

    page = leader.get("/").text
    assert page.count("nothing reaches them") == 5
    assert "&lt;b&gt;P6&lt;/b&gt; was refused (5.1.1) and is suspended" in page
    assert "cadence notices list" in page

    for key in keys:
        resolve(database, f"address:{key}", now=NOW)
    assert "Needs attention" not in leader.get("/").text
