"""Cap rules as data: at most n digests or statements per day, week or month of a person's own calendar.

Owns which deliveries a rule counts, and how much room a count leaves. All rules must hold (AND); they stand beside
the weekly limits. Counting what was sent is ``store.planning.chunks``'s, choosing
within the room ``selection``'s. Pure. Days are local dates as days since 1970-01-01, which was a Thursday.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from cadence.domain.sending.deliveries import Channel

_EPOCH = date(1970, 1, 1).toordinal()


class Counted(StrEnum):
    """What a rule counts."""

    DIGESTS = "digests"
    STATEMENTS = "statements"


class Per(StrEnum):
    """The stretch of the person's own calendar within which it counts; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapRule:
    """At most ``at_most`` digests or statements ``per`` stretch; an empty filter matches everything.

    A digest counts for a rule of kinds or tags when one of its statements matches.
    """

    at_most: int
    count: Counted = Counted.DIGESTS
    per: Per = Per.WEEK
    channels: tuple[Channel, ...] = ()
    kinds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cadences: tuple[str, ...] = ()

    @property
    def is_about_statements(self) -> bool:
        """Whether it matters which statements a digest holds."""
        return bool(self.kinds or self.tags)

    def concerns(self, *, channel: str, cadence: str) -> bool:
        """Whether deliveries of ``cadence`` on ``channel`` are bound by it."""
        return (not self.channels or channel in self.channels) and (not self.cadences or cadence in self.cadences)

    def covers(self, kind: str, tags: Iterable[str]) -> bool:
        """Whether a statement of that kind with those tags is bound by it."""
        return (not self.kinds or kind in self.kinds) and (not self.tags or not set(self.tags).isdisjoint(tags))

    def __str__(self) -> str:
        """The rule in words, as explanations tell it."""
        thing = self.count.value if self.at_most != 1 else self.count.value[:-1]
        parts = [f"at most {self.at_most} {thing} a {self.per}"]
        for name, words in (("on", self.channels), ("of kind", self.kinds), ("tagged", self.tags), ("from", self.cadences)):
            if words:
                parts.append(f"{name} {' or '.join(words)}")
        return " ".join(parts)


def day_number(on: date) -> int:
    """Return a local date as days since 1970-01-01."""
    return on.toordinal() - _EPOCH


def period(per: Per, day: int) -> tuple[int, int]:
    """Return the first and last day (days since 1970, inclusive) of the stretch that ``day`` lies in.

    >>> period(Per.WEEK, 0)  # Thursday 1 January 1970
    (-3, 3)
    """
    if per is Per.DAY:
        return day, day
    if per is Per.WEEK:
        monday = day - (day + 3) % 7
        return monday, monday + 6
    first = date.fromordinal(day + _EPOCH).replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first.toordinal() - _EPOCH, following.toordinal() - _EPOCH - 1


def quarter(day: int) -> tuple[int, int]:
    """Return the first and last day of the calendar quarter that ``day`` lies in."""
    on = date.fromordinal(day + _EPOCH)
    first = on.replace(month=(on.month - 1) // 3 * 3 + 1, day=1)
    following = (first + timedelta(days=95)).replace(day=1)
    return first.toordinal() - _EPOCH, following.toordinal() - _EPOCH - 1


@lru_cache(maxsize=1024)
def quarter_number(day: int) -> int:
    """Return the calendar quarter that ``day`` lies in as one rising number: four times the year, plus 0 to 3.

    >>> quarter_number(day_number(date(2026, 11, 23)))
    8107
    """
    on = date.fromordinal(day + _EPOCH)
    return 4 * on.year + (on.month - 1) // 3


def room(rule: CapRule, day: int, counts: Sequence[tuple[int, int, int]]) -> int:
    """Return how many more ``rule`` allows on ``day``. counts: (day, digests, statements) of one person that the rule counts."""
    first, last = period(rule.per, day)
    place = 1 if rule.count is Counted.DIGESTS else 2
    return max(rule.at_most - sum(one[place] for one in counts if first <= one[0] <= last), 0)
