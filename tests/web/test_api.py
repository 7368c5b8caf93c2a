"""What programs do through /api/v1 with a token: read in pages, change once under a key, and be told what is wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL, Via
from cadence.domain.people.privacy import PrivacyMode
from cadence.errors import StoreBusy
from cadence.identity.permissions import Permission, Role
from cadence.identity.tokens import TokenKind, make_token
from cadence.operations.audit.verify import verify_log
from cadence.operations.authoring.import_statements import import_statements
from cadence.store.audit.reading import newest_entries
from cadence.store.database.core import idempotency_keys
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.web.conftest import TestClient
from tests.web.test_scoreboard_page import FILE

P = Permission
STOP = "/api/v1/sending/stop"


class Program:
    """A program with a token."""

    def __init__(self, context: SiteContext, client: TestClient, *scopes: Permission) -> None:
        made = make_token(context.database, name="p", kind=TokenKind.API, scopes=scopes, days=9, actor=AT_THE_SHELL, now=NOW)
        self._client, self._headers = client, {"authorization": f"Bearer {made.secret}"}

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", params=query or None, headers=self._headers | (headers or {}))

    def send(self, path: str, body: Any, *, key: str = "", method: str = "POST") -> Any:
        headers = self._headers | {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        return self._client.request(method, f"/api/v1{path}", content=json.dumps(body), headers=headers)

    def all_of(self, path: str, name: str, **query: Any) -> list[Any]:
        """Return the whole list, two at a time."""
        found: list[Any] = []
        cursor: dict[str, Any] = {}
        for _ in range(20):
            page = self.get(path, limit=2, **query, **cursor).json()
            assert len(page[name]) <= 2
            found += page[name]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}
        raise AssertionError("the pages do not end")


@pytest.fixture
def lived(context: SiteContext) -> SiteContext:
    """A company with an admin, five people, three statements, a scoreboard and three deliveries."""
    database = context.database
    make_account(database, [Role.ADMIN], now=NOW)
    people = [a_person(database, name=f"{name} Lee", email=f"{name.lower()}@example.com") for name in ("Ann", "Bo", "Cy", "Dee", "Éva")]
    said = [a_statement(database, slug=slug, title=slug.title()) for slug in ("repair", "water", "honest")]
    for person in people[:3]:
        a_delivery(database, person, said[:1])
    with database.transaction() as connection:
        import_statements(connection, [("gauges.md", FILE)], now=NOW)
    return context


def test_lists_are_read_to_their_end_in_pages_that_leave_out_and_repeat_nothing(lived: SiteContext, client: TestClient) -> None:
    program = Program(lived, client, P.SEE_PEOPLE, P.SEE_STATEMENTS, P.SEE_DELIVERIES, P.SEE_AUDIT)
    for path, name, key, count in (
        ("/people", "people", "email", 5),
        ("/statements", "statements", "slug", 4),
        ("/deliveries", "deliveries", "id", 3),
        ("/audit", "entries", "id", None),
    ):
        told, whole = program.all_of(path, name), program.get(path).json()[name]
        assert [one[key] for one in told] == [one[key] for one in whole]
        assert len({one[key] for one in told}) == len(told) == (count or len(told)), path
    assert [one["name"] for one in program.all_of("/people", "people", text="LEE")][-1] == "Éva Lee"
    assert program.get("/people/ann@example.com").json()["channels"] == ["email"]
    assert [one["channel"] for one in program.get("/deliveries", who="ann", state="sent").json()["deliveries"]] == ["email"]


def test_results_stand_in_statements_for_those_alone_who_may_see_results(lived: SiteContext, client: TestClient) -> None:
    reader, leader = Program(lived, client, P.SEE_STATEMENTS), Program(lived, client, P.SEE_STATEMENTS, P.SEE_RESULTS)
    told, whole = reader.get("/statements/repair").json(), leader.get("/statements/repair").json()
    assert (told["results"], whole["results"]["deliveries"]) == (None, {"email": {"sent": 3}})
    assert (told["versions"][0]["number"], told["wordings"]) == (1, whole["wordings"])
    assert [("deliveries" in one) for one in reader.get("/statements").json()["statements"]] == [False] * 4
    assert all("deliveries" in one for one in leader.get("/statements").json()["statements"])
    assert reader.get("/statements/gauges").json()["measures"][0]["values"] == {"2026-01-12": 1104, "2026-10-31": 1571}


def test_a_get_is_answered_by_304_until_something_changed(lived: SiteContext, client: TestClient) -> None:
    program = Program(lived, client, P.SEE_PEOPLE, P.CHANGE_PEOPLE)
    tag = program.get("/people/bo@example.com").headers["etag"]
    for known in (tag, f'"x", W/{tag}', "*"):
        same = program.get("/people/bo@example.com", headers={"if-none-match": known})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert program.send("/people/bo@example.com", {"active": False}, method="PATCH").status_code == 200
    assert program.get("/people/bo@example.com", headers={"if-none-match": tag}).json()["deactivated_at"]


def test_each_change_is_in_the_audit_log_as_the_programs(lived: SiteContext, client: TestClient) -> None:
    program = Program(lived, client, P.CHANGE_PEOPLE, P.STOP_SENDING, P.SEE_CHANNELS, P.ENTER_VALUES)
    changes: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("PATCH", "/people/bo@example.com", {"paused_until": "2026-12-24"}, {"active": True}),
        ("PATCH", "/people/bo@example.com", {"active": False}, {"active": False}),
        ("PATCH", "/people/bo@example.com", {"active": True}, {"active": True, "paused_until": None}),
        ("POST", "/sending/stop", {"reason": "accident", "until": "2026-12-01T09:00:00+01:00"}, {"stopped": True, "reason": "accident"}),
        ("POST", "/sending/start", {}, {"waiting": 0}),
        (
            "POST",
            "/scoreboards/gauges/values",
            {"values": [{"measure": "Two ways home", "on": "2026-11-01", "value": 1604}]},
            {"changed": 1},
        ),
    ]
    for method, path, body, told in changes:
        answer = program.send(path, body, method=method)
        assert (answer.status_code, answer.json() | told) == (200, answer.json()), path
    with lived.database.read() as connection:
        newest = newest_entries(connection, limit=len(changes))
        assert verify_log(connection).broken_at is None
    assert [one.entry.change.action for one in reversed(newest)] == [
        "person.paused",
        "person.deactivated",
        "person.reactivated",
        "sending.stopped",
        "sending.started",
        "scoreboard.values_entered",
    ]
    assert {one.entry.actor.via for one in newest} == {Via.API}


def test_a_key_makes_a_change_once_for_a_day(lived: SiteContext, client: TestClient, clock: FixedClock) -> None:
    program, other = Program(lived, client, P.CHANGE_PEOPLE), Program(lived, client, P.CHANGE_PEOPLE)
    gone = {"active": False}
    first = program.send("/people/bo@example.com", gone, key="k1", method="PATCH")
    again = program.send("/people/bo@example.com", gone, key="k1", method="PATCH")
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert (again.headers["idempotency-replayed"], again.headers["content-type"]) == ("true", first.headers["content-type"])
    changed = program.send("/people/cy@example.com", gone, key="k1", method="PATCH")
    assert (changed.status_code, changed.json()["field"]) == (422, "Idempotency-Key")
    # the key of another token is another key, and a refusal keeps none
    assert other.send("/people/bo@example.com", gone, key="k1", method="PATCH").status_code == 409
    assert other.send("/people/cy@example.com", gone, key="k1", method="PATCH").status_code == 200
    assert program.send("/people/dee@example.com", gone, key="x" * 256, method="PATCH").status_code == 422
    clock.advance(timedelta(hours=24, seconds=1))
    assert program.send("/people/bo@example.com", gone, key="k1", method="PATCH").status_code == 409
    with lived.database.read() as connection:
        kept = connection.execute(sa.select(idempotency_keys)).all()
    assert not [row for row in kept if b"example.com" in row.body]


def test_a_key_whose_request_never_ended_is_not_used_a_second_time(
    lived: SiteContext, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise StoreBusy("another process holds the database")

    program = Program(lived, client, P.STOP_SENDING)
    with monkeypatch.context() as patched:
        patched.setattr("cadence.store.identity.idempotency.keep_answer", busy)
        assert program.send("/sending/stop", {}, key="k").status_code == 200
    again = program.send("/sending/stop", {}, key="k")
    assert (again.status_code, again.json()["code"]) == (409, "key_in_use")


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/sending/stop", {"until": 0}, 422, "until"),
        ("/sending/stop", {"until": "0"}, 422, "until"),
        ("/sending/stop", {"until": "2026-12-24T09:00:00"}, 422, "offset"),
        ("/sending/stop", {"until": "9999-12-31T23:59:59-14:00"}, 422, "until"),
        ("/sending/stop", {"until": "2001-01-01T00:00:00Z"}, 422, "not ahead"),
        ("/sending/stop", {"reason": "a\x00b"}, 422, "control characters"),
        ("/sending/stop", {"\ud800": 1}, 422, "body"),
        ("/sending/stop", {"reason": "x" * 201}, 422, "reason"),
        ("/sending/stop", [], 422, "body"),
        ("/scoreboards/none/values", {"values": [{"measure": "x", "on": "2026-11-01", "value": 1}]}, 404, "none"),
        ("/scoreboards/repair/values", {"values": [{"measure": "x", "on": "2026-11-01", "value": 1}]}, 404, "repair"),
        ("/scoreboards/gauges/values", {"values": [{"measure": "x\x00", "on": "2026-11-01", "value": 1}]}, 422, "no measure"),
        ("/scoreboards/gauges/values", {"values": [{"measure": "Two ways home", "on": 0, "value": 1}]}, 422, "on"),
        ("/scoreboards/gauges/values", {"values": [{"measure": "Two ways home", "on": "2027-01-01", "value": 1}]}, 422, "up to today"),
        ("/scoreboards/gauges/values", {"values": [{"measure": "Two ways home", "on": "2026-11-01", "value": True}]}, 422, "value"),
        ("/scoreboards/gauges/values", {"values": [{"measure": "Two ways home", "on": "2026-11-01", "value": 9}]}, 409, "far from"),
        ("/scoreboards/gauges/values", {"values": []}, 422, "values"),
        ("PATCH /people/ann@example.com", {}, 422, "either active or paused_until"),
        ("PATCH /people/ann@example.com", {"active": "no"}, 422, "active"),
        ("PATCH /people/ann@example.com", {"paused_until": "2999-01-01"}, 422, "next year"),
        ("PATCH /people/nobody@example.com", {"active": False}, 404, "nobody"),
        ("GET /people?cursor=bm8", None, 422, "cursor"),
        ("GET /people?cursor=W3RydWUsICJcdWQ4MDAiLCAxXQ", None, 422, "cursor"),
        ("GET /people?cursor=W3RydWUsICJhXHUwMDAwIiwgMV0", None, 422, "cursor"),
        ("GET /people?limit=0", None, 422, "limit"),
        ("GET /people?stae=left", None, 422, "stae"),
        ("GET /statements?cursor=WyJnb25lIl0", None, 422, "begin again"),
        ("GET /deliveries?cursor=-1", None, 422, "cursor"),
        ("GET /deliveries?since=2026-11-01", None, 422, "since"),
        ("GET /statements/%F0%9F%A6%8A", None, 404, "no statement"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_problem_document(
    lived: SiteContext, client: TestClient, path: str, body: Any, status: int, said: str
) -> None:
    program = Program(lived, client, *P)
    method, _, path = path.rpartition(" ")
    answer = program.get(path) if method == "GET" else program.send(path, body, method=method or "POST")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]


def test_a_wrong_body_tells_nothing_to_whoever_may_not_send_it(lived: SiteContext, client: TestClient) -> None:
    assert client.post(STOP, content=b"{").json()["status"] == 401
    assert Program(lived, client, P.SEE_CHANNELS).send("/sending/stop", {"no": "field"}).status_code == 404
    number = make_account(lived.database, [Role.ADMIN], now=NOW, email="eve@example.com")
    client.cookies.update(sign_in(lived.database, number, now=NOW))
    assert client.post(STOP, json={}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post(STOP, json={}, headers={"idempotency-key": "k"}).json()["field"] == "Idempotency-Key"
    assert client.post(STOP, json={}).json()["stopped"] is True


def test_deliveries_name_nobody_where_results_are_counts(lived: SiteContext, client: TestClient) -> None:
    lived.database.privacy = PrivacyMode.AGGREGATE
    auditor, admin = Program(lived, client, P.SEE_DELIVERIES), Program(lived, client, P.SEE_DELIVERIES, P.SEE_PEOPLE)
    assert {one["email"] for one in auditor.get("/deliveries").json()["deliveries"]} == {None}
    assert auditor.get("/deliveries", who="ann").status_code == 422
    assert [one["name"] for one in admin.get("/deliveries", who="ann").json()["deliveries"]] == ["Ann Lee"]
