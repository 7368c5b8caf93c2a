"""Which rules decide when a statement comes to a person next, as sentences; a part of ``explain``.

Rules are told in the order the planner applies them, from the facts that ``explain`` has read. Nothing is read here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cadence.domain.people.person import Person
from cadence.domain.planning.cadences import Cadence, Mode
from cadence.domain.planning.calendars import zone
from cadence.domain.planning.limits import Limits
from cadence.domain.planning.occurrences import next_occurrence
from cadence.domain.planning.recipients import in_slice
from cadence.operations.measuring.guesses import Guesses, told_percent
from cadence.operations.planning.scene import LONGER, STOP_AFTER
from cadence.rendering.telling import tell_instant
from cadence.store.planning.chunks import CurrentStatement

#: a text's first quarter has targets of its own
_FIRST_QUARTER = timedelta(days=91)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is on record about one person, and about the rules that concern them."""

    row: Any
    person: Person
    now: datetime
    today: date
    addresses: dict[str, bool]
    limits: Limits
    rules: dict[str, bool]
    #: active cadences whose audience holds the person
    cadences: list[Cadence]
    slots: list[Any]
    current: list[CurrentStatement]
    exposures: dict[int, Any]
    #: statement -> channel and reason of its newest showing
    last_sent: dict[int, Any]
    guesses: Guesses
    acknowledged: dict[int, datetime]
    week_digests: int
    week_statements: int
    #: cadence -> statements in the order it would take them, made when first asked for
    orders: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What the model makes of one statement. ``recall`` in steps of 0.05; instants None when no adaptive rule decides."""

    recall: float | None
    due: datetime | None
    slot: datetime | None
    sentences: tuple[str, ...]


def foretell(facts: Facts, statement: CurrentStatement) -> Foretold:
    """Return the guess for one statement, and when it is next wanted by the cadences that bring it."""
    changed = has_changed(facts, statement)
    chance = 0.0 if changed else facts.guesses.recall(statement.id)
    shown = min(max(round(chance * 20) / 20, 0.05), 0.95)
    sentences = [f"A guess of the model, from what was shown and what came back: a chance of {told_percent(chance)} to recall it today."]
    seen = facts.exposures.get(statement.id)
    if seen is not None and seen.times_sent:
        sentences.append(
            f"It was probably seen {_about(seen.seen_sum, seen.seen_variance, seen.times_sent)}."
            if seen.folded_day is not None
            else "It is too early to say whether it was seen: a showing is judged after three days without a response."
        )
    if facts.row.deactivated_at is not None or not is_meant(facts, statement):
        return Foretold(recall=shown, due=None, slot=None, sentences=tuple(sentences))
    soonest: tuple[datetime, datetime, Cadence, float] | None = None
    for cadence in facts.cadences:
        if not brings(cadence, statement):
            continue
        target = target_of(facts, cadence, statement)
        gap = gap_of(facts, cadence, statement)
        longest = cadence.max_gap_days if cadence.mode is Mode.ADAPTIVE else gap
        due = facts.now if changed else facts.guesses.due(statement.id, target=target, min_gap_days=gap, max_gap_days=max(gap, longest))
        slot = _slot_from(facts, cadence, due)
        if slot is not None and (soonest is None or slot < soonest[1]):
            soonest = (due, slot, cadence, target)
    if soonest is None:
        return Foretold(recall=shown, due=None, slot=None, sentences=tuple(sentences))
    due, slot, cadence, target = soonest
    where = facts.row.zone
    if cadence.mode is Mode.ADAPTIVE:
        if due <= facts.now:
            sentences.append(f"That is below the {target:.0%} that {cadence.name} aims at, so it is wanted now." if chance < target else "")
        else:
            sentences.append(f"It is wanted again about {tell_instant(due, where)}, when the guess nears the {target:.0%} aimed at.")
    sentences.append(f"The next turn at which it could go is {cadence.name}, {tell_instant(slot, where)}, if the caps leave room then.")
    return Foretold(recall=shown, due=due, slot=slot, sentences=tuple(s for s in sentences if s))


def why_not(facts: Facts, statement: CurrentStatement) -> list[str]:
    """Return the rules that decide when the statement comes next, in the order they are applied."""
    if facts.row.deactivated_at is not None:
        return ["The person left the list, so it is not sent any more."]
    if not is_meant(facts, statement):
        return [f"It is meant for the audience {statement.audience}, to which this person does not belong."]
    if statement.effective_on is not None and statement.effective_on > facts.today:
        return [f"It takes effect on {statement.effective_on.isoformat()} and is not sent before."]
    bringing = [c for c in facts.cadences if brings(c, statement)]
    if not bringing:
        return ["No active cadence that includes this person brings it."]
    found = []
    exposure, where = facts.exposures.get(statement.id), facts.row.zone
    if exposure is not None:
        found += _holds(facts, exposure)
    for cadence in bringing:
        gap = gap_of(facts, cadence, statement)
        planned = instant_of(exposure.planned_day) if exposure is not None and exposure.planned_day is not None else None
        if planned is not None and planned > facts.now:
            found.append(f"It is in the digest planned for {tell_instant(planned, where)}.")
            continue
        if planned is not None:
            first = planned.astimezone(zone(where)).date() + timedelta(days=gap)
            if first > facts.today:
                found.append(f"{cadence.name}: the same statement comes at most once in {gap:g} days, so not before {first.isoformat()}.")
        if cadence.mode is Mode.ADAPTIVE:
            held = next(
                (x for x in facts.limits.slices if x.statement == statement.slug and in_slice(x.statement, facts.row.id, x.share)), None
            )
            if held is not None:
                found.append(f"{cadence.name}: chance put it on a fixed cadence of {held.every_days:g} days, to compare with.")
                continue
            chance = 0.0 if has_changed(facts, statement) else facts.guesses.recall(statement.id)
            if chance >= target_of(facts, cadence, statement):
                found.append(
                    f"{cadence.name}: held, because it is thought to be known; it comes again when the guess falls, "
                    f"or after {cadence.max_gap_days:g} days."
                )
                continue
        place, of = _place(facts, statement, cadence)
        order = "least likely to be recalled" if cadence.mode is Mode.ADAPTIVE else "longest unseen"
        found.append(
            f"{cadence.name}: it is number {place} of {of} in the rotation ({order} first); "
            f"a digest holds at most {cadence.max_statements}."
        )
    return found


def _holds(facts: Facts, exposure: Any) -> list[str]:
    where, found = facts.row.zone, []
    if exposure.held_until_day is not None and instant_of(exposure.held_until_day) > facts.now:
        found.append(
            f"It rests until {tell_instant(instant_of(exposure.held_until_day), where)}, because this person said that it is known "
            "or because it was shown very often."
        )
    if _wants_fewer(facts, exposure):
        ends = [facts.row.fewer_until] if facts.row.fewer_until is not None else []
        ends += [instant_of(exposure.fewer_until_day)] if exposure.fewer_until_day is not None else []
        found.append(f"This person asked to get it less often, so its gaps are longer until {tell_instant(max(ends), where)}.")
    if exposure.unanswered >= STOP_AFTER:
        found.append(
            f"{exposure.unanswered} showings in a row stayed without any response: this person counts as not reached, "
            "and adaptive cadences send it no more."
        )
    return found


def is_meant(facts: Facts, statement: CurrentStatement) -> bool:
    """Return whether the person belongs to the statement's audience."""
    return facts.rules.get(statement.audience, False)


def brings(cadence: Cadence, statement: CurrentStatement) -> bool:
    """Return whether ``cadence`` may hold ``statement``."""
    if cadence.statements and statement.slug not in cadence.statements:
        return False
    return not cadence.kinds or statement.kind in cadence.kinds


def has_changed(facts: Facts, statement: CurrentStatement) -> bool:
    """Return whether the meaning changed since it was last sent to the person."""
    exposure = facts.exposures.get(statement.id)
    return exposure is not None and exposure.version_id is not None and exposure.version_id not in statement.same_meaning


def target_of(facts: Facts, cadence: Cadence, statement: CurrentStatement) -> float:
    """Return the predicted recall below which ``cadence`` wants the statement shown."""
    if cadence.target_awareness is not None:
        return cadence.target_awareness
    is_later = facts.now - statement.meaning_at >= _FIRST_QUARTER
    targets = facts.limits.later_target_awareness if is_later else facts.limits.target_awareness
    return targets[statement.kind]


def gap_of(facts: Facts, cadence: Cadence, statement: CurrentStatement) -> float:
    """Return the days that must lie between two showings: longer while the person asks for fewer."""
    gap = max(cadence.min_gap_days, facts.limits.min_gap_days)
    if not _wants_fewer(facts, facts.exposures.get(statement.id)):
        return gap
    return LONGER * (gap if cadence.mode is Mode.ADAPTIVE else max(gap, cadence.schedule.usual_gap_days))


def _wants_fewer(facts: Facts, exposure: Any) -> bool:
    of_all = facts.row.fewer_until is not None and facts.row.fewer_until > facts.now
    return of_all or (exposure is not None and exposure.fewer_until_day is not None and instant_of(exposure.fewer_until_day) > facts.now)


def instant_of(day: float) -> datetime:
    """Return the instant of a day counted since 1970."""
    return datetime.fromtimestamp(day * 86_400.0, UTC).replace(microsecond=0)


def _slot_from(facts: Facts, cadence: Cadence, due: datetime) -> datetime | None:
    """Return the first turn of ``cadence`` for this person at or after ``due``."""
    for slot in facts.slots:
        if slot.slug == cadence.slug:
            if slot.next_fire_at >= due:
                return datetime.fromisoformat(slot.next_fire_at.isoformat())
            following = next_occurrence(
                cadence.schedule,
                zone(facts.row.zone),
                due - timedelta(seconds=1),
                starts_on=cadence.starts_on,
                ends_on=cadence.ends_on,
            )
            return following.fire_at if following is not None else None
    return None


def _place(facts: Facts, statement: CurrentStatement, cadence: Cadence) -> tuple[int, int]:
    """Return the statement's place among those the cadence may hold, from 1, and how many they are."""
    if cadence.slug not in facts.orders:
        facts.orders[cadence.slug] = _order(facts, cadence)
    order = facts.orders[cadence.slug]
    return order.index(statement.id) + 1, len(order)


def _order(facts: Facts, cadence: Cadence) -> list[int]:
    def unseen_since(one: CurrentStatement) -> float:
        exposure = facts.exposures.get(one.id)
        if exposure is None or exposure.planned_day is None or has_changed(facts, one):
            return float("-inf")
        return float(exposure.planned_day)

    def unknown(one: CurrentStatement) -> float:
        return 0.0 if has_changed(facts, one) else facts.guesses.recall(one.id)

    meant = [s for s in facts.current if brings(cadence, s) and is_meant(facts, s)]
    return [s.id for s in sorted(meant, key=unknown if cadence.mode is Mode.ADAPTIVE else unseen_since)]


def _about(mean: float, variance: float, times_sent: int) -> str:
    """Return "about n times", with its range of likely numbers."""
    spread = 1.96 * max(variance, 0.0) ** 0.5
    low, high = max(0, round(mean - spread)), min(times_sent, round(mean + spread))
    return f"about {mean:.1f} times" + (f" (between {low} and {high})" if high > low else "")
