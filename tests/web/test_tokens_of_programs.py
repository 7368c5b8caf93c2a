"""A program comes in by its token, to what the token's scopes name, and to the API and the metrics alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL
from cadence.errors import Invalid
from cadence.identity.permissions import Permission, Role
from cadence.identity.tokens import NewToken, TokenKind, make_token, revoke_token
from cadence.store.database.core import api_tokens, audit_entries
from tests.fixtures.accounts import make_account, sign_in
from tests.web.conftest import TestClient


def made(context: SiteContext, *scopes: Permission, kind: TokenKind = TokenKind.API, days: int = 30) -> NewToken:
    now = context.clock.now()
    make_account(context.database, [Role.ADMIN], now=now)
    return make_token(context.database, name="feed", kind=kind, scopes=scopes, days=days, actor=AT_THE_SHELL, now=now)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_token_opens_what_its_scopes_name_and_no_page(context: SiteContext, client: TestClient) -> None:
    shown = bearer(made(context, Permission.SEE_RESULTS).secret)
    assert client.get("/api/v1/report", headers=shown).status_code == 200
    assert client.get("/api/v1/people/ana@example.com/explain", headers=shown).status_code == 404
    assert client.get("/metrics", headers=shown).status_code == 404
    assert client.get("/", headers=shown, follow_redirects=False).status_code == 303
    with context.database.read() as connection:
        kept = connection.execute(sa.select(api_tokens)).one()
        told = connection.execute(sa.select(audit_entries)).one()
    secret = shown["authorization"].removeprefix("Bearer ")
    assert (kept.used_at, kept.hint) == (context.clock.now(), secret[-4:])
    assert secret not in f"{kept} {told}"
    assert (told.action, told.after["scopes"]) == ("token.made", ["see_results"])


def test_what_is_no_token_in_force_opens_nothing(context: SiteContext, clock: FixedClock, client: TestClient) -> None:
    token = made(context, Permission.SEE_RESULTS, days=1)
    scim = make_token(context.database, name="s", kind=TokenKind.SCIM, scopes=(), days=1, actor=AT_THE_SHELL, now=clock.now())
    wrong = [token.secret[:-1], token.secret + "x", token.secret.upper(), scim.secret, "", "x" * 5000, "é", f"{token.secret} x"]
    for value in wrong:
        answer = client.get("/api/v1/report", headers={"authorization": f"Bearer {value}".encode()})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), value
    assert client.get("/api/v1/report", headers=bearer(token.secret)).status_code == 200
    clock.advance(timedelta(days=1))
    assert client.get("/api/v1/report", headers=bearer(token.secret)).status_code == 401


def test_a_revoked_token_ends_at_once_even_beside_a_good_session(context: SiteContext, clock: FixedClock, client: TestClient) -> None:
    token = made(context, Permission.SEE_RESULTS)
    leader = make_account(context.database, [Role.LEADER], now=clock.now())
    client.cookies.update(sign_in(context.database, leader, now=clock.now()))
    assert revoke_token(context.database, token.id, actor=AT_THE_SHELL, now=clock.now()) == "feed"
    assert client.get("/api/v1/report", headers=bearer(token.secret)).status_code == 401
    assert client.get("/api/v1/report").status_code == 200


@pytest.mark.parametrize(
    ("name", "scopes", "days", "field"),
    [
        ("", [Permission.GUESS], 1, "name"),
        ("a\x1b[31mb", [Permission.GUESS], 1, "name"),
        ("x" * 81, [Permission.GUESS], 1, "name"),
        ("feed", [], 1, "scopes"),
        ("feed", [Permission.GUESS], 0, "days"),
        ("feed", [Permission.GUESS], 731, "days"),
    ],
)
def test_a_token_needs_a_name_a_scope_and_an_end(context: SiteContext, name: str, scopes: list[Permission], days: int, field: str) -> None:
    with pytest.raises(Invalid, match=field):
        make_token(context.database, name=name, kind=TokenKind.API, scopes=scopes, days=days, actor=AT_THE_SHELL, now=context.clock.now())
