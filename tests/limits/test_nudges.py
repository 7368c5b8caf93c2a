"""What must be acknowledged comes again on the third day and on the fifth, whatever the gap of its cadence, and then no more."""

from __future__ import annotations

import pytest

from tests.limits.company import DAY, MONDAY, Company, cadence

RULES = "[limits]\ndigests_per_week = 14\nmin_gap_days = 0\n"


def days_with_mail(company: Company, *, days: int) -> list[int]:
    """Tick once a day and return on which days, from 0, something went out."""
    found = []
    for n in range(days):
        before = len(company.mails())
        company.tick(MONDAY + n * DAY)
        found += [n] if len(company.mails()) > before else []
    return found


@pytest.mark.parametrize("gap", [2, 30, 60])
def test_a_nudge_does_not_wait_for_the_gap_of_its_cadence(sqlite_company: Company, gap: int) -> None:
    """Monday, Thursday, and Tuesday after the fifth day, which is a Saturday: the Monday is the cadence's own. Then nothing."""
    sqlite_company.statement("values", must_acknowledge="true")
    sqlite_company.people("ana")
    sqlite_company.cadences(RULES + cadence("monthly", days=["mon"], more=f"min_gap_days = {gap}\nevery_weeks = 4\nstarts_on = 2026-10-26"))
    assert days_with_mail(sqlite_company, days=16) == [0, 3, 8]


def test_a_nudge_keeps_two_days_from_another_showing(company: Company) -> None:
    """Another cadence shows it on Wednesday, so Thursday's nudge is too soon; the one of the next week comes."""
    company.statement("values", must_acknowledge="true")
    company.people("ana")
    others = cadence("wednesday", days=["wed"], more="starts_on = 2026-10-28\nends_on = 2026-10-28")
    rules = "[limits]\ndigests_per_week = 14\nmin_gap_days = 2\n"
    company.cadences(rules + cadence("monthly", days=["mon"], more="every_weeks = 4\nstarts_on = 2026-10-26") + others)
    assert days_with_mail(company, days=16) == [0, 2, 8]


def test_nobody_is_reminded_of_what_asks_for_nothing(sqlite_company: Company) -> None:
    sqlite_company.statement("values")
    sqlite_company.people("ana")
    sqlite_company.cadences(RULES + cadence("monthly", days=["mon"], more="every_weeks = 4\nstarts_on = 2026-10-26"))
    assert days_with_mail(sqlite_company, days=10) == [0]


def test_a_nudge_is_under_the_caps(sqlite_company: Company) -> None:
    sqlite_company.statement("values", must_acknowledge="true")
    sqlite_company.people("ana")
    rules = "[limits]\ndigests_per_week = 1\nmin_gap_days = 0\n"
    sqlite_company.cadences(rules + cadence("monthly", days=["mon"], more="every_weeks = 4\nstarts_on = 2026-10-26"))
    assert days_with_mail(sqlite_company, days=10) == [0, 8]
