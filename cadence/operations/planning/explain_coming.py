"""What a foreseen occurrence is told as: to the person whole, to others as far as rules and deliveries alone decide it.

The decision is the planner's (``foresight``); only its words are found here. A rule that looks at what somebody answered, tapped
or asked for is never told to others, nor what was chosen because of it: then the occurrence is told as open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from cadence.domain.planning.caps import CapRule
from cadence.domain.planning.occurrences import next_occurrence
from cadence.domain.planning.recipients import Skip
from cadence.domain.planning.selection import RETRY_DAYS, WORN_OUT_DAYS
from cadence.domain.planning.trace import Rule, Stop
from cadence.operations.measuring.remembered import ChunkMemory
from cadence.operations.planning.batch import CandidateBatch
from cadence.operations.planning.foresight import Decision, Foreseen
from cadence.operations.planning.predictions import targets
from cadence.rendering.explanations import Voice

#: rules that look at rules and deliveries alone
_PUBLIC = frozenset(
    {Rule.NOT_BROUGHT, Rule.NOT_IN_EFFECT, Rule.NOT_MEANT, Rule.NOT_REMINDED, Rule.OPENING, Rule.SLICE_WAITS, Rule.CAP_RULE, Rule.TOO_SOON}
)


class OccurrenceOutcome(StrEnum):
    """What an occurrence does with a statement, or with the person's digest."""

    COMES = "comes"
    HELD = "held"
    #: nothing goes out to the person at all
    SKIPPED = "skipped"
    #: told to others where more than rules and deliveries decide
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOccurrence:
    """One statement in one coming occurrence. ``because``: the code of the reason, the rule or the skip; empty when it is open."""

    cadence: str
    at: datetime
    outcome: OccurrenceOutcome
    because: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSlot:
    """The next occurrence of a cadence that includes the person. ``statements``: the slugs of what comes, empty when that is not told."""

    cadence: str
    at: datetime
    outcome: OccurrenceOutcome
    because: str
    channel: str
    send_after: datetime | None
    statements: tuple[str, ...]
    #: how many it asks, and why ("drawn" ...), as far as that is told
    questions: int
    asks: str
    sentence: str


def tell_next(foreseen: Foreseen, titles: Mapping[int, str], voice: Voice, *, now: datetime, own: bool) -> NextSlot:
    """Return what an occurrence brings to the person; to others (``own`` False) only what rules and deliveries decide."""
    cadence, one = foreseen.context.cadence, foreseen.person
    key = "reminder" if foreseen.context.follows else "overdue" if foreseen.at <= now else "due"
    told = voice.say(key, cadence=cadence.name, at=foreseen.context.occurrence.fire_at)
    skip = one.skip if own else foreseen.barred
    chosen = [d.statement for d in foreseen.decisions() if d.reason] if own and skip is None else []
    questions, asks = foreseen.asks if own and skip is None else (0, "")
    channel, when = (one.channel, one.at) if chosen or questions else ("", None)
    if skip is not None:
        told += " " + voice.say("nothing", reason=_why_skipped(skip, one.stopped_by, voice))
    elif chosen:
        named = voice.listed(f"“{titles.get(s.version_id, s.slug)}”" for s in chosen)
        told += " " + voice.say("sends", when=one.at, channel=voice.by(one.channel), titles=named)
        told += " " + voice.say("sends_besides", question=voice.asks(asks)) if asks else ""
    elif asks:
        told += " " + voice.say("sends_question", when=one.at, channel=voice.by(one.channel), question=voice.asks(asks))
    return NextSlot(
        cadence=cadence.name,
        at=foreseen.context.occurrence.fire_at,
        outcome=OccurrenceOutcome.SKIPPED if skip is not None else OccurrenceOutcome.COMES if own else OccurrenceOutcome.OPEN,
        because=skip or "",
        channel=channel,
        send_after=when,
        statements=tuple(s.slug for s in chosen),
        questions=questions,
        asks=asks,
        sentence=told,
    )


def tell_occurrence(foreseen: Foreseen, decision: Decision, voice: Voice, *, own: bool) -> ToldOccurrence | None:
    """Return what an occurrence does with one statement; None when its cadence never brings it, or when it is nothing for others."""
    cadence, at = foreseen.context.cadence, foreseen.context.occurrence.fire_at
    found = {"cadence": cadence.name, "at": at}
    stops = decision.stops if own else tuple(stop for stop in decision.stops if _is_public(foreseen, stop))
    if stops and stops[0].rule in (Rule.NOT_BROUGHT, Rule.NOT_REMINDED):
        return None
    skip = foreseen.person.skip if own else foreseen.barred
    if own and decision.reason and skip is None:
        reason = voice.item_reason(decision.reason)
        return _told(found, OccurrenceOutcome.COMES, decision.reason, voice.say("comes", reason=reason, **found))
    if stops:
        stop = stops[0]
        fields = _fields(foreseen, decision, stop, voice, own=own)
        return _told(found, OccurrenceOutcome.HELD, stop.rule, voice.held(stop.rule, **found, **fields))
    if skip is not None:
        reason = _why_skipped(skip, foreseen.person.stopped_by, voice)
        return _told(found, OccurrenceOutcome.SKIPPED, skip, voice.say("skipped", reason=reason, **found))
    if foreseen.context.follows:
        return None
    return _told(found, OccurrenceOutcome.OPEN, "", _open(foreseen, decision, voice))


def wanted_again(foreseen: Foreseen, decision: Decision) -> tuple[datetime, datetime | None, float] | None:
    """Return (when the model wants a statement again, the first occurrence from then on, the target) for one that is held as known."""
    if not foreseen.context.is_adaptive or not decision.stops or decision.stops[0].rule is not Rule.KNOWN:
        return None
    kept, k = foreseen.trace.kept, foreseen.context.statements.index(decision.statement)
    remembered: ChunkMemory = kept["remembered"]
    batch: CandidateBatch = kept["batch"]
    numbers = decision.stops[0].numbers
    gap, longest = numbers["gap"], max(numbers["gap"], numbers["longest"])
    day = remembered.due(0, k, last=float(batch.grid.planned_day[0, k]), target=numbers["target"], min_gap_days=gap, max_gap_days=longest)
    due = max(instant_of(day), foreseen.at)
    cadence = foreseen.context.cadence
    ends = {"starts_on": cadence.starts_on, "ends_on": cadence.ends_on}
    following = next_occurrence(cadence.schedule, foreseen.context.here, due - timedelta(seconds=1), **ends)
    return due, following.fire_at if following is not None else None, numbers["target"]


def _is_public(foreseen: Foreseen, stop: Stop) -> bool:
    """Whether a rule, as it decided, looked at rules and deliveries alone."""
    if stop.rule is Rule.TOO_SOON:  # a longer gap was asked for by the person
        return stop.numbers["since"] < foreseen.context.min_gap_days
    if stop.rule is Rule.CAP_RULE and not foreseen.trace.is_step(stop):  # full of what was chosen before it
        return False
    return stop.rule in _PUBLIC


def _fields(foreseen: Foreseen, decision: Decision, stop: Stop, voice: Voice, *, own: bool) -> dict[str, Any]:
    statement, numbers, found = decision.statement, stop.numbers, dict[str, Any]()
    if stop.rule is Rule.NOT_IN_EFFECT:
        found = {"date": statement.effective_on}
    elif stop.rule is Rule.NOT_MEANT:
        found = {"audience": statement.audience}
    elif stop.rule is Rule.RESTING:
        found = {"until": instant_of(numbers["until"])}
    elif stop.rule is Rule.SLICE_WAITS:
        found = {"every": getattr(stop.about, "every_days", 0.0)}
    elif stop.rule is Rule.WORN_OUT:
        found = {"days": WORN_OUT_DAYS}
    elif stop.rule is Rule.NOT_REACHED:
        found = {"times": numbers["unanswered"], "days": RETRY_DAYS, "date": _first_day(foreseen, numbers["since"], RETRY_DAYS)}
    elif stop.rule is Rule.CAP_RULE:
        found = {"rule": stop.about}
    elif stop.rule is Rule.TOO_SOON:
        gap = numbers["gap"] if own else foreseen.context.min_gap_days  # that it is longer was asked for by the person
        found = {"gap": gap, "date": _first_day(foreseen, numbers["since"], gap)}
    elif stop.rule is Rule.KNOWN:
        found = {"target": voice.percent(numbers["target"]), "longest": numbers["longest"]}
    elif stop.rule is Rule.NO_ROOM:
        order = voice.say("adaptive" if foreseen.context.is_adaptive else "fixed")
        found = {"place": numbers["place"], "of": numbers["of"], "order": order, "bound": _bound(foreseen, voice)}
    return found


def _first_day(foreseen: Foreseen, since: float, gap: float) -> date:
    """Return the local date from which the gap is over."""
    today = foreseen.person.at.astimezone(foreseen.context.here).date()
    return today + timedelta(days=-(-(gap - since) // 1))


def _bound(foreseen: Foreseen, voice: Voice) -> str:
    """Return which cap leaves the least room in the digest."""
    rooms = foreseen.trace.room.get(foreseen.person.person.id, [(foreseen.person.quota, None)])
    room, about = min(rooms, key=lambda one: one[0])
    if about is None:
        return voice.say("most_in_digest", room=room)
    if isinstance(about, CapRule) and about in foreseen.context.cap_rules:
        return voice.say("most_by_rule", room=room, rule=about)
    return voice.say("most_in_week", room=room)


def _open(foreseen: Foreseen, decision: Decision, voice: Voice) -> str:
    cadence = foreseen.context.cadence
    fields: dict[str, object] = {"cadence": cadence.name, "most": cadence.max_statements}
    if not foreseen.context.is_adaptive or decision.statement not in foreseen.context.statements:
        return voice.say("open_fixed", **fields)
    target = targets(foreseen.context)[foreseen.context.statements.index(decision.statement)]
    return voice.say("open_adaptive", target=voice.percent(target), longest=cadence.max_gap_days, **fields)


def _why_skipped(skip: Skip, rule: CapRule | None, voice: Voice) -> str:
    return voice.say("by_rule", rule=rule) if skip is Skip.CAP_RULE and rule is not None else voice.reason(skip)


def _told(about: dict[str, Any], outcome: OccurrenceOutcome, because: str, sentence: str) -> ToldOccurrence:
    return ToldOccurrence(cadence=about["cadence"], at=about["at"], outcome=outcome, because=str(because), sentence=sentence)


def instant_of(day: float) -> datetime:
    """Return the instant of a day counted since 1970."""
    return datetime.fromtimestamp(day * 86_400.0, UTC).replace(microsecond=0)
