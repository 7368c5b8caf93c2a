"""Local time: zones, the instant a wall time names, and the hours in which a person may be written to.

Owns the gap and overlap policy (promise 4): a wall time that a spring change skips is the first
valid instant after the gap, one that an autumn change repeats is its first pass. Holidays are
handed in as dates. Pure: reads no clock. Zone rules come from the IANA database (``tzdata``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from cadence.errors import Invalid

_WINDOW = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\s*-\s*(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")


class Weekday(StrEnum):
    """A day of the week; ``number`` counts from Monday = 0 as ``date.weekday`` does."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    @property
    def number(self) -> int:
        """0 for Monday to 6 for Sunday."""
        return _NUMBERS[self.value]


_NUMBERS = {day.value: number for number, day in enumerate(Weekday)}
MONDAY_TO_FRIDAY = tuple(Weekday)[:5]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """A part of the local day in minutes since midnight: ``start`` inclusive, ``end`` exclusive.

    ``end`` may be 1440 (24:00). ``end < start`` crosses midnight, which only quiet hours may do.
    """

    start: int
    end: int

    @classmethod
    def parse(cls, text: str, *, field: str, where: str | None = None) -> TimeWindow:
        """Return the window "HH:MM-HH:MM". Raises Invalid, also for an empty window."""
        found = _WINDOW.fullmatch(text.strip())
        window = None
        if found:
            end = 1440 if found[3] is None else int(found[3]) * 60 + int(found[4])
            window = cls(start=int(found[1]) * 60 + int(found[2]), end=end)
        if window is None or window.start == window.end:
            raise Invalid(field, text, "is not two different times of day HH:MM-HH:MM", example="09:00-17:00", where=where)
        return window

    def minutes_outside(self, other: TimeWindow | None) -> list[tuple[int, int]]:
        """Return the parts of this window (which must not cross midnight) that ``other`` leaves, as [start, end) minutes."""
        if other is None:
            taken: list[tuple[int, int]] = []
        elif other.start < other.end:
            taken = [(other.start, other.end)]
        else:
            taken = [(0, other.end), (other.start, 1440)]
        parts, start = [], self.start
        for begin, end in taken:
            if begin > start:
                parts.append((start, min(begin, self.end)))
            start = max(start, end)
        parts.append((start, self.end))
        return [(begin, end) for begin, end in parts if begin < end]

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


OFFICE_HOURS = TimeWindow(start=9 * 60, end=17 * 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When anybody may be written to, in their own local time: on ``days``, inside ``window``, outside ``quiet_hours``."""

    days: tuple[Weekday, ...] = MONDAY_TO_FRIDAY
    window: TimeWindow = OFFICE_HOURS
    quiet_hours: TimeWindow | None = None
