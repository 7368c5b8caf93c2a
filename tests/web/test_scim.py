"""Entra ID and Okta bring in people and groups by SCIM, as they really write: one human stays one person, and nobody is deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL
from cadence.files.people_csv.reader import parse_people
from cadence.identity.permissions import Permission, Role
from cadence.identity.tokens import TokenKind, make_token, revoke_token
from cadence.operations.people.change_person import deactivate_person, move_person
from cadence.operations.people.import_people import import_people
from cadence.store.database.core import account_roles, audit_entries, directory_users, group_roles, people
from cadence.store.identity.accounts import account_by_person
from tests.fixtures.accounts import make_account
from tests.web.conftest import TestClient

pytestmark = pytest.mark.databases("sqlite")

USER, GROUP = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:Group"
WORK = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Send = Callable[..., Any]


@pytest.fixture
def token(context: SiteContext) -> str:
    now = context.clock.now()
    return make_token(context.database, name="Entra", kind=TokenKind.SCIM, scopes=(), days=30, actor=AT_THE_SHELL, now=now).secret


@pytest.fixture
def send(client: TestClient, token: str) -> Send:
    def send(method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        shown = {"authorization": f"Bearer {token}", "content-type": "application/scim+json", **headers}
        answer = client.request(method, f"/scim/v2{path}", json=body, headers=shown)
        assert answer.status_code == status, answer.text
        assert status == 204 or answer.headers["content-type"] == "application/scim+json"
        return answer.json() if answer.content else None

    return send


def entra(email: str = "ana@ridge.example", name: str = "Ana Lima", *, work: Any = None, **more: Any) -> dict[str, Any]:
    """As Entra ID creates somebody."""
    return {
        "schemas": [USER, WORK],
        "externalId": email.partition("@")[0],
        "userName": email,
        "active": True,
        "displayName": name,
        "emails": [{"primary": True, "type": "work", "value": email}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": name, "familyName": name.split()[-1], "givenName": name.split()[0]},
        "addresses": [{"type": "work", "country": "PT"}],
        **({WORK: work} if work else {}),
        **more,
    }


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def person(context: SiteContext, key: str) -> Any:
    with context.database.read() as connection:
        return connection.execute(sa.select(people).where(people.c.id == int(key))).one()


def test_entra_creates_finds_changes_moves_and_disables(context: SiteContext, send: Send) -> None:
    assert send("GET", '/Users?filter=userName eq "ana@ridge.example"')["totalResults"] == 0
    bo = send("POST", "/Users", entra("bo@ridge.example", "Bo Berg"), 201)["id"]
    made = send("POST", "/Users", entra(work={"department": "Crew 1", "employeeNumber": "4711", "manager": {"value": bo}}), 201)
    ana = made["id"]
    row = person(context, ana)
    assert (row.email, row.name, row.team, row.employee_id, row.manager_email) == (
        "ana@ridge.example", "Ana Lima", "Crew 1", "4711", "bo@ridge.example",
    )  # fmt: skip
    for asked in ('userName eq "ANA@ridge.example"', 'externalId eq "ana"', 'displayName eq "ana lima"', f'id eq "{ana}"',
                  'emails[type eq "work"].value eq "ana@ridge.example"'):  # fmt: skip
        assert [one["id"] for one in send("GET", f"/Users?filter={asked}")["Resources"]] == [ana], asked
    send("POST", "/Users", entra(), 409)
    changed = send(
        "PATCH",
        f"/Users/{ana}",
        patch(
            {"op": "Replace", "path": "displayName", "value": "Ana Sousa Lima"},
            {"op": "Add", "path": 'emails[type eq "work"].value', "value": "Ana.Sousa@ridge.example"},
            {"op": "Replace", "path": "userName", "value": "ana.sousa@ridge.example"},
            {"op": "Add", "path": f"{WORK}:manager", "value": ""},
            {"op": "Replace", "path": f"{WORK}:department", "value": "Crew 2"},
            {"op": "Add", "path": "timezone", "value": "W. Europe Standard Time"},
            {"op": "Add", "path": "preferredLanguage", "value": "pt-PT"},
            {"op": "Add", "path": "userType", "value": "Guest"},
            {"op": "Add", "path": 'addresses[type eq "work"].locality', "value": "Porto"},
        ),
    )
    assert changed["emails"][0]["value"] == "Ana.Sousa@ridge.example"
    row = person(context, ana)
    assert (row.email, row.name, row.team, row.zone, row.locale, row.external, row.manager_email) == (
        "ana.sousa@ridge.example", "Ana Sousa Lima", "Crew 2", "Europe/Berlin", "pt-PT", True, "",
    )  # fmt: skip
    assert send("PATCH", f"/Users/{ana}", patch({"op": "Replace", "path": "active", "value": "False"}))["active"] is False
    assert person(context, ana).deactivated_by == "directory"
    assert send("PATCH", f"/Users/{ana}", patch({"op": "Replace", "path": "active", "value": "True"}))["active"] is True
    assert person(context, ana).deactivated_at is None
    with context.database.read() as connection:
        entries = list(connection.execute(sa.select(audit_entries).where(audit_entries.c.object_key == ana)))
        kept = str(connection.execute(sa.select(directory_users.c.said)).scalars().all())
    assert [one.action for one in entries] == [
        "person.created", "person.moved", "person.changed", "person.deactivated", "person.reactivated",
    ]  # fmt: skip
    assert {one.via for one in entries} == {"scim"}
    assert "Ana" not in str([(one.before, one.after) for one in entries])
    assert "Porto" not in kept


def test_okta_replaces_whole_users_and_deactivates_without_a_path(context: SiteContext, send: Send) -> None:
    okta = {
        "schemas": [USER], "userName": "bo@ridge.example", "name": {"givenName": "Bo", "familyName": "Berg"}, "locale": "en-US",
        "emails": [{"primary": True, "value": "bo@ridge.example", "type": "work"}], "displayName": "Bo Berg",
        "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [], "password": "1mz050nq", "active": True,
    }  # fmt: skip
    key = send("POST", "/Users", okta, 201)["id"]
    assert "password" not in send("GET", f"/Users/{key}")
    moved = {**okta, "id": key, "meta": {"resourceType": "User"}, "userName": "bo.berg@ridge.example",
             "emails": [{"primary": True, "value": "bo.berg@ridge.example"}]}  # fmt: skip
    assert send("PUT", f"/Users/{key}", moved)["userName"] == "bo.berg@ridge.example"
    assert person(context, key).email == "bo.berg@ridge.example"
    assert send("PATCH", f"/Users/{key}", patch({"op": "replace", "value": {"active": False}}))["active"] is False
    assert send("PUT", f"/Users/{key}", moved)["active"] is True
    page = send("GET", "/Users?startIndex=1&count=1")
    assert (page["totalResults"], page["itemsPerPage"]) == (1, 1)
    assert send("GET", "/Users?startIndex=2&count=1").get("Resources", []) == []


def test_one_human_stays_one_person_between_file_hand_and_directory(context: SiteContext, send: Send) -> None:
    def take(text: str) -> None:
        with context.database.transaction() as connection:
            file = parse_people(text.encode(), today=context.clock.now().date(), keep=frozenset())
            assert not import_people(connection, file, now=context.clock.now(), default_zone="UTC").refused

    take("email,name,employee_id,team\nana@ridge.example,Ana Lima,4711,Crew 9\n")
    key = send("GET", '/Users?filter=userName eq "ana@ridge.example"')["Resources"][0]["id"]
    # a new address at the directory, the same number: the same human, whose team it says nothing of
    made = send("POST", "/Users", entra("ana.lima@ridge.example", work={"employeeNumber": "4711"}), 201)
    assert (made["id"], person(context, key).email, person(context, key).team) == (key, "ana.lima@ridge.example", "Crew 9")
    take("email,name,employee_id,team\nana@ridge.example,Ana Lima,4711,Crew 1\n")
    # moved by hand: a directory that goes on naming the former address does not take that back
    move_person(context.database, person(context, key).email, "al@ridge.example", now=context.clock.now())
    send("PATCH", f"/Users/{key}", patch({"op": "replace", "path": "title", "value": "Pilot"}))
    assert person(context, key).email == "al@ridge.example"
    assert send("GET", f"/Users/{key}")["emails"][0]["value"] == "al@ridge.example"
    send("PUT", f"/Users/{key}", entra("ana.lima@ridge.example"))
    assert person(context, key).email == "al@ridge.example"
    # removed and made again under another address, with the id of the provider
    send("DELETE", f"/Users/{key}", status=204)
    send("GET", f"/Users/{key}", status=404)
    assert person(context, key).deactivated_by == "removed"
    again = send("POST", "/Users", {**entra("ana2@ridge.example"), "externalId": "ana.lima"}, 201)
    assert (again["id"], again["active"], person(context, key).email) == (key, True, "ana2@ridge.example")
    # the address of a leaver, given to somebody else, begins a new person
    send("PATCH", f"/Users/{key}", patch({"op": "replace", "path": "active", "value": False}))
    send("DELETE", f"/Users/{key}", status=204)
    other = send("POST", "/Users", {**entra("ana2@ridge.example", "Noor Haddad"), "externalId": "noor"}, 201)
    assert other["id"] != key
    # deactivated by hand stays so
    deactivate_person(context.database, "ana2@ridge.example", now=context.clock.now())
    assert send("PATCH", f"/Users/{other['id']}", patch({"op": "replace", "path": "active", "value": True}))["active"] is False


def test_groups_give_roles_and_take_them(context: SiteContext, send: Send) -> None:
    keys = [send("POST", "/Users", entra(f"p{n}@ridge.example", f"Ada {name}"), 201)["id"] for n, name in enumerate(("One", "Two", "Six"))]
    with context.database.transaction() as connection:
        connection.execute(group_roles.insert().values(group_name="Leaders", role="leader"))

    def leaders() -> list[str]:
        with context.database.read() as connection:
            held = [(key, account_by_person(connection, int(key))) for key in keys]
        return [key for key, account in held if account is not None and "leader" in account.roles]

    group = send("POST", "/Groups", {"schemas": [GROUP], "displayName": "Leaders", "members": [{"value": keys[0]}]}, 201)["id"]
    assert leaders() == keys[:1]
    at = f"/Groups/{group}"
    send("PATCH", at, patch({"op": "Add", "path": "members", "value": [{"value": keys[1]}, {"value": keys[2]}]}))
    assert leaders() == keys
    send("PATCH", at, patch({"op": "Remove", "path": "members", "value": [{"value": keys[1]}]}))  # Entra
    send("PATCH", at, patch({"op": "remove", "path": f'members[value eq "{keys[2]}"]'}))  # Okta
    assert leaders() == keys[:1]
    assert send("GET", f'/Groups?filter=id eq "{group}" and members eq "{keys[0]}"')["totalResults"] == 1
    assert "members" not in send("GET", '/Groups?filter=displayName eq "leaders"&excludedAttributes=members')["Resources"][0]
    assert send("GET", f"/Users/{keys[0]}")["groups"][0]["display"] == "Leaders"
    send("PATCH", at, patch({"op": "replace", "value": {"id": group, "displayName": "Former leaders"}}))
    assert leaders() == []
    send("PATCH", at, patch({"op": "replace", "path": "displayName", "value": "Leaders"}))
    send("PATCH", at, patch({"op": "replace", "path": "members", "value": [{"value": keys[1]}]}))
    assert leaders() == keys[1:2]
    send("PATCH", at, patch({"op": "add", "path": "members", "value": [{"value": "999999"}]}), 400)
    send("DELETE", at, status=204)
    assert leaders() == []
    with context.database.read() as connection:
        assert connection.execute(sa.select(account_roles)).first() is None


def test_what_is_no_token_of_a_directory_opens_nothing(context: SiteContext, clock: FixedClock, client: TestClient, token: str) -> None:
    now = clock.now()
    make_account(context.database, [Role.ADMIN], now=now)
    scopes = [Permission.SEE_PEOPLE]
    api = make_token(context.database, name="a", kind=TokenKind.API, scopes=scopes, days=1, actor=AT_THE_SHELL, now=now).secret
    ended = make_token(context.database, name="e", kind=TokenKind.SCIM, scopes=(), days=9, actor=AT_THE_SHELL, now=now)
    revoke_token(context.database, ended.id, actor=AT_THE_SHELL, now=now)

    def status(shown: str, path: str = "/scim/v2/Users") -> int:
        answer = client.get(path, headers={"authorization": shown} if shown else {})
        if answer.status_code == 401 and path.startswith("/scim/"):
            assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
            assert answer.headers["www-authenticate"].startswith("Bearer")
        return int(answer.status_code)

    for shown in ("", "Basic eDp5", f"Bearer {api}", f"Bearer {ended.secret}", "Bearer ", "Bearer " + "x" * 5000, f"Bearer {token}x"):
        assert status(shown) == 401, shown
    assert status(f"Bearer {api}", "/scim/v2/nowhere") == 401
    assert (status(f"Bearer {token}"), status(f"Bearer {token}", "/scim/v2/nowhere")) == (200, 404)
    assert status(f"Bearer {token}", "/api/v1/report") == 401
    clock.advance(timedelta(days=31))
    assert status(f"Bearer {token}") == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/Users", [], 400, "invalidSyntax"),
        ("POST", "/Users", {"schemas": [USER]}, 400, "invalidValue"),
        ("POST", "/Users", {"schemas": [USER], "userName": "no address"}, 400, "invalidValue"),
        ("POST", "/Users", entra("ana@ridge.example\r\nBcc: x@y.example"), 400, "invalidValue"),
        ("POST", "/Users", entra(name="A\0B"), 400, "invalidSyntax"),
        ("POST", "/Users", entra(active="perhaps"), 400, "invalidValue"),
        ("PATCH", "/Users/1", {"schemas": [PATCH]}, 404, None),
        ("GET", "/Users/99999999999999999999", None, 404, None),
        ("GET", "/Users/%F0%9F%92%A5", None, 404, None),
        ("DELETE", "/Users", None, 405, None),
        ("POST", "/Bulk", {}, 404, None),
        ("GET", '/Users?filter=userName co "a"', None, 400, "invalidFilter"),
        ("GET", "/Users?filter=userName", None, 400, "invalidFilter"),
        ("GET", "/Users?count=many", None, 400, "invalidValue"),
        ("POST", "/Groups", {"schemas": [GROUP], "displayName": "x", "members": [{"value": "' or 1=1"}]}, 400, "invalidValue"),
        ("POST", "/Groups", {"schemas": [GROUP], "displayName": "x" * 300}, 400, "invalidValue"),
    ],
)
def test_bad_input_is_told_in_one_error(send: Send, method: str, path: str, body: Any, status: int, kind: str | None) -> None:
    said = send(method, path, body, status)
    assert (said["status"], said.get("scimType")) == (str(status), kind)
    assert "Traceback" not in said["detail"]


def test_a_change_of_an_old_version_is_refused(send: Send) -> None:
    made = send("POST", "/Users", entra(), 201)
    path, version = f"/Users/{made['id']}", made["meta"]["version"]
    change = patch({"op": "replace", "path": "displayName", "value": "Ana Sousa"})
    send("PATCH", path, change, **{"if-match": version})
    send("PATCH", path, change, 412, **{"if-match": version})
    send("PATCH", path, change, **{"if-match": "*"})
