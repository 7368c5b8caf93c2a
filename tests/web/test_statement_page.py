"""One statement's page beside its figures: its weeks, its wordings, what each version changed, where it belongs, what was asked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from cadence.assembly.site import SiteContext
from cadence.domain.sending.deliveries import Channel
from cadence.identity.permissions import Role
from cadence.operations.responding.ask import ask_question
from cadence.store.database.core import statement_supports
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement, a_version
from tests.web.conftest import TestClient


@pytest.fixture
def company(database: Database) -> None:
    """Six people; "Repair" serves "Purpose", was reworded once, went to all this week and to two of them three weeks ago."""
    people = [a_person(database, email=f"p{n}@example.com") for n in range(6)]
    purpose = a_statement(database, slug="purpose", title="Purpose")
    repair = a_statement(database, slug="repair", title="Repair", body="We mend first.", wordings=["In a story.", "As a choice."])
    newer = a_version(
        database, repair.id, number=2, material=False, title="Repair", body="We mend last.", wordings=["In a story.", "As a choice."]
    )
    with database.transaction() as connection:
        connection.execute(statement_supports.insert().values(statement_id=repair.id, supports_id=purpose.id))
    for person in people[:2]:
        a_delivery(database, person, [repair], at=NOW - timedelta(days=21), local_week=20261102)
    for person in people:
        told = a_delivery(database, person, [newer])
    a_delivery(database, people[0], [newer], state="failed", reason="bounced", local_week=20261116)
    ask_question(
        database,
        person_id=people[0],
        version_id=newer.version_id,
        delivery_id=told - 5,
        text="Mend or buy?",
        channel=Channel.EMAIL,
        source_id="q1",
        now=NOW,
    )


@pytest.mark.usefixtures("company")
def test_the_page_tells_the_weeks_the_wordings_the_versions_and_where_it_belongs(leader: TestClient) -> None:
    page = leader.get("/statements/repair").text
    seen = " ".join(re.sub(r"<[^>]+>", " ", page).split())

    assert "Said in 2 of the last 13 weeks" in seen
    assert 'aria-label="Said in 2 of the last 13 weeks. Week of 2 Nov 2026: 2 people; Week of 23 Nov 2026: 6 people."' in page
    assert re.findall(r'<rect class="(c\w)"', page)[-4:] == ["c2", "c0", "c0", "c5"]
    assert "6 of 6 told at least once" in seen
    assert re.search(r"In a story\. 6 ", seen)
    assert re.search(r"As a choice\. 0 ", seen)
    assert "<del>first.</del>" in page
    assert "<ins>last.</ins>" in page
    assert "Changed in meaning: 0; reworded: 1." in seen
    assert "Serves Purpose" in seen
    assert "Served by Repair" in " ".join(re.sub(r"<[^>]+>", " ", leader.get("/statements/purpose").text).split())
    assert "Mend or buy? waiting since 23 Nov 2026" in seen
    assert "p0@example.com" not in page


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("role", [Role.AUTHOR, Role.AUDITOR])
def test_who_may_see_texts_alone_sees_texts_alone(context: SiteContext, client: TestClient, role: Role) -> None:
    number = make_account(context.database, [role], now=context.clock.now())
    client.cookies.update(sign_in(context.database, number, now=context.clock.now()))
    page = client.get("/statements/repair").text
    assert "We mend last." in page
    assert "<ins>last.</ins>" in page
    for told in ("told at least once", "Said in 2 of the last", "Guess first", "people know", 'id="teams"'):
        assert told not in page
    assert client.get("/statements?view=teams").status_code == 404
    assert client.get("/statements.csv").status_code == 404
