"""A statement is not sent before the ``effective`` date of its file, by the calendar of the place where it is read."""

from __future__ import annotations

import pytest

from tests.limits.company import DAY, HOUR, MINUTE, MONDAY, Company

EVERY_DAY = """
[limits]
digests_per_week = 14
[cadences.daily]
days = ["mon", "tue", "wed", "thu", "fri"]
local_time = "09:00"
channels = ["email"]
mode = "{mode}"
min_gap_days = 0
"""


@pytest.mark.parametrize("mode", ["fixed", "adaptive"])
def test_a_statement_waits_for_its_date(company: Company, mode: str) -> None:
    company.statement("later", effective=(MONDAY + 2 * DAY).date())
    company.people("ana")
    company.cadences(EVERY_DAY.format(mode=mode))

    company.ticks(MONDAY, days=2)
    assert company.said(["later"]) == []
    company.tick(MONDAY + 2 * DAY)
    assert company.said(["later"]) == [["later"]]


def test_the_date_is_the_readers_own(company: Company) -> None:
    """Nine in the morning of the 28th in Auckland is the evening of the 27th in UTC."""
    company.statement("later", effective=(MONDAY + 2 * DAY).date())
    company.people("ana", timezone="Pacific/Auckland")
    company.cadences(EVERY_DAY.format(mode="fixed"))

    company.tick(MONDAY - DAY + 12 * HOUR)
    company.tick(MONDAY + 12 * HOUR)
    assert company.said(["later"]) == [], "the 26th and the 27th, nine in the morning in Auckland"

    company.tick(MONDAY + DAY + 12 * HOUR)
    assert company.said(["later"]) == [["later"]]


def test_a_version_with_a_later_date_waits_too(company: Company) -> None:
    company.statement("values")
    company.people("ana")
    company.cadences(EVERY_DAY.format(mode="fixed"))
    company.tick(MONDAY)
    company.statement("values", at=MONDAY + HOUR, effective=(MONDAY + 3 * DAY).date(), body="It is meant in another way from Thursday on.")

    company.ticks(MONDAY + DAY, days=2)
    assert len(company.mails()) == 1
    company.tick(MONDAY + 3 * DAY)
    assert len(company.mails()) == 2


def test_a_later_version_does_not_slip_into_a_digest_that_is_planned(company: Company) -> None:
    """Between planning and sending a digest takes up the newest text, but none whose day has not come."""
    company.statement("values")
    company.people("ana")
    company.cadences(EVERY_DAY.format(mode="fixed") + "window_minutes = 240\n")
    company.tick(MONDAY - 30 * MINUTE)
    assert company.mails() == []
    company.statement("values", at=MONDAY, effective=(MONDAY + 3 * DAY).date(), body="From Thursday on it says more.")

    company.tick(MONDAY + 5 * HOUR)

    assert company.said(["values", "From Thursday on"]) == [["values"]]
