"""How shares of people who were sent something are drawn: six tints for a week, four for a quarter. Pure; counts of sending only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

#: a statement is heard in a quarter once it was sent so often
HEARD_TIMES = 2
#: weeks of an exposure strip: a quarter
WEEKS = 13
#: below this share of 100 a team is told about with its number
MISSING = 60


def tint(people: int, of: int) -> int:
    """Return 0 for nobody, 1 to 5 for a fifth each of the people that were sent something in a week.

    >>> [tint(n, 100) for n in (0, 1, 20, 21, 100)]
    [0, 1, 1, 2, 5]
    """
    if people <= 0 or of <= 0:
        return 0
    return min(5, -(-5 * people // of))


def of_100(people: int, of: int) -> int:
    """Return how many of 100 people, never 100 while one is missing nor 0 while there is one.

    >>> of_100(199, 200), of_100(1, 300), of_100(1, 2)
    (99, 1, 50)
    """
    if people >= of:
        return 100
    return min(99, max(1, round(100 * people / of))) if people > 0 else 0


def weeks_until(today: date) -> tuple[date, ...]:
    """Return the Mondays of the last ``WEEKS`` weeks, the week of ``today`` last."""
    monday = today - timedelta(days=today.weekday())
    return tuple(monday - timedelta(weeks=n) for n in reversed(range(WEEKS)))


def months_of(weeks: Sequence[date]) -> tuple[tuple[int, date], ...]:
    """Return (place, Monday) of the first week of each month, for names under a strip; none that the next would overlap.

    >>> [place for place, _ in months_of(weeks_until(date(2026, 11, 30)))]
    [0, 4, 8]
    """
    firsts = [(place, week) for place, week in enumerate(weeks) if place == 0 or week.month != weeks[place - 1].month]
    kept = [one for one, following in pairwise(firsts) if following[0] - one[0] >= 2]
    return tuple(kept + [one for one in firsts[-1:] if len(weeks) - one[0] >= 2])
