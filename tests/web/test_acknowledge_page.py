"""The page behind the button: it shows on GET and records on POST, once, for the right person."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.domain.sending.links import LinkSigner
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement, a_version
from tests.web.conftest import SECRET, Sign, TestClient


def _acknowledged(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(core.acknowledgements)).scalar_one())


@pytest.fixture
def token(database: Database, sign: Sign) -> str:
    ann = a_person(database, name="Ann Lee", zone="Asia/Kathmandu")
    statement = a_statement(database, title="Repair before replace", must_acknowledge=True)
    return sign(a_delivery(database, ann, [statement]), ann, statement.version_id)


def test_get_shows_the_statement_and_names_the_person(client: TestClient, token: str, database: Database) -> None:
    page = client.get(f"/a/{token}")

    assert page.status_code == 200
    assert "Repair before replace" in page.text
    assert "We mend what we can" in page.text
    assert "Not Ann Lee?" in page.text
    assert page.text.count("<button") == 1
    assert _acknowledged(database) == 0


def test_post_records_and_says_when_in_the_persons_zone(client: TestClient, token: str, database: Database) -> None:
    page = client.post(f"/a/{token}")

    assert page.status_code == 200
    assert "23 Nov 2026 14:45 (Asia/Kathmandu)</time>" in page.text
    assert _acknowledged(database) == 1
    assert "<button" not in client.get(f"/a/{token}").text


def test_the_thanks_lead_to_where_it_can_be_taken_back(client: TestClient, token: str, database: Database) -> None:
    thanks = client.post(f"/a/{token}").text
    address = re.search(r'href="(/c/[^"]+)"', thanks)
    assert address
    assert 'value="undo"' in client.get(address[1]).text
    client.post(address[1], data={"do": "undo"})
    assert "<button" in client.get(f"/a/{token}").text
    assert _acknowledged(database) == 0


@pytest.mark.parametrize(
    ("asked", "lang", "heading"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de", "Dieser Link gilt nicht mehr"),
        ("fr,en", "en", "This link has expired"),
        ("", "en", "This link has expired"),
        ("*;q=x,,\tde", "de", "Dieser Link gilt nicht mehr"),
    ],
)
def test_a_link_that_cannot_be_used_is_told_in_the_readers_language(
    client: TestClient, token: str, clock: FixedClock, asked: str, lang: str, heading: str
) -> None:
    clock.advance(timedelta(days=15))
    page = client.get(f"/a/{token}", headers={"accept-language": asked})
    assert page.status_code == 410
    assert f'<html lang="{lang}"' in page.text
    assert f"<h1>{heading}</h1>" in page.text
    assert "/explain" not in page.text


def test_repeated_post_tells_the_first_time(client: TestClient, token: str, database: Database, clock: FixedClock) -> None:
    client.post(f"/a/{token}")
    clock.advance(timedelta(days=2))

    again = client.post(f"/a/{token}")

    assert "already acknowledged" in again.text
    assert "23 Nov 2026 14:45" in again.text
    assert _acknowledged(database) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_other_methods_and_scanners_record_nothing(client: TestClient, token: str, database: Database, method: str) -> None:
    for headers in ({}, {"sec-purpose": "prefetch;prerender"}, {"purpose": "prefetch"}, {"user-agent": "LinkScanner/1.0"}):
        assert client.request(method, f"/a/{token}", headers=headers).status_code in (200, 405)

    assert _acknowledged(database) == 0


def test_fifty_scanner_visits_leave_the_button_to_the_person(client: TestClient, token: str, database: Database) -> None:
    for _ in range(50):
        client.get(f"/a/{token}")

    assert "We have recorded that you read" in client.post(f"/a/{token}").text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example", "sec-fetch-site": "none"},
    ],
)
def test_post_from_another_site_is_refused(client: TestClient, token: str, database: Database, headers: dict[str, str]) -> None:
    answer = client.post(f"/a/{token}", headers=headers)

    assert answer.status_code == 403
    assert "Nothing was recorded" in answer.text
    assert _acknowledged(database) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "https://cadence.example.com", "sec-fetch-site": "same-origin"},
    ],
)
def test_post_from_our_own_page_is_taken(client: TestClient, token: str, database: Database, headers: dict[str, str]) -> None:
    assert client.post(f"/a/{token}", headers=headers).status_code == 200
    assert _acknowledged(database) == 1


def test_every_flipped_bit_is_refused(client: TestClient, token: str, database: Database) -> None:
    raw = base64.urlsafe_b64decode(token + "=")
    for bit in range(0, len(raw) * 8, 3):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        forged = base64.urlsafe_b64encode(bytes(changed)).decode().rstrip("=")
        assert client.post(f"/a/{forged}").status_code == 404

    assert _acknowledged(database) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[:-1],
        lambda t: t + "A",
        lambda t: "",
        lambda t: "A" * 60_000,
        lambda t: t + "=",
        lambda t: "%2F" + t,
        lambda t: "%252F" + t,
        lambda t: t + "%0a",
        lambda t: "é" + t[1:],
        lambda t: t + "/x",
    ],
)
def test_other_spellings_are_refused_kindly(client: TestClient, token: str, database: Database, change: object) -> None:
    address = f"/a/{change(token)}"  # type: ignore[operator]
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code in (404, 405)
        assert "Traceback" not in answer.text

    assert _acknowledged(database) == 0


def test_link_of_another_person_version_or_purpose_is_refused(client: TestClient, database: Database, sign: Sign) -> None:
    ann, bob, statement = a_person(database), a_person(database), a_statement(database)
    other, delivery = a_statement(database), a_delivery(database, ann, [statement])
    for token in (
        sign(delivery, bob, statement.version_id),
        sign(delivery, ann, other.version_id),
        sign(delivery + 7, ann, statement.version_id),
        sign(delivery, ann),
    ):
        assert client.post(f"/a/{token}").status_code == 404

    assert _acknowledged(database) == 0


def test_expired_link_is_gone(client: TestClient, token: str, clock: FixedClock) -> None:
    clock.advance(timedelta(days=15))

    answer = client.post(f"/a/{token}")

    assert answer.status_code == 410
    assert "too old" in answer.text


def test_withdrawn_statement_and_person_who_left_are_told_kindly(client: TestClient, database: Database, sign: Sign) -> None:
    ann, gone = a_person(database), a_person(database, deactivated_at=NOW)
    withdrawn, statement = a_statement(database, withdrawn_at=NOW), a_statement(database)
    for person, asked in ((ann, withdrawn), (gone, statement)):
        token = sign(a_delivery(database, person, [asked]), person, asked.version_id)
        assert client.get(f"/a/{token}").status_code == client.post(f"/a/{token}").status_code == 410

    assert _acknowledged(database) == 0


def test_newer_version_is_told(client: TestClient, database: Database, sign: Sign) -> None:
    ann, old = a_person(database), a_statement(database)
    token = sign(a_delivery(database, ann, [old]), ann, old.version_id)
    a_version(database, old.id, number=2)

    assert "newer version" in client.get(f"/a/{token}").text
    assert "meaning of this statement has changed" in client.post(f"/a/{token}").text


def test_presses_are_limited_per_delivery(client: TestClient, token: str, clock: FixedClock) -> None:
    assert [client.post(f"/a/{token}").status_code for _ in range(32)] == [200] * 30 + [429] * 2

    clock.advance(timedelta(minutes=1))
    assert client.post(f"/a/{token}").status_code == 200


def test_key_rotation_keeps_old_links_until_the_old_key_goes(context: SiteContext, token: str) -> None:
    new = b"another secret, as long as the first"
    for keys, status in (({0: SECRET, 1: new}, 200), ({1: new}, 404)):
        links = LinkSigner(keys, current=1, deployment="https://cadence.example.com")
        with TestClient(build_site(replace(context, links=links)), base_url="https://cadence.example.com") as client:
            assert client.get(f"/a/{token}").status_code == status


def test_a_german_reader_is_asked_and_thanked_in_german(client: TestClient, database: Database, sign: Sign) -> None:
    ann = a_person(database, name="Ann Lee", locale="en-GB", preferred_locale="de", zone="Europe/Berlin")
    statement = a_statement(database, title="Erst flicken", kind="value", must_acknowledge=True)
    token = sign(a_delivery(database, ann, [statement]), ann, statement.version_id)

    page = client.get(f"/a/{token}").text
    assert '<html lang="de" dir="ltr">' in page
    assert "Mit dem Knopf sagt Ann Lee: Ich habe es gelesen." in page
    assert ">Wert<" in page
    thanks = re.sub(r"<[^>]+>", "", client.post(f"/a/{token}").text)
    assert "Es ist festgehalten, dass Sie „Erst flicken“ am 23. Nov. 2026 10:00 (Europe/Berlin) gelesen haben." in thanks
    assert "Sie hatten „Erst flicken“ schon am" in client.post(f"/a/{token}").text


def test_stored_text_is_escaped(client: TestClient, database: Database, sign: Sign) -> None:
    ann = a_person(database, name="<b>Ann</b> {{7*7}}")
    hostile = a_statement(database, title="<script>alert(1)</script>", body="<img src=http://t/1.gif> [x](javascript:alert(1)) {{7*7}}")
    token = sign(a_delivery(database, ann, [hostile]), ann, hostile.version_id)

    for page in (client.get(f"/a/{token}").text, client.post(f"/a/{token}").text):
        assert "<script" not in page
        assert "<img" not in page
        assert "<b>Ann" not in page
        assert "49" not in page.replace("{{7*7}}", "")
        assert 'href="javascript' not in page
