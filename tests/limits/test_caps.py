"""The most messages and statements in a week, in a digest, and by the rules of ``[[limits.rules]]``, counted in what arrives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.limits.company import DAY, EVERY_DAY, HOUR, MONDAY, Company, cadence

NAMES = ("cobalt", "maple", "orchid", "quartz", "saffron", "tundra", "willow")
#: long before: nothing is new any more, so the newcomers' cap holds for nobody
LONG_AGO = MONDAY - 60 * DAY


def rules(limits: str, *, name: str = "daily", most: int = 3, more: str = "") -> str:
    return f"[limits]\nmin_gap_days = 0\n{limits}\n{cadence(name, most=most, more=more)}"


def filled(company: Company, text: str, **front: Any) -> None:
    company.statements(*NAMES, at=LONG_AGO, **front)
    company.people("ana", at=LONG_AGO)
    company.cadences(text)


def sizes(company: Company) -> list[int]:
    return [len(said) for said in company.said(NAMES)]


@pytest.mark.parametrize("most", [1, 2, 4])
def test_digests_in_a_week(sqlite_company: Company, most: int) -> None:
    filled(sqlite_company, rules(f"digests_per_week = {most}\nstatements_per_week = 50", most=1))
    sqlite_company.ticks(MONDAY, days=7)
    assert len(sqlite_company.mails()) == most
    sqlite_company.tick(MONDAY + 7 * DAY)
    assert len(sqlite_company.mails()) == most + 1, "a new week"


@pytest.mark.parametrize(("most", "told"), [(3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])])
def test_statements_in_a_week(sqlite_company: Company, most: int, told: list[int]) -> None:
    filled(sqlite_company, rules(f"digests_per_week = 14\nstatements_per_week = {most}", most=2))
    sqlite_company.ticks(MONDAY, days=5)
    assert sizes(sqlite_company) == told


def test_what_holds_without_a_word_in_the_file(sqlite_company: Company) -> None:
    """Two digests a week with three statements each, on working days from nine on."""
    filled(sqlite_company, cadence("early", days=EVERY_DAY, at="07:30", more="min_gap_days = 0"))
    sqlite_company.tick(MONDAY - DAY + HOUR)
    sqlite_company.tick(MONDAY - HOUR)
    assert sizes(sqlite_company) == [], "Sunday, and Monday before nine"
    sqlite_company.ticks(MONDAY, days=4)
    assert sizes(sqlite_company) == [3, 3]


def test_statements_in_a_digest(sqlite_company: Company) -> None:
    filled(sqlite_company, rules("digests_per_week = 14\nstatements_per_week = 50", most=5))
    sqlite_company.tick(MONDAY)
    assert sizes(sqlite_company) == [5]


def test_the_week_is_the_readers_own(sqlite_company: Company) -> None:
    """Sunday evening in UTC is Monday morning in Auckland, and a new week there."""
    sqlite_company.statements(*NAMES, at=LONG_AGO)
    sqlite_company.people("ana", timezone="Pacific/Auckland", at=LONG_AGO)
    sqlite_company.cadences(rules("digests_per_week = 1", most=1), at=MONDAY - 4 * DAY)
    sunday_evening = MONDAY - DAY + 12 * HOUR

    sqlite_company.tick(sunday_evening - 3 * DAY)
    sqlite_company.tick(sunday_evening)
    assert len(sqlite_company.mails()) == 2, "Friday and Monday"
    sqlite_company.tick(sunday_evening + DAY)
    assert len(sqlite_company.mails()) == 2, "Tuesday of the same week"


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        pytest.param('at_most = 1\nper = "day"', [3], id="digests-a-day"),
        pytest.param('at_most = 4\ncount = "statements"\nper = "day"', [3, 1], id="statements-a-day"),
        pytest.param('at_most = 0\nchannels = ["email"]', [], id="channel"),
        pytest.param('at_most = 0\nchannels = ["slack"]', [3, 3], id="other-channel"),
        pytest.param('at_most = 0\ncadences = ["evening"]', [3], id="cadence"),
        pytest.param('at_most = 0\nkinds = ["value"]', [], id="kinds"),
        pytest.param('at_most = 0\nkinds = ["vision"]', [3, 3], id="other-kinds"),
        pytest.param('at_most = 2\ncount = "statements"\ntags = ["safety"]', [2], id="tags"),
    ],
)
def test_a_rule_of_the_admin_holds(sqlite_company: Company, rule: str, left: list[int]) -> None:
    """Two cadences a day with three statements each, which the rule lessens. ``left``: statements in each mail of the day."""
    front = {"tags": '["safety"]'} if "safety" in rule else {}
    limits = f"digests_per_week = 14\nstatements_per_week = 50\n[[limits.rules]]\n{rule}"
    filled(sqlite_company, rules(limits, name="morning") + cadence("evening", at="15:00"), **front)
    sqlite_company.tick(MONDAY)
    sqlite_company.tick(MONDAY + 6 * HOUR)
    assert sizes(sqlite_company) == left


def test_a_rule_per_month_holds_until_the_month_is_over(sqlite_company: Company) -> None:
    limits = 'digests_per_week = 14\nstatements_per_week = 50\n[[limits.rules]]\nat_most = 2\nper = "month"'
    filled(sqlite_company, rules(limits, most=1))
    sqlite_company.ticks(MONDAY, days=5)
    assert len(sqlite_company.mails()) == 2
    sqlite_company.tick(MONDAY + 7 * DAY)
    assert len(sqlite_company.mails()) == 3, "the second of November"


def test_what_must_be_delivered_goes_over_every_cap_and_takes_no_room(company: Company) -> None:
    limits = 'digests_per_week = 1\n[[limits.rules]]\nat_most = 1\nper = "day"'
    filled(company, rules(limits, name="urgent", more="must_deliver = true", most=1) + cadence("evening", at="15:00", most=1))
    company.ticks(MONDAY, days=2, every=6 * HOUR)
    assert len(company.mails()) == 3, "urgent on both days, and the one digest of the week"


def test_what_counts_towards_caps_takes_the_room_of_others(sqlite_company: Company) -> None:
    more = "must_deliver = true\ncounts_towards_caps = true"
    filled(sqlite_company, rules("digests_per_week = 1", name="urgent", more=more, most=1) + cadence("evening", at="15:00", most=1))
    sqlite_company.ticks(MONDAY, days=2, every=6 * HOUR)
    assert len(sqlite_company.mails()) == 2, "urgent on both days, and nothing else"
