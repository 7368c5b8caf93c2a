"""A request that is broken, hangs up, or meets a fault of the database gets one sentence, and the log no traceback and no SQL."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from cadence.assembly.site import SiteContext, build_site
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.operations.responding.preferences import preferences
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.web.conftest import PASSWORD, Sign, TestClient

NULS = (
    "/statements/a%00b",
    "/%00",
    "/?team=%00",
    "/?statement=a%00",
    "/questions?show=%00",
    "/api/v1/report?team=%00",
    "/api/v1/report?%00=1",
    "/api/v1/people/a%00@example.com/explain",
    "/api/v1/people/ann@example.com/explain?statement=%00",
    "/static/%00.css",
    "/a/%00",
    "/c/%00?choice=%00",
    "/p/%00/export",
)


def test_nul_in_an_address_is_an_address_that_is_not_there(leader: TestClient) -> None:
    for address in NULS:
        for method in ("GET", "POST", "HEAD"):
            assert leader.request(method, address).status_code in (404, 405), (method, address)
        assert leader.get(address).status_code == 404, address


def test_nul_in_a_form_is_refused_by_every_form(
    client: TestClient, leader: TestClient, database: Database, sign: Sign, links: LinkSigner
) -> None:
    person, statement = a_person(database), a_statement(database, slug="repair")
    delivery = a_delivery(database, person, [statement])
    own = sign(delivery, person)
    respond = links.sign(
        Link(
            purpose=LinkPurpose.RESPOND,
            delivery_id=delivery,
            person_id=person,
            version_id=statement.version_id,
            expires_at=NOW.replace(year=2027),
        )
    )
    before = preferences(database, person_id=person)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for path, body in (
        (f"/p/{own}", "language=d%00e"),
        (f"/p/{own}", "time=%00"),
        (f"/p/{own}", "%00=1"),
        (f"/p/{own}/link", "what=erase&x=%00"),
        (f"/c/{respond}", "do=ask&text=Why%00?"),
        (f"/c/{respond}", "do=ask&text=Why\0?"),
    ):
        refused = client.post(path, content=body, headers=kind)
        assert (refused.status_code, "This form cannot be read" in refused.text) == (400, True), path
    for path, form in (("/statements/repair/estimate", {"estimate": "50", "by": "A\0nn"}), ("/questions/1/done", {"x": "\0"})):
        assert leader.post(path, data=form).status_code == 400
    assert preferences(database, person_id=person) == before


def test_number_of_no_question_is_not_found(leader: TestClient) -> None:
    for number in ("0", "9" * 15, "9" * 40, "-1", "1e3", "²"):
        assert leader.post(f"/questions/{number}/done").status_code == 404, number


def test_fault_of_the_database_is_one_sentence_and_the_log_holds_no_sql(
    context: SiteContext, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Database):
        def read(self) -> Any:
            raise sa.exc.DataError("SELECT secret FROM people WHERE name = 'Ann'", {"name": "Ann"}, ValueError("no"))

    site = build_site(replace(context, database=Broken(database.url.render_as_string(hide_password=False))))
    with TestClient(site, base_url="https://cadence.example.com") as client:
        client.auth = ("admin", PASSWORD)
        page, document = client.get("/"), client.get("/api/v1/report")
    assert (page.status_code, document.status_code) == (500, 500)
    assert "The fault is ours and has been noted." in page.text
    assert document.json()["code"] == "internal_error"
    said = caplog.text + page.text + document.text
    assert "event=request.failed path=/ error=DataError" in caplog.text
    assert not [word for word in ("SELECT", "Ann", "Traceback") if word in said]


def test_hanging_up_in_a_body_is_no_fault(site: FastAPI, database: Database, sign: Sign, caplog: pytest.LogCaptureFixture) -> None:
    person = a_person(database)
    token = sign(a_delivery(database, person, [a_statement(database)]), person)
    told: list[Any] = []
    answered: list[Any] = []

    async def receive() -> Any:
        return told.pop(0)

    async def send(message: Any) -> None:
        answered.append(message)

    with caplog.at_level(logging.DEBUG):
        for path in (f"/p/{token}", f"/p/{token}/erase", f"/c/{token}", "/questions/1/done", "/statements/x/estimate"):
            told[:] = [{"type": "http.request", "body": b"channel=sl", "more_body": True}, {"type": "http.disconnect"}]
            scope = {
                "type": "http",
                "method": "POST",
                "path": path,
                "raw_path": path.encode(),
                "query_string": b"",
                "headers": [(b"host", b"cadence.example.com"), (b"content-length", b"50")],
                "client": ("203.0.113.9", 5000),
                "http_version": "1.1",
                "scheme": "http",
                "root_path": "",
                "server": ("127.0.0.1", 80),
            }
            asyncio.run(site(scope, receive, send))
    assert [m["status"] for m in answered if m["type"] == "http.response.start"] == [400] * 5
    assert "Traceback" not in caplog.text
    assert "request.failed" not in caplog.text


def test_redirects_lead_to_the_address_of_this_installation(site: FastAPI) -> None:
    """A proxy speaks plain http with us, so the request's scheme is not that of the browser."""
    with TestClient(site, base_url="http://127.0.0.1:8787", follow_redirects=False) as client:
        for address in ("/questions/", "/p/some-token/", "/static"):
            led = client.get(address, headers={"host": "localhost:99", "x-forwarded-proto": "http"})
            assert led.status_code == 307
            assert led.headers["location"].startswith("https://cadence.example.com/")
