"""The values of our files that TOML has no type for: days, times of day, windows of time, dates, kinds, channels.

Owns how each is read, stored again and told in the JSON Schema. What they mean is the domain's.
"""

from __future__ import annotations

import contextlib
import re
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, Strict, WithJsonSchema

from cadence.domain.planning.calendars import TimeWindow, Weekday
from cadence.domain.statements.statement import KINDS
from cadence.errors import Invalid
from cadence.files.declared import Fault, Words, one_of

CRON = Fault(
    "cron lines are not read, because the dialects number the days differently; write days and local_time",
    example='days = ["mon"] and local_time = "09:00"',
)
_DAY_NAMES = {day.value: day for day in Weekday} | {day.name.casefold(): day for day in Weekday}
_HHMM = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def read_time(value: object) -> time:
    """Return a time of day, to the minute, from "HH:MM" (24 hours) or a TOML local time. Raises Fault."""
    if isinstance(value, time) and value.second == value.microsecond == 0 and value.tzinfo is None:
        return value
    if not isinstance(value, str):
        raise Fault("is not a time of day; write it in quotes")
    found = _HHMM.fullmatch(value)
    if not found:
        raise CRON if _is_cron(value) else Fault("is not a time of day HH:MM between 00:00 and 23:59")
    return time(int(found[1]), int(found[2]))


def _is_cron(value: object) -> bool:
    return isinstance(value, str) and len(value.split()) == 5


def _no_cron(value: Any) -> Any:
    if _is_cron(value):
        raise CRON
    return value


def _read_day(value: Any) -> Weekday:
    if value.casefold() not in _DAY_NAMES:
        raise Fault
    return _DAY_NAMES[value.casefold()]


def _from_monday(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    return tuple(day for day in Weekday if day in days)


def _read_window(value: object) -> TimeWindow:
    if not isinstance(value, str):
        raise Fault("must be two times of day in quotes")
    try:
        return TimeWindow.parse(value, field="window")
    except Invalid as problem:
        raise Fault(problem.data["reason"]) from None


def _read_date(value: object) -> date:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime) and 2000 <= value.year <= 2099:
        return value
    raise Fault("is not a date between 2000-01-01 and 2099-12-31")


LocalTime = Annotated[
    time,
    PlainValidator(read_time),
    PlainSerializer(lambda value: value.strftime("%H:%M")),
    WithJsonSchema({"type": "string", "pattern": f"^{_HHMM.pattern}$", "expects": '`"HH:MM"`, in quotes'}),
]
Window = Annotated[
    TimeWindow,
    PlainValidator(_read_window),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9:]{5} ?- ?[0-9:]{5}$", "expects": '`"HH:MM-HH:MM"`'}),
]
Day = Annotated[
    date,
    PlainValidator(_read_date),
    PlainSerializer(date.isoformat),
    WithJsonSchema({"type": "string", "format": "date", "pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", "expects": "a date, as 2026-01-05"}),
]
Days = Annotated[Words[Annotated[Weekday, BeforeValidator(_read_day)]], AfterValidator(_from_monday), BeforeValidator(_no_cron)]
Kind = Annotated[str, Strict(), *one_of(*KINDS)]
