"""Every role on every route: what a role may not do does not exist for it, whatever method it is asked by.

The table is the site map of the design, written down a second time on purpose: a change of ``identity.permissions`` must change both.
"""

from __future__ import annotations

import re

import pytest

from cadence.assembly.site import SiteContext, build_site
from cadence.identity.permissions import Role
from cadence.store.database.engine import Database
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW, a_person
from tests.web.conftest import TestClient
from tests.web.test_who_may_see_what import BY_PASSWORD, SECRETS, Company, company

__all__ = ["company"]

LEADER, AUTHOR, APPROVER, ADMIN, AUDITOR, MANAGER = (
    Role.LEADER,
    Role.AUTHOR,
    Role.APPROVER,
    Role.ADMIN,
    Role.AUDITOR,
    Role.MANAGER,
)
#: (methods, routes) -> who may; the first row that fits counts
MAY: tuple[tuple[str, str, set[Role]], ...] = (
    ("GET", r"/|/me", set(Role)),
    ("GET|POST", r"/guess|/estimates|/own-words.*|/calibration|/statements/\{slug\}/estimate", {LEADER}),
    ("GET", r"/statements\.csv", {LEADER}),
    ("GET", r"/statements/\{slug\}/people", {LEADER, MANAGER, AUDITOR}),
    ("GET", r"/statements|/statements/\{slug\}", {LEADER, AUTHOR, APPROVER, AUDITOR}),
    ("POST", r"/statements/\{slug\}/(retire|bring-back)|/hand-over", {LEADER}),
    ("GET", r"/hand-over", {LEADER}),
    ("GET", r"/calendar\.ics", {LEADER, AUTHOR, ADMIN}),
    ("GET", r"/questions", {LEADER, AUTHOR}),
    ("POST", r"/questions/.*", {LEADER}),
    ("GET|POST", r"/write", {LEADER, AUTHOR}),
    ("GET|POST", r"/people.*|/explain|/access.*|/channels.*|/company.*|/metrics|/approval|/api/v1/people.*", {ADMIN}),
    ("GET", r"/audit.*|/deliveries.*|/rhythm", {ADMIN, AUDITOR}),
    ("POST", r"/deliveries.*|/rhythm", {ADMIN}),
    ("GET", r"/api/v1/(report|figures)", {LEADER}),
    ("GET", r"/api/v1/statements.*", {LEADER, AUTHOR, APPROVER, AUDITOR}),
    ("POST", r"/api/v1/scoreboards/.*", {LEADER, AUTHOR}),
    ("PATCH", r"/api/v1/people.*", {ADMIN}),
    ("GET|POST", r"/api/v1/sending.*", {ADMIN}),
    ("GET", r"/api/v1/(audit|deliveries)", {ADMIN, AUDITOR}),
)


def allowed(method: str, route: str) -> set[Role] | None:
    """Return who may; None: the route says 404 to everybody here, so nothing can be told of it."""
    if BY_PASSWORD[method, route] == 404:
        return None
    found = [roles for methods, routes, roles in MAY if method in methods.split("|") and re.fullmatch(routes, route)]
    assert found, f"{method} {route} has no row"
    return found[0]


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    context: SiteContext, database: Database, company: Company, role: Role
) -> None:
    make_account(database, [ADMIN], now=NOW, email="another@example.com")
    number = make_account(database, [role], now=NOW, email="this@example.com", person_id=company.bo)
    wrong = []
    with TestClient(build_site(context), base_url="https://cadence.example.com", follow_redirects=False) as client:
        for (method, route), _ in BY_PASSWORD.items():
            roles = allowed(method, route)
            client.cookies.clear()
            client.cookies.update(sign_in(database, number, now=NOW, token=f"{method} {route}"))
            path = company.path(route)
            answer = client.request(method, path, data={FIELD: "x"} if method == "POST" else None)
            is_open = answer.status_code != 404
            if roles is not None and is_open != (role in roles):
                wrong.append((method, route, answer.status_code))
            if roles is not None and role not in roles:
                assert not [secret for secret in SECRETS if secret in answer.text], (method, route)
    assert not wrong


def test_a_manager_sees_the_confirmations_of_their_own_people_alone(context: SiteContext, database: Database, company: Company) -> None:
    make_account(database, [ADMIN], now=NOW)
    a_person(database, name="Cy Hart", manager_email="bo@example.com")
    number = make_account(database, [MANAGER], now=NOW, email="bo@example.com", person_id=company.bo)
    with TestClient(build_site(context), base_url="https://cadence.example.com") as client:
        client.cookies.update(sign_in(database, number, now=NOW))
        page = client.get("/statements/repair/people").text
    assert "Cy Hart" in page
    assert "Ann Lee" not in page
