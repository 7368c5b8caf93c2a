"""Local time: zones, the instant a wall time names, and the hours in which a person may be written to.

Owns the gap and overlap policy (promise 4): a wall time that a spring change skips is the first
valid instant after the gap, one that an autumn change repeats is its first pass. Holidays are
handed in as dates. Pure: reads no clock. Zone rules come from the IANA database (``tzdata``).
"""

from __future__ import annotations

import importlib.resources
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from cadence.domain.spelling import nearest
from cadence.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
#: of 32 days each: at least 64 days ahead are searched
_CHUNKS_SEARCHED = 3
#: datetime itself ends at 9999, and every zone must have room on both sides
_YEARS = range(1900, 9990)

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


#: the window of a new installation
OFFICE_HOURS = TimeWindow(start=9 * 60, end=17 * 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When anybody may be written to, in their own local time: on ``days``, inside ``window``, outside ``quiet_hours``."""

    days: tuple[Weekday, ...] = MONDAY_TO_FRIDAY
    window: TimeWindow = OFFICE_HOURS
    quiet_hours: TimeWindow | None = None


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return every name of the IANA time zone database, old spellings included."""
    names = importlib.resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory"}


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA ``name`` (case matters). Raises Invalid, with the nearest name, for any other."""
    if name in zone_names():
        return ZoneInfo(name)
    meant = nearest(name, zone_names())
    reason = "is not a time zone of the IANA database" + (f"; did you mean {meant}?" if meant else "")
    raise Invalid("timezone", name, reason, example=meant or "Europe/Berlin")


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of the naive wall time ``local``: the first pass, or the end of the gap that skips it.

    >>> resolve(datetime(2026, 3, 29, 2, 30), ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-29T01:00:00+00:00'
    """
    if local.tzinfo is not None:
        raise Invalid("local time", local.isoformat(), "is a local time without an offset", example="2026-03-29T02:30")
    before = local.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    after = local.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    if before >= after:
        return (local - before).replace(tzinfo=UTC)
    # PEP 495: only in a gap is fold=0 (the offset before the change) the smaller one
    whole = local.replace(microsecond=0, tzinfo=UTC)
    return _first_instant_with_other_offset(zone, whole - after, whole - before)


def has_date(local_date: date, zone: ZoneInfo) -> bool:
    """Whether the zone has that date at all: Samoa had no 30 December 2011."""
    midnight = datetime.combine(local_date, time())
    return resolve(midnight, zone).astimezone(zone).date() == local_date


def local_week(instant: datetime, zone: ZoneInfo) -> int:
    """Return the Monday of the local week of ``instant`` (aware) as the number YYYYMMDD."""
    local = instant.astimezone(zone)
    monday = local.date() - timedelta(days=local.weekday())
    return monday.year * 10000 + monday.month * 100 + monday.day


class PersonCalendar:
    """The permitted stretches of UTC time for all people of one zone, working hours and set of holidays.

    Stretches are computed for 32 days at a time and kept, so a question costs one bisection.
    Get one by ``calendar_for``; it is safe to share between threads.
    """

    __slots__ = ("_chunks", "_holidays", "_hours", "_zone")

    def __init__(self, zone: ZoneInfo, hours: WorkingHours, holidays: frozenset[date]) -> None:
        self._zone = zone
        self._hours = hours
        self._holidays = holidays
        self._chunks: dict[int, tuple[list[datetime], list[datetime]]] = {}

    def next_permitted(self, instant: datetime) -> datetime | None:
        """Return the earliest permitted instant at or after ``instant`` (aware); None when 60 days hold none."""
        if instant.year not in _YEARS:
            return None
        number = (instant - _EPOCH).days >> 5
        for chunk in range(number, number + _CHUNKS_SEARCHED):
            starts, ends = self._chunks.get(chunk) or self._fill(chunk)
            at = bisect_right(ends, instant)
            if at < len(ends):
                start = starts[at]
                return start if start > instant else instant
        return None

    def is_permitted(self, instant: datetime) -> bool:
        """Whether ``instant`` (aware) lies in the working hours and on no holiday, by this zone's wall clock."""
        if instant.year not in _YEARS:
            return False
        chunk = (instant - _EPOCH).days >> 5
        starts, ends = self._chunks.get(chunk) or self._fill(chunk)
        at = bisect_right(ends, instant)
        return at < len(ends) and starts[at] <= instant

    def _fill(self, chunk: int) -> tuple[list[datetime], list[datetime]]:
        begin, end = _EPOCH + _DAY * (chunk * 32), _EPOCH + _DAY * (chunk * 32 + 32)
        days = {day.number for day in self._hours.days}
        parts = self._hours.window.minutes_outside(self._hours.quiet_hours)
        starts: list[datetime] = []
        ends: list[datetime] = []
        for since, until, offset in _steady_stretches(self._zone, begin, end):
            local_date = (since + offset).date()
            last = (until + offset).date()
            while local_date <= last:
                if local_date.weekday() in days and local_date not in self._holidays:
                    midnight = datetime(local_date.year, local_date.month, local_date.day, tzinfo=UTC) - offset
                    for start_minute, end_minute in parts:
                        start = max(midnight + timedelta(minutes=start_minute), since)
                        stop = min(midnight + timedelta(minutes=end_minute), until)
                        if start < stop:
                            starts.append(start)
                            ends.append(stop)
                local_date += _DAY
        self._chunks[chunk] = starts, ends
        return starts, ends


def _steady_stretches(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yield (since, until, UTC offset) of [begin, end), cut where the zone's offset changes."""
    since, offset = begin, _offset(zone, begin)
    day = begin
    while day < end:
        day += _DAY
        later = _offset(zone, day)
        if later != offset:
            change = _first_instant_with_other_offset(zone, day - _DAY, day)
            yield since, change, offset
            since, offset = change, later
    if since < end:
        yield since, end, offset


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _first_instant_with_other_offset(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Return the instant in (low, high] at which the offset changes, to the second; it must differ between the two."""
    before = _offset(zone, low)
    span = int((high - low).total_seconds())
    first, last = 0, span
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(zone, low + timedelta(seconds=middle)) == before:
            first = middle
        else:
            last = middle
    return low + timedelta(seconds=last)


@lru_cache(maxsize=4096)
def calendar_for(zone: ZoneInfo, hours: WorkingHours, holidays: frozenset[date] = frozenset()) -> PersonCalendar:
    """Return the calendar that all people of this zone, these hours and these holidays share."""
    return PersonCalendar(zone, hours, holidays)


def next_permitted(instant: datetime, *, zone: ZoneInfo, hours: WorkingHours, holidays: frozenset[date] = frozenset()) -> datetime | None:
    """Return the earliest instant at or after ``instant`` at which this person may be written to; None within 60 days.

    For many people of one group, keep ``calendar_for(...)`` and ask it instead.
    """
    return calendar_for(zone, hours, holidays).next_permitted(instant)


def is_permitted(instant: datetime, *, zone: ZoneInfo, hours: WorkingHours, holidays: frozenset[date] = frozenset()) -> bool:
    """Whether ``instant`` lies inside the working window, outside quiet hours, on a working day and on no holiday."""
    return calendar_for(zone, hours, holidays).is_permitted(instant)
