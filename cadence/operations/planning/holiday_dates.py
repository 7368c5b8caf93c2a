"""The public holidays of a person's country, as plain dates for the calendars of the domain.

Source: the ``holidays`` package (python-holidays); a country it does not know has none.
"""

from __future__ import annotations

import warnings
from datetime import date
from functools import lru_cache

_YEARS = range(1900, 2200)


@lru_cache(maxsize=2048)
def holiday_dates(country: str, year_from: int, year_to: int) -> frozenset[date]:
    """Return the public holidays of an ISO 3166 ``country`` in both years and those between; empty for an unknown one.

    The first call of a country costs milliseconds, later ones a dictionary look-up.
    """
    # imported here: most commands need no holidays, and the registry takes a while to load
    import holidays

    if not country:
        return frozenset()
    years = [year for year in range(year_from, year_to + 1) if year in _YEARS]
    try:
        with warnings.catch_warnings():
            # moon-based feasts are tabled up to a year; beyond it the fixed ones still hold
            warnings.simplefilter("ignore")
            return frozenset(holidays.country_holidays(country.strip().upper(), years=years))
    except NotImplementedError:
        return frozenset()
