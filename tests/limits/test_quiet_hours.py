"""Nothing is sent in ``quiet_hours`` or outside ``working_window`` and ``working_days``: it is not planned for then, and not sent then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from tests.limits.company import DAY, EVERY_DAY, HOUR, MINUTE, MONDAY, Company, cadence

NINE = MONDAY - 30 * MINUTE


def rules(*, at: str = "09:00", quiet: str = "", window: str = "00:00-24:00", days: Sequence[str] = EVERY_DAY, spread: int = 0) -> str:
    """Return a daily cadence at a time, spread over so many minutes, under these limits."""
    asked = f'quiet_hours = "{quiet}"' if quiet else ""
    limits = f'[limits]\nmin_gap_days = 0\ndigests_per_week = 14\nworking_window = "{window}"\nworking_days = {list(days)}\n{asked}\n'
    return limits + cadence("daily", at=at, days=EVERY_DAY, more=f"window_minutes = {spread}")


@pytest.mark.parametrize(
    ("text", "due", "opens"),
    [
        pytest.param(rules(quiet="08:00-12:00"), NINE, NINE + 3 * HOUR, id="quiet-hours"),
        pytest.param(rules(at="23:00", quiet="22:00-07:00"), NINE + 14 * HOUR, NINE + 22 * HOUR, id="over-midnight"),
        pytest.param(rules(window="13:00-17:00"), NINE, NINE + 4 * HOUR, id="working-window"),
        pytest.param(rules(quiet="10:00-15:00", window="11:00-17:00"), NINE, NINE + 6 * HOUR, id="both"),
    ],
)
def test_what_is_due_then_is_planned_for_the_end_and_sent_then(sqlite_company: Company, text: str, due: datetime, opens: datetime) -> None:
    sqlite_company.statement("values")
    sqlite_company.people("ana")
    sqlite_company.cadences(text)

    assert [one["send_after"] for one in sqlite_company.plan(due)["digests"]] == [opens.isoformat()]
    sqlite_company.tick(due)
    sqlite_company.tick(opens - MINUTE)
    assert sqlite_company.mails() == []
    sqlite_company.tick(opens)
    assert sqlite_company.said(["values"]) == [["values"]]


@pytest.mark.parametrize(
    ("later", "opens"),
    [
        pytest.param({"quiet": "09:30-15:00"}, NINE + 6 * HOUR, id="quiet-hours"),
        pytest.param({"window": "14:00-17:00"}, NINE + 5 * HOUR, id="working-window"),
    ],
)
def test_quiet_hours_that_come_after_the_plan_hold_in_the_last_look(company: Company, later: dict[str, str], opens: datetime) -> None:
    company.statement("values")
    company.people("ana")
    company.cadences(rules(spread=240))
    company.tick(NINE)
    assert company.mails() == [], "spread over four hours: nobody has their turn at once"
    company.cadences(rules(spread=240, **later), at=NINE)

    company.tick(opens - MINUTE)
    assert company.mails() == []
    company.tick(opens)
    assert len(company.mails()) == 1


def test_a_day_that_is_no_working_day_sends_nothing(sqlite_company: Company) -> None:
    sqlite_company.statement("values")
    sqlite_company.people("ana")
    sqlite_company.cadences(rules(days=["wed"]))

    sqlite_company.ticks(NINE, days=2)
    assert sqlite_company.mails() == []
    sqlite_company.tick(NINE + 2 * DAY)
    assert len(sqlite_company.mails()) == 1
