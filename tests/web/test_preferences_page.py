"""A person chooses channel, day, time, language, rhythm and pause, and holds their own record; a mail program's button asks for less."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.clock import FixedClock
from cadence.domain.sending.links import LinkSigner
from cadence.operations.responding.preferences import FEWER_FOR, preferences
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_question, a_statement
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
    assert page.text.count('name="channel"') == 3
    assert "Repair first" in page.text
    assert "Delivered once; last on 23 November 2026; too early to say whether you have seen it" in page.text
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


def test_day_time_language_and_rhythm_are_stored_and_shown(client: TestClient, database: Database, ann: int, token: str) -> None:
    form = {"day": "3", "time": "10:30", "language": "de", "rhythm": "fewer"}
    page = client.post(f"/p/{token}", data=form)

    stored = preferences(database, person_id=ann)
    assert page.status_code == 200
    assert (stored.preferred_day, stored.preferred_time, stored.preferred_locale) == (3, "10:30", "de")
    assert stored.fewer_until == NOW + FEWER_FOR
    assert '<html lang="de" dir="ltr">' in page.text
    assert "Ihre Einstellungen sind gespeichert." in page.text
    for chosen in (
        'value="3" selected>Donnerstag',
        'value="10:30"',
        'value="de" lang="de" selected>Deutsch',
        "Weniger Nachrichten bis 22. Januar 2027",
    ):
        assert chosen in page.text
    client.post(f"/p/{token}", data={"day": "", "time": "", "language": "", "rhythm": "usual"})
    stored = preferences(database, person_id=ann)
    assert (stored.preferred_day, stored.preferred_time, stored.preferred_locale, stored.fewer_until) == (None, "", "", None)


def test_saving_again_does_not_lengthen_the_time_of_fewer_messages(
    client: TestClient, database: Database, ann: int, token: str, clock: FixedClock
) -> None:
    client.post(f"/p/{token}", data={"rhythm": "fewer"})
    clock.advance(timedelta(days=5))
    client.post(f"/p/{token}", data={"rhythm": "fewer", "channel": "slack"})

    assert preferences(database, person_id=ann).fewer_until == NOW + FEWER_FOR


def test_what_a_form_does_not_send_stays(client: TestClient, database: Database, ann: int, token: str) -> None:
    client.post(f"/p/{token}", data={"day": "1", "time": "09:00", "paused_until": "2026-12-01"})
    client.post(f"/p/{token}", data={"channel": "slack"})

    stored = preferences(database, person_id=ann)
    assert (stored.preferred_channel, stored.preferred_day, stored.preferred_time) == ("slack", 1, "09:00")
    assert stored.paused_until is not None


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"day": "6"}, "“6” is not a day on which messages go out."),
        ({"day": "²"}, "“²” is not a day on which messages go out."),
        ({"time": "22:00"}, "“22:00” is not a time between 09:00 and 17:00."),
        ({"time": "17:00"}, "“17:00” is not a time between 09:00 and 17:00."),
        ({"time": "9:00"}, "“9:00” is not a time between"),
        ({"time": "10:30:00"}, "is not a time between"),
        ({"language": "xx"}, "“xx” is not one of the languages here."),
        ({"rhythm": "never"}, "“never” is not one of the choices."),
        ({"channel": "fax"}, "messages cannot reach you on “fax”."),
        ({"paused_until": "2099-01-01"}, "“2099-01-01” is not a day in the next year."),
    ],
)
def test_one_line_names_what_cannot_be_met_and_nothing_is_stored(
    client: TestClient, database: Database, ann: int, token: str, form: dict[str, str], told: str
) -> None:
    before = preferences(database, person_id=ann)
    page = client.post(f"/p/{token}", data={"rhythm": "fewer", "day": "2"} | form)

    assert page.status_code == 422
    (line,) = re.findall(r'role="alert">([^<]*)<', page.text)
    assert line.startswith("Nothing was changed: ")
    assert told in line
    assert preferences(database, person_id=ann) == before


def test_pause_is_undone_by_one_button(client: TestClient, database: Database, ann: int, token: str) -> None:
    client.post(f"/p/{token}", data={"List-Unsubscribe": "One-Click"})
    assert 'name="do" value="resume"' in client.get(f"/p/{token}").text
    page = client.post(f"/p/{token}", data={"do": "resume"})

    assert "The pause is over. Messages are back on." in page.text
    assert preferences(database, person_id=ann).paused_until is None
    assert 'name="do"' not in page.text


def test_a_pause_does_not_hide_what_waits_for_an_acknowledgement(
    client: TestClient, database: Database, ann: int, sign: Sign, links: LinkSigner
) -> None:
    must = a_statement(database, title="Stop when in doubt", must_acknowledge=True)
    token = sign(a_delivery(database, ann, [must, a_statement(database, title="Only to know")]), ann)
    page = client.post(f"/p/{token}", data={"List-Unsubscribe": "One-Click"})

    ((address, title),) = re.findall(r'<li><a href="(/a/[^"]+)">([^<]*)</a>', page.text)
    assert title == "Stop when in doubt"
    assert client.get(address).status_code == 200
    assert "We have recorded" in client.post(address).text
    assert "/a/" not in client.get(f"/p/{token}").text


def test_own_record_tells_seen_and_answers_in_the_chosen_language(client: TestClient, database: Database, ann: int, token: str) -> None:
    statement = a_statement(database, title="Ask twice")
    sent = a_delivery(database, ann, [statement])
    with database.transaction() as connection:
        exposures = core.exposures
        connection.execute(
            sa.update(exposures).where(exposures.c.statement_id == statement.id).values(times_sent=4, seen_sum=2.2, seen_variance=0.3)
        )
        check = {"version_id": statement.version_id, "right": "Ask", "distractors": ["Guess", "Wait"], "digest": "d", "created_at": NOW}
        connection.execute(sa.insert(core.checks).values(id=1, **check))
        answer: dict[str, Any] = {
            "check_id": 1,
            "person_id": ann,
            "statement_id": statement.id,
            "version_id": statement.version_id,
            "delivery_id": sent,
        }
        answer |= {"channel": "email", "choice": 0, "options": 3, "right": False, "answered_at": NOW, "answered_day": 20780}
        connection.execute(sa.insert(core.check_answers).values(**answer))
    english = client.get(f"/p/{token}").text
    german = client.post(f"/p/{token}", data={"language": "de"}).text

    assert "Delivered 4 times; last on 23 November 2026; probably seen about twice (1 to 3)" in english
    assert re.search(r"On 23 November 2026 you answered “(Ask|Guess|Wait)”: not the right one.", english)
    assert "4-mal zugestellt; zuletzt am 23. November 2026; wahrscheinlich etwa zweimal gesehen (1 bis 3)" in german


def test_the_page_says_what_was_known_when_last_asked(client: TestClient, database: Database, ann: int, token: str) -> None:
    """The newest answer of a statement counts, and how many questions were answered stands until there are three statements."""

    def answer(delivery: int, statement: StatementRows, choice: int) -> str:
        check = a_question(database, delivery, statement)
        about: dict[str, Any] = {
            "person_id": ann,
            "statement_id": statement.id,
            "version_id": statement.version_id,
            "delivery_id": delivery,
        }
        said = {
            "channel": "email",
            "choice": choice,
            "line": choice,
            "options": 4,
            "right": choice == 0,
            "answered_at": NOW,
            "answered_day": 20780,
        }
        with database.transaction() as connection:
            connection.execute(sa.insert(core.check_answers).values(check_id=check, **about, **said))
        return str(client.get(f"/p/{token}").text)

    one, two, three = (a_statement(database, title=f"Statement {n}") for n in range(3))
    first, second = a_delivery(database, ann, [one, two, three]), a_delivery(database, ann, [one])
    assert "<h1>You have answered one question so far.</h1>" in answer(first, one, 2)
    page = answer(second, one, 0)
    assert "<h1>You have answered twice so far.</h1>" in page
    assert page.count("You knew it") == 1
    assert page.count("Not answered yet") == 3
    page = answer(first, two, -1)
    assert "On 23 November 2026 you did not remember." in page
    page = answer(first, three, 0)
    assert "When last asked, you knew 2 of 3." in page
    assert page.count("Not yet") == 1


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
    assert preferences(database, person_id=ann).fewer_until == NOW + timedelta(days=60)
    assert "You get less of this: messages are paused until 7 December 2026, then come less often until 22 January 2027." in answer.text
    assert "Anything you need to acknowledge comes after that" in answer.text


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
