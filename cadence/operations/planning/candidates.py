"""Whom an occurrence concerns: who, on which channel, at which instant, and how much the caps leave to each.

One ``Candidate`` per person, with the reason when there is nothing for them. What it says to them: ``statements``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy.engine import Connection

from cadence.domain.planning.calendars import calendar_for, local_week, resolve
from cadence.domain.planning.caps import CapRule, Counted, Per, day_number, period, quarter_number, room
from cadence.domain.planning.occurrences import occurrences_between
from cadence.domain.planning.recipients import Skip, route, spread, wished
from cadence.operations.planning.context import OccurrenceContext
from cadence.operations.planning.holiday_dates import holiday_dates
from cadence.store.planning import chunks as rows

_NO_HOLIDAYS: frozenset[date] = frozenset()
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = timedelta(days=1)
#: within these minutes no zone changes its date or its offset
_STEADY_MINUTES = 15
#: a nudge looks for a day of its own so far ahead
_NUDGE_DAYS = 7


@dataclass(frozen=True, slots=True)
class LocalTime:
    """An instant in its zone: what is counted there."""

    #: Monday as YYYYMMDD, and the local date as days since 1970
    week: int
    day: int
    #: the calendar quarter of that date, as ``caps.quarter_number``
    quarter: int
    #: the zone's offset in days
    offset: float
    #: a delivery is too late from here on: another week, or day or month of a cap rule, has begun
    ends: datetime


@dataclass(slots=True)
class Candidate:
    """One person of an occurrence. ``skip`` is None while there may be something for them."""

    person: rows.Member
    channel: str
    #: another healthy channel, empty without
    other: str
    skip: Skip | None
    at: datetime
    local: LocalTime
    newcomer: bool
    #: "too often": the gaps are longer
    fewer: bool
    #: statements the digest may hold
    quota: int = 0
    #: the admin's rule behind ``Skip.CAP_RULE``, where one stops the whole digest
    stopped_by: CapRule | None = None


def invite(connection: Connection, members: Sequence[rows.Member], context: OccurrenceContext) -> list[Candidate]:
    """Return the members with route, instant and quota; what they may not get is said by ``skip``."""
    if context.follows:
        today = day_number(context.occurrence.local_date)
        sent = rows.counted_by_day(connection, [member.id for member in members], first=today, last=today + _NUDGE_DAYS)
        context.busy = {person_id: frozenset(day for day, _, _ in days) for person_id, days in sent.items()}
    hours, channels, refused = _Hours(context), context.channels, context.planning.refused
    health = rows.addresses_of(connection, [member.id for member in members])
    found = []
    for member in members:
        preferred = "" if member.preferred_channel in refused else member.preferred_channel
        channel, skip, other = route(preferred, health.get(member.id, ()), channels)
        other = "" if other in refused else other
        wish, at = hours.instant(member)
        if skip is None and at is None:
            skip = Skip.OUTSIDE_HOURS
        at = at or wish
        if skip is None and member.paused_until is not None and member.paused_until > at:
            skip = Skip.PAUSED
        fewer = member.fewer_until is not None and member.fewer_until > at
        newcomer = member.started_on is not None and context.is_newcomer(member.started_on)
        found.append(Candidate(member, channel, other, skip, at, hours.local(at), newcomer, fewer))
    going = [one for one in found if one.skip is None]
    if going:
        apply_caps(connection, going, context)
    return found


@dataclass(slots=True)
class _Hours:
    """Instants of one occurrence: preferred times, the first permitted ones, and what they are in local time; each judged once."""

    context: OccurrenceContext
    _window: timedelta = timedelta(0)
    _begins: datetime = field(init=False)
    _permitted: dict[tuple[datetime, str], datetime | None] = field(default_factory=dict)
    _local: dict[datetime, LocalTime] = field(default_factory=dict)
    _own: dict[str, frozenset[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._window = timedelta(minutes=self.context.cadence.schedule.window_minutes)
        self._begins = max(self.context.occurrence.fire_at, self.context.now)

    def instant(self, member: rows.Member) -> tuple[datetime, datetime | None]:
        """Return (the instant meant for this person, the first permitted one from it on, None without)."""
        context, occurrence, usual = self.context, self.context.occurrence, self._begins
        if self._window:
            usual = max(occurrence.fire_at + spread(occurrence.key, member.id, self._window), context.now)
        if context.follows:
            return self._free_day(member, usual + timedelta(days=context.delays.get(member.id, 0)))
        if member.preferred_day is not None or member.preferred_time:
            own = wished(
                occurrence.local_date,
                context.cadence.schedule.local_time,
                preferred_day=member.preferred_day,
                preferred_time=member.preferred_time,
                here=context.here,
                not_before=self._begins,
            )
            at = self._first_permitted(own, member.country) if own is not None else None
            if own is not None and at is not None and local_week(at, context.here) == local_week(usual, context.here):
                return own, at
        return usual, self._first_permitted(usual, member.country)

    def _free_day(self, member: rows.Member, wish: datetime) -> tuple[datetime, datetime | None]:
        """Return ``wish``, or that time on the next day on which nothing else goes to the person: one message a day is enough."""
        taken = self.context.busy.get(member.id, frozenset()) | self._own_days(member.country)
        for days in range(_NUDGE_DAYS):
            later = wish + timedelta(days=days)
            at = self._first_permitted(later, member.country)
            if at is not None and self.local(at).day not in taken:
                return later, at
        return wish, self._first_permitted(wish, member.country)  # a cadence of every day leaves none free

    def _own_days(self, country: str) -> frozenset[int]:
        """Return the local days on which the cadence itself goes out in the days of a nudge, holidays waited out."""
        if country not in self._own:
            context = self.context
            dues = occurrences_between(
                context.cadence.schedule,
                context.here,
                self._begins - timedelta(days=_NUDGE_DAYS),
                self._begins + timedelta(days=_NUDGE_DAYS),
            )
            found = (self._first_permitted(due.fire_at, country) for due in dues)
            self._own[country] = frozenset(self.local(at).day for at in found if at is not None)
        return self._own[country]

    def _first_permitted(self, wish: datetime, country: str) -> datetime | None:
        key = (wish, country)
        if key not in self._permitted:
            holidays = _NO_HOLIDAYS
            if self.context.cadence.holidays and country:
                holidays = holiday_dates(country, wish.year, wish.year + 1)
            found = calendar_for(self.context.here, self.context.limits.working_hours, holidays).next_permitted(wish)
            self._permitted[key] = found if found is not None and found < self.context.occurrence.until else None
        return self._permitted[key]

    def local(self, at: datetime) -> LocalTime:
        """Return what ``at`` is in the occurrence's zone."""
        known = self._local.get(at)
        if known is not None:
            return known
        steady = at.replace(minute=at.minute - at.minute % _STEADY_MINUTES, second=0, microsecond=0)
        if steady not in self._local:
            here = self.context.here
            local = steady.astimezone(here)
            day = local.date().toordinal() - _EPOCH
            spans = {Per.WEEK, *(rule.per for rule in self.context.limits.rules)}
            last = min(period(per, day)[1] for per in spans)
            ends = resolve(datetime.combine(date.fromordinal(last + 1 + _EPOCH), time()), here)
            offset = (local.utcoffset() or timedelta(0)) / _DAY
            self._local[steady] = LocalTime(local_week(steady, here), day, quarter_number(day), offset, ends)
        self._local[at] = self._local[steady]
        return self._local[at]


#: person -> (local day, digests, statements)
Counts = dict[int, list[tuple[int, int, int]]]


class RuleCounts:
    """What already counts for each rule, for the people of one chunk; read when first asked for."""

    def __init__(self, connection: Connection, people: Sequence[Candidate], context: OccurrenceContext) -> None:
        self._connection, self._turn = connection, context
        self._ids = [one.person.id for one in people]
        days = {one.local.day for one in people}
        self._span = (min(days), max(days))
        self._read: dict[tuple[object, ...], Counts] = {}

    def of(self, rule: CapRule) -> Counts:
        """Return person -> (local day, digests, statements) within the stretches of ``rule``."""
        key = (rule.per, rule.channels, rule.cadences, rule.kinds, rule.tags)
        if key not in self._read:
            planning = self._turn.planning
            self._read[key] = rows.counted_by_day(
                self._connection,
                self._ids,
                first=period(rule.per, self._span[0])[0],
                last=period(rule.per, self._span[1])[1],
                channels=[channel.value for channel in rule.channels],
                cadence_ids=[planning.cadence_ids[slug] for slug in rule.cadences if slug in planning.cadence_ids]
                if rule.cadences
                else None,
                statement_ids=[i for i, kind, tags in planning.words if rule.covers(kind, tags)] if rule.is_about_statements else None,
            )
        return self._read[key]


def apply_caps(connection: Connection, going: list[Candidate], context: OccurrenceContext) -> None:
    """Set the quota of each, or the cap that leaves nothing. Rules about statements are applied where these are chosen."""
    most, limits = context.cadence.max_statements, context.limits
    if context.cadence.must_deliver or context.cadence.post_to:  # a channel is nobody whom too many digests could reach
        for one in going:
            one.quota = most
        return
    counts = RuleCounts(connection, going, context)
    (digests, plain), (_, larger) = limits.weekly(more=False), limits.weekly(more=True)
    weekly = counts.of(digests)
    others = [(rule, counts.of(rule)) for rule in context.cap_rules if not rule.is_about_statements]
    for one in going:
        statements = larger if one.newcomer or context.is_after_material else plain
        used, day = weekly.get(one.person.id), one.local.day
        one.quota = most if statements.at_most >= most else statements.at_most
        if context.trace.is_kept:
            context.trace.rooms(one.person.id, _rooms(one, [(most, None), (room(statements, day, used or ()), statements)], others))
        if used is not None:
            if not room(digests, day, used):
                one.skip = Skip.DIGEST_CAP
                continue
            one.quota = min(most, room(statements, day, used))
            if not one.quota:
                one.skip = Skip.STATEMENT_CAP
                continue
        for rule, counted in others:
            if rule.channels and one.channel not in rule.channels:
                continue
            left = room(rule, day, counted.get(one.person.id, ()))
            if rule.count is Counted.STATEMENTS:
                one.quota = min(one.quota, left)
            if not left:
                one.quota, one.skip, one.stopped_by = 0, Skip.CAP_RULE, rule
                break


def _rooms(one: Candidate, first: list[tuple[int, object]], others: Sequence[tuple[CapRule, Counts]]) -> list[tuple[int, object]]:
    """Return how many statements each cap leaves to one person on their channel, with the cap."""
    mine = ((rule, counted) for rule, counted in others if not rule.channels or one.channel in rule.channels)
    more = [(room(r, one.local.day, c.get(one.person.id, ())), r) for r, c in mine if r.count is Counted.STATEMENTS]
    return [*first, *more]
