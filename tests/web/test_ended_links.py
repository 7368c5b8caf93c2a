"""A link that was seen where others read opens nothing, on any page that a link opens, and says so."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

import cadence.web
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.domain.sending.quoted_links import TOKEN_ROUTES
from cadence.store.database.engine import Database
from cadence.store.sending.kept_text import keep_text
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.web.conftest import TestClient

PAGES = {"a": LinkPurpose.ACKNOWLEDGE, "c": LinkPurpose.RESPOND, "p": LinkPurpose.PREFERENCES}


@pytest.mark.parametrize("route", PAGES)
def test_a_link_seen_in_a_stored_text_is_refused_everywhere(database: Database, client: TestClient, links: LinkSigner, route: str) -> None:
    statement, person = a_statement(database), a_person(database)
    delivery = a_delivery(database, person, [statement], at=NOW - timedelta(hours=1))
    token, fresh = (
        links.sign(
            Link(
                purpose=PAGES[route],
                delivery_id=delivery,
                person_id=person,
                version_id=0 if route == "p" else statement.version_id,
                expires_at=NOW + timedelta(days=days),
            )
        )
        for days in (14, 13)
    )
    assert client.get(f"/{route}/{token}").status_code == 200
    with database.transaction() as connection:
        assert keep_text(connection, f"see https://cadence.example.com/{route}/{token}", now=NOW) == "see [link]"
    for refused in (
        client.get(f"/{route}/{token}"),
        client.post(f"/{route}/{token}", data={"do": "ask", "text": "Why?"}),
        *([client.post(f"/p/{token}/link", data={"what": "export"})] if route == "p" else []),
    ):
        assert refused.status_code == 410
        assert "This link no longer works" in refused.text
    assert client.get(f"/{route}/{fresh}").status_code == 200


def test_every_page_that_a_token_opens_is_known_and_asks_in_one_place() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(cadence.web.__file__).parent.rglob("*.py"))
    assert set(re.findall(r'Route\("/(\w+)/\{token\}', source)) == set(TOKEN_ROUTES)
    assert len(re.findall(r"links\.read\(", source)) == 1
