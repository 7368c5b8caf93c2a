"""``cadences.toml``: the limits, audiences and cadences that an admin writes, read with every fault at once.

Owns the keys of ``[cadences]``, what must agree between tables, and the stored form of a cadence in JSON (the same
keys, so ``from_json(to_json(cadence)) == cadence``). The limits: ``limits_toml``; rules of audiences:
``audience_rules``; what a cadence means: ``domain``'s ``cadences``, and when it is due ``occurrences``.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, Strict, ValidationInfo, field_validator

from cadence.domain.planning.cadences import EVERYONE, Cadence, CadenceFile, Mode, Schedule, ShortMonth
from cadence.domain.planning.limits import Limits
from cadence.domain.sending.deliveries import Channel
from cadence.domain.spelling import nearest
from cadence.files.audience_rules import AudienceRule
from cadence.files.declared import DeclaredTable, Fault, Flag, Maybe, Number, OneLine, Several, Slug, Whole, Words, entry, one_of
from cadence.files.limits_toml import LimitsTable, Share, Showings, SliceTable
from cadence.files.reading import read_table
from cadence.files.toml_tables import read_toml
from cadence.files.values import CRON, Day, Days, Kind, LocalTime

#: public (C) and private (G) channels
SlackChannelId = Annotated[
    str, Strict(), Field(pattern="^[CG][A-Z0-9]{6,20}$", json_schema_extra={"expects": "the id of a Slack channel (its link ends with it)"})
]
#: keys of other schedulers
_MISTAKES = dict.fromkeys(("cron", "crontab", "schedule"), CRON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a table refers to elsewhere in its file, as far as it can be told before the file is checked."""

    audiences: Set[str]
    cadences: Set[str]
    min_gap_days: float


class CadenceTable(DeclaredTable):
    """For whom, what, when and on which channels."""

    name: Maybe[OneLine] = entry(None, "shown in messages", example="Weekly priorities", absent="from NAME")
    audience: Slug = entry(EVERYONE, 'who gets it: `"everyone"`, or an audience of this file')
    statements: Words[Slug] = entry((), "which statements, by name", example=["our-purpose"], absent="all")
    kinds: Words[Kind] = entry((), "which statements, by kind; give `kinds` or `statements`, not both", example=["priority"], absent="all")
    mode: Mode = entry(Mode.FIXED, "every slot sends; or the memory model picks whom and what")
    days: Maybe[Days] = entry(None, "days of the week", example=["mon", "thu"], absent="must be given, or `monthdays`")
    local_time: LocalTime = entry(..., "time of day where the person lives", example="09:00")
    window_minutes: Whole = entry(0, "people are spread over these minutes, each always at the same place", example=60, ge=0, le=480)
    every_weeks: Whole = entry(
        1, "every n-th week, counted from the week of `starts_on` (without it, from 1 January 2024)", example=2, ge=1, le=52
    )
    nth_weekdays: Several[Annotated[Whole, *one_of(1, 2, 3, 4, 5, -1, expects="1, 2, 3, 4, 5 or -1 (the last of the month)")]] = entry(
        (), "`[1, 3]`: the first and third such day of the month; `-1`: the last", example=[1, 3], absent="every week"
    )
    monthdays: Several[Annotated[Whole, Field(ge=1, le=31)]] = entry(
        (), "days of the month, instead of `days`", example=[1, 15], absent="none", validate_default=True
    )
    short_months: ShortMonth = entry(ShortMonth.LAST_DAY, "what 29, 30 and 31 mean in a month that lacks them")
    max_statements: Whole = entry(3, "most statements in one digest", ge=1, le=10)
    channels: Words[Channel] = entry((Channel.SLACK, Channel.EMAIL), "in order; the person's own choice comes first")
    min_gap_days: Maybe[Annotated[Number, Field(ge=0, le=60)]] = entry(
        None, "the same statement reaches a person at most once in these days", example=2, absent="that of `[limits]`"
    )
    max_gap_days: Maybe[Annotated[Number, Field(ge=1, le=366)]] = entry(
        None, "adaptive: shown again after these days even when it is predicted to be known", example=60, absent="that of `[limits]`"
    )
    target_awareness: Maybe[Share] = entry(
        None, "adaptive: shown when a person's predicted recall falls below", example=0.9, absent="by kind, `[limits]`"
    )
    floor: Maybe[Showings] = entry(
        None, "adaptive: fewest showings in a person's calendar quarter", example=3, absent="by kind, `[limits]`"
    )
    checks: Flag = entry(True, "its digests ask one question, drawn at random, about a statement they do not hold")
    must_deliver: Flag = entry(False, "goes out over every cap; the delivery says so", example=True)
    counts_towards_caps: Maybe[Flag] = entry(
        None, "its digests count for the caps of other cadences", example=False, absent="`true`; `false` with `must_deliver`"
    )
    post_to: Maybe[SlackChannelId] = entry(
        None, "posted there once, instead of to an audience; give `audience` or `post_to`, not both", example="C024BE7LR", absent="none"
    )
    holidays: Flag = entry(True, "wait out the public holidays of the person's country")
    active: Flag = entry(True, "`false` pauses the cadence")
    starts_on: Maybe[Day] = entry(None, "first local date", example=date(2026, 1, 5), absent="none")
    ends_on: Maybe[Day] = entry(None, "last local date", example=date(2026, 12, 31), absent="none")

    @field_validator("audience")
    @classmethod
    def _is_there(cls, slug: str, info: ValidationInfo) -> str:
        if info.context and slug not in info.context.audiences:
            meant = nearest(slug, info.context.audiences)
            hint = f"; did you mean {meant}?" if meant else ""
            raise Fault(f"there is no [audiences.{slug}]{hint}", example=f'audience = "{meant or EVERYONE}"')
        return slug

    @field_validator("kinds")
    @classmethod
    def _stand_alone(cls, kinds: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if kinds and info.data.get("statements"):
            raise Fault("cannot stand beside statements; give one of the two")
        return kinds

    @field_validator("channels")
    @classmethod
    def _name_a_channel(cls, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        if not channels:
            raise Fault("names no channel")
        return channels

    @field_validator("monthdays")
    @classmethod
    def _name_dates_one_way(cls, monthdays: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        days, nth, weeks = (info.data.get(key) for key in ("days", "nth_weekdays", "every_weeks"))
        if monthdays and (days or nth or (weeks or 1) > 1):
            raise Fault("cannot stand beside days, nth_weekdays or every_weeks")
        if nth and (weeks or 1) > 1:
            raise Fault("cannot stand beside nth_weekdays", key="every_weeks", value=weeks)
        if not monthdays and not days and "days" in info.data:
            raise Fault(
                "is missing" if days is None else "names no day; to pause a cadence write active = false",
                key="days",
                value=None if days is None else [],
            )
        return monthdays

    @field_validator("max_gap_days")
    @classmethod
    def _is_not_below_the_least(cls, most: float | None, info: ValidationInfo) -> float | None:
        least = info.data.get("min_gap_days")
        if least is None:
            least = info.context.min_gap_days if info.context else 0
        if most is not None and most < least:
            raise Fault(f"is less than min_gap_days = {least:g}")
        return most

    @field_validator("post_to")
    @classmethod
    def _is_no_audience(cls, channel: str | None, info: ValidationInfo) -> str | None:
        if channel and info.data.get("audience", EVERYONE) != EVERYONE:
            raise Fault("cannot stand beside audience: a channel post goes to whoever is in the channel")
        return channel

    @field_validator("ends_on")
    @classmethod
    def _is_not_before_the_start(cls, last: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("starts_on")
        if first and last and last < first:
            raise Fault(f"lies before starts_on = {first}")
        return last

    def cadence(self, slug: str, limits: Limits) -> Cadence:
        """Return what the table means; ``limits`` tell the gaps that it does not."""
        given = {key: value for key, value in dict(self).items() if value is not None}
        schedule = Schedule(**{key: given.pop(key) for key in _SCHEDULE if key in given})
        given.setdefault("name", slug.replace("-", " ").capitalize())
        given.setdefault("counts_towards_caps", not self.must_deliver)
        least = given.setdefault("min_gap_days", limits.min_gap_days)
        given.setdefault("max_gap_days", max(limits.max_gap_days, least))
        return Cadence(slug=slug, schedule=schedule, **given)


def _is_not_everyone(slug: str) -> str:
    if slug == EVERYONE:
        raise Fault("is always there and means all active people; choose another name")
    return slug


class CadencesToml(DeclaredTable):
    """The limits, audiences, cadences and slices of one installation."""

    limits: Maybe[LimitsTable] = entry(None, "what holds for each person over all cadences", example={})
    audiences: dict[Annotated[Slug, AfterValidator(_is_not_everyone)], AudienceRule] = entry(
        {}, "rules over what is known of people", example={"engineering": {}}
    )
    cadences: dict[Slug, CadenceTable] = entry({}, "for whom, what, when and on which channels", example={"weekly-priorities": {}})
    slices: dict[Slug, SliceTable] = entry({}, "random parts of the people, to compare with", example={"our-purpose": {}})


_SCHEDULE = [field.name for field in fields(Schedule)]


def parse_cadences(raw: bytes, *, where: str) -> CadenceFile:
    """Return the limits, audiences and cadences of a ``cadences.toml``; ``where`` is its name for messages.

    Raises InvalidFile with every wrong key and value in the file, each with a valid example.
    """
    table = read_toml(raw, where=where)
    file = read_table(CadencesToml, table, where=where, context=_around(table), mistakes=_MISTAKES)
    limits = (file.limits or LimitsTable()).limits(file.slices)
    cadences = tuple(one.cadence(slug, limits) for slug, one in file.cadences.items())
    return CadenceFile(limits=limits, audiences=dict(table.get("audiences", {})), cadences=cadences)


def _around(table: Mapping[str, Any]) -> Around:
    limits, audiences, cadences = (table.get(key) for key in ("limits", "audiences", "cadences"))
    least = limits.get("min_gap_days") if isinstance(limits, Mapping) else None
    return Around(
        audiences={EVERYONE, *audiences} if isinstance(audiences, Mapping) else {EVERYONE},
        cadences=set(cadences) if isinstance(cadences, Mapping) else set(),
        min_gap_days=least if isinstance(least, int | float) and 0 <= least <= 60 else Limits().min_gap_days,
    )


def to_json(cadence: Cadence) -> dict[str, Any]:
    """Return the stored form: plain JSON values under the keys of ``cadences.toml``, plus ``slug``."""
    schedule = {key: getattr(cadence.schedule, key) for key in _SCHEDULE}
    table = CadenceTable.as_given(cadence, **schedule, post_to=cadence.post_to or None)
    return {"slug": cadence.slug, **table.model_dump(mode="json", exclude_none=True)}


def read_cadence(slug: str, table: Mapping[str, Any], *, limits: Limits, around: Around) -> Cadence:
    """Return one cadence from its table alone. Raises InvalidFile with the lines that a file would be refused with."""
    return read_table(CadenceTable, table, where="", under=("cadences", slug), context=around, mistakes=_MISTAKES).cadence(slug, limits)


def from_json(stored: Mapping[str, Any]) -> Cadence:
    """Return the cadence that ``to_json`` stored. Raises InvalidFile for anything it did not write."""
    slug = str(stored.get("slug", ""))
    table = {key: value for key, value in stored.items() if key != "slug"}
    return read_table(CadenceTable, table, where="stored cadence", under=(slug,)).cadence(slug, Limits())
