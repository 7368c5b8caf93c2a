"""A statement is not sent before the ``effective`` date of its file, by the calendar of the place where it is read."""

from __future__ import annotations

import pytest

from tests.limits.company import DAY, HOUR, MINUTE, MONDAY, Company, cadence


def rules(*, mode: str = "fixed", spread: int = 0) -> str:
    more = f'mode = "{mode}"\nwindow_minutes = {spread}'
    return "[limits]\nmin_gap_days = 0\ndigests_per_week = 14\n" + cadence("daily", more=more)


@pytest.mark.parametrize("mode", ["fixed", "adaptive"])
def test_a_statement_waits_for_its_date(sqlite_company: Company, mode: str) -> None:
    sqlite_company.statement("later", effective=(MONDAY + 2 * DAY).date())
    sqlite_company.people("ana")
    sqlite_company.cadences(rules(mode=mode))

    sqlite_company.ticks(MONDAY, days=2)
    assert sqlite_company.said(["later"]) == []
    sqlite_company.tick(MONDAY + 2 * DAY)
    assert sqlite_company.said(["later"]) == [["later"]]


def test_the_date_is_the_readers_own(sqlite_company: Company) -> None:
    """Nine in the morning of the 28th in Auckland is the evening of the 27th in UTC."""
    sqlite_company.statement("later", effective=(MONDAY + 2 * DAY).date())
    sqlite_company.people("ana", timezone="Pacific/Auckland")
    sqlite_company.cadences(rules())

    sqlite_company.tick(MONDAY - DAY + 12 * HOUR)
    sqlite_company.tick(MONDAY + 12 * HOUR)
    assert sqlite_company.said(["later"]) == [], "the 26th and the 27th, nine in the morning in Auckland"

    sqlite_company.tick(MONDAY + DAY + 12 * HOUR)
    assert sqlite_company.said(["later"]) == [["later"]]


def test_a_version_with_a_later_date_waits_too(sqlite_company: Company) -> None:
    sqlite_company.statement("values")
    sqlite_company.people("ana")
    sqlite_company.cadences(rules())
    sqlite_company.tick(MONDAY)
    sqlite_company.statement("values", at=MONDAY + HOUR, effective=(MONDAY + 3 * DAY).date(), body="It means more from Thursday on.")

    sqlite_company.ticks(MONDAY + DAY, days=2)
    assert len(sqlite_company.mails()) == 1
    sqlite_company.tick(MONDAY + 3 * DAY)
    assert len(sqlite_company.mails()) == 2


def test_a_later_version_does_not_slip_into_a_digest_that_is_planned(company: Company) -> None:
    """Between planning and sending a digest takes up the newest text, but none whose day has not come."""
    company.statement("values")
    company.people("ana")
    company.cadences(rules(spread=240))
    company.tick(MONDAY - 30 * MINUTE)
    assert company.mails() == []
    company.statement("values", at=MONDAY, effective=(MONDAY + 3 * DAY).date(), body="From Thursday on it says more.")

    company.tick(MONDAY + 5 * HOUR)

    assert company.said(["values", "From Thursday on"]) == [["values"]]
