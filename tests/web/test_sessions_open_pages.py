"""Somebody who signed in sees what their roles open; the rest does not exist for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.identity.permissions import Role
from tests.fixtures.accounts import make_account, sign_in
from tests.web.conftest import TestClient


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.LEADER, "/", 200),
        (Role.LEADER, "/explain", 404),
        (Role.ADMIN, "/explain", 200),
        (Role.ADMIN, "/calibration", 404),
        (Role.ADMIN, "/metrics", 200),
        (Role.LEADER, "/metrics", 404),
        (Role.EMPLOYEE, "/questions", 404),
        (Role.AUTHOR, "/questions", 200),
        (Role.LEADER, "/api/v1/report", 200),
        (Role.ADMIN, "/api/v1/report", 404),
    ],
)
def test_each_role_opens_its_pages_and_no_other(context: SiteContext, client: TestClient, role: Role, path: str, status: int) -> None:
    number = make_account(context.database, [role], now=context.clock.now())
    client.cookies.update(sign_in(context.database, number, now=context.clock.now()))
    assert client.get(path).status_code == status


def test_once_there_is_an_admin_the_shared_password_opens_nothing(context: SiteContext, leader: TestClient) -> None:
    assert leader.get("/").status_code == 200
    make_account(context.database, [Role.ADMIN], now=context.clock.now())
    answer = leader.get("/questions?show=closed", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fquestions%3Fshow%3Dclosed")
    assert leader.get("/api/v1/report").status_code == 401


def test_a_session_that_ended_opens_nothing(context: SiteContext, clock: FixedClock, client: TestClient) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now())
    number = make_account(context.database, [Role.LEADER], now=clock.now())
    client.cookies.update(sign_in(context.database, number, now=clock.now()))
    assert client.get("/").status_code == 200
    clock.set(clock.now() + timedelta(hours=13))
    assert client.get("/", follow_redirects=False).status_code == 303
