"""A person chooses the channel, pauses, and sees their own record; a mail program's button pauses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cadence.clock import FixedClock
from cadence.operations.preferences import preferences
from cadence.store.database import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.web.conftest import Sign, TestClient


@pytest.fixture
def ann(database: Database) -> int:
    return a_person(database, name="Ann Lee", slack="U1", zone="America/Santiago")


@pytest.fixture
def token(database: Database, ann: int, sign: Sign) -> str:
    return sign(a_delivery(database, ann, [a_statement(database, title="Repair first")]), ann)


def test_page_shows_choices_and_the_persons_own_record(client: TestClient, token: str) -> None:
    page = client.get(f"/p/{token}")

    assert page.status_code == 200
    assert page.text.count('type="radio"') == 3
    assert "Repair first" in page.text
    assert "handed over once, last 23 Nov 2026" in page.text
    assert "America/Santiago" in page.text


def test_looking_stores_nothing(client: TestClient, database: Database, ann: int, token: str) -> None:
    for query in ("", "?channel=slack&paused_until=2026-12-01", "?List-Unsubscribe=One-Click"):
        client.get(f"/p/{token}{query}")

    stored = preferences(database, person_id=ann)
    assert (stored.preferred_channel, stored.paused_until) == ("", None)


def test_choices_are_stored_and_the_pause_ends_at_local_midnight(client: TestClient, database: Database, ann: int, token: str) -> None:
    page = client.post(f"/p/{token}", data={"channel": "slack", "paused_until": "2026-12-01"})

    stored = preferences(database, person_id=ann)
    assert page.status_code == 200
    assert stored.preferred_channel == "slack"
    assert stored.paused_until is not None
    assert stored.paused_until.isoformat() == "2026-12-01T03:00:00+00:00"
    assert "Paused until" in page.text
    assert 'value="2026-12-01"' in page.text


def test_pause_is_ended_by_an_empty_date(client: TestClient, database: Database, ann: int, token: str) -> None:
    client.post(f"/p/{token}", data={"channel": "", "paused_until": "2026-12-01"})
    client.post(f"/p/{token}", data={"channel": "", "paused_until": ""})

    assert preferences(database, person_id=ann).paused_until is None


@pytest.mark.parametrize(
    "form",
    [
        {"channel": "fax"},
        {"channel": "email'; drop table people"},
        {"channel": "", "paused_until": "soon"},
        {"channel": "", "paused_until": "2026-11-23"},
        {"channel": "", "paused_until": "9999-12-31"},
        {"channel": "", "paused_until": "0001-01-01"},
        {"channel": "", "paused_until": "2028-01-01"},
        {"channel": "<script>alert(1)</script>"},
    ],
)
def test_impossible_choices_change_nothing_and_are_told(
    client: TestClient, database: Database, ann: int, token: str, form: dict[str, str]
) -> None:
    page = client.post(f"/p/{token}", data=form)

    assert page.status_code == 422
    assert "Nothing was changed" in page.text
    assert "<script" not in page.text
    assert preferences(database, person_id=ann).paused_until is None


@pytest.mark.parametrize("multipart", [False, True], ids=["urlencoded", "multipart"])
def test_one_click_unsubscribe_pauses_for_a_fortnight(
    client: TestClient, database: Database, ann: int, token: str, multipart: bool
) -> None:
    """Mail programs send it without any header of a browser (RFC 8058)."""
    fields = {"List-Unsubscribe": "One-Click"}
    answer = (
        client.post(f"/p/{token}", files={k: (None, v) for k, v in fields.items()})
        if multipart
        else client.post(f"/p/{token}", data=fields)
    )

    assert answer.status_code == 200
    assert preferences(database, person_id=ann).paused_until == NOW + timedelta(days=14)
    assert "What must be acknowledged comes after that" in answer.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"a=1&" * 200_000, "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"channel=slack;channel=email", "text/plain"),
    ],
    ids=["not utf-8", "200,000 fields", "multipart without end", "json", "semicolons"],
)
def test_broken_forms_are_refused_without_harm(
    client: TestClient, database: Database, ann: int, token: str, body: bytes, kind: str
) -> None:
    answer = client.post(f"/p/{token}", content=body, headers={"content-type": kind})

    assert answer.status_code in (200, 400, 422)
    assert preferences(database, person_id=ann).preferred_channel == ""


def test_form_from_another_site_is_refused(client: TestClient, database: Database, ann: int, token: str) -> None:
    answer = client.post(f"/p/{token}", data={"channel": "slack"}, headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
    assert preferences(database, person_id=ann).preferred_channel == ""


def test_expired_link_and_person_who_left_are_told_kindly(client: TestClient, database: Database, sign: Sign, clock: FixedClock) -> None:
    gone = a_person(database, deactivated_at=NOW)
    old, left = sign(1, gone, expires_at=NOW), sign(1, gone)

    assert client.get(f"/p/{old}").status_code == client.post(f"/p/{old}", data={"channel": ""}).status_code == 410
    assert client.get(f"/p/{left}").status_code == client.post(f"/p/{left}", data={"channel": ""}).status_code == 410
    assert client.get(f"/p/{sign(1, 999_999)}").status_code == 404
