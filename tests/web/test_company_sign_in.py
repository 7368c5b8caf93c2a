"""Signing in by the company, against a provider in a process of its own."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL
from cadence.identity.company import CompanySignIn, ProviderDown
from cadence.identity.permissions import Role
from cadence.identity.roles import account_of, end_account
from cadence.store.database.core import sessions
from cadence.store.identity.accounts import add_group_role
from cadence.store.people.directory import deactivate_people
from tests.fixtures.accounts import make_account
from tests.fixtures.builders import a_person
from tests.fixtures.oidc_provider import Provider
from tests.web.conftest import SECRET, TestClient

BASE = "https://cadence.example.com"
Enter = Callable[..., tuple[int, str]]


@pytest.fixture
def company(oidc_provider: Provider) -> CompanySignIn:
    return CompanySignIn(
        issuer=oidc_provider.issuer,
        name="Example Login",
        client_id="cadence",
        client_secret="secret",
        group_claim="groups",
        base_url=BASE,
        secrets=(SECRET,),
    )


@pytest.fixture
def browser(context: SiteContext, company: CompanySignIn) -> Iterator[TestClient]:
    make_account(context.database, [Role.ADMIN], now=context.clock.now(), email="first@example.com")
    site = build_site(replace(context, company_sign_in=company))
    with TestClient(site, base_url=BASE, client=("203.0.113.9", 5000), follow_redirects=False) as client:
        yield client


@pytest.fixture
def enter(browser: TestClient, oidc_provider: Provider) -> Enter:
    """Return enter(subject, next="", **claims): goes through the provider; what the way back is answered."""

    def go(subject: str, *, next_path: str = "", **claims: object) -> tuple[int, str]:
        oidc_provider.knows(subject, **claims)
        begun = browser.get("/sign-in/company", params={"next": next_path})
        back = oidc_provider.sign_in(begun.headers["location"], subject)
        answer = browser.get(back.removeprefix(BASE))
        return answer.status_code, answer.headers["location"]

    return go


def test_a_person_of_the_directory_comes_in_by_a_checked_address(
    context: SiteContext, browser: TestClient, enter: Enter, oidc_provider: Provider
) -> None:
    a_person(context.database, email="ana@example.com", name="Ana")
    asked = parse_qs(urlsplit(browser.get("/sign-in/company").headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))
    assert enter("s-ana", email="Ana@Example.com", email_verified=True, next_path="/statements") == (303, "/statements")
    with context.database.read() as connection:
        [session] = connection.execute(sa.select(sessions)).all()
    assert session.method == "company"
    assert not [name for name in browser.cookies if name.endswith("company")]
    assert enter("s-ana", email="ana@example.com", email_verified=True, next_path="//evil.example") == (303, "/me")
    assert browser.get("/sign-in/company/back").headers["location"] == "/sign-in?said=wrong"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email": "ana@example.com", "email_verified": False}, "unverified"),
        ({"email": "ana@example.com"}, "unverified"),
        ({"email": "ana@example.com", "email_verified": "no"}, "unverified"),
        ({"email_verified": True}, "nobody"),
        ({"email": "a@b@example.com", "email_verified": True}, "nobody"),
        ({"email": "nobody@example.com", "email_verified": True}, "nobody"),
        ({"email": "left@example.com", "email_verified": True}, "nobody"),
        ({"email": "ended@example.com", "email_verified": True}, "nobody"),
    ],
)
def test_who_is_not_known_by_a_checked_address_stays_outside(
    context: SiteContext, clock: FixedClock, browser: TestClient, enter: Enter, claims: dict[str, object], said: str
) -> None:
    """GHSA-xj4x-44hh-737v: an account was taken by an address that nobody had proved."""
    a_person(context.database, email="ana@example.com")
    left = a_person(context.database, email="left@example.com")
    with context.database.transaction() as connection:
        deactivate_people(connection, [left], now=clock.now(), by="file")
    ended = make_account(context.database, [Role.LEADER], now=clock.now(), email="ended@example.com")
    end_account(context.database, ended, actor=AT_THE_SHELL, now=clock.now())
    assert enter(f"s-{said}-{len(str(claims))}", **claims) == (303, f"/sign-in?said={said}")
    assert "is no email" not in browser.get(f"/sign-in?said={said}").text
    with context.database.read() as connection:
        assert connection.execute(sa.select(sessions)).all() == []


def test_who_changes_the_address_at_the_provider_stays_who_they_are(context: SiteContext, browser: TestClient, enter: Enter) -> None:
    a_person(context.database, email="ana@example.com", name="Ana")
    boss = make_account(context.database, [Role.ADMIN], now=context.clock.now(), email="boss@example.com", name="Boss")
    assert enter("s-change", email="ana@example.com", email_verified=True) == (303, "/me")
    assert enter("s-change", email="boss@example.com", email_verified=True) == (303, "/me")
    # and another subject with an address that is Ana's by now is not let in as Ana
    assert enter("s-other", email="ana@example.com", email_verified=True) == (303, "/sign-in?said=nobody")
    with context.database.read() as connection:
        assert boss not in {row.account_id for row in connection.execute(sa.select(sessions))}


def test_groups_give_and_take_roles_but_never_the_last_admins(context: SiteContext, browser: TestClient, enter: Enter) -> None:
    with context.database.transaction() as connection:
        for group, role in (("cadence-admins", "admin"), ("heads", "leader"), ("odd", "manager")):
            add_group_role(connection, group, role)
        connection.execute(sa.text("DELETE FROM account_roles"))
    a_person(context.database, email="ana@example.com")
    known = {"email": "ana@example.com", "email_verified": True}

    def roles() -> set[str]:
        return set(account_of(context.database, "ana@example.com").roles)

    assert enter("s-groups", **known, groups=["cadence-admins", "heads", "odd", "unknown"])[0] == 303
    assert roles() == {"admin", "leader"}
    assert enter("s-groups", **known)[0] == 303  # says nothing about groups
    assert roles() == {"admin", "leader"}
    assert enter("s-groups", **known, groups=[])[0] == 303
    assert roles() == {"admin"}
    make_account(context.database, [Role.ADMIN], now=context.clock.now(), email="second@example.com")
    assert enter("s-groups", **known, groups="none")[0] == 303
    assert roles() == set()


def test_only_the_browser_that_began_can_end_it_and_only_once(
    context: SiteContext, clock: FixedClock, browser: TestClient, oidc_provider: Provider, company: CompanySignIn
) -> None:
    a_person(context.database, email="ana@example.com")
    oidc_provider.knows("s-once", email="ana@example.com", email_verified=True)

    def begin() -> tuple[str, dict[str, str]]:
        browser.cookies.clear()
        url = browser.get("/sign-in/company").headers["location"]
        back = oidc_provider.sign_in(url, "s-once").removeprefix(BASE)
        return back, dict(browser.cookies)

    def finish(back: str, cookies: dict[str, str]) -> str:
        browser.cookies.clear()
        browser.cookies.update(cookies)
        return str(browser.get(back).headers["location"])

    wrong = "/sign-in?said=wrong"
    back, cookies = begin()
    query = dict(part.split("=", 1) for part in urlsplit(back).query.split("&"))
    _, other_cookies = begin()
    assert finish(back, {}) == wrong  # a link to somebody else's sign-in
    assert finish(back, other_cookies) == wrong
    assert finish(back, {name: value[:-2] + "xx" for name, value in cookies.items()}) == wrong
    for said in ({"state": "x"}, {"code": ""}, {"error": "access_denied"}, {"iss": "https://evil.example"}, {"code": "x" * 5000}):
        assert finish(f"/sign-in/company/back?{urlencode({**query, **said})}", cookies) == wrong, said
    clock.advance(timedelta(minutes=11))
    assert finish(back, cookies) == wrong  # too long ago
    back, cookies = begin()
    assert finish(back, cookies) == "/me"
    assert finish(back, cookies) == wrong  # the code was used
    browser.cookies.clear()
    denied = oidc_provider.deny(browser.get("/sign-in/company").headers["location"]).removeprefix(BASE)
    assert browser.get(denied).headers["location"] == wrong


def test_a_provider_that_does_not_answer_or_is_another_says_so(
    context: SiteContext, company: CompanySignIn, oidc_provider: Provider
) -> None:
    make_account(context.database, [Role.ADMIN], now=context.clock.now())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}"
    with another_provider() as impostor:
        for issuer in (closed, f"{oidc_provider.issuer}/no-such-path", impostor):
            says_it_is_down(context, replace(company, issuer=issuer))


@contextmanager
def another_provider() -> Iterator[str]:
    """Yield the address of a server whose discovery document names another issuer: the mix-up attack."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"issuer": "https://honest.example", "authorization_endpoint": "https://honest.example/go"}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def says_it_is_down(context: SiteContext, down: CompanySignIn) -> None:
    with pytest.raises(ProviderDown):
        asyncio.run(down.check())
    site = build_site(replace(context, company_sign_in=down))
    with TestClient(site, base_url=BASE, follow_redirects=False) as browser:
        assert browser.get("/sign-in/company").headers["location"] == "/sign-in?said=down"
        assert "Example Login does not answer" in browser.get("/sign-in?said=down").text
