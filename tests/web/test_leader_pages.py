"""The leader sees reach, frequency, acknowledgement and silence; only who may see it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cadence.assembly.site import SiteContext, build_site
from cadence.operations.measuring.estimates import lock_estimate
from cadence.operations.responding.acknowledge import acknowledge
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement, a_version
from tests.web.conftest import PASSWORD, TestClient

PAGES = (
    "/",
    "/statements",
    "/statements.csv",
    "/statements/repair",
    "/guess",
    "/own-words",
    "/calibration",
    "/people",
    "/explain?email=ann@example.com",
    "/metrics",
    "/api/v1/report",
    "/api/v1/statements",
    "/api/v1/figures",
    "/api/v1/people/ann@example.com/explain",
)


@pytest.fixture
def company(database: Database) -> None:
    ann = a_person(database, email="ann@example.com", name="Ann <b>Lee</b>")
    for n in range(9):
        a_person(database, team="Field" if n < 6 else "<i>Lab</i>")
    repair = a_statement(
        database, slug="repair", title="Repair <script>first</script>", must_acknowledge=True, wordings=["<img src=x>", "Two"]
    )
    a_version(database, repair.id, number=2, material=False, title="Repair <script>first</script>")
    a_statement(database, slug="silent", title="Never told", kind="priority")
    delivery = a_delivery(database, ann, [repair])
    acknowledge(database, person_id=ann, version_id=repair.version_id, delivery_id=delivery, method="link", now=NOW)


@pytest.mark.usefixtures("company")
def test_home_tells_the_next_thing_reach_and_silence(leader: TestClient, database: Database) -> None:
    page = leader.get("/").text
    assert "Make your guess for 2 statements" in page
    assert 'href="/guess"' in page
    for slug in ("silent", "repair"):
        lock_estimate(database, slug=slug, percent=None, now=NOW)
    page = leader.get("/").text

    assert "What people know of what you have said" in page
    assert "Say “Never told” again" in page
    assert "1 of 10 people have received at least one message." in page
    assert "“Never told” was published 100 days ago and has not been delivered to anybody yet." in page
    assert "There is no scoreboard yet." in page
    assert "Mon 23 Nov 2026, 10:00 (Europe/Berlin)" in page
    assert "Ridge &amp; Sons" in page
    assert "1 told, nobody asked yet" in page
    assert "not said yet" in page


@pytest.mark.usefixtures("company")
def test_statement_page_tells_text_teams_wordings_and_versions(leader: TestClient, database: Database) -> None:
    lock_estimate(database, slug="repair", percent=None, now=NOW)
    page = leader.get("/statements/repair").text

    assert "We mend what we can" in page
    assert "1 told, nobody asked yet." in page
    assert "Hidden: too few people" in page
    assert "3 wordings" in page
    assert "Version 1, published" in page


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("address", ["/", "/statements", "/statements/repair", "/guess", "/own-words"])
def test_no_stored_text_reaches_the_page_as_markup(leader: TestClient, address: str) -> None:
    page = leader.get(address).text

    for hostile in ("<script>", "<img", "<b>Lee", "<i>Lab"):
        assert hostile not in page
    assert " style=" not in page


def test_empty_house_names_the_three_steps_and_who_is_known_already(leader: TestClient, database: Database) -> None:
    page = leader.get("/").text
    assert [step for step in ("statements import", "people import", "cadences apply", "cadence doctor") if step not in page] == []
    assert "on the list" not in page
    a_person(database)
    assert "(1 person is on the list)" in leader.get("/").text


def test_empty_house_says_what_to_do(leader: TestClient, database: Database) -> None:
    assert "cadence statements import" in leader.get("/").text

    a_statement(database)
    assert "cadence cadences apply" in leader.get("/").text


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("address", PAGES)
def test_password_is_asked_for_and_checked(client: TestClient, address: str) -> None:
    refused = client.get(address)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert "Ann" not in refused.text

    for header in ("Basic !!!", "Basic", "Bearer x", "Basic " + "A" * 10_000):
        assert client.get(address, headers={"authorization": header}).status_code == 401
    assert client.get(address, auth=("admin", PASSWORD + " ")).status_code == 401
    assert client.get(address, auth=("anyone", PASSWORD)).status_code == 200


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("address", PAGES)
def test_without_a_password_only_this_machine_is_answered(context: SiteContext, address: str) -> None:
    site = build_site(replace(context, admin_password=None, base_url="http://127.0.0.1:8000"))

    def status(host: str, client: str, **headers: str) -> int:
        with TestClient(site, base_url=f"http://{host}", client=(client, 5000)) as browser:
            return int(browser.get(address, headers={k.replace("_", "-"): v for k, v in headers.items()}).status_code)

    assert status("127.0.0.1:8787", "127.0.0.1") == 200
    assert status("localhost", "::1") == 200
    assert status("cadence.example.com", "127.0.0.1") == 421
    assert status("127.0.0.1:8787", "203.0.113.9") == 403
    assert status("127.0.0.1:8787", "127.0.0.1", x_forwarded_for="203.0.113.9") == 403


def test_refusal_explains_how_to_open_the_pages(context: SiteContext) -> None:
    with TestClient(build_site(replace(context, admin_password=None)), base_url="https://cadence.example.com") as client:
        assert "CADENCE_ADMIN_PASSWORD" in client.get("/").text


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("asked", "language", "heading"),
    [("de-AT,en;q=0.5", "de", "Erst schätzen. Dann sehen."), ("fr", "en", "Guess first. Then see.")],
)
def test_leader_pages_speak_the_language_the_browser_asks_for(leader: TestClient, asked: str, language: str, heading: str) -> None:
    page = leader.get("/", headers={"accept-language": asked}).text

    assert f'<html lang="{language}" dir="ltr">' in page
    assert f'<h1 class="headline">{heading}</h1>' in page
    if language == "de":
        assert "„Never told“ wurde vor 100 Tagen veröffentlicht und noch niemandem zugestellt." in page
        assert "Es gibt noch keine Anzeigetafel." in page
        assert "100\N{NO-BREAK SPACE}%</text>" in page
        assert "Seite nicht gefunden" in leader.get("/nowhere", headers={"accept-language": asked}).text


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("broken", "stands", "gone"),
    [
        ("cadence.web.parts.context.report", "This week", "Do this next"),
        ("cadence.web.leader.home.upcoming", "Do this next", "No cadence is active"),
        ("cadence.web.leader.home.list_questions", "Do this next", "Nobody is waiting"),
    ],
)
def test_a_part_of_home_that_fails_says_so_and_the_rest_stands(
    leader: TestClient, monkeypatch: pytest.MonkeyPatch, broken: str, stands: str, gone: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("a secret of the driver")

    monkeypatch.setattr(broken, fail)
    answer = leader.get("/")
    assert answer.status_code == 200
    assert "Could not be counted just now." in answer.text
    assert stands in answer.text
    assert gone not in answer.text
    assert "secret" not in answer.text
