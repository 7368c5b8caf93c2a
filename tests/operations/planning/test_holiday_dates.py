"""Public holidays are plain dates, and a country nobody knows has none."""

from __future__ import annotations

from datetime import date

import pytest

from cadence.operations.planning.holiday_dates import holiday_dates


def test_holidays_of_every_year_asked_for_are_found() -> None:
    found = holiday_dates("DE", 2026, 2027)
    assert {date(2026, 12, 25), date(2027, 1, 1)} <= found
    assert holiday_dates("de", 2026, 2027) == found


@pytest.mark.parametrize("country", ["", "ZZ", "Germany!", "' OR 1=1"])
def test_an_unknown_country_has_none(country: str) -> None:
    assert holiday_dates(country, 2026, 2027) == frozenset()


def test_years_beyond_the_tables_bring_no_warning() -> None:
    assert date(2037, 8, 15) in holiday_dates("IN", 2037, 2037)
