"""The page of the audit log: for admins and auditors, searched, told in sentences, whole or broken in plain view."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from cadence.assembly.site import SiteContext
from cadence.domain.audit import Actor, Change, Via
from cadence.identity.permissions import Role
from cadence.operations.audit.verify import exported_entry, verify
from cadence.store.audit.entries import append
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW
from tests.web.conftest import TestClient

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def auditor(context: SiteContext, client: TestClient) -> TestClient:
    """An auditor, and sixty changes: guesses by Helen, and one at the shell."""
    helen = make_account(context.database, [Role.LEADER], now=NOW, name="Helen Mostyn", email="helen@example.com")
    number = make_account(context.database, [Role.AUDITOR], now=NOW)
    client.cookies.update(sign_in(context.database, number, now=NOW))
    with context.database.transaction() as connection:
        for n in range(59):
            change = Change(action="estimate.locked", object_kind="statement", object_key=f"text-{n}", after={"percent": n})
            append(connection, Actor(via=Via.PAGE, account_id=helen), change, at=NOW + timedelta(minutes=n))
        odd = Change(action="limits.changed", object_kind="limits", object_key=SCRIPT, before={"cap": 3}, after={"cap": SCRIPT})
        append(connection, Actor(via=Via.COMMAND), odd, at=NOW + timedelta(hours=2))
    return client


def test_it_tells_who_did_what_newest_first_and_that_it_is_whole(auditor: TestClient) -> None:
    page = auditor.get("/audit").text
    assert "Unbroken: 60 entries" in page
    assert page.index("Somebody at the shell") < page.index("Helen Mostyn") < page.index("“text-58”") < page.index("“text-57”")
    assert "<script>alert" not in page
    assert "text-5”" not in page
    older = auditor.get(page.split('href="/audit?')[1].split('"')[0].replace("&amp;", "&").join(["/audit?", ""])).text
    assert "“text-5”" in older


def test_an_account_is_told_by_its_name(context: SiteContext, auditor: TestClient) -> None:
    number = make_account(context.database, [Role.LEADER], now=NOW, name="Siân Corbett", email="sian@example.com")
    made = Change(action="account.made", object_kind="account", object_key=str(number))
    with context.database.transaction() as connection:
        append(connection, Actor(via=Via.COMMAND), made, at=NOW)
    assert "“Siân Corbett”" in auditor.get("/audit").text


def test_it_is_searched_by_person_and_kind(auditor: TestClient) -> None:
    assert auditor.get("/audit", params={"text": "helen", "kind": "words"}).text.count('<th scope="row">Helen') == 50
    rules = auditor.get("/audit", params={"kind": "rules"}).text
    assert "Helen" not in rules
    assert (
        "No entry" in auditor.get("/audit", params={"text": "%"}).text or "Nothing fits" in auditor.get("/audit", params={"text": "%"}).text
    )


@pytest.mark.parametrize("query", ["before=x", "before=99999999999999999999", "kind=nothing", "text=%00", "before=-1"])
def test_odd_queries_are_a_page(auditor: TestClient, query: str) -> None:
    assert auditor.get(f"/audit?{query}").status_code in (200, 404)


def test_the_export_is_verified_without_the_database(auditor: TestClient) -> None:
    lines = auditor.get("/audit.jsonl").text.splitlines()
    assert json.loads(lines[0])["action"] == "estimate.locked"
    found = verify(exported_entry(line, n) for n, line in enumerate(lines))
    assert (found.entries, found.broken_at) == (60, None)


@pytest.mark.parametrize("path", ["/audit", "/audit.jsonl"])
@pytest.mark.parametrize("role", [Role.LEADER, Role.AUTHOR, Role.EMPLOYEE])
def test_for_others_it_does_not_exist(context: SiteContext, client: TestClient, role: Role, path: str) -> None:
    number = make_account(context.database, [role], now=NOW, email="other@example.com")
    client.cookies.update(sign_in(context.database, number, now=NOW))
    assert client.get(path).status_code == 404
