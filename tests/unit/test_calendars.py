"""Wall times become the right instants in every zone, and nobody is written to outside their hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
import whenever
from hypothesis import given, settings
from hypothesis import strategies as st

from cadence.domain.planning.calendars import (
    MONDAY_TO_FRIDAY,
    TimeWindow,
    Weekday,
    WorkingHours,
    calendar_for,
    has_date,
    is_permitted,
    local_week,
    next_permitted,
    resolve,
    zone,
    zone_names,
)
from cadence.errors import Invalid
from tests.fixtures.amount import examples

FIRST_DAY, LAST_DAY = date(2010, 1, 1), date(2030, 1, 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def oracle_offset(name: str, epoch: int) -> int:
    """The UTC offset in seconds by another implementation (whenever, in Rust) and its own reading of the zone files."""
    return int(whenever.Instant.from_timestamp(epoch).to_tz(name).offset.total("seconds"))


@cache
def transitions(name: str) -> list[int]:
    """Every change of offset between 2010 and 2030, as epoch seconds, found by looking at each day and halving."""
    found = []
    day = int(datetime.combine(FIRST_DAY, time(), UTC).timestamp())
    last = int(datetime.combine(LAST_DAY, time(), UTC).timestamp())
    before = oracle_offset(name, day)
    while day < last:
        after = oracle_offset(name, day + 86_400)
        if after != before:
            low, high = day, day + 86_400
            while high - low > 1:
                middle = (low + high) // 2
                if oracle_offset(name, middle) == before:
                    low = middle
                else:
                    high = middle
            found.append(high)
        day, before = day + 86_400, after
    return found


def oracle_instant(name: str, local: datetime) -> datetime:
    """The instant of a wall time: first pass of an overlap, end of a gap."""
    plain = whenever.PlainDateTime(local.year, local.month, local.day, local.hour, local.minute)
    try:
        resolved = plain.assume_tz(name, disambiguation="raise")
    except whenever.RepeatedTime:
        resolved = plain.assume_tz(name, disambiguation="earlier")
    except whenever.SkippedTime:
        just_before = plain.assume_tz(name, disambiguation="earlier").timestamp()
        return datetime.fromtimestamp(min(t for t in transitions(name) if t > just_before), UTC)
    return datetime.fromtimestamp(resolved.timestamp(), UTC)


def test_every_zone_agrees_with_another_implementation_around_every_change_of_20_years() -> None:
    """598 zones, each day before, on and after each change, at six wall times of the day and at the change itself."""
    compared = 0
    for name in sorted(zone_names()):
        info = zone(name)
        for change in transitions(name):
            wall = datetime.fromtimestamp(change, UTC).replace(tzinfo=None)
            for offset in {oracle_offset(name, change - 1), oracle_offset(name, change)}:
                edge = wall + timedelta(seconds=offset)
                for minutes in (-1500, -61, -30, -1, 0, 1, 15, 29, 30, 59, 60, 1500):
                    local = (edge + timedelta(minutes=minutes)).replace(second=0)
                    assert resolve(local, info) == oracle_instant(name, local), (name, local)
                    compared += 1
    assert compared > 100_000


@settings(max_examples=examples(300))
@given(
    name=st.sampled_from(sorted(zone_names())),
    local=st.datetimes(min_value=datetime(2010, 1, 2), max_value=datetime(2029, 12, 30)),  # noqa: DTZ001
)
def test_any_wall_time_agrees_with_another_implementation(name: str, local: datetime) -> None:
    local = local.replace(second=0, microsecond=0)
    assert resolve(local, zone(name)) == oracle_instant(name, local)


@pytest.mark.parametrize(
    ("name", "local", "instant"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00Z"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z"),  # half an hour forward
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z"),  # half an hour back
        ("America/Santiago", "2026-09-06T00:30", "2026-09-06T04:00Z"),  # the gap begins at midnight
        ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30Z"),  # the overlap ends at midnight
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00Z"),
        ("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30Z"),  # Ramadan: back
        ("Asia/Kathmandu", "2026-07-01T09:00", "2026-07-01T03:15Z"),
        ("Asia/Kolkata", "2038-01-19T08:44", "2038-01-19T03:14Z"),
        ("America/Nuuk", "2024-03-30T23:30", "2024-03-31T01:00Z"),  # the gap ends at midnight
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00Z"),  # a whole day is missing
        ("UTC", "1969-12-31T23:59", "1969-12-31T23:59Z"),
        ("UTC", "9999-12-31T23:59", "9999-12-31T23:59Z"),
    ],
)
def test_gaps_end_and_overlaps_begin(name: str, local: str, instant: str) -> None:
    assert resolve(datetime.fromisoformat(local), zone(name)) == at(instant)


def test_a_wall_time_has_no_offset() -> None:
    with pytest.raises(Invalid, match="without an offset"):
        resolve(at("2026-03-29T02:30+05:45"), zone("Asia/Kathmandu"))


def test_a_date_that_a_zone_skipped_is_known() -> None:
    apia = zone("Pacific/Apia")
    assert [has_date(date(2011, 12, day), apia) for day in (29, 30, 31)] == [True, False, True]
    assert has_date(date(2026, 9, 6), zone("America/Santiago"))


@pytest.mark.parametrize(
    "name", ["", " ", "EST5", "Europe/Berln", "europe/berlin", "localtime", "posix/Europe/Berlin", "../UTC", "Factory", "UTC\0", "+05:45"]
)
def test_only_names_of_the_zone_database_are_zones(name: str) -> None:
    with pytest.raises(Invalid, match="not a time zone"):
        zone(name)


@pytest.mark.parametrize("name", ["Europe/Kyiv", "Europe/Kiev", "Asia/Calcutta", "EST5EDT", "America/Argentina/Buenos_Aires", "UTC"])
def test_old_and_new_names_of_a_zone_work(name: str) -> None:
    assert zone(name).key == name


def test_a_misspelt_zone_is_answered_with_the_right_one() -> None:
    with pytest.raises(Invalid, match="did you mean Europe/Berlin"):
        zone("europe/berln")


@pytest.mark.parametrize(
    ("instant", "name", "week"),
    [
        ("2026-11-22T23:30Z", "UTC", 20261116),
        ("2026-11-22T23:30Z", "Europe/Berlin", 20261123),
        ("2026-11-23T09:59Z", "Pacific/Honolulu", 20261116),
        ("2021-01-03T12:00Z", "UTC", 20201228),  # ISO week 53
        ("2027-01-01T12:00Z", "UTC", 20261228),
    ],
)
def test_the_week_is_the_local_one(instant: str, name: str, week: int) -> None:
    assert local_week(at(instant), zone(name)) == week


@pytest.mark.parametrize(
    "text", ["9-17", "09:00", "09:00-09:00", "25:00-26:00", "09:00-17:60", "", "0900-1700", "24:00-09:00", "09:00–17:00"]
)
def test_a_window_is_two_times_of_day(text: str) -> None:
    with pytest.raises(Invalid, match="09:00-17:00"):
        TimeWindow.parse(text, field="working_window")


@pytest.mark.parametrize("text", ["09:00-17:00", "22:00-07:00", "00:00-24:00"])
def test_a_window_is_written_as_it_is_read(text: str) -> None:
    assert str(TimeWindow.parse(text, field="w")) == text


def window(text: str) -> TimeWindow:
    return TimeWindow.parse(text, field="window")


OFFICE = WorkingHours()


@pytest.mark.parametrize(
    ("instant", "name", "expected"),
    [
        ("2026-11-23T10:00Z", "UTC", "2026-11-23T10:00Z"),
        ("2026-11-23T08:59:59.999999Z", "UTC", "2026-11-23T09:00Z"),
        ("2026-11-23T17:00Z", "UTC", "2026-11-24T09:00Z"),
        ("2026-11-27T17:00Z", "UTC", "2026-11-30T09:00Z"),  # Friday evening to Monday
        ("2026-03-27T17:00Z", "Europe/Berlin", "2026-03-30T07:00Z"),  # over the spring change
        ("2026-10-23T17:00Z", "Europe/Berlin", "2026-10-26T08:00Z"),  # over the autumn change
        ("2011-12-30T05:00Z", "Pacific/Apia", "2012-01-01T19:00Z"),  # over the date line and a weekend
        ("2038-01-19T03:14:08Z", "UTC", "2038-01-19T09:00Z"),
    ],
)
def test_the_next_permitted_instant(instant: str, name: str, expected: str) -> None:
    assert next_permitted(at(instant), zone=zone(name), hours=OFFICE) == at(expected)


def test_holidays_are_waited_out() -> None:
    christmas = frozenset({date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 28)})
    assert next_permitted(at("2026-12-23T17:30Z"), zone=zone("UTC"), hours=OFFICE, holidays=christmas) == at("2026-12-29T09:00Z")
    assert not is_permitted(at("2026-12-25T10:00Z"), zone=zone("UTC"), hours=OFFICE, holidays=christmas)
    assert is_permitted(at("2026-12-25T10:00Z"), zone=zone("UTC"), hours=OFFICE)


def test_quiet_hours_cut_the_window_also_over_midnight() -> None:
    lunch = WorkingHours(quiet_hours=window("12:00-13:30"))
    assert next_permitted(at("2026-11-23T12:00Z"), zone=zone("UTC"), hours=lunch) == at("2026-11-23T13:30Z")
    night = WorkingHours(window=window("00:00-24:00"), quiet_hours=window("22:00-07:00"))
    assert next_permitted(at("2026-11-23T22:00Z"), zone=zone("UTC"), hours=night) == at("2026-11-24T07:00Z")
    assert next_permitted(at("2026-11-27T21:59Z"), zone=zone("UTC"), hours=night) == at("2026-11-27T21:59Z")


def test_nothing_within_60_days_is_none() -> None:
    always = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(500))
    assert next_permitted(at("2026-06-01T09:00Z"), zone=zone("UTC"), hours=OFFICE, holidays=always) is None
    assert next_permitted(at("2026-06-01T09:00Z"), zone=zone("UTC"), hours=WorkingHours(days=())) is None


@pytest.mark.parametrize("instant", [datetime.min, datetime.max, datetime(9989, 12, 31), datetime(1900, 1, 1)])  # noqa: DTZ001, DTZ901
def test_the_ends_of_time_do_no_harm(instant: datetime) -> None:
    there = instant.replace(tzinfo=UTC)
    for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        found = next_permitted(there, zone=zone(name), hours=OFFICE)
        assert found is None or found >= there
        is_permitted(there, zone=zone(name), hours=OFFICE)


def allows(instant: datetime, info: ZoneInfo, hours: WorkingHours, holidays: frozenset[date]) -> bool:
    """What the rule says about one instant, read from the wall clock of the person."""
    local = instant.astimezone(info)
    minute = local.hour * 60 + local.minute
    quiet = hours.quiet_hours
    if quiet is None:
        resting = False
    elif quiet.start < quiet.end:
        resting = quiet.start <= minute < quiet.end
    else:
        resting = minute >= quiet.start or minute < quiet.end
    good_day = local.weekday() in {day.number for day in hours.days} and local.date() not in holidays
    return good_day and hours.window.start <= minute < hours.window.end and not resting


@st.composite
def working_hours(draw: st.DrawFn) -> WorkingHours:
    quarter = st.integers(0, 95).map(lambda n: n * 15)
    start = draw(quarter)
    end = draw(st.integers(start // 15 + 1, 96)) * 15
    quiet = draw(st.none() | st.tuples(quarter, quarter).filter(lambda pair: pair[0] != pair[1]))
    return WorkingHours(
        days=tuple(draw(st.sets(st.sampled_from(Weekday), min_size=1))),
        window=TimeWindow(start=start, end=end),
        quiet_hours=TimeWindow(start=quiet[0], end=quiet[1]) if quiet else None,
    )


CHANGING = [
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/Nuuk",
    "Asia/Kathmandu",
]


@settings(max_examples=examples(120))
@given(data=st.data(), name=st.sampled_from(CHANGING), hours=working_hours())
def test_permitted_hours_agree_with_a_walk_over_every_minute(data: st.DataObject, name: str, hours: WorkingHours) -> None:
    """Around a change of the offset, minute by minute for up to four days, read from the wall clock."""
    info = zone(name)
    change = data.draw(st.sampled_from(transitions(name) or [1_800_000_000]))
    start = datetime.fromtimestamp(change, UTC).replace(second=0) + timedelta(minutes=data.draw(st.integers(-2000, 1000)))
    holidays = frozenset(data.draw(st.sets(st.integers(-2, 3).map(lambda n: start.date() + timedelta(days=n)), max_size=2)))
    found = next_permitted(start, zone=info, hours=hours, holidays=holidays)
    minute = start
    for _ in range(4 * 1440):
        allowed = allows(minute, info, hours, holidays)
        assert is_permitted(minute, zone=info, hours=hours, holidays=holidays) is allowed
        if allowed:
            break
        minute += timedelta(minutes=1)
    if allowed:
        assert found == minute
    else:
        assert found is None or found >= minute


@settings(max_examples=examples(200))
@given(
    name=st.sampled_from(sorted(zone_names())),
    instant=st.datetimes(min_value=datetime(2010, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    hours=working_hours(),
)
def test_the_next_permitted_instant_is_permitted_and_stable(name: str, instant: datetime, hours: WorkingHours) -> None:
    here = calendar_for(zone(name), hours)
    found = here.next_permitted(instant)
    if found is not None:
        assert found >= instant
        assert here.is_permitted(found)
        assert here.next_permitted(found) == found
        assert (found == instant) is here.is_permitted(instant)


def test_weekdays_count_from_monday() -> None:
    assert [day.number for day in Weekday] == list(range(7))
    assert [day.value for day in MONDAY_TO_FRIDAY] == ["mon", "tue", "wed", "thu", "fri"]
