"""A cadence: for whom, what, when and on which channels; and the file an admin writes them in.

Owns the meaning and the limits of every key of ``cadences.toml``, and the stored JSON form of a
cadence (the same keys, so ``from_json(to_json(cadence)) == cadence``). Audience rules are handed
on as they stand: ``audiences.py`` owns their form. When a schedule is due: ``occurrences.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

from cadence.domain.calendars import MONDAY_TO_FRIDAY, OFFICE_HOURS, TimeWindow, Weekday, WorkingHours
from cadence.domain.deliveries import Channel
from cadence.domain.toml_tables import InvalidFile, TableReader, is_slug, nearest, read_toml
from cadence.errors import Invalid

EVERYONE = "everyone"
KINDS = ("purpose", "value", "vision", "strategy", "priority", "scoreboard")


class Mode(StrEnum):
    """``fixed``: every slot sends. ``adaptive``: the memory model picks whom and what."""

    FIXED = "fixed"
    ADAPTIVE = "adaptive"


class ShortMonth(StrEnum):
    """What day 29, 30 or 31 means in a month without it: its last day, or no occurrence."""

    LAST_DAY = "last_day"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """On which local dates, and at what local time, a cadence is due.

    Either ``monthdays``, or ``days`` (with ``every_weeks`` or ``nth_weekdays``). Weeks begin on
    Monday and are counted from the week of the cadence's ``starts_on`` (else of 1 January 2024).
    """

    local_time: time
    days: tuple[Weekday, ...] = ()
    #: people are spread over this many minutes from ``local_time``, by a hash
    window_minutes: int = 0
    every_weeks: int = 1
    #: 1 first ... 5 fifth, -1 last of the month; empty: every week
    nth_weekdays: tuple[int, ...] = ()
    #: days of the month, 1 to 31; empty: by ``days``
    monthdays: tuple[int, ...] = ()
    short_months: ShortMonth = ShortMonth.LAST_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """One rule an admin tunes. Empty ``statements`` and ``kinds`` mean all; only one of the two is given."""

    slug: str
    name: str
    schedule: Schedule
    #: "everyone" or the slug of an audience
    audience: str = EVERYONE
    statements: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    mode: Mode = Mode.FIXED
    max_statements: int = 3
    #: in order of preference
    channels: tuple[Channel, ...] = (Channel.SLACK, Channel.EMAIL)
    #: the same statement reaches the same person at most once in this many days
    min_gap_days: float = 2.0
    #: wait out the public holidays of the person's country
    holidays: bool = True
    active: bool = True
    #: first and last local date, both inclusive
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds for each person over all cadences. Weeks are local, Monday to Sunday."""

    digests_per_week: int = 2
    statements_per_week: int = 6
    newcomer_statements_per_week: int = 8
    newcomer_days: int = 30
    working_days: tuple[Weekday, ...] = MONDAY_TO_FRIDAY
    working_window: TimeWindow = OFFICE_HOURS
    quiet_hours: TimeWindow | None = None
    #: default of every cadence that does not say
    min_gap_days: float = 2.0

    @property
    def working_hours(self) -> WorkingHours:
        """The part of the limits that calendars ask for."""
        return WorkingHours(days=self.working_days, window=self.working_window, quiet_hours=self.quiet_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceFile:
    """A checked ``cadences.toml``. ``audiences``: slug -> rule as written."""

    limits: Limits = Limits()
    audiences: dict[str, dict[str, Any]] = field(default_factory=dict)
    cadences: tuple[Cadence, ...] = ()


#: every key with a line that is right
_FILE_KEYS = {"limits": "[limits]", "audiences": "[audiences.engineering]", "cadences": "[cadences.weekly-priorities]"}
_LIMIT_KEYS = {
    "digests_per_week": "digests_per_week = 2",
    "statements_per_week": "statements_per_week = 6",
    "newcomer_statements_per_week": "newcomer_statements_per_week = 8",
    "newcomer_days": "newcomer_days = 30",
    "working_days": 'working_days = ["mon", "tue", "wed", "thu", "fri"]',
    "working_window": 'working_window = "09:00-17:00"',
    "quiet_hours": 'quiet_hours = "22:00-07:00"',
    "min_gap_days": "min_gap_days = 2",
}
_CADENCE_KEYS = {
    "name": 'name = "Weekly priorities"',
    "audience": 'audience = "everyone"',
    "statements": 'statements = ["our-purpose"]',
    "kinds": 'kinds = ["priority"]',
    "mode": 'mode = "fixed"',
    "days": 'days = ["mon", "thu"]',
    "local_time": 'local_time = "09:00"',
    "window_minutes": "window_minutes = 60",
    "every_weeks": "every_weeks = 2",
    "nth_weekdays": "nth_weekdays = [1, 3]",
    "monthdays": "monthdays = [1, 15]",
    "short_months": 'short_months = "last_day"',
    "max_statements": "max_statements = 3",
    "channels": 'channels = ["slack", "email"]',
    "min_gap_days": "min_gap_days = 2",
    "holidays": "holidays = true",
    "active": "active = true",
    "starts_on": "starts_on = 2026-01-05",
    "ends_on": "ends_on = 2026-12-31",
}
_DAY_NAMES = {
    **{day.value: day for day in Weekday},
    **{day.name.casefold(): day for day in Weekday},
}
_CRON_KEYS = {"cron", "crontab", "schedule"}
_CRON_REASON = "cron lines are not read, because the dialects number the days differently; write days and local_time"
_CRON_EXAMPLE = 'days = ["mon"] and local_time = "09:00"'


def parse_cadences(raw: bytes, *, where: str) -> CadenceFile:
    """Return the limits, audiences and cadences of a ``cadences.toml``; ``where`` is its name for messages.

    Raises InvalidFile with every wrong key and value in the file, each with a valid example.
    """
    problems: list[Invalid] = []
    top = TableReader(read_toml(raw, where=where), path="", where=where, problems=problems, examples=_FILE_KEYS)
    top.refuse_unknown()
    limits = _read_limits(top.table_under("limits", _LIMIT_KEYS))
    audiences = {slug: dict(reader.table) for slug, reader in top.tables("audiences", {}).items()}
    if EVERYONE in audiences:
        top.refuse(f"audiences.{EVERYONE}", audiences[EVERYONE], "is always there and means all active people; choose another name")
    readers = top.tables("cadences", _CADENCE_KEYS)
    cadences = tuple(_read_cadence(slug, reader, limits) for slug, reader in readers.items())
    for cadence in cadences:
        if cadence.audience != EVERYONE and cadence.audience not in audiences:
            meant = nearest(cadence.audience, {*audiences, EVERYONE}) or EVERYONE
            reason = f"there is no [audiences.{cadence.audience}]"
            readers[cadence.slug].refuse("audience", cadence.audience, reason, example=f'audience = "{meant}"')
    if problems:
        raise InvalidFile(problems)
    return CadenceFile(limits=limits, audiences=audiences, cadences=cadences)


def _read_limits(reader: TableReader) -> Limits:
    reader.refuse_unknown()
    default = Limits()
    limits = Limits(
        digests_per_week=reader.integer("digests_per_week", default.digests_per_week, least=1, most=14),
        statements_per_week=reader.integer("statements_per_week", default.statements_per_week, least=1, most=50),
        newcomer_statements_per_week=reader.integer("newcomer_statements_per_week", default.newcomer_statements_per_week, least=1, most=50),
        newcomer_days=reader.integer("newcomer_days", default.newcomer_days, least=0, most=365),
        working_days=_read_days(reader, "working_days", default.working_days),
        working_window=_read_window(reader, "working_window") or default.working_window,
        quiet_hours=_read_window(reader, "quiet_hours"),
        min_gap_days=reader.number("min_gap_days", default.min_gap_days, least=0, most=60),
    )
    if not limits.working_days:
        reader.refuse("working_days", [], "names no day, so nothing could ever be sent")
    if limits.working_window.end < limits.working_window.start:
        reader.refuse("working_window", str(limits.working_window), "ends before it begins")
    elif limits.quiet_hours and not limits.working_window.minutes_outside(limits.quiet_hours):
        reader.refuse("quiet_hours", str(limits.quiet_hours), "leave nothing of the working window")
    return limits


def _read_cadence(slug: str, reader: TableReader, limits: Limits) -> Cadence:
    for key in sorted(_CRON_KEYS & reader.table.keys()):
        reader.refuse(key, reader.table[key], _CRON_REASON, example=_CRON_EXAMPLE)
    reader.table = {key: value for key, value in reader.table.items() if key not in _CRON_KEYS}
    reader.refuse_unknown()
    starts_on, ends_on = reader.day("starts_on"), reader.day("ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        reader.refuse("ends_on", ends_on.isoformat(), f"lies before starts_on = {starts_on}")
    statements = reader.words("statements") or ()
    for statement in statements:
        if not is_slug(statement):
            reader.refuse("statements", statement, "is not the slug of a statement")
    kinds = _read_members(reader, "kinds", KINDS)
    if statements and kinds:
        reader.refuse("kinds", list(kinds), "cannot stand beside statements; give one of the two")
    channels = _read_members(reader, "channels", tuple(Channel)) if "channels" in reader.table else (Channel.SLACK, Channel.EMAIL)
    if not channels:
        reader.refuse("channels", reader.table["channels"], "names no channel")
    return Cadence(
        slug=slug,
        name=reader.text("name", slug.replace("-", " ").capitalize()),
        audience=reader.slug("audience", EVERYONE),
        statements=statements,
        kinds=kinds,
        mode=reader.choice("mode", Mode.FIXED),
        schedule=_read_schedule(reader),
        max_statements=reader.integer("max_statements", 3, least=1, most=10),
        channels=tuple(Channel(channel) for channel in channels),
        min_gap_days=reader.number("min_gap_days", limits.min_gap_days, least=0, most=60),
        holidays=reader.boolean("holidays", True),
        active=reader.boolean("active", True),
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _read_schedule(reader: TableReader) -> Schedule:
    value = reader.table.get("local_time")
    if isinstance(value, str) and len(value.split()) == 5:
        reader.refuse("local_time", value, _CRON_REASON, example=_CRON_EXAMPLE)
        local_time = None
    else:
        local_time = reader.time_of_day("local_time", None)
        if value is None:
            reader.refuse("local_time", None, "is missing")
    schedule = Schedule(
        local_time=local_time or time(9),
        days=_read_days(reader, "days", ()),
        window_minutes=reader.integer("window_minutes", 0, least=0, most=480),
        every_weeks=reader.integer("every_weeks", 1, least=1, most=52),
        nth_weekdays=reader.integers(
            "nth_weekdays",
            (1, 2, 3, 4, 5, -1),
            reason="is a list out of 1, 2, 3, 4, 5 and -1 (the last of the month)",
        ),
        monthdays=reader.integers("monthdays", range(1, 32), reason="is a list of days of the month, 1 to 31"),
        short_months=reader.choice("short_months", ShortMonth.LAST_DAY),
    )
    if schedule.monthdays and (schedule.days or schedule.nth_weekdays or schedule.every_weeks > 1):
        reader.refuse("monthdays", list(schedule.monthdays), "cannot stand beside days, nth_weekdays or every_weeks")
    elif schedule.nth_weekdays and schedule.every_weeks > 1:
        reader.refuse("every_weeks", schedule.every_weeks, "cannot stand beside nth_weekdays")
    elif not schedule.monthdays and not schedule.days and "days" not in reader.table:
        reader.refuse("days", None, "is missing")
    elif not schedule.monthdays and reader.table.get("days") == []:
        reader.refuse("days", [], "names no day; to pause a cadence write active = false")
    return schedule


def _read_days(reader: TableReader, key: str, default: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    value = reader.table.get(key)
    if value is None:
        return default
    if isinstance(value, str) and len(value.split()) == 5:
        reader.refuse(key, value, _CRON_REASON, example=_CRON_EXAMPLE)
        return ()
    found: set[Weekday] = set()
    for word in reader.words(key) or ():
        if word.casefold() in _DAY_NAMES:
            found.add(_DAY_NAMES[word.casefold()])
        else:
            meant = nearest(word, _DAY_NAMES)
            reader.refuse(key, word, f"is not a day; did you mean {meant}?" if meant else "is not a day of the week")
    return tuple(day for day in Weekday if day in found)


def _read_members(reader: TableReader, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    words = reader.words(key) or ()
    for word in words:
        if word not in allowed:
            meant = nearest(word, allowed)
            hint = f"; did you mean {meant}?" if meant else ""
            reader.refuse(key, word, f"is none of: {', '.join(allowed)}{hint}")
    return tuple(word for word in words if word in allowed)


def _read_window(reader: TableReader, key: str) -> TimeWindow | None:
    value = reader.table.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        reader.refuse(key, value, "is two times of day in quotes")
        return None
    try:
        return TimeWindow.parse(value, field=f"limits.{key}", where=reader.where)
    except Invalid as problem:
        reader.problems.append(problem)
        return None


def to_json(cadence: Cadence) -> dict[str, Any]:
    """Return the stored form: plain JSON values under the keys of ``cadences.toml``, plus ``slug``."""
    schedule = cadence.schedule
    stored: dict[str, Any] = {
        "slug": cadence.slug,
        "name": cadence.name,
        "audience": cadence.audience,
        "statements": list(cadence.statements),
        "kinds": list(cadence.kinds),
        "mode": cadence.mode.value,
        "days": [day.value for day in schedule.days],
        "local_time": schedule.local_time.strftime("%H:%M"),
        "window_minutes": schedule.window_minutes,
        "every_weeks": schedule.every_weeks,
        "nth_weekdays": list(schedule.nth_weekdays),
        "monthdays": list(schedule.monthdays),
        "short_months": schedule.short_months.value,
        "max_statements": cadence.max_statements,
        "channels": [channel.value for channel in cadence.channels],
        "min_gap_days": cadence.min_gap_days,
        "holidays": cadence.holidays,
        "active": cadence.active,
    }
    if cadence.starts_on:
        stored["starts_on"] = cadence.starts_on.isoformat()
    if cadence.ends_on:
        stored["ends_on"] = cadence.ends_on.isoformat()
    return stored


def from_json(stored: Mapping[str, Any]) -> Cadence:
    """Return the cadence that ``to_json`` stored. Raises InvalidFile for anything it did not write."""
    problems: list[Invalid] = []
    slug = str(stored.get("slug", ""))
    table = {key: value for key, value in stored.items() if key != "slug"}
    reader = TableReader(table, path=slug, where="stored cadence", problems=problems, examples=_CADENCE_KEYS)
    if not is_slug(slug):
        reader.refuse("slug", slug, "is not a slug")
    cadence = _read_cadence(slug, reader, Limits())
    if problems:
        raise InvalidFile(problems)
    return cadence


def limits_to_json(limits: Limits) -> dict[str, Any]:
    """Return the stored form: plain JSON values under the keys of ``[limits]``."""
    stored: dict[str, Any] = {
        "digests_per_week": limits.digests_per_week,
        "statements_per_week": limits.statements_per_week,
        "newcomer_statements_per_week": limits.newcomer_statements_per_week,
        "newcomer_days": limits.newcomer_days,
        "working_days": [day.value for day in limits.working_days],
        "working_window": str(limits.working_window),
        "min_gap_days": limits.min_gap_days,
    }
    if limits.quiet_hours:
        stored["quiet_hours"] = str(limits.quiet_hours)
    return stored


def limits_from_json(stored: Mapping[str, Any]) -> Limits:
    """Return the limits that ``limits_to_json`` stored. Raises InvalidFile for anything it did not write."""
    problems: list[Invalid] = []
    reader = TableReader(stored, path="limits", where="stored limits", problems=problems, examples=_LIMIT_KEYS)
    limits = _read_limits(reader)
    if problems:
        raise InvalidFile(problems)
    return limits
