"""The form of a cadence or of the limits: which keys of ``cadences.toml`` it holds, and how what is typed becomes their values.

Checks nothing: what cannot be read is handed on as it was typed, so that the models of the file refuse it with their own line.
A key that the form does not hold stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from cadence.domain.planning.calendars import Weekday
from cadence.files.toml_tables import InvalidFile


class Typed(Enum):
    """How a key is typed. MAYBE_...: left out of the rule when the field is empty."""

    TEXT = auto()
    MAYBE_TEXT = auto()
    NUMBER = auto()
    MAYBE_NUMBER = auto()
    TICK = auto()
    DAYS = auto()


#: caps per day are rules of their own in the file; the form has a field for the one without any filter
DAILY = "digests_per_day"
_CADENCE = {
    "active": Typed.TICK,
    "audience": Typed.TEXT,
    "days": Typed.DAYS,
    "local_time": Typed.TEXT,
    "max_statements": Typed.NUMBER,
    "mode": Typed.TEXT,
    "target_awareness": Typed.MAYBE_NUMBER,
    "floor": Typed.MAYBE_NUMBER,
    "min_gap_days": Typed.NUMBER,
}
_LIMITS = {
    "digests_per_week": Typed.NUMBER,
    "statements_per_week": Typed.NUMBER,
    "newcomer_statements_per_week": Typed.NUMBER,
    "working_days": Typed.DAYS,
    "working_window": Typed.TEXT,
    "quiet_hours": Typed.MAYBE_TEXT,
}
_WHOLE = re.compile(r"-?\d{1,9}")
_BROKEN = re.compile(r"-?\d{1,6}[.,]\d{1,6}")


def keys_of(slug: str, table: Mapping[str, Any]) -> dict[str, Typed]:
    """Return the keys that the form of a rule ("" the limits) holds."""
    if not slug:
        return _LIMITS
    left_out = {key for key, other in (("audience", "post_to"), ("days", "monthdays")) if table.get(other)}
    return {key: typed for key, typed in _CADENCE.items() if key not in left_out}


def table_from(slug: str, table: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Return the rule ``table`` with what was typed over it."""
    new = dict(table)
    for key, typed in keys_of(slug, table).items():
        text = form.get(key, "").strip()
        if typed is Typed.TICK:
            new[key] = key in form
        elif typed is Typed.DAYS:
            new[key] = [day.value for day in Weekday if f"{key}-{day.value}" in form]
        elif not text and typed in (Typed.MAYBE_TEXT, Typed.MAYBE_NUMBER):
            new.pop(key, None)
        else:
            new[key] = _number(text) if typed in (Typed.NUMBER, Typed.MAYBE_NUMBER) else text
    if not slug:
        new["rules"] = _with_daily(table.get("rules", []), form.get(DAILY, "").strip())
    return new


def form_from(slug: str, table: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of the form as a browser would send them for ``table``."""
    fields: dict[str, str] = {}
    for key, typed in keys_of(slug, table).items():
        value = table.get(key)
        if typed is Typed.DAYS:
            fields |= {f"{key}-{day}": "1" for day in value or ()}
        elif typed is Typed.TICK:
            fields |= {key: "1"} if value else {}
        elif value is not None:
            fields[key] = f"{value:g}" if isinstance(value, float) else str(value)
    if not slug:
        rules = table.get("rules", [])
        place = _place_of_daily(rules)
        fields[DAILY] = "" if place is None else str(rules[place]["at_most"])
    return fields


def problems_of(slug: str, table: Mapping[str, Any], error: InvalidFile) -> tuple[dict[str, str], list[str]]:
    """Return the lines of a refusal by field, and those of what the form does not hold."""
    prefix, rules = f"cadences.{slug}." if slug else "limits.", table.get("rules", [])
    place = _place_of_daily(rules) if not slug else None
    at_field: dict[str, str] = {}
    others = []
    for problem in error.problems:
        key = str(problem.data["field"]).removeprefix(prefix)
        if place is not None and key == f"rules[{place + 1}].at_most":
            key = DAILY
        if key in keys_of(slug, table) or key == DAILY:
            at_field.setdefault(key, str(problem))
        else:
            others.append(str(problem))
    return at_field, others


def _number(text: str) -> int | float | str:
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text.replace(",", ".")) if _BROKEN.fullmatch(text) else text


def _place_of_daily(rules: list[dict[str, Any]]) -> int | None:
    for place, rule in enumerate(rules):
        is_plain = not any(rule.get(key) for key in ("channels", "kinds", "tags", "cadences"))
        if is_plain and rule.get("per") == "day" and rule.get("count", "digests") == "digests":
            return place
    return None


def _with_daily(rules: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    place = _place_of_daily(rules)
    if not text:
        return [rule for at, rule in enumerate(rules) if at != place]
    if place is None:
        return [*rules, {"at_most": _number(text), "count": "digests", "per": "day"}]
    return [{**rule, "at_most": _number(text)} if at == place else rule for at, rule in enumerate(rules)]
