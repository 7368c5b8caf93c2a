"""Signing in by a link, the first admin, and the way out."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL
from cadence.identity.links import first_admin_link
from cadence.identity.permissions import Role
from cadence.identity.roles import end_account, set_roles
from cadence.rendering.own_links import OwnLink
from cadence.store.database.core import accounts, people, sessions, sign_in_links
from cadence.store.identity.accounts import follow_person
from cadence.store.people.directory import deactivate_people
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import a_person
from tests.web.conftest import TestClient, form_token_for

COOKIE = "__Host-cadence"


def ask(context: SiteContext, client: TestClient, email: str, *, next_path: str = "", way: str = "email") -> int:
    token = context.form_tokens.make("/sign-in/link", context.clock.now())
    form = {FIELD: token, "email": email, "next": next_path, "way": way}
    return int(client.post("/sign-in/link", data=form).status_code)


def press(client: TestClient, url: str, **form: str) -> tuple[int, str]:
    answer = client.post(urlsplit(url).path, data=form, headers={"origin": "null"}, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", "")


def test_a_link_signs_a_person_of_the_directory_in_once_and_looking_does_not_use_it(
    context: SiteContext, clock: FixedClock, client: TestClient, own_links: list[OwnLink]
) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now())
    a_person(context.database, email="ana@example.com", name="Ana", preferred_locale="de")
    assert ask(context, client, " Ana@Example.com ", next_path="/questions") == 200
    [link] = own_links
    assert (link.what, link.address, link.locale) == ("sign_in", "ana@example.com", "de")
    for _ in range(50):  # programs that look at links in mails
        shown = client.get(urlsplit(link.url).path)
        assert (shown.status_code, shown.headers["referrer-policy"]) == (200, "no-referrer")
        assert "set-cookie" not in shown.headers
    client.cookies.set(COOKIE, "a session that somebody else chose", domain="cadence.example.com")
    answer = client.post(urlsplit(link.url).path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/questions")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/")), cookie
    assert "somebody else" not in cookie
    assert "Domain" not in cookie
    assert press(client, link.url)[0] == 410
    with context.database.read() as connection:
        [kept] = connection.execute(sa.select(sessions)).all()
        assert client.cookies[COOKIE] not in f"{kept} {connection.execute(sa.select(sign_in_links)).all()}"
        assert connection.execute(sa.select(accounts.c.name, accounts.c.person_id).where(accounts.c.email == "ana@example.com")).one()


def test_known_and_unknown_addresses_get_the_same_answer_before_anybody_looks(
    context: SiteContext, clock: FixedClock, client: TestClient, own_links: list[OwnLink]
) -> None:
    """CVE-2024-47057 and -47059: by text or time an answer told who has an account."""
    make_account(context.database, [Role.ADMIN], now=clock.now())
    left = a_person(context.database, email="left@example.com")
    a_person(context.database, email="ana@example.com")
    ended = make_account(context.database, [], now=clock.now(), email="ended@example.com")
    end_account(context.database, ended, actor=AT_THE_SHELL, now=clock.now())
    with context.database.transaction() as connection:
        deactivate_people(connection, [left], now=clock.now(), by="file")
    answers = set()
    for email in ("ana@example.com", "nobody@example.com", "left@example.com", "ended@example.com", "x@y"):
        form = {FIELD: context.form_tokens.make("/sign-in/link", clock.now()), "email": email, "next": ""}
        before = len(own_links)
        answer = client.post("/sign-in/link", data=form)
        answers.add((answer.status_code, answer.text.replace(email, "…")))
        assert (len(own_links) > before) == (email == "ana@example.com")
    assert len(answers) == 1
    with context.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(sign_in_links)).scalar_one() == 1


def test_a_link_ends_after_a_quarter_of_an_hour_with_the_account_and_with_another_sign_in(
    context: SiteContext, clock: FixedClock, client: TestClient, own_links: list[OwnLink]
) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now())
    person = a_person(context.database, email="ana@example.com")
    for _ in range(4):
        assert ask(context, client, "ana@example.com") == 200
        clock.advance(timedelta(minutes=5))
    assert press(client, own_links[0].url)[0] == 410  # older than a quarter of an hour
    assert press(client, own_links[1].url[:-1] + "x")[0] == 410
    assert press(client, own_links[2].url)[0] == 303
    assert press(client, own_links[3].url)[0] == 410  # another one was used
    clock.advance(timedelta(minutes=15))
    client.cookies.clear()
    assert ask(context, client, "ana@example.com") == 200
    with context.database.transaction() as connection:
        deactivate_people(connection, [person], now=clock.now(), by="file")
    assert press(client, own_links[4].url)[0] == 410


def test_links_are_throttled_by_address_whether_it_is_known_or_not(
    context: SiteContext, clock: FixedClock, client: TestClient, own_links: list[OwnLink]
) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now())
    a_person(context.database, email="ana@example.com")
    for email in ("ana@example.com", "nobody@example.com"):
        assert [ask(context, client, variant) for variant in [email] * 4 + [email.upper()] + [email] * 2] == [200] * 5 + [429] * 2
    assert len(own_links) == 5
    clock.advance(timedelta(minutes=16))
    assert ask(context, client, "ana@example.com") == 200


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "https://evil.example/",
        "https:evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "/sign-in?next=//evil.example",
        "/sign-out",
        "/p/x",
        "evil.example",
        "/" + "x" * 600,
        "/é",
    ],
)
def test_signing_in_never_leads_out_of_the_house(context: SiteContext, client: TestClient, own_links: list[OwnLink], path: str) -> None:
    make_account(context.database, [Role.ADMIN, Role.LEADER], now=context.clock.now(), email="ada@example.com")
    assert ask(context, client, "ada@example.com", next_path=path) == 200
    assert press(client, own_links[-1].url) == (303, "/")
    assert client.get(f"/sign-in?next={quote(path)}", follow_redirects=False).headers["location"] == "/"


def test_the_first_link_makes_the_first_admin_once(context: SiteContext, clock: FixedClock, client: TestClient) -> None:
    old, token = (first_admin_link(context.database, now=clock.now()) for _ in range(2))
    assert old is not None
    assert token is not None
    assert client.get(f"/sign-in/link/{old}").status_code == 410  # a later start printed another
    path = f"/sign-in/link/{token}"
    assert "Who runs Cadence here?" in client.get(path).text
    for form in ({"name": "", "email": "ada@example.com"}, {"name": "Ada", "email": "ada"}, {"name": "A\x07", "email": "ada@example.com"}):
        assert client.post(path, data=form).status_code == 422
    assert press(client, path, name="Ada Boss", email="Ada@example.com", leads="yes") == (303, "/")
    assert client.get("/").status_code == 200
    assert client.get("/explain").status_code == 200
    assert client.post(path, data={"name": "Eve", "email": "eve@example.com"}).status_code == 410
    assert first_admin_link(context.database, now=clock.now()) is None


def test_a_link_to_the_first_admin_from_before_there_was_one_is_dead_after(
    context: SiteContext, clock: FixedClock, client: TestClient
) -> None:
    token = first_admin_link(context.database, now=clock.now())
    make_account(context.database, [Role.ADMIN], now=clock.now())
    assert client.get(f"/sign-in/link/{token}").status_code == 410
    assert client.post(f"/sign-in/link/{token}", data={"name": "Eve", "email": "eve@example.com"}).status_code == 410


def test_signing_out_ends_this_session_or_all_of_the_account(context: SiteContext, clock: FixedClock, client: TestClient) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now())
    number = make_account(context.database, [Role.LEADER], now=clock.now())
    for path, left in (("/sign-out", 2), ("/sign-out/everywhere", 0)):
        with context.database.transaction() as connection:
            connection.execute(sa.delete(sessions))
        for name in ("phone", "tablet", "laptop"):
            cookies = sign_in(context.database, number, now=clock.now(), token=name)
        client.cookies.clear()
        client.cookies.update(cookies)
        assert client.post(path).status_code == 403  # another site cannot sign people out either
        answer = client.post(path, data={FIELD: form_token_for(context, client, path)}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?said=out")
        assert re.search(r'__Host-cadence=""', answer.headers["set-cookie"])
        with context.database.read() as connection:
            open_ones = sa.select(sa.func.count()).select_from(sessions).where(sessions.c.ended_at.is_(None))
            assert connection.execute(open_ones).scalar_one() == left
        client.cookies.update(cookies)
        assert client.get("/", follow_redirects=False).status_code == 303


def test_a_change_of_roles_ends_every_session(context: SiteContext, clock: FixedClock, client: TestClient) -> None:
    """CVE-2026-34828: sessions lived on after what they were opened with was changed."""
    make_account(context.database, [Role.ADMIN], now=clock.now())
    number = make_account(context.database, [Role.LEADER], now=clock.now())
    client.cookies.update(sign_in(context.database, number, now=clock.now()))
    set_roles(context.database, number, [Role.LEADER], actor=AT_THE_SHELL, now=clock.now())
    assert client.get("/", follow_redirects=False).status_code == 200  # nothing changed
    set_roles(context.database, number, [Role.AUTHOR], actor=AT_THE_SHELL, now=clock.now())
    assert client.get("/questions", follow_redirects=False).status_code == 303


def test_an_address_that_passed_to_somebody_else_never_opens_the_account_of_the_one_before(
    context: SiteContext, clock: FixedClock, client: TestClient, own_links: list[OwnLink]
) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now())
    ana = a_person(context.database, email="ana@example.com", name="Ana Old")
    account = make_account(context.database, [Role.LEADER], now=clock.now(), email="ana@example.com", person_id=ana)
    with context.database.transaction() as connection:
        connection.execute(sa.update(people).where(people.c.id == ana).values(email="ana.old@example.com"))
    assert ask(context, client, "ana@example.com") == 200
    assert own_links == []  # nobody has it
    a_person(context.database, email="ana@example.com", name="Ana New")
    assert ask(context, client, "ana@example.com") == 200
    assert press(client, own_links[-1].url) == (303, "/me")  # an employee, and not the leader
    sent = len(own_links)
    assert ask(context, client, "ana.old@example.com") == 200
    assert len(own_links) == sent  # a role by hand waits for an admin
    with context.database.read() as connection:
        assert connection.execute(sa.select(accounts.c.email).where(accounts.c.id == account)).scalar_one().endswith("@moved.invalid")
    with context.database.transaction() as connection:
        follow_person(connection, ana, "ana.old@example.com")
    assert ask(context, client, "ana.old@example.com") == 200
    client.cookies.clear()
    assert press(client, own_links[-1].url) == (303, "/")
