"""An occurrence is due once for each local date, in every zone, over every change of the clock."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.planning.cadences import Schedule, ShortMonth
from cadence.domain.planning.calendars import Weekday, has_date, resolve, zone, zone_names
from cadence.domain.planning.occurrences import Due, Missed, missed, next_occurrence, occurrence_key, occurrences_between, split_missed

DAILY = tuple(Weekday)
NAMES = sorted(zone_names())
#: half an hour of summer time, two hours of it, a change at midnight, one in Ramadan, one that is decided late, a day that never was
ODD_ZONES = ("Australia/Lord_Howe", "Antarctica/Troll", "America/Havana", "Africa/Casablanca", "Asia/Gaza", "Pacific/Apia")
instants = st.integers(1_262_304_000, 2_114_380_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def dates(
    schedule: Schedule, begin: str, end: str, *, name: str = "UTC", starts_on: date | None = None, ends_on: date | None = None
) -> list[str]:
    found = occurrences_between(schedule, zone(name), at(begin), at(end), starts_on=starts_on, ends_on=ends_on)
    return [due.local_date.isoformat() for due in found]


def nth(day: Weekday, *numbers: int) -> Schedule:
    return Schedule(local_time=time(9), days=(day,), nth_weekdays=numbers)


def monthly(*days: int, short_months: ShortMonth = ShortMonth.LAST_DAY) -> Schedule:
    return Schedule(local_time=time(9), monthdays=days, short_months=short_months)


def every_second(day: Weekday) -> Schedule:
    return Schedule(local_time=time(9), days=(day,), every_weeks=2)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    local_time = time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 1, 15, 29, 30, 45, 59])))
    days = tuple(sorted(draw(st.sets(st.sampled_from(Weekday), min_size=1)), key=lambda day: day.number))
    form = draw(st.sampled_from(["weekly", "every", "nth", "month"]))
    if form == "every":
        return Schedule(local_time=local_time, days=days, every_weeks=draw(st.integers(2, 52)))
    if form == "nth":
        nth = tuple(draw(st.sets(st.sampled_from([1, 2, 3, 4, 5, -1]), min_size=1)))
        return Schedule(local_time=local_time, days=days, nth_weekdays=nth)
    if form == "month":
        monthdays = tuple(draw(st.sets(st.integers(1, 31), min_size=1, max_size=4)))
        return Schedule(local_time=local_time, monthdays=monthdays, short_months=draw(st.sampled_from(ShortMonth)))
    return Schedule(local_time=local_time, days=days)


def is_due_on(schedule: Schedule, day: date, anchor: date) -> bool:
    """The meaning of a schedule, date by date, without any recurrence library."""
    length = calendar.monthrange(day.year, day.month)[1]
    if schedule.monthdays:
        wanted = {min(n, length) if schedule.short_months is ShortMonth.LAST_DAY else n for n in schedule.monthdays}
        return day.day in wanted
    if day.weekday() not in {weekday.number for weekday in schedule.days}:
        return False
    if schedule.nth_weekdays:
        from_start, from_end = (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
        return from_start in schedule.nth_weekdays or from_end in schedule.nth_weekdays
    weeks = ((day - timedelta(days=day.weekday())) - (anchor - timedelta(days=anchor.weekday()))).days // 7
    return weeks % schedule.every_weeks == 0


@given(
    schedule=schedules(),
    name=st.sampled_from(NAMES),
    begin=st.dates(date(2009, 12, 1), date(2028, 1, 1)),
    starts_on=st.none() | st.dates(date(2008, 1, 1), date(2027, 1, 1)),
)
def test_two_years_agree_with_a_walk_over_every_date(schedule: Schedule, name: str, begin: date, starts_on: date | None) -> None:
    info = zone(name)
    after = datetime.combine(begin, time(12), UTC)
    until = after + timedelta(days=730)
    found = occurrences_between(schedule, info, after, until, starts_on=starts_on)

    expected = []
    day = begin - timedelta(days=3)
    while day <= until.date() + timedelta(days=3):
        if is_due_on(schedule, day, starts_on or date(2024, 1, 1)) and (starts_on is None or day >= starts_on) and has_date(day, info):
            fire_at = resolve(datetime.combine(day, schedule.local_time), info)
            if after < fire_at <= until:
                expected.append((day, fire_at))
        day += timedelta(days=1)
    assert [(due.local_date, due.fire_at) for due in found] == expected
    assert all(a.fire_at < b.fire_at for a, b in pairwise(found))


@pytest.mark.parametrize("wall", ["00:30", "02:15"])
def test_twenty_years_of_every_zone_have_one_occurrence_a_date(wall: str, nightly: bool) -> None:
    """At the hours in which clocks change: in every zone on every day at night; else on Sundays in every 20th and the odd ones."""
    days, names = (DAILY, NAMES) if nightly else ((Weekday.SUNDAY,), sorted({*NAMES[::20], *ODD_ZONES}))
    schedule = Schedule(local_time=time.fromisoformat(wall), days=days)
    begin, end = at("2010-01-01T12:00Z"), at("2030-01-01T12:00Z")
    weeks = (end - begin) // timedelta(weeks=1)
    for name in names:
        found = occurrences_between(schedule, zone(name), begin, end)
        assert len({due.local_date for due in found}) == len(found)
        assert all(a.fire_at < b.fire_at for a, b in pairwise(found))
        assert abs(len(found) - weeks * len(days)) <= len(days)


@given(
    schedule=schedules(),
    name=st.sampled_from(NAMES),
    after=instants,
)
def test_the_next_one_is_later_and_asking_again_never_repeats_it(schedule: Schedule, name: str, after: datetime) -> None:
    first = next_occurrence(schedule, zone(name), after)
    assert first is not None
    assert first.fire_at > after
    second = next_occurrence(schedule, zone(name), first.fire_at)
    assert second is not None
    assert second.fire_at > first.fire_at
    assert second.local_date > first.local_date
    assert next_occurrence(schedule, zone(name), first.fire_at - timedelta(microseconds=1)) == first


def test_a_skipped_hour_runs_at_its_end_and_a_repeated_one_once() -> None:
    night = Schedule(local_time=time(2, 30), days=DAILY)
    spring = occurrences_between(night, zone("Europe/Berlin"), at("2026-03-28T12:00Z"), at("2026-03-30T12:00Z"))
    assert [due.fire_at for due in spring] == [at("2026-03-29T01:00Z"), at("2026-03-30T00:30Z")]
    autumn = occurrences_between(night, zone("Europe/Berlin"), at("2026-10-24T12:00Z"), at("2026-10-26T12:00Z"))
    assert [due.fire_at for due in autumn] == [at("2026-10-25T00:30Z"), at("2026-10-26T01:30Z")]


def test_a_date_that_samoa_never_had_has_no_occurrence() -> None:
    morning = Schedule(local_time=time(9), days=DAILY)
    assert dates(morning, "2011-12-29T12:00Z", "2012-01-01T12:00Z", name="Pacific/Apia") == ["2011-12-29", "2011-12-31", "2012-01-01"]


def test_a_day_that_begins_after_midnight_still_has_its_midnight_occurrence() -> None:
    midnight = Schedule(local_time=time(0), days=DAILY)
    assert dates(midnight, "2026-09-04T12:00Z", "2026-09-07T12:00Z", name="America/Santiago") == ["2026-09-05", "2026-09-06", "2026-09-07"]


@pytest.mark.parametrize(
    ("schedule", "begin", "end", "expected"),
    [
        (nth(Weekday.MONDAY, 1, 3), "2026-11-01", "2027-01-01", "2026-11-02 2026-11-16 2026-12-07 2026-12-21"),
        (nth(Weekday.FRIDAY, -1, 5), "2026-10-01", "2026-12-01", "2026-10-30 2026-11-27"),
        (monthly(31), "2026-01-01", "2026-05-01", "2026-01-31 2026-02-28 2026-03-31 2026-04-30"),
        (monthly(31, short_months=ShortMonth.SKIP), "2026-01-01", "2026-05-01", "2026-01-31 2026-03-31"),
        (monthly(29), "2028-02-01", "2028-03-01", "2028-02-29"),
        (monthly(29, 30), "2027-02-01", "2027-03-01", "2027-02-28"),
        (every_second(Weekday.THURSDAY), "2026-12-15", "2027-02-01", "2026-12-17 2026-12-31 2027-01-14 2027-01-28"),
    ],
)
def test_dates_of_a_schedule(schedule: Schedule, begin: str, end: str, expected: str) -> None:
    assert dates(schedule, f"{begin}T00:00Z", f"{end}T00:00Z") == expected.split()


def test_every_second_week_keeps_its_step_over_week_53_and_the_year_end() -> None:
    found = dates(every_second(Weekday.MONDAY), "2020-12-01T00:00Z", "2021-02-01T00:00Z", starts_on=date(2020, 12, 7))
    assert found == ["2020-12-07", "2020-12-21", "2021-01-04", "2021-01-18"]


def test_a_cadence_begins_and_ends_on_its_dates() -> None:
    daily = Schedule(local_time=time(9), days=DAILY)
    span: dict[str, Any] = {"starts_on": date(2026, 11, 24), "ends_on": date(2026, 11, 25)}
    assert dates(daily, "2026-01-01T00:00Z", "2027-01-01T00:00Z", **span) == ["2026-11-24", "2026-11-25"]
    assert next_occurrence(daily, zone("UTC"), at("2026-11-25T09:00Z"), **span) is None


@pytest.mark.parametrize("after", [datetime.min, datetime(1969, 12, 31), datetime(9997, 1, 1), datetime.max])  # noqa: DTZ001, DTZ901
def test_the_ends_of_time_do_no_harm(after: datetime) -> None:
    due = next_occurrence(Schedule(local_time=time(9), days=DAILY), zone("Pacific/Kiritimati"), after.replace(tzinfo=UTC))
    assert due is None or due.fire_at > after.replace(tzinfo=UTC)


def test_the_second_after_32_bit_time_ends_is_like_any_other() -> None:
    due = next_occurrence(Schedule(local_time=time(9), days=DAILY), zone("Europe/Berlin"), at("2038-01-19T03:14:08Z"))
    assert due is not None
    assert due.fire_at == at("2038-01-19T08:00Z")


def test_a_key_names_cadence_zone_wall_time_and_date() -> None:
    assert occurrence_key("weekly", "Asia/Tokyo", time(9), date(2026, 11, 23)) == "weekly|Asia/Tokyo|09:00|2026-11-23"
    assert occurrence_key("weekly", "Asia/Tokyo", "09:00", date(2026, 11, 23)) == "weekly|Asia/Tokyo|09:00|2026-11-23"


def due_at(text: str) -> Due:
    return Due(local_date=at(text).date(), local_time=at(text).time(), fire_at=at(text))


def test_after_an_outage_only_the_newest_runs_and_only_within_six_hours() -> None:
    now = at("2026-11-23T15:00Z")
    days = [due_at(f"2026-11-{day}T09:00Z") for day in (23, 20, 21)]
    assert split_missed(days, now) == (days[0], [days[1], days[2]])
    assert split_missed(days, now + timedelta(microseconds=1)) == (None, [days[1], days[2], days[0]])
    assert split_missed([], now) == (None, [])
    assert missed(days[0], now) is Missed.RUN
    assert missed(days[1], now) is Missed.EXPIRED
