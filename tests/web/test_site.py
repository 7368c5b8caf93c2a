"""What holds for the whole site: hosts, headers, sizes, errors, the API, health and metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.operations.measuring.report import report
from cadence.operations.measuring.report_json import plain_report
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.web.conftest import TestClient


@pytest.mark.parametrize(
    "host", ["evil.example", "cadence.example.com.evil.example", "", "127.0.0.1.evil.example", "[::2]", "cadence.example.com@evil.example"]
)
def test_foreign_host_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["cadence.example.com", "CADENCE.example.com:443", "127.0.0.1:8787", "localhost", "[::1]:8787"])
def test_own_and_loopback_hosts_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/a/x", "/p/x", "/nowhere", "/api/v1/report", "/static/cadence.css", "/healthz"])
def test_safety_headers_are_on_every_answer(client: TestClient, address: str) -> None:
    headers = client.get(address).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == ("no-referrer" if address in ("/a/x", "/p/x") else "same-origin")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers


def test_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 50_000

    assert client.post("/p/x", content=b"x" * 1_000_001).status_code == 413
    assert client.post("/p/x", content=endless()).status_code == 413
    assert client.post("/p/x", headers={"content-length": "1e9"}).status_code == 413


@pytest.mark.parametrize(
    "address", ["/nowhere", "/statements/none", "/statements/..%2f..%2fetc%2fpasswd", "/%00", "/static/../context.py", "/.env"]
)
def test_unknown_addresses_are_friendly_pages(leader: TestClient, address: str) -> None:
    answer = leader.get(address)

    assert answer.status_code == 404
    assert "Page not found" in answer.text
    assert '<a href="/">To Home</a>' in answer.text


def test_no_parameter_redirects_elsewhere(leader: TestClient) -> None:
    for target in ("//evil", "https:evil", "\\\\evil", "/%09/evil"):
        assert "location" not in leader.get("/statements", params={"next": target}, follow_redirects=False).headers


def test_api_report_equals_the_operation(leader: TestClient, database: Database) -> None:
    ann, statement = a_person(database), a_statement(database, slug="repair")
    a_delivery(database, ann, [statement])

    assert leader.get("/api/v1/report").json() == plain_report(report(database, now=NOW))
    assert [s["slug"] for s in leader.get("/api/v1/statements").json()["statements"]] == ["repair"]
    assert leader.get("/api/v1/report", params={"statement": "repair"}).json()["statements"][0]["deliveries"] == {"email": {"sent": 1}}


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/api/v1/report?statement=none", 404, "not_found"),
        ("/api/v1/report?team=%27%3Bdrop", 404, "not_found"),
        ("/api/v1/report?statement=" + "x" * 300, 422, "invalid"),
        ("/api/v1/people/nobody@example.com/explain", 404, "not_found"),
        ("/api/v1/people/nonsense/explain", 422, "invalid"),
        ("/api/v1/nowhere", 404, "http_error"),
    ],
)
def test_api_errors_are_problem_documents(leader: TestClient, address: str, status: int, code: str) -> None:
    answer = leader.get(address)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


def test_api_refusal_is_a_problem_document(client: TestClient) -> None:
    assert client.get("/api/v1/report").json()["code"] == "not_allowed"
    assert client.post("/api/v1/report").json()["status"] == 405


def test_openapi_document_lists_the_api_only(client: TestClient) -> None:
    found = client.get("/api/openapi.json").json()

    assert set(found["paths"]) == {
        "/api/v1/report",
        "/api/v1/figures",
        "/api/v1/statements",
        "/api/v1/statements/{slug}",
        "/api/v1/scoreboards/{slug}/values",
        "/api/v1/people",
        "/api/v1/people/{email}",
        "/api/v1/people/{email}/explain",
        "/api/v1/deliveries",
        "/api/v1/sending",
        "/api/v1/sending/stop",
        "/api/v1/sending/start",
        "/api/v1/audit",
    }
    assert client.get("/docs").status_code == 404


def test_health_and_readiness(context: SiteContext, clock: FixedClock) -> None:
    ticks = [NOW]
    trouble: list[str] = [""]
    site = build_site(replace(context, last_tick=lambda: ticks[0], trouble=lambda: trouble[0]))
    with TestClient(site, base_url="http://127.0.0.1") as client:
        assert client.get("/healthz").json() == {"status": "alive"}
        clock.advance(timedelta(minutes=4))
        assert client.get("/readyz").json()["last_tick_age_seconds"] == 240
        clock.advance(timedelta(minutes=2))
        assert client.get("/readyz").status_code == 503
        ticks[0] = clock.now()
        assert client.get("/readyz").status_code == 200
        trouble[0] = "the disk is full"
        assert client.get("/readyz").json()["engine"] == "the disk is full"


def test_database_without_tables_is_not_ready_and_pages_say_so(context: SiteContext, empty_sqlite_url: str) -> None:
    empty = Database(empty_sqlite_url)
    with TestClient(
        build_site(replace(context, database=empty, admin_password=None, base_url="http://127.0.0.1")),
        base_url="http://127.0.0.1",
        client=("127.0.0.1", 1),
    ) as client:
        assert client.get("/readyz").status_code == 503
        page = client.get("/")
        assert page.status_code == 503
        assert "cadence init" in page.text
        assert client.get("/api/v1/report").json()["code"] == "store_error"
    empty.close()


def test_metrics_are_prometheus_text(leader: TestClient, database: Database) -> None:
    a_delivery(database, a_person(database), [a_statement(database)])

    answer = leader.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'cadence_deliveries{channel="email",state="sent"} 1' in answer.text
    assert "# TYPE cadence_acknowledgements gauge" in answer.text


def test_slack_events_are_mounted_when_given(context: SiteContext, client: TestClient) -> None:
    async def receive(request: Request) -> Response:
        return PlainTextResponse(f"{len(await request.body())} bytes")

    assert client.post("/slack/events", content=b"{}").status_code == 404
    with TestClient(build_site(replace(context, slack_events=receive)), base_url="https://cadence.example.com") as slack:
        assert slack.post("/slack/events", content=b"{}", headers={"origin": "https://slack.example"}).text == "2 bytes"
        assert slack.get("/slack/events").status_code == 405


def test_unforeseen_fault_is_a_plain_page_without_details(context: SiteContext) -> None:
    async def breaks(request: Request) -> Response:
        raise ZeroDivisionError("secret detail")

    site = build_site(replace(context, slack_events=breaks))
    with TestClient(site, base_url="https://cadence.example.com", raise_server_exceptions=False) as client:
        answer = client.post("/slack/events")

    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert json.dumps(answer.text)
