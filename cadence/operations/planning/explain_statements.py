"""What one statement has been to a person, and what the coming occurrences do with it, as sentences.

Facts are read once for the person (``known_of``). What the model predicts, what was probably seen and what was asked for is
told to the person alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Connection

from cadence.channels.registry import MAIL
from cadence.domain.measuring.sightings import likely_seen
from cadence.domain.people.person import Person
from cadence.domain.planning.calendars import zone
from cadence.domain.planning.caps import day_number, quarter_number
from cadence.domain.planning.recipients import to_days
from cadence.operations.measuring.remembered import fresh_pairs, remember
from cadence.operations.planning.context import PlanningContext
from cadence.operations.planning.explain_coming import OccurrenceOutcome, ToldOccurrence, instant_of, tell_occurrence, wanted_again
from cadence.operations.planning.explain_deliveries import tell_item_reason
from cadence.operations.planning.foresight import Decision, Foreseen
from cadence.rendering.explanations import Voice
from cadence.store.planning import explanations as rows
from cadence.store.planning.chunks import CurrentStatement
from cadence.store.planning.exposure_grids import exposures_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What is on record about one person, as far as it may be told: ``own`` to themselves, ``by_name`` to others of what they saw."""

    row: Person
    voice: Voice
    now: datetime
    own: bool
    exposures: dict[int, rows.KnownExposure]
    #: statement -> channel and reason of its newest delivery
    last_sent: dict[int, rows.LastSent]
    acknowledged: dict[int, datetime]
    #: statement -> when a response to it first showed that it was seen
    responded: dict[int, datetime]
    #: statement -> the model's prediction for today, empty for others
    recall: dict[int, float]
    by_name: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStatement:
    """What one statement has been to the person. ``sentences``: the facts, then what the coming occurrences do with it."""

    slug: str
    title: str
    times_sent: int
    last_sent: datetime | None
    #: channel of the newest delivery, empty without one
    last_channel: str
    last_wording: str
    #: chance of recall today as the model predicts it, in steps of 0.05 from 0.05 to 0.95; None to others
    predicted_recall: float | None
    #: when the model wants it again, and the first occurrence that brings it; None when none does, and to others
    next_due: datetime | None
    next_slot: datetime | None
    #: to others only of statements that must be acknowledged, unless the privacy mode tells it by name
    acknowledged_at: datetime | None
    #: when a response of whatever kind first showed that it was seen; to others in mode ``named`` alone
    seen_at: datetime | None
    #: the next occurrence of each cadence that may bring it
    coming: tuple[ToldOccurrence, ...]
    sentences: tuple[str, ...]


def known_of(
    connection: Connection, row: Person, planning: PlanningContext, voice: Voice, *, now: datetime, own: bool, by_name: bool
) -> OnRecord:
    """Return what is on record about a person, as they (``own``) or others may be told it; ``by_name``: also what they saw."""
    last = rows.last_sent(connection, row.id)
    newest = max(last.values(), key=lambda one: one.at, default=None)
    return OnRecord(
        row=row,
        voice=voice,
        now=now,
        own=own,
        exposures=rows.exposures_of_person(connection, row.id),
        last_sent=last,
        acknowledged=rows.acknowledged_by(connection, row.id),
        responded=rows.responded_to(connection, row.id) if own or by_name else {},
        by_name=by_name,
        recall=_recall(connection, row.id, newest.channel if newest is not None else MAIL, planning, now=now) if own else {},
    )


def _recall(connection: Connection, person_id: int, channel: str, planning: PlanningContext, *, now: datetime) -> dict[int, float]:
    ids = [one.id for one in planning.statements]
    if not ids:
        return {}
    grid, day = exposures_of(connection, [person_id], ids, remembered=True), np.array([to_days(now)])
    fresh = fresh_pairs(grid, planning.statements)
    found = remember(connection, grid, ids=[person_id], channels=[channel], day=day, fresh=fresh, sums=planning.sums)
    return dict(zip(ids, found.predicted(day)[0].tolist(), strict=True))


def tell_statement(known: OnRecord, statement: CurrentStatement, title: str, coming: list[tuple[Foreseen, Decision]]) -> ToldStatement:
    """Return one statement's facts and what each cadence's next occurrence does with it; ``occurrences``: all that are foreseen."""
    voice = known.voice
    exposure, newest = known.exposures.get(statement.id), known.last_sent.get(statement.id)
    sent, last, wording = _sent(known, statement.id)
    when = None
    if known.own or known.by_name or statement.must_acknowledge:
        when = min((known.acknowledged[v] for v in statement.same_meaning if v in known.acknowledged), default=None)
    sentences = [_delivered(known, statement.id, title)]
    if when:
        sentences.append(voice.say("acknowledged", at=when))
    elif statement.must_acknowledge:
        sentences.append(voice.say("to_acknowledge"))
    if last and newest:
        sentences.append(voice.say("came_because", reason=tell_item_reason(newest.reason, voice, own=known.own)))
    if (seen_at := known.responded.get(statement.id)) is not None:
        sentences.append(voice.say("seen_at", at=seen_at))
    if known.own:
        sentences += _own_facts(known, statement, exposure)
    if exposure is not None and exposure.planned_day is not None and instant_of(exposure.planned_day) > known.now:
        sentences.append(voice.say("planned", at=instant_of(exposure.planned_day)))
    told = _next_occurrences(known, coming)
    sentences += [one.sentence for one in told]
    if known.row.deactivated_at is not None:
        sentences.append(voice.say("person_left"))
    elif not told:
        sentences.append(voice.say("not_brought_at_all"))
    comes = next((t.at for t, d in coming if known.own and not t.alone and d.reason and t.person.skip is None), None)
    again = next((found for t, d in coming if known.own and not t.alone and comes is None and (found := wanted_again(t, d))), None)
    if again is not None and again[1] is not None:
        sentences.append(voice.say("wanted_again", due=again[0], target=voice.percent(again[2]), slot=again[1]))
    recall = known.recall.get(statement.id)
    return ToldStatement(
        slug=statement.slug,
        title=title,
        times_sent=sent,
        last_sent=last,
        last_channel=newest.channel if newest else "",
        last_wording=wording,
        predicted_recall=None if recall is None else min(max(round(recall * 20) / 20, 0.05), 0.95),
        next_due=again[0] if again is not None else comes,
        next_slot=again[1] if again is not None else comes,
        acknowledged_at=when,
        seen_at=seen_at,
        coming=told,
        sentences=tuple(dict.fromkeys(sentences)),
    )


def tell_gone(known: OnRecord, statement: rows.KnownStatement) -> ToldStatement:
    """Return what a statement was that is not in force; ``statement``: its row."""
    voice = known.voice
    sent, last, _ = _sent(known, statement.id)
    delivered = voice.say("delivered_some_day", title=statement.slug, times=voice.times(sent))
    gone = voice.say("withdrawn", at=statement.withdrawn_at) if statement.withdrawn_at is not None else voice.say("not_in_force")
    return ToldStatement(
        slug=statement.slug,
        title=statement.slug,
        times_sent=sent,
        last_sent=last,
        last_channel="",
        last_wording="",
        predicted_recall=None,
        next_due=None,
        next_slot=None,
        acknowledged_at=None,
        seen_at=None,
        coming=(),
        sentences=(delivered if sent else voice.say("never_delivered", title=statement.slug), gone),
    )


def _sent(known: OnRecord, statement_id: int) -> tuple[int, datetime | None, str]:
    """Return (how often, when last, in which wording) a statement was delivered; the person is told texts under their answers too."""
    newest, exposure = known.last_sent.get(statement_id), known.exposures.get(statement_id)
    if not known.own:
        return (newest.times, newest.at, newest.wording) if newest is not None else (0, None, "")
    if exposure is None or not exposure.times_sent:
        return 0, None, ""
    return exposure.times_sent, instant_of(exposure.sent_day) if exposure.sent_day is not None else None, exposure.wording or ""


def _delivered(known: OnRecord, statement_id: int, title: str) -> str:
    voice, exposure, newest = known.voice, known.exposures.get(statement_id), known.last_sent.get(statement_id)
    sent, last, wording = _sent(known, statement_id)
    if not sent:
        return voice.say("never_delivered", title=title)
    if last is None:
        return voice.say("delivered_some_day", title=title, times=voice.times(sent))
    today = known.now.astimezone(zone(voice.zone)).date()
    this_quarter = known.own and exposure is not None and sent > 1 and exposure.sent_quarter == quarter_number(day_number(today))
    return voice.say(
        "delivered",
        title=title,
        times=voice.times(sent),
        quarter=voice.say("in_quarter", times=voice.times(exposure.sent_in_quarter)) if exposure is not None and this_quarter else "",
        at=last,
        channel=f" {voice.by(newest.channel)}" if newest and newest.channel else "",
        wording=voice.say("in_wording", wording=wording) if wording else "",
    )


def _own_facts(known: OnRecord, statement: CurrentStatement, exposure: rows.KnownExposure | None) -> list[str]:
    voice, row, found = known.voice, known.row, []
    found.append(voice.say("recall", chance=told_chance(known.recall.get(statement.id, 0.0), voice)))
    if exposure is not None and exposure.times_sent:
        found.append(_seen(exposure, voice))
    fewer = [row.fewer_until] if row.fewer_until is not None else []
    if exposure is not None and exposure.fewer_until_day is not None:
        fewer.append(instant_of(exposure.fewer_until_day))
    if fewer and max(fewer) > known.now:
        found.append(voice.say("fewer", until=max(fewer)))
    return found


def _seen(exposure: rows.KnownExposure, voice: Voice) -> str:
    if exposure.folded_day is None:
        return voice.say("too_early")
    seen = likely_seen(exposure.seen_sum, exposure.seen_variance, exposure.times_sent)
    about = {"likely": round(seen.likely, 1)}
    if seen.high > seen.low:
        return voice.say("seen_between", low=seen.low, high=seen.high, **about)
    return voice.say("seen_likely", **about)


def _next_occurrences(known: OnRecord, coming: list[tuple[Foreseen, Decision]]) -> tuple[ToldOccurrence, ...]:
    """Return the next occurrence of each cadence and of each reminder, as far as it may bring the statement."""
    found: dict[tuple[str, bool], ToldOccurrence] = {}
    for foreseen, decision in coming:
        key = (foreseen.context.cadence.slug, bool(foreseen.context.follows))
        own = known.own and not foreseen.alone
        told = tell_occurrence(foreseen, decision, known.voice, own=own) if key not in found else None
        if told is not None and not (key[1] and told.outcome is OccurrenceOutcome.HELD):
            found[key] = told
    return tuple(found.values())


def told_chance(chance: float, voice: Voice) -> str:
    """Return a chance as people are told it: in steps of 5 points, "less than 5%" and "more than 95%" at the ends."""
    if chance < 0.05:
        return voice.say("chance_least", n=voice.percent(0.05))
    if chance > 0.95:
        return voice.say("chance_most", n=voice.percent(0.95))
    return voice.say("chance_about", n=voice.percent(round(chance * 20) / 20))
