"""Who may do what, as an admin sees and changes it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL
from cadence.errors import Conflict
from cadence.identity.permissions import Role
from cadence.identity.roles import account_of, end_account, set_roles
from cadence.rendering.own_links import OwnLink
from cadence.store.database.core import audit_entries, group_roles
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import a_person
from tests.web.conftest import TestClient, form_token_for


@pytest.fixture
def admin(context: SiteContext, clock: FixedClock, client: TestClient) -> int:
    """An admin who is signed in at ``client``."""
    number = make_account(context.database, [Role.ADMIN], now=clock.now(), email="ada@example.com", name="Ada")
    client.cookies.update(sign_in(context.database, number, now=clock.now()))
    return number


def press(context: SiteContext, client: TestClient, path: str, **form: str) -> tuple[int, str]:
    answer = client.post(path, data={FIELD: form_token_for(context, client, path), **form}, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", answer.text)


def done(context: SiteContext) -> list[str]:
    with context.database.read() as connection:
        return list(connection.execute(sa.select(audit_entries.c.action).order_by(audit_entries.c.id)).scalars())


def test_an_admin_gives_a_role_and_the_invited_come_in(
    context: SiteContext, client: TestClient, admin: int, own_links: list[OwnLink]
) -> None:
    a_person(context.database, email="sian@example.com", name="Siân")
    form = {"email": "Sian@Example.com", "role_author": "yes", "invite": "yes"}
    assert press(context, client, "/access/give", **form) == (303, "/access?said=invited")
    assert press(context, client, "/access/give", email="keith@out.example", name="Keith", role_auditor="yes")[0] == 303
    page = client.get("/access?said=invited").text
    assert all(text in page for text in ("Siân", "Keith", "3 people have a role", "an invitation is on its way"))
    assert (own_links[-1].what, own_links[-1].address) == ("invited", "sian@example.com")
    assert done(context) == ["account.roles_changed", "account.made", "account.roles_changed"]
    refused = [{"email": "x", "role_author": "yes"}, {"email": "x@example.com"}, {"email": "x@example.com", "role_manager": "yes"}]
    for form in refused:
        status, text = press(context, client, "/access/give", **form)
        assert (status, f'value="{form["email"]}"' in text) == (422, True)


def test_the_last_admin_stays_and_nobody_changes_their_own_roles(
    context: SiteContext, clock: FixedClock, client: TestClient, admin: int
) -> None:
    own = f"/access/{admin}/roles"
    assert press(context, client, own, role_admin="yes", role_leader="yes")[0] == 409  # the only admin must say that they mean it
    assert press(context, client, own, role_leader="yes", sure="yes")[0] == 409  # and stays admin all the same
    assert press(context, client, own, role_admin="yes", role_leader="yes", sure="yes")[0] == 303
    assert set(account_of(context.database, "ada@example.com").roles) == {"admin", "leader"}
    assert client.get("/access", follow_redirects=False).status_code == 303  # signed out by the change
    client.cookies.clear()
    client.cookies.update(sign_in(context.database, admin, now=clock.now(), token="again"))
    other = make_account(context.database, [Role.ADMIN], now=clock.now(), email="bo@example.com")
    assert press(context, client, own, role_admin="yes", sure="yes")[0] == 409  # there is another to ask
    assert press(context, client, f"/access/{admin}/end")[0] == 409
    assert press(context, client, f"/access/{other}/roles", role_auditor="yes")[0] == 303
    assert press(context, client, f"/access/{other}/end") == (303, "/access?said=account_ended")
    assert client.get(f"/access/{other}").status_code == 404
    with pytest.raises(Conflict):
        set_roles(context.database, admin, [], actor=AT_THE_SHELL, now=clock.now())
    with pytest.raises(Conflict):
        end_account(context.database, admin, actor=AT_THE_SHELL, now=clock.now())


def test_a_token_is_shown_once_and_opens_until_it_is_revoked(context: SiteContext, client: TestClient, admin: int) -> None:
    status, page = press(context, client, "/access/tokens", name="feed", days="30", kind="api", scope_see_results="yes")
    found = re.search(r"cad_api_[\w-]{43}", page)
    assert status == 200
    assert found is not None
    secret = found[0]
    shown = client.get("/access").text
    assert secret not in shown
    assert f"…{secret[-4:]}" in shown
    assert client.get("/api/v1/report", headers={"authorization": f"Bearer {secret}"}).status_code == 200
    assert press(context, client, "/access/tokens/1/revoke") == (303, "/access?said=token_revoked#programs")
    assert press(context, client, "/access/tokens/1/revoke")[0] == 404
    assert client.get("/api/v1/report", headers={"authorization": f"Bearer {secret}"}).status_code == 401
    for wrong in ({"days": "1e9"}, {"days": "-1"}, {"days": ""}, {"name": ""}, {"scope_see_results": "no"}):
        form = {"name": "feed", "days": "30", "kind": "api", "scope_see_results": "yes", **wrong}
        assert press(context, client, "/access/tokens", **form)[0] == 422, wrong


def test_groups_give_roles_that_can_be_given(context: SiteContext, client: TestClient, admin: int) -> None:
    name = '<script>alert("x")</script>'
    assert press(context, client, "/access/groups", group=f" {name} ", role="author")[0] == 303
    assert name not in client.get("/access").text
    for group, role in (("", "author"), ("g" * 201, "author"), ("g", "manager"), ("g", "root"), ("g\x07", "author")):
        assert press(context, client, "/access/groups", group=group, role=role)[0] == 422, (group, role)
    assert press(context, client, "/access/groups", group=name, role="author", do="take")[0] == 303
    with context.database.read() as connection:
        assert connection.execute(sa.select(group_roles)).all() == []
    assert done(context) == ["group.role_given", "group.role_taken"]


def test_an_admin_signs_an_account_out_here_or_everywhere(context: SiteContext, clock: FixedClock, client: TestClient, admin: int) -> None:
    number = make_account(context.database, [Role.LEADER], now=clock.now())
    for name in ("phone", "tablet", "laptop"):
        sign_in(context.database, number, now=clock.now(), token=name)
        clock.advance(timedelta(minutes=1))
    page = client.get(f"/access/{number}").text
    session = re.findall(r'name="session" value="(\d+)"', page)
    assert len(session) == 3
    assert press(context, client, f"/access/{number}/sign-out", session=session[0])[0] == 303
    assert client.get(f"/access/{number}").text.count('name="session"') == 2
    assert press(context, client, f"/access/{number}/sign-out")[0] == 303
    assert 'name="session"' not in client.get(f"/access/{number}").text
    assert press(context, client, f"/access/{number}/unknown")[0] == 404
    for path in ("/access/0", "/access/x", "/access/99999999999999999999"):
        assert client.get(path).status_code == 404
