"""The fewest showings of a quarter that an adaptive cadence asks for are met exactly, or told to be out of reach."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cadence.demo.mail_sink import SunkMail
from cadence.operations.responding.acknowledge import acknowledge
from tests.limits.company import DAY, HOUR, MONDAY, Company, cadence

LONG_AGO = MONDAY - 400 * DAY
#: the Mondays that are left of the quarter
WEEKS = 10


def adaptive(floor: int, *, most: int = 3) -> str:
    """Return a weekly cadence that shows what is known only for its floor."""
    more = f'mode = "adaptive"\ntarget_awareness = 0.5\nmax_gap_days = 366\nfloor = {floor}'
    return cadence("weekly", days=["mon"], most=most, more=more)


def press(company: Company, mail: SunkMail, at: datetime) -> None:
    """Press every acknowledge button of a mail: its texts are known for a while."""
    for link in company.links(mail, at=at) if "/a/" in mail.text() else ():
        ids: dict[str, Any] = {"person_id": link.person_id, "version_id": link.version_id, "delivery_id": link.delivery_id}
        acknowledge(company.app.database, **ids, method="link", now=at)


def play(company: Company) -> tuple[list[int], dict[str, int]]:
    """Tick on each Monday left; return in which weeks a mail went out, and whose floor was out of reach in the last of them."""
    found: list[int] = []
    short: dict[str, int] = {}
    for n in range(WEEKS):
        before = len(company.mails())
        short = company.tick(MONDAY + 7 * n * DAY).planned.short_of_floor
        if len(company.mails()) > before:
            found.append(n)
            if n == 0:
                press(company, company.mails()[-1], MONDAY + HOUR)
    return found, short


@pytest.mark.parametrize(
    ("floor", "weeks"),
    [
        pytest.param(0, [0, 1, 2, 5], id="what-the-model-alone-wants"),
        pytest.param(4, [0, 1, 2, 5], id="met-without-it"),
        pytest.param(5, [0, 1, 2, 5, 9], id="one-more-in-the-last-week"),
        pytest.param(9, [0, 1, 2, 4, 5, 6, 7, 8, 9], id="all-but-one-week"),
        pytest.param(10, list(range(WEEKS)), id="every-week"),
    ],
)
def test_a_floor_is_met_to_the_one(sqlite_company: Company, floor: int, weeks: list[int]) -> None:
    sqlite_company.statement("values", must_acknowledge="true", at=LONG_AGO)
    sqlite_company.people("ana", at=LONG_AGO)
    sqlite_company.cadences(adaptive(floor))
    assert play(sqlite_company) == (weeks, {})


def test_a_floor_by_one_out_of_reach_is_told(sqlite_company: Company) -> None:
    sqlite_company.statement("values", at=LONG_AGO)
    sqlite_company.people("ana", at=LONG_AGO)
    sqlite_company.cadences(adaptive(WEEKS + 1))
    assert sqlite_company.plan(MONDAY)["short_of_floor"] == {"values": 1}
    sqlite_company.cadences(adaptive(WEEKS))
    assert sqlite_company.plan(MONDAY)["short_of_floor"] == {}


def test_floors_that_fill_every_digest_are_all_met(sqlite_company: Company) -> None:
    """Two texts, one a week, five of each: none can wait."""
    sqlite_company.statements("maple", "orchid", must_acknowledge="true", at=LONG_AGO)
    sqlite_company.people("ana", at=LONG_AGO)
    sqlite_company.cadences(adaptive(WEEKS // 2, most=1))
    play(sqlite_company)
    said = [slug for mail in sqlite_company.said(["maple", "orchid"]) for slug in mail]
    assert (said.count("maple"), said.count("orchid")) == (5, 5)


def test_floors_that_would_not_fit_into_the_last_week_begin_before_it(company: Company) -> None:
    """Three texts that are known from the quarter before, one a week, once each, and three weeks: none of them can wait for the last."""
    names = ("maple", "orchid", "quartz")
    october = MONDAY - 21 * DAY
    company.statements(*names, must_acknowledge="true", at=LONG_AGO)
    company.people("ana", at=LONG_AGO)
    company.cadences(adaptive(0), at=october - 22 * DAY)
    for n in (-3, -2, -1):
        company.tick(october + 7 * n * DAY)
        press(company, company.mails()[-1], october + 7 * n * DAY + HOUR)
    assert company.said(names) == [list(names)] * 3

    company.cadences(adaptive(1, most=1) + "ends_on = 2026-10-19\n", at=october - DAY)
    for n in (0, 1, 2):
        company.tick(october + 7 * n * DAY)

    assert sorted(company.said(names)[3:]) == [[name] for name in names]


def test_a_cap_wins_over_a_floor(sqlite_company: Company) -> None:
    sqlite_company.statement("values", at=LONG_AGO)
    sqlite_company.people("ana", at=LONG_AGO)
    cap = '[[limits.rules]]\nat_most = 1\nper = "month"\n'
    sqlite_company.cadences("[limits]\n" + cap + adaptive(5))
    assert sqlite_company.plan(MONDAY)["short_of_floor"] == {"values": 1}
    weeks, _ = play(sqlite_company)
    assert weeks == [0, 1, 6], "one in October, one in November, one in December"
