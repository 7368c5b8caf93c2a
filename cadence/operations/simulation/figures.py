"""What a played company shows: messages a week, broken caps, missed floors, awareness. Pure arithmetic over what went out.

Caps are counted here again from the messages and the people's own calendars, by other code than the planner's, so that
"nobody over a cap" is a finding and not an echo.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cadence.domain.planning.calendars import zone
from cadence.domain.planning.caps import CapRule, Counted, Per, period
from cadence.domain.planning.limits import Limits
from cadence.operations.simulation.company import PlayedCompany
from cadence.operations.simulation.days import Played, Reading
from cadence.store.simulation.company import SentDigest

_WEEK = 7
_EPOCH = date(1970, 1, 1).toordinal()
#: a changed meaning allows the newcomers' cap for so long
_AFTER_MATERIAL_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a number is spread over people and weeks."""

    mean: float
    median: float
    p90: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Pairs of a person and a statement that got fewer showings in a whole quarter than the floor asks for."""

    #: pairs looked at: quarters that lie wholly inside, people who were there all along, statements meant for them
    pairs: int
    pairs_short: int
    showings_short: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAwareness:
    """Mean recall over everyone. ``held``, ``held_believed`` and ``worst_tenth`` are means over the second half of the days."""

    days: tuple[int, ...]
    true: tuple[float, ...]
    believed: tuple[float, ...]
    held: float
    #: None where nothing is asked, so nothing believed
    held_believed: float | None
    worst_tenth: float


def spread(values: NDArray[np.float64]) -> Spread:
    """Return the spread of ``values``, one for each person and week."""
    if not values.size:
        return Spread(mean=0.0, median=0.0, p90=0.0, most=0.0)
    return Spread(
        mean=round(float(values.mean()), 3),
        median=float(np.median(values)),
        p90=float(np.percentile(values, 90)),
        most=float(values.max()),
    )


def per_week(sent: Sequence[SentDigest], company: PlayedCompany, played: Played, *, start: datetime, days: int) -> tuple[Spread, Spread]:
    """Return the spreads of digests and of showings, a seat and week each: whole weeks of the people's own calendars."""
    first = start.toordinal() - _EPOCH
    monday = first + (-(first + 3)) % _WEEK
    weeks, seats = (first + days - monday) // _WEEK, len(played.readings[0].true)
    if weeks < 1:  # too short for a whole calendar week
        monday, weeks = first, 1
    digests, showings = np.zeros((seats, weeks)), np.zeros((seats, weeks))
    for one in sent:
        seat = played.lives[one.person_id][0]
        week = (_local_day(one, company.rows[seat]["zone"]) - monday) // _WEEK
        if 0 <= week < weeks:
            digests[seat, week] += 1
            showings[seat, week] += len(one.statement_ids)
    return spread(digests), spread(showings)


def _local_day(one: SentDigest, zone_name: str) -> int:
    return one.sent_at.astimezone(zone(zone_name)).toordinal() - _EPOCH


def awareness(played: Played, *, days: int) -> SimulatedAwareness:
    """Return the awareness through time, and what was held over the second half."""
    late = [r for r in played.readings if r.day >= days / 2]
    true, believed = (np.stack([r.by_seat(values(r)) for r in late]) for values in (_true, _believed))
    by_person = np.sort(true.mean(axis=0))
    return SimulatedAwareness(
        days=tuple(r.day for r in played.readings),
        true=tuple(round(float(r.by_seat(r.true).mean()), 4) for r in played.readings),
        believed=tuple(round(float(r.by_seat(r.believed).mean()), 4) for r in played.readings),
        held=round(float(true.mean()), 4),
        held_believed=round(float(believed.mean()), 4),
        worst_tenth=round(float(by_person[: max(1, len(by_person) // 10)].mean()), 4),
    )


def _true(reading: Reading) -> NDArray[np.float64]:
    return reading.true


def _believed(reading: Reading) -> NDArray[np.float64]:
    return reading.believed


def over_caps(sent: Sequence[SentDigest], company: PlayedCompany, played: Played, limits: Limits) -> int:
    """Return how many people got more than a cap allows in any stretch of their own calendar."""
    mine: dict[int, list[tuple[int, SentDigest]]] = defaultdict(list)
    for one in sent:
        if one.counted:
            row = company.rows[played.lives[one.person_id][0]]
            mine[one.person_id].append((_local_day(one, row["zone"]), one))
    kinds = {s.id: (s.kind, company.tags[s.id]) for s in company.statements}
    material = [s.published_at for s in company.statements]
    started = {person: company.started_on(person) for person in mine}
    return sum(
        _over_week(days, limits, started[person], material) or any(_over_rule(days, rule, kinds) for rule in limits.rules)
        for person, days in mine.items()
    )


def _over_week(days: list[tuple[int, SentDigest]], limits: Limits, started_on: date | None, material: Sequence[datetime]) -> bool:
    digests: dict[int, int] = defaultdict(int)
    showings: dict[int, int] = defaultdict(int)
    for day, one in days:
        week, _ = period(Per.WEEK, day)
        digests[week] += 1
        showings[week] += len(one.statement_ids)
        # decided at the slot, which may lie a day before the message
        is_new = started_on is not None and day - 1 - (started_on.toordinal() - _EPOCH) < limits.newcomer_days
        recent = any(timedelta(0) <= one.sent_at - at <= timedelta(days=_AFTER_MATERIAL_DAYS + 1) for at in material)
        most = max(limits.newcomer_statements_per_week, limits.statements_per_week) if is_new or recent else limits.statements_per_week
        if digests[week] > limits.digests_per_week or showings[week] > most:
            return True
    return False


def _over_rule(days: list[tuple[int, SentDigest]], rule: CapRule, kinds: Mapping[int, tuple[str, tuple[str, ...]]]) -> bool:
    counts: dict[int, int] = defaultdict(int)
    for day, one in days:
        if not rule.concerns(channel=one.channel, cadence=one.cadence):
            continue
        matching = sum(rule.covers(*kinds[s]) for s in one.statement_ids)
        first, _ = period(rule.per, day)
        counts[first] += matching if rule.count is Counted.STATEMENTS else matching > 0
    return any(count > rule.at_most for count in counts.values())


def shortfall(
    sent: Sequence[SentDigest], company: PlayedCompany, played: Played, limits: Limits, *, start: datetime, days: int
) -> Shortfall:
    """Return what the floor misses in the calendar quarters (UTC) that lie wholly within the days played."""
    end = start + timedelta(days=days)
    pairs = short = missing = 0
    for first, last in _quarters(start, end):
        shown: dict[tuple[int, int], int] = defaultdict(int)
        for one in sent:
            if first <= one.sent_at < last:
                for statement_id in one.statement_ids:
                    shown[one.person_id, statement_id] += 1
        for person, (_, joined, left) in played.lives.items():
            if joined > first or (left is not None and left < last):
                continue
            for statement in company.statements:
                if not company.is_meant(person, statement, on=first.date()):
                    continue
                pairs += 1
                lacking = int(limits.floor.get(statement.kind, 0)) - shown[person, statement.id]
                short += lacking > 0
                missing += max(lacking, 0)
    return Shortfall(pairs=pairs, pairs_short=short, showings_short=missing)


def _quarters(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    found = []
    at = datetime(start.year, 1 + (start.month - 1) // 3 * 3, 1, tzinfo=UTC)
    while at < end:
        following = (at + timedelta(days=95)).replace(day=1)
        if at >= start and following <= end:
            found.append((at, following))
        at = following
    return found
