"""The frame of the pages: its rail, its one script and sheet, and that nothing in any page needs what the policy forbids."""

from __future__ import annotations

import re

import pytest

from cadence.identity.permissions import Role, permissions_of
from cadence.identity.viewers import Viewer, viewer_before_accounts
from cadence.rendering.words import english
from cadence.store.database.engine import Database
from cadence.web.parts.navigation import PAGES, rail_of
from cadence.web.parts.static import static
from tests.fixtures.builders import a_delivery, a_person, a_statement
from tests.web.conftest import Sign, TestClient

#: what a page must not hold under style-src and script-src 'self'
_INLINE = re.compile(r"<style|<script(?![^>]* src=)|\son[a-z]+=|\sstyle=|\shx-on|javascript:", re.IGNORECASE)


@pytest.fixture
def solo(database: Database, sign: Sign) -> list[str]:
    """Addresses of the pages behind one message's links."""
    ann, statement = a_person(database), a_statement(database, slug="repair", title="Repair")
    delivery = a_delivery(database, ann, [statement])
    return [f"/p/{sign(delivery, ann)}", f"/a/{sign(delivery, ann, statement.version_id)}", "/a/forged", "/nowhere"]


def test_pages_in_the_frame_may_load_the_one_script_and_pages_behind_links_none(
    leader: TestClient, client: TestClient, solo: list[str]
) -> None:
    framed = [place.href for place in PAGES] + ["/statements/repair", "/own-words", "/calibration"]
    for address in framed:
        page = leader.get(address)
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'; connect-src 'self'" in policy, address
        assert re.findall(r"<script[^>]*>", page.text) == [f'<script src="{static("htmx-4.0.1.min.js")}" defer>'], address
        assert _INLINE.findall(page.text) == [], address
    for address in solo:
        page = client.get(address)
        assert "script" not in page.headers["content-security-policy"], address
        assert "<script" not in page.text, address
        assert _INLINE.findall(page.text) == [], address


@pytest.mark.parametrize("name", ["cadence.css", "htmx-4.0.1.min.js"])
def test_a_file_asked_for_by_its_hash_is_kept_for_good_and_any_other_is_asked_for_again(client: TestClient, name: str) -> None:
    assert client.get(static(name)).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get(f"/static/{name}?v=000000000000").headers["cache-control"] == "no-store"
    assert client.get(f"/static/{name}").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", "/"), ("/statements", "/statements"), ("/statements/repair", "/statements"), ("/questionsx", ""), ("/c/x", "")],
)
def test_the_rail_marks_the_page_that_is_open(path: str, current: str) -> None:
    links = [link for group in rail_of(viewer_before_accounts(), english("leader"), here=path) for link in group.links]
    assert [link.href for link in links if link.current] == ([current] if current else [])


def test_the_rail_holds_only_what_its_viewer_may_open_and_what_waits_there() -> None:
    auditor = Viewer(account_id=1, roles=frozenset({Role.AUDITOR}), permissions=permissions_of({Role.AUDITOR}))
    links = [link for group in rail_of(auditor, english("leader"), here="/", counts={"nav_statements": 14}) for link in group.links]
    hrefs = [link.href for link in links]
    assert "/statements" in hrefs
    assert not {"/", "/questions", "/people"} & set(hrefs)
    assert [link.count for link in links if link.href == "/statements"] == [14]
