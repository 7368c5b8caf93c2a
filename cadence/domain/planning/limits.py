"""The limits that hold for each person over all cadences: ``[limits]`` and ``[slices]`` of ``cadences.toml``.

Owns their keys, defaults and stored JSON form (the same keys, so ``limits_from_json(limits_to_json(x)) == x``).
Cap rules: ``caps.py``; what one cadence may change for itself: ``cadences.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cadence.domain.planning.calendars import MONDAY_TO_FRIDAY, OFFICE_HOURS, TimeWindow, Weekday, WorkingHours
from cadence.domain.planning.caps import CapRule, Counted, read_rules, rule_to_json
from cadence.domain.planning.rule_words import KINDS, read_by_kind, read_days, read_window
from cadence.domain.toml_tables import InvalidFile, TableReader
from cadence.errors import Invalid

#: share of people who could recall a statement below which the model shows it again
TARGET_AWARENESS = dict.fromkeys(KINDS, 0.9)
#: the same from a text's second quarter on
LATER_TARGET_AWARENESS = {**TARGET_AWARENESS, "value": 0.85}
#: fewest showings in a person's calendar quarter
FLOOR = {**dict.fromkeys(KINDS, 2.0), "priority": 3.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A random part of the pairs of one statement that is shown on a fixed cadence, to compare with."""

    statement: str
    #: part of the people, in (0, 1]
    share: float
    every_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds for each person over all cadences. Weeks are local, Monday to Sunday; quarters are calendar quarters."""

    digests_per_week: int = 2
    statements_per_week: int = 6
    newcomer_statements_per_week: int = 8
    newcomer_days: int = 30
    working_days: tuple[Weekday, ...] = MONDAY_TO_FRIDAY
    working_window: TimeWindow = OFFICE_HOURS
    quiet_hours: TimeWindow | None = None
    #: defaults of every cadence that does not say
    min_gap_days: float = 2.0
    max_gap_days: float = 60.0
    target_awareness: dict[str, float] = field(default_factory=lambda: dict(TARGET_AWARENESS))
    later_target_awareness: dict[str, float] = field(default_factory=lambda: dict(LATER_TARGET_AWARENESS))
    floor: dict[str, float] = field(default_factory=lambda: dict(FLOOR))
    rules: tuple[CapRule, ...] = ()
    slices: tuple[Slice, ...] = ()

    @property
    def working_hours(self) -> WorkingHours:
        """The part of the limits that calendars ask for."""
        return WorkingHours(days=self.working_days, window=self.working_window, quiet_hours=self.quiet_hours)

    def is_newcomer(self, started_on: date | None, *, on: date) -> bool:
        """Whether a person who started then is in their first days."""
        return started_on is not None and (on - started_on).days < self.newcomer_days

    def weekly(self, *, more: bool) -> tuple[CapRule, CapRule]:
        """Return the weekly caps of digests and of statements; ``more``: for newcomers, and for all after a change of meaning."""
        statements = self.newcomer_statements_per_week if more else self.statements_per_week
        return CapRule(at_most=self.digests_per_week), CapRule(at_most=statements, count=Counted.STATEMENTS)


#: every key with a line that is right
LIMIT_KEYS = {
    "digests_per_week": "digests_per_week = 2",
    "statements_per_week": "statements_per_week = 6",
    "newcomer_statements_per_week": "newcomer_statements_per_week = 8",
    "newcomer_days": "newcomer_days = 30",
    "working_days": 'working_days = ["mon", "tue", "wed", "thu", "fri"]',
    "working_window": 'working_window = "09:00-17:00"',
    "quiet_hours": 'quiet_hours = "22:00-07:00"',
    "min_gap_days": "min_gap_days = 2",
    "max_gap_days": "max_gap_days = 60",
    "target_awareness": "[limits.target_awareness] with priority = 0.9",
    "later_target_awareness": "[limits.later_target_awareness] with value = 0.85",
    "floor": "[limits.floor] with priority = 3",
    "rules": '[[limits.rules]] with at_most = 1, count = "digests", per = "day"',
}
SLICE_KEYS = {"share": "share = 0.1", "every_days": "every_days = 12"}


def read_limits(reader: TableReader, slices: Mapping[str, TableReader]) -> Limits:
    """Return the limits of a file; ``slices``: the tables under ``[slices]`` by statement. Faults are noted in ``reader``."""
    reader.refuse_unknown()
    default = Limits()
    limits = Limits(
        digests_per_week=reader.integer("digests_per_week", default.digests_per_week, least=1, most=14),
        statements_per_week=reader.integer("statements_per_week", default.statements_per_week, least=1, most=50),
        newcomer_statements_per_week=reader.integer("newcomer_statements_per_week", default.newcomer_statements_per_week, least=1, most=50),
        newcomer_days=reader.integer("newcomer_days", default.newcomer_days, least=0, most=365),
        working_days=read_days(reader, "working_days", default.working_days),
        working_window=read_window(reader, "working_window") or default.working_window,
        quiet_hours=read_window(reader, "quiet_hours"),
        min_gap_days=reader.number("min_gap_days", default.min_gap_days, least=0, most=60),
        max_gap_days=reader.number("max_gap_days", default.max_gap_days, least=1, most=366),
        target_awareness=read_by_kind(reader, "target_awareness", TARGET_AWARENESS, least=0.5, most=0.99),
        later_target_awareness=read_by_kind(
            reader, "later_target_awareness", _later(reader.table.get("target_awareness")), least=0.5, most=0.99
        ),
        floor=read_by_kind(reader, "floor", FLOOR, least=0, most=30),
        rules=read_rules(reader),
        slices=tuple(_read_slice(slug, one) for slug, one in slices.items()),
    )
    if not limits.working_days:
        reader.refuse("working_days", [], "names no day, so nothing could ever be sent")
    if limits.working_window.end < limits.working_window.start:
        reader.refuse("working_window", str(limits.working_window), "ends before it begins")
    elif limits.quiet_hours and not limits.working_window.minutes_outside(limits.quiet_hours):
        reader.refuse("quiet_hours", str(limits.quiet_hours), "leave nothing of the working window")
    if limits.max_gap_days < limits.min_gap_days:
        reader.refuse("max_gap_days", limits.max_gap_days, f"is less than min_gap_days = {limits.min_gap_days:g}")
    return limits


def _later(told: object) -> dict[str, float]:
    """Return the later targets of a file that does not give them: a target that is told holds for good."""
    named = told if isinstance(told, Mapping) else {}
    return {
        kind: float(named[kind]) if isinstance(named.get(kind), float | int) and 0.5 <= named[kind] <= 0.99 else value
        for kind, value in LATER_TARGET_AWARENESS.items()
    }


def _read_slice(slug: str, reader: TableReader) -> Slice:
    reader.refuse_unknown()
    for key in SLICE_KEYS:
        if key not in reader.table:
            reader.refuse(key, None, "is missing")
    return Slice(
        statement=slug,
        share=reader.number("share", 0.1, least=0.001, most=1),
        every_days=reader.number("every_days", 12, least=1, most=366),
    )


def limits_to_json(limits: Limits) -> dict[str, Any]:
    """Return the stored form: plain JSON values under the keys of ``[limits]``, and ``slices``."""
    stored: dict[str, Any] = {
        "digests_per_week": limits.digests_per_week,
        "statements_per_week": limits.statements_per_week,
        "newcomer_statements_per_week": limits.newcomer_statements_per_week,
        "newcomer_days": limits.newcomer_days,
        "working_days": [day.value for day in limits.working_days],
        "working_window": str(limits.working_window),
        "min_gap_days": limits.min_gap_days,
        "max_gap_days": limits.max_gap_days,
        "target_awareness": dict(limits.target_awareness),
        "later_target_awareness": dict(limits.later_target_awareness),
        "floor": {kind: int(least) for kind, least in limits.floor.items()},
        "rules": [rule_to_json(rule) for rule in limits.rules],
        "slices": {one.statement: {"share": one.share, "every_days": one.every_days} for one in limits.slices},
    }
    if limits.quiet_hours:
        stored["quiet_hours"] = str(limits.quiet_hours)
    return stored


def limits_from_json(stored: Mapping[str, Any]) -> Limits:
    """Return the limits that ``limits_to_json`` stored. Raises InvalidFile for anything it did not write."""
    problems: list[Invalid] = []
    table = {key: value for key, value in stored.items() if key != "slices"}
    reader = TableReader(table, path="limits", where="stored limits", problems=problems, examples=LIMIT_KEYS)
    under = TableReader(stored, path="", where="stored limits", problems=problems, examples={"slices": "[slices.our-purpose]"})
    limits = read_limits(reader, under.tables("slices", SLICE_KEYS))
    if problems:
        raise InvalidFile(problems)
    return limits
