"""A cadence: for whom, what, when and on which channels; and the file an admin writes them in.

Owns the meaning and the limits of every key of ``cadences.toml``, and the stored JSON form of a
cadence (the same keys, so ``from_json(to_json(cadence)) == cadence``). Audience rules are handed
on as they stand: ``audiences.py`` owns their form. When a schedule is due: ``occurrences.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

from cadence.domain.planning.calendars import Weekday
from cadence.domain.planning.limits import LIMIT_KEYS, SLICE_KEYS, Limits, limits_from_json, limits_to_json, read_limits
from cadence.domain.planning.rule_words import CRON_EXAMPLE, CRON_REASON, KINDS, read_days, read_members
from cadence.domain.sending.deliveries import Channel
from cadence.domain.toml_tables import InvalidFile, TableReader, is_slug, nearest, read_toml
from cadence.errors import Invalid

__all__ = [
    "EVERYONE",
    "KINDS",
    "Cadence",
    "CadenceFile",
    "Limits",
    "Mode",
    "Schedule",
    "ShortMonth",
    "from_json",
    "limits_from_json",
    "limits_to_json",
    "parse_cadences",
    "to_json",
]

EVERYONE = "everyone"


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

    @property
    def usual_gap_days(self) -> float:
        """Days between two occurrences on average."""
        if self.monthdays:
            return 30.4 / len(self.monthdays)
        if self.nth_weekdays:
            return 30.4 / (len(self.nth_weekdays) * max(len(self.days), 1))
        return 7.0 * self.every_weeks / max(len(self.days), 1)


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
    #: adaptive: shown again after this many days even when it is predicted to be known
    max_gap_days: float = 60.0
    #: adaptive: instead of the limits' targets and floors of the kinds
    target_awareness: float | None = None
    floor: int | None = None
    #: a recall question rides on its statements
    checks: bool = True
    #: goes out over the caps; by default without counting towards them
    must_deliver: bool = False
    counts_towards_caps: bool = True
    #: a Slack channel it is posted to once, instead of an audience
    post_to: str = ""
    #: wait out the public holidays of the person's country
    holidays: bool = True
    active: bool = True
    #: first and last local date, both inclusive
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceFile:
    """A checked ``cadences.toml``. ``audiences``: slug -> rule as written."""

    limits: Limits = field(default_factory=Limits)
    audiences: dict[str, dict[str, Any]] = field(default_factory=dict)
    cadences: tuple[Cadence, ...] = ()


#: every key with a line that is right
_FILE_KEYS = {
    "limits": "[limits]",
    "audiences": "[audiences.engineering]",
    "cadences": "[cadences.weekly-priorities]",
    "slices": "[slices.our-purpose]",
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
    "max_gap_days": "max_gap_days = 60",
    "target_awareness": "target_awareness = 0.9",
    "floor": "floor = 3",
    "checks": "checks = true",
    "must_deliver": "must_deliver = true",
    "counts_towards_caps": "counts_towards_caps = false",
    "post_to": 'post_to = "C024BE7LR"',
    "holidays": "holidays = true",
    "active": "active = true",
    "starts_on": "starts_on = 2026-01-05",
    "ends_on": "ends_on = 2026-12-31",
}
#: public (C) and private (G) channels
_SLACK_CHANNEL = re.compile(r"[CG][A-Z0-9]{6,20}")
_CRON_KEYS = {"cron", "crontab", "schedule"}


def parse_cadences(raw: bytes, *, where: str) -> CadenceFile:
    """Return the limits, audiences and cadences of a ``cadences.toml``; ``where`` is its name for messages.

    Raises InvalidFile with every wrong key and value in the file, each with a valid example.
    """
    problems: list[Invalid] = []
    top = TableReader(read_toml(raw, where=where), path="", where=where, problems=problems, examples=_FILE_KEYS)
    top.refuse_unknown()
    limits = read_limits(top.table_under("limits", LIMIT_KEYS), top.tables("slices", SLICE_KEYS))
    audiences = {slug: dict(reader.table) for slug, reader in top.tables("audiences", {}).items()}
    if EVERYONE in audiences:
        top.refuse(f"audiences.{EVERYONE}", audiences[EVERYONE], "is always there and means all active people; choose another name")
    readers = top.tables("cadences", _CADENCE_KEYS)
    cadences = tuple(_read_cadence(slug, reader, limits) for slug, reader in readers.items())
    known = {cadence.slug for cadence in cadences}
    for index, rule in enumerate(limits.rules, start=1):
        for slug in rule.cadences:
            if slug not in known:
                meant = nearest(slug, known)
                hint = f"; did you mean {meant}?" if meant else ""
                top.refuse(
                    f"limits.rules[{index}].cadences",
                    slug,
                    f"there is no [cadences.{slug}]{hint}",
                    example=f'cadences = ["{meant or "weekly-priorities"}"]',
                )
    for cadence in cadences:
        if cadence.audience != EVERYONE and cadence.audience not in audiences:
            meant = nearest(cadence.audience, {*audiences, EVERYONE}) or EVERYONE
            reason = f"there is no [audiences.{cadence.audience}]"
            readers[cadence.slug].refuse("audience", cadence.audience, reason, example=f'audience = "{meant}"')
    if problems:
        raise InvalidFile(problems)
    return CadenceFile(limits=limits, audiences=audiences, cadences=cadences)


def _read_cadence(slug: str, reader: TableReader, limits: Limits) -> Cadence:
    for key in sorted(_CRON_KEYS & reader.table.keys()):
        reader.refuse(key, reader.table[key], CRON_REASON, example=CRON_EXAMPLE)
    reader.table = {key: value for key, value in reader.table.items() if key not in _CRON_KEYS}
    reader.refuse_unknown()
    starts_on, ends_on = reader.day("starts_on"), reader.day("ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        reader.refuse("ends_on", ends_on.isoformat(), f"lies before starts_on = {starts_on}")
    statements = reader.words("statements") or ()
    for statement in statements:
        if not is_slug(statement):
            reader.refuse("statements", statement, "is not the slug of a statement")
    kinds = read_members(reader, "kinds", KINDS)
    if statements and kinds:
        reader.refuse("kinds", list(kinds), "cannot stand beside statements; give one of the two")
    channels = read_members(reader, "channels", tuple(Channel)) if "channels" in reader.table else (Channel.SLACK, Channel.EMAIL)
    if not channels:
        reader.refuse("channels", reader.table["channels"], "names no channel")
    post_to = reader.table.get("post_to", "")
    if not isinstance(post_to, str) or (post_to and not _SLACK_CHANNEL.fullmatch(post_to)):
        reader.refuse("post_to", post_to, "is not the id of a Slack channel (its link ends with it)")
        post_to = ""
    elif post_to and "audience" in reader.table and reader.table["audience"] != EVERYONE:
        reader.refuse("post_to", post_to, "cannot stand beside audience: a channel post goes to whoever is in the channel")
    must_deliver = reader.boolean("must_deliver", False)
    min_gap_days = reader.number("min_gap_days", limits.min_gap_days, least=0, most=60)
    max_gap_days = reader.number("max_gap_days", max(limits.max_gap_days, min_gap_days), least=1, most=366)
    if max_gap_days < min_gap_days:
        reader.refuse("max_gap_days", max_gap_days, f"is less than min_gap_days = {min_gap_days:g}")
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
        min_gap_days=min_gap_days,
        max_gap_days=max_gap_days,
        target_awareness=reader.number("target_awareness", 0.9, least=0.5, most=0.99) if "target_awareness" in reader.table else None,
        floor=reader.integer("floor", 2, least=0, most=30) if "floor" in reader.table else None,
        checks=reader.boolean("checks", True),
        must_deliver=must_deliver,
        counts_towards_caps=reader.boolean("counts_towards_caps", not must_deliver),
        post_to=post_to,
        holidays=reader.boolean("holidays", True),
        active=reader.boolean("active", True),
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _read_schedule(reader: TableReader) -> Schedule:
    value = reader.table.get("local_time")
    if isinstance(value, str) and len(value.split()) == 5:
        reader.refuse("local_time", value, CRON_REASON, example=CRON_EXAMPLE)
        local_time = None
    else:
        local_time = reader.time_of_day("local_time", None)
        if value is None:
            reader.refuse("local_time", None, "is missing")
    schedule = Schedule(
        local_time=local_time or time(9),
        days=read_days(reader, "days", ()),
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
        "max_gap_days": cadence.max_gap_days,
        "checks": cadence.checks,
        "must_deliver": cadence.must_deliver,
        "counts_towards_caps": cadence.counts_towards_caps,
        "holidays": cadence.holidays,
        "active": cadence.active,
    }
    if cadence.target_awareness is not None:
        stored["target_awareness"] = cadence.target_awareness
    if cadence.floor is not None:
        stored["floor"] = cadence.floor
    if cadence.post_to:
        stored["post_to"] = cadence.post_to
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
