"""The calendar that programs subscribe to: the days of each cadence, for a token of the calendar alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.domain.audit import AT_THE_SHELL
from cadence.files.cadences_toml import parse_cadences
from cadence.identity.permissions import Permission, Role
from cadence.identity.tokens import TokenKind, make_token, revoke_token
from cadence.operations.authoring.apply_cadences import apply_cadences
from tests.fixtures.accounts import make_account
from tests.fixtures.builders import NOW, a_person
from tests.web.conftest import TestClient

FILE = b"""
[cadences.weekly]
name = "What matters; most, of all"
days = ["tue"]
local_time = "09:00"
mode = "adaptive"

[cadences.monthly]
monthdays = [15]
local_time = "10:00"
"""


def token(context: SiteContext, *scopes: Permission, kind: TokenKind = TokenKind.API) -> tuple[int, str]:
    made = make_token(context.database, name="c", kind=kind, scopes=scopes, days=9, actor=AT_THE_SHELL, now=NOW)
    return made.id, made.secret


@pytest.mark.databases("sqlite")
def test_a_calendar_program_reads_the_coming_days_with_its_token(context: SiteContext, clock: FixedClock, client: TestClient) -> None:
    make_account(context.database, [Role.ADMIN], now=NOW)
    for number, zone in enumerate(("Europe/Berlin", "Europe/Berlin", "America/New_York")):
        a_person(context.database, email=f"p{number}@example.com", zone=zone)
    with context.database.transaction() as connection:
        apply_cadences(connection, parse_cadences(FILE, where="cadences.toml"), now=NOW)
    number, secret = token(context, Permission.SEE_CALENDAR)
    answer = client.get("/calendar.ics", params={"token": secret})
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    entries: list[Any] = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    assert len(entries) == 8 + 2  # Tuesdays and fifteenths of eight weeks from Monday, 23 November 2026
    first = entries[0]
    assert str(first["summary"]) == "Cadence: What matters; most, of all"
    assert str(first["uid"]) == "weekly-2026-11-24@cadence.example.com"
    assert (first["dtstart"].dt.isoformat(), first["dtend"].dt.isoformat()) == ("2026-11-24T08:00:00+00:00", "2026-11-24T14:15:00+00:00")
    assert "Up to 3 people" in str(first["description"])
    clock.advance(timedelta(days=1, hours=12))
    later: list[Any] = list(Calendar.from_ical(client.get("/calendar.ics", params={"token": secret}).content).walk("VEVENT"))
    assert str(later[0]["uid"]) == "weekly-2026-12-01@cadence.example.com"
    for wrong in (
        token(context, Permission.SEE_CALENDAR, Permission.SEE_PEOPLE)[1],
        token(context, Permission.SEE_PEOPLE)[1],
        token(context, kind=TokenKind.SCIM)[1],
        secret + "x",
        "é",
        "x" * 500,
    ):
        assert client.get("/calendar.ics", params={"token": wrong}, follow_redirects=False).status_code == 303
    revoke_token(context.database, number, actor=AT_THE_SHELL, now=NOW)
    assert client.get("/calendar.ics", params={"token": secret}, follow_redirects=False).status_code == 303
