"""Every route of the site, by who asks: a stranger, the holder of a link, and a leader or admin with the password.

The routes come from the running site, what each may answer from the tables below: a route without a row fails. Afterwards no text that
was stored on the way holds a link of ours.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import SQLModel
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from cadence.assembly.site import SiteContext, build_site
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.operations.responding.ask import ask_question
from cadence.store.database.engine import Database
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.web.conftest import PASSWORD, TestClient

#: opened by the link of one purpose and by nothing else: (method, route) -> (purpose, what the right link is answered)
BY_LINK = {
    ("GET", "/a/{token}"): (LinkPurpose.ACKNOWLEDGE, 200),
    ("POST", "/a/{token}"): (LinkPurpose.ACKNOWLEDGE, 200),
    ("GET", "/c/{token}"): (LinkPurpose.RESPOND, 200),
    ("POST", "/c/{token}"): (LinkPurpose.RESPOND, 200),
    ("GET", "/p/{token}"): (LinkPurpose.PREFERENCES, 200),
    ("POST", "/p/{token}"): (LinkPurpose.PREFERENCES, 200),
    ("POST", "/p/{token}/ask"): (LinkPurpose.PREFERENCES, 422),  # nothing is asked
    ("GET", "/p/{token}/statements"): (LinkPurpose.PREFERENCES, 200),
    ("POST", "/p/{token}/link"): (LinkPurpose.PREFERENCES, 200),
    ("GET", "/p/{token}/export"): (LinkPurpose.EXPORT, 200),
    ("POST", "/p/{token}/export"): (LinkPurpose.EXPORT, 200),
    ("GET", "/p/{token}/erase"): (LinkPurpose.ERASE, 200),
    ("POST", "/p/{token}/erase"): (LinkPurpose.ERASE, 422),  # the box is not ticked
}
#: opened by the password and by nothing else: what it is answered
BY_PASSWORD = {
    ("GET", "/"): 200,
    ("POST", "/not-now"): 404,  # there is no account
    ("GET", "/estimates"): 302,
    ("GET", "/guess"): 200,
    ("GET", "/explain"): 302,
    ("GET", "/people"): 200,
    ("GET", "/rhythm"): 200,
    ("POST", "/rhythm"): 422,  # nothing is filled in
    ("GET", "/rhythm/{slug}"): 404,  # there is no such cadence
    ("POST", "/rhythm/{slug}"): 404,
    ("POST", "/rhythm/undo/{id}"): 404,  # nothing was changed
    ("GET", "/me"): 200,
    ("GET", "/people/import"): 200,
    ("POST", "/people/import"): 422,  # no file is sent
    ("GET", "/people/import/{run}"): 404,
    ("POST", "/people/import/{run}"): 404,
    ("GET", "/people/{id}"): 200,
    ("POST", "/people/{id}"): 422,  # nothing is chosen
    ("POST", "/people/{id}/export"): 200,
    ("GET", "/people/{id}/erase"): 200,
    ("POST", "/people/{id}/erase"): 422,  # the name is not typed
    ("GET", "/own-words"): 200,
    ("GET", "/calibration"): 200,
    ("POST", "/own-words/{id}"): 422,  # says neither
    ("POST", "/guess"): 422,  # no number is filled in
    ("GET", "/statements/{slug}"): 200,
    ("GET", "/statements"): 200,
    ("GET", "/statements.csv"): 200,
    ("GET", "/statements/{slug}/people"): 200,
    ("POST", "/statements/{slug}/estimate"): 303,
    ("GET", "/questions"): 200,
    ("POST", "/questions/{id}/done"): 303,
    ("GET", "/access"): 200,
    ("POST", "/access/give"): 422,  # to nobody
    ("POST", "/access/test"): 200,
    ("POST", "/access/groups"): 422,
    ("POST", "/access/tokens"): 422,
    ("POST", "/access/tokens/{id}/revoke"): 404,  # there is none
    ("GET", "/access/password"): 404,  # of an account alone
    ("POST", "/access/password"): 404,
    ("GET", "/access/{id}"): 404,
    ("POST", "/access/{id}/{deed}"): 404,
    ("GET", "/channels"): 200,
    ("POST", "/channels/stop"): 303,
    ("POST", "/channels/start"): 303,
    ("POST", "/channels/cancel"): 404,  # names no message
    ("POST", "/channels/{channel}/test"): 422,  # says to nobody
    ("POST", "/channels/{channel}/pause"): 303,
    ("POST", "/channels/{channel}/resume"): 303,
    ("GET", "/audit"): 200,
    ("GET", "/calendar.ics"): 200,
    ("GET", "/audit.jsonl"): 200,
    ("GET", "/scoreboards/{slug}"): 404,  # it is no scoreboard
    ("POST", "/scoreboards/{slug}"): 404,
    ("POST", "/scoreboards/{slug}/take-back"): 404,
    ("GET", "/approval"): 200,
    ("POST", "/approval"): 422,  # names no rule
    ("GET", "/write"): 200,
    ("POST", "/write"): 303,
    ("GET", "/hand-over"): 200,
    ("POST", "/hand-over"): 303,
    **{
        ("GET", f"/write/{{draft}}{page}"): 404 for page in ("", "/words", "/mail", "/question", "/changes", "/people", "/approve", "/live")
    },
    **{
        ("POST", f"/write/{{draft}}/{press}"): 404
        for press in ("words", "question", "changes", "compare", "people", "approve", "take-back", "discard", "restore")
    },
    ("POST", "/statements/{slug}/retire"): 303,
    ("POST", "/statements/{slug}/bring-back"): 303,
    ("GET", "/deliveries"): 200,
    ("GET", "/deliveries.csv"): 200,
    ("POST", "/deliveries/restore"): 303,
    ("POST", "/deliveries/{id}/settle"): 404,  # says nothing
    ("POST", "/deliveries/{id}/retry"): 303,
    ("GET", "/company"): 200,
    ("POST", "/company"): 303,
    ("POST", "/company/logo"): 422,  # no picture is sent
    ("POST", "/company/logo/remove"): 303,
    ("GET", "/metrics"): 200,
    ("GET", "/api/v1/report"): 200,
    ("GET", "/api/v1/statements"): 200,
    ("GET", "/api/v1/figures"): 200,
    ("GET", "/api/v1/people/{email}/explain"): 200,
    ("GET", "/api/v1/statements/{slug}"): 200,
    ("POST", "/api/v1/scoreboards/{slug}/values"): 422,  # a form is no JSON
    ("GET", "/api/v1/people"): 200,
    ("GET", "/api/v1/people/{email}"): 200,
    ("PATCH", "/api/v1/people/{email}"): 422,
    ("GET", "/api/v1/deliveries"): 200,
    ("GET", "/api/v1/sending"): 200,
    ("POST", "/api/v1/sending/stop"): 422,
    ("POST", "/api/v1/sending/start"): 422,
    ("GET", "/api/v1/audit"): 200,
}
#: open to everybody, and names nobody
OPEN = {
    ("GET", "/healthz"): 200,
    ("GET", "/company.css"): 200,
    ("GET", "/company/logo"): 404,
    ("GET", "/readyz"): 200,
    ("GET", "/api/openapi.json"): 200,
    ("GET", "/static/{path}"): 200,
    ("POST", "/slack/events"): 401,  # Slack's signature is asked for there
    ("GET", "/sign-in"): 200,
    ("GET", "/sign-in/company"): 404,  # none is set up
    ("GET", "/sign-in/company/back"): 404,
    ("POST", "/sign-in/local"): 403,
    ("POST", "/sign-in/link"): 403,  # by a form of the sign-in page alone
    ("GET", "/sign-in/link/{token}"): 410,  # no such link
    ("POST", "/sign-in/link/{token}"): 410,
    ("POST", "/sign-out"): 303,  # nobody is signed in
    ("POST", "/sign-out/everywhere"): 303,
}
SECRETS = ("Ann Lee", "ann@example.com", "Bo Ray", "Repair first", "Why so often")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Two people and a statement, and what stands in the addresses of routes."""

    delivery: int
    ann: int
    bo: int
    version: int

    def path(self, route: str, token: str = "") -> str:
        """Return the address of a route."""
        values = {"token": token, "slug": "repair", "id": "1", "email": "ann@example.com", "path": "cadence.css"}
        values |= {"channel": "slack", "draft": "none"}
        values |= {"run": "x", "deed": "roles"}
        return route.format(**values)


@pytest.fixture
def company(database: Database) -> Company:
    ann, bo = a_person(database, name="Ann Lee", email="ann@example.com"), a_person(database, name="Bo Ray", email="bo@example.com")
    statement = a_statement(database, slug="repair", title="Repair first", must_acknowledge=True)
    delivery = a_delivery(database, ann, [statement])
    ask_question(
        database,
        person_id=ann,
        version_id=statement.version_id,
        delivery_id=delivery,
        text="Why so often?",
        channel=Channel.EMAIL,
        source_id="q1",
        now=NOW,
    )
    return Company(delivery=delivery, ann=ann, bo=bo, version=statement.version_id)


@pytest.fixture
def whole_site(context: SiteContext) -> FastAPI:
    async def slack(request: Request) -> Response:
        return PlainTextResponse("not signed", 401)

    return build_site(replace(context, slack_events=slack))


@pytest.fixture
def anybody(whole_site: FastAPI) -> Iterator[TestClient]:
    with TestClient(whole_site, base_url="https://cadence.example.com", client=("203.0.113.9", 5000), follow_redirects=False) as client:
        yield client


def routes_of(site: FastAPI) -> set[tuple[str, str]]:
    """Return every (method, route), HEAD as its GET; what directories ask for by a token of their own is in ``test_scim``."""
    found = {(method.upper(), path) for path, methods in site.openapi()["paths"].items() for method in methods}
    for route in site.routes:
        if isinstance(route, Route) and not route.path.startswith("/scim/"):
            found |= {(method, route.path) for method in route.methods or () if method != "HEAD"}
        elif isinstance(route, Mount):
            found.add(("GET", f"{route.path}/{{path}}"))
    return found


def tokens(links: LinkSigner, company: Company, *, person: int = 0, good_for: timedelta = timedelta(minutes=20)) -> dict[LinkPurpose, str]:
    def about(purpose: LinkPurpose) -> int:
        return company.version if purpose in (LinkPurpose.ACKNOWLEDGE, LinkPurpose.RESPOND) else 0

    def link(purpose: LinkPurpose) -> Link:
        return Link(
            purpose=purpose,
            delivery_id=company.delivery,
            person_id=person or company.ann,
            version_id=about(purpose),
            expires_at=NOW + good_for,
        )

    return {purpose: links.sign(link(purpose)) for purpose in LinkPurpose}


def form_of(context: SiteContext, method: str, path: str, **more: str) -> dict[str, str]:
    form = {"do": "known", "what": "export", "estimate": "40", **more}
    return form | {FIELD: context.form_tokens.make(path, NOW)} if method == "POST" else {}


def test_every_route_has_a_row(whole_site: FastAPI) -> None:
    rows = [*BY_LINK, *BY_PASSWORD, *OPEN]
    assert routes_of(whole_site) == set(rows)
    assert len(rows) == len(set(rows))


def test_pages_behind_links_open_to_the_right_link_alone(
    anybody: TestClient, context: SiteContext, links: LinkSigner, company: Company
) -> None:
    mine, old = tokens(links, company), tokens(links, company, good_for=timedelta())
    admin = {"authorization": "Basic " + b64encode(f"admin:{PASSWORD}".encode()).decode()}
    for (method, route), (purpose, answered) in BY_LINK.items():
        for token, status in [
            ("A" * 51, 404),
            (old[purpose], 410),
            *((mine[other], 404) for other in LinkPurpose if other is not purpose),
        ]:
            path = company.path(route, token)
            for headers in ({}, admin):
                refused = anybody.request(method, path, data=form_of(context, method, path, sure="yes"), headers=headers)
                assert refused.status_code == status, (method, route, status)
                assert not [secret for secret in SECRETS if secret in refused.text], (method, route)
        path = company.path(route, mine[purpose])
        assert anybody.request(method, path, data=form_of(context, method, path)).status_code == answered, (method, route)


def test_a_link_opens_nothing_of_somebody_else(anybody: TestClient, context: SiteContext, links: LinkSigner, company: Company) -> None:
    """Bo's links, also for Ann's delivery, never tell of Ann."""
    his = tokens(links, company, person=company.bo)
    for (method, route), (purpose, _) in BY_LINK.items():
        path = company.path(route, his[purpose])
        answer = anybody.request(method, path, data=form_of(context, method, path))
        assert answer.status_code in (200, 404, 422), (method, route)
        assert not [secret for secret in ("Ann Lee", "ann@example.com", "Why so often") if secret in answer.text], (method, route)


def test_pages_of_leaders_open_to_the_password_alone(
    anybody: TestClient, context: SiteContext, links: LinkSigner, company: Company
) -> None:
    token = tokens(links, company)[LinkPurpose.PREFERENCES]
    for (method, route), answered in BY_PASSWORD.items():
        path = company.path(route)
        form = form_of(context, method, path)
        for given in ({}, {"authorization": f"Bearer {token}"}, {"cookie": f"token={token}"}, {"referer": f"https://x/p/{token}"}):
            refused = anybody.request(method, f"{path}?token={token}", data=form, headers=given)
            assert refused.status_code == 401, (method, route)
            assert not [secret for secret in SECRETS if secret in refused.text], (method, route)
        opened = anybody.request(method, path, data=form, auth=("admin", PASSWORD))
        assert opened.status_code == answered, (method, route)
        if method == "POST" and not route.startswith("/api/"):
            assert anybody.request(method, path, data={}, auth=("admin", PASSWORD)).status_code == 403, (method, route)


def test_open_routes_name_nobody(anybody: TestClient, company: Company) -> None:
    for (method, route), answered in OPEN.items():
        answer = anybody.request(method, company.path(route, "no-such-token"))
        assert answer.status_code in (answered, 503) if route == "/readyz" else answer.status_code == answered, (method, route)
        assert not [secret for secret in SECRETS if secret in answer.text], (method, route)


def test_nothing_that_anybody_sends_leaves_a_link_in_the_database(
    anybody: TestClient, database: Database, context: SiteContext, links: LinkSigner, company: Company
) -> None:
    mine = tokens(links, company)
    quoted = tokens(links, company, good_for=timedelta(minutes=19))
    said = " ".join(f"see https://cadence.example.com/p/{token}/erase" for token in quoted.values())
    fields = {"do": "ask", "text": said, "by": said[:100], "time": said, "language": said, "choice": said}
    for (method, route), (purpose, _) in BY_LINK.items():
        path = company.path(route, mine[purpose])
        anybody.request(method, path, data=form_of(context, method, path, **fields))
    for (method, route), _ in BY_PASSWORD.items():
        path = company.path(route)
        anybody.request(method, path, data=form_of(context, method, path, **fields), auth=("admin", PASSWORD))

    stored = []
    with database.read() as connection:
        for table in SQLModel.metadata.sorted_tables:
            texts = [column for column in table.columns if isinstance(column.type, sa.Text | sa.String | sa.JSON)]
            for row in connection.execute(sa.select(*texts)).fetchall() if texts else []:
                stored += [str(value) for value in row]
    assert any("see [link]" in text for text in stored)
    assert [text for text in stored if any(token[:40] in text for token in (*mine.values(), *quoted.values()))] == []
    for purpose, (_, route) in {row[0]: key for key, row in BY_LINK.items() if key[0] == "GET"}.items():
        assert anybody.get(company.path(route, quoted[purpose])).status_code == 410
