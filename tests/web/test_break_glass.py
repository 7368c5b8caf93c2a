"""The break-glass password: for admins alone, with a code of which each is good once."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL
from cadence.identity.permissions import Role
from cadence.identity.roles import set_roles
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.accounts import make_account, sign_in
from tests.web.conftest import TestClient, form_token_for

PASS = "a long enough password"


@pytest.fixture
def admin(context: SiteContext, clock: FixedClock, client: TestClient) -> int:
    number = make_account(context.database, [Role.ADMIN], now=clock.now(), email="ada@example.com")
    sign_in(context.database, number, now=clock.now(), token="elsewhere")
    client.cookies.update(sign_in(context.database, number, now=clock.now()))
    return number


@pytest.fixture
def factor(context: SiteContext, clock: FixedClock, client: TestClient, admin: int) -> tuple[pyotp.TOTP, list[str]]:
    """The app and the recovery codes of an admin who set a password."""
    page = client.get("/access/password").text
    key, sealed = re.search(r"<code>([A-Z2-7]{32})</code>", page), re.search(r'name="factor" value="([^"]+)"', page)
    assert key is not None
    assert sealed is not None
    app = pyotp.TOTP(key[1])
    form = {FIELD: form_token_for(context, client, "/access/password"), "factor": sealed[1]}
    for password, code in (("short", app.at(clock.now())), (PASS, "000000"), (PASS, app.at(clock.now() + timedelta(minutes=5)))):
        assert client.post("/access/password", data=form | {"password": password, "code": code}).status_code == 422
    done = client.post("/access/password", data=form | {"password": PASS, "code": app.at(clock.now())})
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", done.text)
    assert (done.status_code, len(codes)) == (200, 10)
    assert client.get("/access").status_code == 200  # this session goes on
    client.cookies.clear()
    client.cookies.set("__Host-cadence", "elsewhere", domain="cadence.example.com")
    assert client.get("/access", follow_redirects=False).status_code == 303  # all others ended
    client.cookies.clear()
    return app, codes


def enter(context: SiteContext, client: TestClient, password: str, code: str, *, email: str = "ada@example.com") -> int:
    form = {FIELD: context.form_tokens.make("/sign-in/local", context.clock.now()), "email": email, "password": password, "code": code}
    answer = client.post("/sign-in/local", data=form, follow_redirects=False)
    client.cookies.clear()
    return int(answer.status_code)


def test_each_code_is_good_once(context: SiteContext, clock: FixedClock, client: TestClient, factor: tuple[pyotp.TOTP, list[str]]) -> None:
    app, codes = factor
    assert enter(context, client, PASS, app.at(clock.now())) == 403  # used when it was set
    clock.advance(timedelta(minutes=20))
    code = app.at(clock.now())
    assert enter(context, client, PASS, code) == 303
    assert enter(context, client, PASS, code) == 403
    assert enter(context, client, PASS, app.at(clock.now() - timedelta(seconds=30))) == 403  # a step before the one used
    clock.advance(timedelta(minutes=20))
    assert enter(context, client, PASS, codes[0].lower().replace("-", " ")) == 303
    assert enter(context, client, PASS, codes[0]) == 403
    assert enter(context, client, PASS, codes[1]) == 303


def test_whatever_is_wrong_the_answer_is_the_same_and_tries_are_few(
    context: SiteContext, clock: FixedClock, client: TestClient, admin: int, factor: tuple[pyotp.TOTP, list[str]]
) -> None:
    app, codes = factor
    make_account(context.database, [Role.LEADER], now=clock.now(), email="leader@example.com")
    clock.advance(timedelta(minutes=20))
    wrong = [
        ("ada@example.com", PASS + "x", app.at(clock.now())),
        ("ada@example.com", PASS, "123"),
        ("nobody@example.com", PASS, app.at(clock.now())),
        ("leader@example.com", PASS, app.at(clock.now())),
        ("x", PASS, app.at(clock.now())),
        ("ada@example.com", "x" * 100_000, ""),
    ]
    assert [enter(context, client, password, code, email=email) for email, password, code in wrong] == [403] * 6
    assert [enter(context, client, "guess", "") for _ in range(3)] == [403, 403, 429]
    assert enter(context, client, PASS, app.at(clock.now())) == 429  # the right one too
    clock.advance(timedelta(minutes=20))
    assert enter(context, client, PASS, app.at(clock.now())) == 303
    make_account(context.database, [Role.ADMIN], now=clock.now(), email="second@example.com")
    set_roles(context.database, admin, [Role.LEADER], actor=AT_THE_SHELL, now=clock.now())
    clock.advance(timedelta(minutes=20))
    assert enter(context, client, PASS, codes[0]) == 403  # an admin no more
