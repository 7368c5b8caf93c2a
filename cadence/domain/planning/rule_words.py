"""What the tables of ``cadences.toml`` have in common: kinds, days of the week, windows of time, lists of allowed words.

Each reader returns a checked value, or notes the problem in the table's list and returns what harms least.
"""

from __future__ import annotations

from collections.abc import Mapping

from cadence.domain.planning.calendars import TimeWindow, Weekday
from cadence.domain.toml_tables import TableReader, nearest
from cadence.errors import Invalid

KINDS = ("purpose", "value", "vision", "strategy", "priority", "scoreboard")

CRON_REASON = "cron lines are not read, because the dialects number the days differently; write days and local_time"
CRON_EXAMPLE = 'days = ["mon"] and local_time = "09:00"'
_DAY_NAMES = {
    **{day.value: day for day in Weekday},
    **{day.name.casefold(): day for day in Weekday},
}


def read_days(reader: TableReader, key: str, default: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    """Return the days named under ``key``, from Monday on."""
    value = reader.table.get(key)
    if value is None:
        return default
    if isinstance(value, str) and len(value.split()) == 5:
        reader.refuse(key, value, CRON_REASON, example=CRON_EXAMPLE)
        return ()
    found: set[Weekday] = set()
    for word in reader.words(key) or ():
        if word.casefold() in _DAY_NAMES:
            found.add(_DAY_NAMES[word.casefold()])
        else:
            meant = nearest(word, _DAY_NAMES)
            reader.refuse(key, word, f"is not a day; did you mean {meant}?" if meant else "is not a day of the week")
    return tuple(day for day in Weekday if day in found)


def read_members(reader: TableReader, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words under ``key``, each one of ``allowed``."""
    words = reader.words(key) or ()
    for word in words:
        if word not in allowed:
            meant = nearest(word, allowed)
            hint = f"; did you mean {meant}?" if meant else ""
            reader.refuse(key, word, f"is none of: {', '.join(allowed)}{hint}")
    return tuple(word for word in words if word in allowed)


def read_window(reader: TableReader, key: str) -> TimeWindow | None:
    """Return the window of time under ``key``, None when there is none."""
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


def read_by_kind(reader: TableReader, key: str, default: Mapping[str, float], *, least: float, most: float) -> dict[str, float]:
    """Return a number for every kind: those of the table under ``key`` over ``default``.

    >>> # [limits.floor]  priority = 3
    """
    examples = {kind: f"{kind} = {default.get(kind, most):g}" for kind in KINDS}
    under = reader.table_under(key, examples)
    under.refuse_unknown()
    whole = all(float(value).is_integer() for value in (*default.values(), least, most))
    found = {}
    for kind in KINDS:
        if whole:
            found[kind] = float(under.integer(kind, int(default[kind]), least=int(least), most=int(most)))
        else:
            found[kind] = under.number(kind, default[kind], least=least, most=most)
    return found
