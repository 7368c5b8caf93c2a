"""Somebody who signed in sees what their roles open; the rest does not exist for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.identity.permissions import Role
from cadence.store.identity.sessions import SignedIn, find_session
from cadence.store.people.directory import deactivate_people
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import a_person
from tests.web.conftest import TestClient


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.LEADER, "/", 200),
        (Role.LEADER, "/people", 404),
        (Role.ADMIN, "/people", 200),
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


def test_a_session_left_alone_ends_and_one_in_use_goes_on_to_its_end(context: SiteContext, clock: FixedClock, client: TestClient) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now())
    number = make_account(context.database, [Role.LEADER], now=clock.now())
    client.cookies.update(sign_in(context.database, number, now=clock.now(), lasts=timedelta(hours=40)))
    for hours, status in ((11, 200), (11, 200), (11, 200), (8, 303)):
        clock.advance(timedelta(hours=hours))
        assert client.get("/", follow_redirects=False).status_code == status
    client.cookies.update(sign_in(context.database, number, now=clock.now(), lasts=timedelta(days=14), token="another"))
    clock.advance(timedelta(hours=12))
    assert client.get("/", follow_redirects=False).status_code == 303


def test_who_left_the_directory_has_no_session_and_who_has_people_is_a_manager(
    context: SiteContext, clock: FixedClock, client: TestClient
) -> None:
    make_account(context.database, [Role.ADMIN], now=clock.now())
    boss = a_person(context.database, email="boss@example.com")
    report = a_person(context.database, email="report@example.com", manager_email="boss@example.com")
    number = make_account(context.database, [Role.LEADER], now=clock.now(), person_id=boss)
    client.cookies.update(sign_in(context.database, number, now=clock.now()))

    def signed_in() -> SignedIn | None:
        with context.database.read() as connection:
            return find_session(connection, client.cookies["__Host-cadence"], clock.now())

    found = signed_in()
    assert found is not None
    assert found.manages
    leave(context, report)
    found = signed_in()
    assert found is not None
    assert not found.manages
    leave(context, boss)
    assert signed_in() is None
    assert client.get("/", follow_redirects=False).status_code == 303


def leave(context: SiteContext, person_id: int) -> None:
    with context.database.transaction() as connection:
        deactivate_people(connection, [person_id], now=context.clock.now(), by="file")


def test_a_form_that_another_session_was_shown_is_refused(context: SiteContext, clock: FixedClock, client: TestClient) -> None:
    """CVE-2021-44227: a member's own form token made an admin's browser do as the member wished."""
    make_account(context.database, [Role.ADMIN], now=clock.now())
    members = [make_account(context.database, [Role.LEADER], now=clock.now(), email=f"{name}@example.com") for name in ("one", "two")]
    sign_in(context.database, members[0], now=clock.now())
    client.cookies.update(sign_in(context.database, members[1], now=clock.now()))
    statuses = []
    for session in (None, 1, 2):
        token = context.form_tokens.make("/guess", clock.now(), session=session)
        statuses.append(client.post("/guess", data={FIELD: token}, follow_redirects=False).status_code)
    assert statuses == [403, 403, 422]
