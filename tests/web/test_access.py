"""Who may open the leader's pages, how often a password may be guessed, and whose forms count."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cadence.assembly.app import App
from cadence.assembly.service import Service
from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.errors import ConfigError
from cadence.settings.loading import Settings
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_person, a_statement
from tests.web.conftest import PASSWORD, TestClient

WRONG = ("admin", "not the password")


@pytest.fixture
def guesser(client: TestClient) -> Iterator[TestClient]:
    """Someone out there who guesses."""
    client.auth = WRONG
    return client


def test_the_right_password_is_refused_while_its_address_is_throttled(
    guesser: TestClient, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "cadence.web"):
        assert [guesser.get("/").status_code for _ in range(12)] == [401] * 10 + [429] * 2
    assert len([r for r in caplog.records if r.getMessage() == "event=access.wrong_password client=203.0.113.9"]) == 10
    assert guesser.get("/", auth=("admin", PASSWORD)).status_code == 429
    assert guesser.get("/api/v1/report", auth=("admin", PASSWORD)).status_code == 429
    assert guesser.get("/metrics", auth=("admin", PASSWORD)).status_code == 429
    clock.advance(timedelta(seconds=61))
    assert guesser.get("/", auth=("admin", PASSWORD)).status_code == 200


def test_guesses_from_many_addresses_slow_the_account(context: SiteContext, clock: FixedClock) -> None:
    site = build_site(context)
    for address in range(10):
        client = TestClient(site, base_url="https://cadence.example.com", client=(f"198.51.100.{address}", 5000))
        for _ in range(10):
            client.get("/", auth=WRONG)
    other = TestClient(site, base_url="https://cadence.example.com", client=("203.0.113.77", 5000))
    assert other.get("/", auth=("admin", PASSWORD)).status_code == 429
    clock.advance(timedelta(minutes=10, seconds=1))
    assert other.get("/", auth=("admin", PASSWORD)).status_code == 200


def test_asking_without_a_password_is_no_guess(client: TestClient) -> None:
    assert [client.get("/").status_code for _ in range(15)] == [401] * 15
    assert client.get("/", auth=("admin", PASSWORD)).status_code == 200


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "https://cadence.example.com.evil.example"])
def test_a_form_from_elsewhere_changes_nothing(leader: TestClient, database: Database, origin: str) -> None:
    a_statement(database, slug="repair")
    answer = leader.post("/statements/repair/estimate", data={"estimate": "60"}, headers={"origin": origin})
    assert answer.status_code == 403
    assert "60" not in leader.get("/statements/repair").text


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 32])
def test_a_form_without_the_field_of_our_page_changes_nothing(leader: TestClient, database: Database, token: str) -> None:
    a_statement(database, slug="repair")
    answer = leader.post("/statements/repair/estimate", data={"estimate": "60", "form_token": token})
    assert (answer.status_code, "too old" in answer.text) == (403, True)


def test_the_field_is_for_one_form_and_two_days(leader: TestClient, database: Database, clock: FixedClock) -> None:
    for slug in ("repair", "lend"):
        a_statement(database, slug=slug)
    a_person(database)
    page = leader.get("/statements/repair").text
    (token,) = re.findall(r'action="/statements/repair/estimate"><input type="hidden" name="form_token" value="([^"]+)"', page)[:1]
    assert leader.post("/statements/lend/estimate", data={"skip": "1", "form_token": token}).status_code == 403
    clock.set(NOW + timedelta(days=2))
    assert leader.post("/statements/repair/estimate", data={"skip": "1", "form_token": token}).status_code == 403
    clock.set(NOW + timedelta(days=1))
    done = leader.post("/statements/repair/estimate", data={"skip": "1", "form_token": token}, follow_redirects=False)
    assert done.status_code == 303


def test_pages_tell_where_they_come_from_unless_their_address_is_a_secret(leader: TestClient) -> None:
    assert leader.get("/").headers["referrer-policy"] == "same-origin"
    assert leader.get("/p/some-token").headers["referrer-policy"] == "no-referrer"


def test_without_a_password_pages_are_for_an_installation_on_this_machine_alone(context: SiteContext) -> None:
    """A proxy on this machine looks like a browser on it; so the address in the settings decides."""
    for base_url, status in (("https://cadence.example.com", 403), ("http://127.0.0.1:8000", 200), ("http://localhost:8000", 200)):
        site = build_site(replace(context, admin_password=None, base_url=base_url))
        here = TestClient(site, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 5000))
        assert here.get("/").status_code == status


def test_serve_refuses_to_open_pages_to_others_without_a_password(tmp_path: Path, sqlite_url: str) -> None:
    settings = Settings(database_url=sqlite_url, data_dir=tmp_path, base_url="https://cadence.example.com")
    with pytest.raises(ConfigError, match=r"admin_password is not set, and base_url = https://cadence\.example\.com"):
        Service(App(settings, clock=FixedClock(NOW))).run()
