"""``[limits]``, ``[[limits.rules]]`` and ``[slices]`` of ``cadences.toml``: what holds for each person over all cadences.

Owns the keys, and their stored form in JSON (the same keys, so ``limits_from_json(limits_to_json(x)) == x``). What the
limits mean: ``domain``'s ``limits`` and ``caps``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from cadence.domain.planning.calendars import OFFICE_HOURS, TimeWindow, Weekday
from cadence.domain.planning.caps import CapRule, Counted, Per
from cadence.domain.planning.limits import FLOOR, LATER_TARGET_AWARENESS, TARGET_AWARENESS, Limits, Slice
from cadence.domain.sending.deliveries import Channel
from cadence.domain.spelling import nearest
from cadence.files.declared import DeclaredTable, Fault, Flag, Maybe, Number, Slug, Whole, Words, entry
from cadence.files.reading import read_table
from cadence.files.values import Days, Kind, Window

Share = Annotated[Number, Field(ge=0.5, le=0.99)]
Showings = Annotated[Whole, Field(ge=0, le=30)]
_DEFAULT = Limits()


def _is_there(slug: str, info: ValidationInfo) -> str:
    if info.context and slug not in info.context.cadences:
        meant = nearest(slug, info.context.cadences)
        hint = f"; did you mean {meant}?" if meant else ""
        raise Fault(f"there is no [cadences.{slug}]{hint}", example=f'cadences = ["{meant or "weekly-priorities"}"]')
    return slug


class CapRuleTable(DeclaredTable):
    """At most so many digests or statements in a stretch of the person's own calendar."""

    at_most: Whole = entry(..., "how many", example=1, ge=0, le=500)
    count: Counted = entry(Counted.DIGESTS, "of what; a digest counts when one of its statements matches")
    per: Per = entry(Per.WEEK, "in the person's own calendar; weeks begin on Monday")
    channels: Words[Channel] = entry((), "only what goes out there", example=["slack"], absent="any")
    kinds: Words[Kind] = entry((), "only statements of these", example=["value"], absent="any")
    tags: Words[Slug] = entry((), "only statements with one of these (docs/statements.md)", example=["safety"], absent="any")
    cadences: Words[Annotated[Slug, AfterValidator(_is_there)]] = entry(
        (), "only what these bring", example=["weekly-priorities"], absent="any"
    )


class SliceTable(DeclaredTable):
    """A random part of the people who get one statement on a fixed cadence, to compare with."""

    share: Number = entry(..., "part of the people; who, is decided by a hash, once and for all", example=0.1, ge=0.001, le=1)
    every_days: Number = entry(..., "days between two showings to them", example=12, ge=1, le=366)


class LimitsTable(DeclaredTable):
    """What holds for each person over all cadences."""

    digests_per_week: Whole = entry(_DEFAULT.digests_per_week, "most digests in a local week, Monday to Sunday", ge=1, le=14)
    statements_per_week: Whole = entry(_DEFAULT.statements_per_week, "most statements in a local week", ge=1, le=50)
    newcomer_statements_per_week: Whole = entry(
        _DEFAULT.newcomer_statements_per_week, "the same, for newcomers and for 14 days after a text changed its meaning", ge=1, le=50
    )
    newcomer_days: Whole = entry(_DEFAULT.newcomer_days, "how long a person is a newcomer", ge=0, le=365)
    working_days: Days = entry(_DEFAULT.working_days, "days on which anything is sent", absent="Monday to Friday")
    working_window: Window = entry(
        str(OFFICE_HOURS), 'hours in which anything is sent, local; `"00:00-24:00"` is all day', validate_default=True
    )
    quiet_hours: Maybe[Window] = entry(None, "a second pause; may cross midnight", example="22:00-07:00", absent="none")
    min_gap_days: Number = entry(_DEFAULT.min_gap_days, "for cadences that do not say", ge=0, le=60)
    max_gap_days: Number = entry(_DEFAULT.max_gap_days, "for cadences that do not say", ge=1, le=366)
    target_awareness: dict[Kind, Share] = entry(
        {}, "adaptive cadences show a statement to whom they predict below it", example={"priority": 0.9}, absent="0.90 each"
    )
    later_target_awareness: dict[Kind, Share] = entry(
        {},
        "from the second quarter of a text on; a target you set above holds here too",
        example={"value": 0.85},
        absent="0.85 for values, else as above",
    )
    floor: dict[Kind, Showings] = entry(
        {}, "fewest showings in a person's calendar quarter", example={"priority": 3}, absent="3 for priorities, 2 else"
    )
    opening_round: Flag = entry(
        _DEFAULT.opening_round, "before the first texts everybody is asked up to three questions, which tells what was known before"
    )
    rules: tuple[CapRuleTable, ...] = entry(
        (), "your own caps, see below", example=[{"at_most": 1, "count": "digests", "per": "day"}], absent="none", max_length=10
    )

    @field_validator("working_days")
    @classmethod
    def _name_a_day(cls, days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        if not days:
            raise Fault("names no day, so nothing could ever be sent")
        return days

    @field_validator("working_window")
    @classmethod
    def _ends_later(cls, window: TimeWindow) -> TimeWindow:
        if window.end < window.start:
            raise Fault("ends before it begins")
        return window

    @field_validator("quiet_hours")
    @classmethod
    def _leave_something(cls, quiet: TimeWindow | None, info: ValidationInfo) -> TimeWindow | None:
        window = info.data.get("working_window")
        if quiet and window and not window.minutes_outside(quiet):
            raise Fault("leave nothing of the working window")
        return quiet

    @field_validator("max_gap_days")
    @classmethod
    def _is_not_below_the_least(cls, most: float, info: ValidationInfo) -> float:
        least = info.data.get("min_gap_days", 0)
        if most < least:
            raise Fault(f"is less than min_gap_days = {least:g}")
        return most

    def limits(self, slices: Mapping[str, SliceTable]) -> Limits:
        """Return what the table means, with the slices of the same file."""
        given = {key: getattr(self, key) for key in LimitsTable.model_fields}
        return Limits(
            **given
            | {
                "target_awareness": TARGET_AWARENESS | self.target_awareness,
                "later_target_awareness": LATER_TARGET_AWARENESS | self.target_awareness | self.later_target_awareness,
                "floor": FLOOR | {kind: float(least) for kind, least in self.floor.items()},
                "rules": tuple(CapRule(**dict(rule)) for rule in self.rules),
                "slices": tuple(Slice(statement=slug, **dict(one)) for slug, one in slices.items()),
            }
        )


class _StoredLimits(LimitsTable):
    slices: dict[Slug, SliceTable] = Field({})


def limits_to_json(limits: Limits) -> dict[str, Any]:
    """Return the stored form: plain JSON values under the keys of ``[limits]``, and ``slices``."""
    table = _StoredLimits.as_given(
        limits,
        floor={kind: int(least) for kind, least in limits.floor.items()},
        rules=tuple(CapRuleTable.as_given(rule) for rule in limits.rules),
        slices={one.statement: SliceTable.as_given(one) for one in limits.slices},
    )
    return table.model_dump(mode="json", exclude_none=True)


def limits_from_json(stored: Mapping[str, Any], *, where: str = "stored limits") -> Limits:
    """Return the limits of their stored form, from the database or from a form; ``where``: its name for messages. Raises InvalidFile."""
    found = read_table(_StoredLimits, stored, where=where, under=("limits",))
    return found.limits(found.slices)
