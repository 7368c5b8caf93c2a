"""When a schedule is due in a zone: local dates from the recurrence rule, then one UTC instant for each.

Owns the occurrence key (never twice) and the missed-run rule after an outage. A local date that
the zone skips whole (Samoa, 30 December 2011) has no occurrence; a skipped hour moves to its
end. Recurrence on naive dates: python-dateutil, RFC 5545 section 3.3.10.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from dateutil import rrule

from cadence.domain.planning.cadences import Schedule, ShortMonth
from cadence.domain.planning.calendars import has_date, resolve

#: after an outage the newest missed occurrence still runs when it is at most this late
GRACE = timedelta(hours=6)
#: the Monday from which weeks are counted when a cadence has no starts_on
_FIRST_WEEK = date(2024, 1, 1)
#: no schedule that can be written is silent for longer
_YEARS_AHEAD = 3
_LAST_YEAR = 9997


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One occurrence of a schedule in one zone: the wish (local date and time) and its instant in UTC."""

    local_date: date
    local_time: time
    fire_at: datetime


class Missed(StrEnum):
    """What becomes of an occurrence that is found late."""

    RUN = "run"
    EXPIRED = "expired"


def next_occurrence(
    schedule: Schedule, zone: ZoneInfo, after: datetime, *, starts_on: date | None = None, ends_on: date | None = None
) -> Due | None:
    """Return the first occurrence strictly later than ``after`` (aware); None when the schedule has ended."""
    return next(_dues(schedule, zone, after, starts_on, ends_on), None)


def occurrences_between(
    schedule: Schedule, zone: ZoneInfo, after: datetime, until: datetime, *, starts_on: date | None = None, ends_on: date | None = None
) -> list[Due]:
    """Return the occurrences later than ``after`` and not later than ``until`` (both aware), in order."""
    return list(takewhile(lambda due: due.fire_at <= until, _dues(schedule, zone, after, starts_on, ends_on)))


def _dues(schedule: Schedule, zone: ZoneInfo, after: datetime, starts_on: date | None, ends_on: date | None) -> Iterator[Due]:
    if not 1900 < after.year < _LAST_YEAR:
        return
    # a gap at midnight moves an occurrence into the next local date: begin one day early
    begin = after.astimezone(zone).date() - timedelta(days=1)
    if starts_on and starts_on > begin:
        begin = starts_on
    anchor = starts_on or _FIRST_WEEK
    year, silent = begin.year, 0
    while silent < _YEARS_AHEAD and year < _LAST_YEAR:
        dates = _dates_of_year(schedule, anchor, year)
        silent += 1
        for local_date in dates[bisect_left(dates, begin) :]:
            if ends_on and local_date > ends_on:
                return
            fire_at = resolve(datetime.combine(local_date, schedule.local_time), zone)
            if fire_at <= after or (fire_at.astimezone(zone).date() != local_date and not has_date(local_date, zone)):
                continue
            silent = 0
            yield Due(local_date=local_date, local_time=schedule.local_time, fire_at=fire_at)
        year += 1


@lru_cache(maxsize=2048)
def _dates_of_year(schedule: Schedule, anchor: date, year: int) -> list[date]:
    first, last = datetime.combine(date(year, 1, 1), time()), datetime.combine(date(year, 12, 31), time())
    if schedule.monthdays:
        found = {day for rule in _monthday_rules(schedule, first, last) for day in rule}
    elif schedule.nth_weekdays:
        weekdays = [_RRULE_DAYS[day.number](nth) for day in schedule.days for nth in schedule.nth_weekdays]
        found = set(rrule.rrule(rrule.MONTHLY, dtstart=first, until=last, byweekday=weekdays))
    else:
        monday = datetime.combine(anchor - timedelta(days=anchor.weekday()), time())
        period = timedelta(weeks=schedule.every_weeks)
        start = monday + period * ((first - monday) // period)
        weekdays = [_RRULE_DAYS[day.number] for day in schedule.days]
        found = set(rrule.rrule(rrule.WEEKLY, dtstart=start, until=last, interval=schedule.every_weeks, byweekday=weekdays, wkst=rrule.MO))
    return sorted(day.date() for day in found if day >= first)


def _monthday_rules(schedule: Schedule, first: datetime, last: datetime) -> Iterator[rrule.rrule]:
    if schedule.short_months is ShortMonth.SKIP:
        yield rrule.rrule(rrule.MONTHLY, dtstart=first, until=last, bymonthday=schedule.monthdays)
        return
    for monthday in schedule.monthdays:
        # the last existing day among 28 to n is day n, or the end of a shorter month
        days = (monthday,) if monthday <= 28 else tuple(range(28, monthday + 1))
        yield rrule.rrule(rrule.MONTHLY, dtstart=first, until=last, bymonthday=days, bysetpos=-1)


_RRULE_DAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)


def occurrence_key(cadence_slug: str, zone_name: str, local_time: time | str, local_date: date) -> str:
    """Return the key that is unique in the database, so that no occurrence runs twice whatever the clock does.

    >>> occurrence_key("weekly", "Asia/Tokyo", time(9), date(2026, 11, 23))
    'weekly|Asia/Tokyo|09:00|2026-11-23'
    """
    wall = local_time if isinstance(local_time, str) else local_time.strftime("%H:%M")
    return f"{cadence_slug}|{zone_name}|{wall}|{local_date.isoformat()}"


def missed(due: Due, now: datetime, *, grace: timedelta = GRACE) -> Missed:
    """Return whether a due occurrence still runs at ``now``: it does when it is at most ``grace`` late."""
    return Missed.RUN if now - due.fire_at <= grace else Missed.EXPIRED


def split_missed(dues: Iterable[Due], now: datetime, *, grace: timedelta = GRACE) -> tuple[Due | None, list[Due]]:
    """Return (the one that runs now, those that expire) of the due occurrences of one slot.

    Only the newest can run, and only within ``grace``: after an outage there is one digest, not a backlog.
    """
    ordered = sorted(dues, key=lambda due: due.fire_at)
    if ordered and missed(ordered[-1], now, grace=grace) is Missed.RUN:
        return ordered[-1], ordered[:-1]
    return None, ordered
