"""Who is new gets more at first: ``newcomer_statements_per_week`` for ``newcomer_days``, the core set before anything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tests.limits.company import DAY, MONDAY, Company, cadence

NAMES = tuple(f"text{n:02}" for n in range(12))
LONG_AGO = MONDAY - 60 * DAY
RULES = "[limits]\nmin_gap_days = 0\ndigests_per_week = 14\n"


def statements_in(company: Company, name: str) -> int:
    return sum(len(said) for said in company.said(NAMES, name))


def fill(company: Company, rules: str, people: Sequence[tuple[str, date]]) -> None:
    company.statements(*NAMES, at=LONG_AGO)
    for name, started_on in people:
        company.people(name, started_on=started_on.isoformat())
    company.cadences(rules)


def test_a_newcomer_gets_eight_a_week_and_everybody_else_six(company: Company) -> None:
    today = MONDAY.date()
    fill(company, RULES + cadence("daily"), [("new", today - 3 * DAY), ("old", today - 400 * DAY)])
    company.ticks(MONDAY, days=5)
    assert (statements_in(company, "new"), statements_in(company, "old")) == (8, 6)


def test_the_thirty_days_are_counted_from_the_first(company: Company) -> None:
    """Day 29 is the last; on Monday one of the two has been here for 29 days, the other for 30."""
    today = MONDAY.date()
    fill(company, RULES + cadence("daily", days=["mon"], most=10), [("last", today - 29 * DAY), ("over", today - 30 * DAY)])
    company.tick(MONDAY)
    assert (statements_in(company, "last"), statements_in(company, "over")) == (8, 6)


def test_both_numbers_are_those_of_the_file(sqlite_company: Company) -> None:
    today = MONDAY.date()
    rules = RULES + "statements_per_week = 2\nnewcomer_statements_per_week = 5\nnewcomer_days = 10\n"
    fill(sqlite_company, rules + cadence("daily", most=10), [("new", today - 9 * DAY), ("old", today - 10 * DAY)])
    sqlite_company.ticks(MONDAY, days=5)
    assert (statements_in(sqlite_company, "new"), statements_in(sqlite_company, "old")) == (5, 2)


def test_a_changed_meaning_lifts_the_cap_for_fourteen_days(sqlite_company: Company) -> None:
    fill(sqlite_company, RULES + cadence("daily", days=["mon"], most=10), [("old", date(2020, 1, 6))])
    sqlite_company.statement(NAMES[0], at=MONDAY - 10 * DAY, body="It is meant in another way.")
    sqlite_company.tick(MONDAY)
    assert statements_in(sqlite_company, "old") == 8
    sqlite_company.tick(MONDAY + 7 * DAY)
    assert statements_in(sqlite_company, "old") == 8 + 6


def test_a_newcomer_meets_the_core_set_first(sqlite_company: Company) -> None:
    """An adaptive cadence brings everybody what they know least; to who is new, scoreboards come after the rest."""
    for kind in ("scoreboard", "priority", "strategy", "value", "vision", "purpose"):
        sqlite_company.statement(f"a-{kind}", kind=kind, at=LONG_AGO)
    sqlite_company.people("new", started_on=(MONDAY.date() - 3 * DAY).isoformat())
    sqlite_company.cadences(RULES + cadence("daily", most=1, more='mode = "adaptive"'))

    sqlite_company.ticks(MONDAY, days=7)

    kinds = ("purpose", "vision", "value", "strategy", "priority")
    assert sqlite_company.said([f"a-{kind}" for kind in (*kinds, "scoreboard")]) == [[f"a-{kind}"] for kind in kinds]
