"""Turn due slots into occurrences, and occurrences into deliveries, items and skips.

Every row is written under a unique key and in the transaction that remembers how far planning got,
so planning twice, or after a crash, changes nothing. The rules themselves are pure (``domain.planning.recipients``, ``selection``,
``caps``, ``floors``); ``candidates`` and ``statements`` gather what they need in chunks of people.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.planning.cadences import EVERYONE
from cadence.domain.planning.recipients import expiry, public_ids
from cadence.domain.sending.deliveries import Channel
from cadence.errors import Invalid
from cadence.operations.planning.candidates import Candidate, invite
from cadence.operations.planning.context import OccurrenceContext, PlanningContext, load_planning
from cadence.operations.planning.nudges import is_too_late, people_to_nudge, schedule_nudges
from cadence.operations.planning.slots import materialise
from cadence.operations.planning.statements import Selection, choose
from cadence.store.database import core
from cadence.store.database.bulk import no_collection
from cadence.store.database.engine import Database
from cadence.store.database.sql import allocate_ids, stored_instant
from cadence.store.planning import chunks as rows
from cadence.store.planning import occurrences as occurrence_rows
from cadence.store.planning.exposure_grids import plan_pairs
from cadence.store.planning.nudges import expire
from cadence.store.planning.questions import insert_questions

log = logging.getLogger("cadence.plan")

#: people planned in one transaction: about a sixth of a second of the write lock
CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDigest:
    """One decision, for the dry run: ``skip`` is empty when something will be sent."""

    person_id: int
    email: str
    name: str
    cadence: str
    zone: str
    channel: str
    skip: str
    send_after: datetime
    #: (statement slug, reason)
    items: tuple[tuple[str, str], ...] = ()
    #: how many questions it asks, and why: "drawn" | "opening"; which ones nobody is told before
    questions: int = 0
    asks: str = ""


@dataclass(slots=True)
class PlanReport:
    """What planning did. ``digests`` is filled for a dry run only."""

    occurrences: int = 0
    expired_occurrences: int = 0
    planned: int = 0
    skipped: int = 0
    items: int = 0
    questions: int = 0
    digests: list[PlannedDigest] = field(default_factory=list)
    #: statement -> people whose fewest showings of this quarter are out of reach, because the caps win
    short_of_floor: dict[str, int] = field(default_factory=dict)


def plan_due(database: Database, *, now: datetime, secret: bytes, channels: Collection[Channel]) -> PlanReport:
    """Plan everything due at ``now``; return the counts. ``channels``: those that are set up here.

    Its commits do not wait for the disk. What a machine that dies takes with it is decided again, alike; and no message leaves
    before the durable commit of its intent, which makes the plan durable too.
    """
    report = PlanReport()
    with database.read() as connection:
        due = occurrence_rows.due_slots(connection, now=now)
    if due:
        with database.transaction(durable=False) as connection:
            _materialise(connection, now=now, report=report)
    with database.read() as connection:
        pending = occurrence_rows.open_occurrences(connection, now=now)
        planning = load_planning(connection, channels, now=now) if pending else None
    for occurrence in pending:
        assert planning is not None
        more = True
        while more:
            try:
                with database.transaction(durable=False) as connection, no_collection():
                    more = _plan_next(connection, occurrence.id, planning, now=now, secret=secret, report=report)
            except Invalid as error:  # stays open and in sight; the others are planned
                log.error("event=occurrence.unplannable key=%s reason=%s", occurrence.key, error)
                planning.forget_checks()
                more = False
    return report


def preview_due(database: Database, *, now: datetime, secret: bytes, channels: Collection[Channel]) -> PlanReport:
    """Return what ``plan_due`` would decide at ``now``: the same code in a transaction that is rolled back."""
    report = PlanReport()
    with database.rolled_back() as connection:
        _materialise(connection, now=now, report=report)
        planning = load_planning(connection, channels, now=now)
        for occurrence in occurrence_rows.open_occurrences(connection, now=now):
            more = True
            while more:
                more = _plan_next(connection, occurrence.id, planning, now=now, secret=secret, report=report, collect=True)
    return report


def _materialise(connection: Connection, *, now: datetime, report: PlanReport) -> None:
    run, expired = materialise(connection, occurrence_rows.due_slots(connection, now=now), now=now)
    report.occurrences += run
    report.expired_occurrences += expired


def _plan_next(
    connection: Connection,
    occurrence_id: int,
    planning: PlanningContext,
    *,
    now: datetime,
    secret: bytes,
    report: PlanReport,
    collect: bool = False,
) -> bool:
    held = occurrence_rows.lock_occurrence(connection, occurrence_id)
    if held is None:
        return False
    context = OccurrenceContext(occurrence=held, planning=planning, now=now)
    return plan_chunk(connection, context, secret=secret, report=report, collect=collect, size=CHUNK)


def plan_chunk(
    connection: Connection, context: OccurrenceContext, *, secret: bytes, report: PlanReport, size: int, collect: bool = False
) -> bool:
    """Plan the next chunk of people of an occurrence, ``size`` of them; return whether there may be more."""
    if is_too_late(context):
        expire(connection, context.occurrence.id, now=context.now)
        report.expired_occurrences += 1
        return False
    members, last, more = _chunk(connection, context, size)
    if members:
        candidates = invite(connection, members, context)
        context.trace.keep(candidates=candidates, barred=[one.skip for one in candidates] if context.trace.is_kept else ())
        chosen = choose(connection, [one for one in candidates if one.skip is None], context, secret=secret)
        context.trace.keep(chosen=chosen)
        _write(connection, candidates, chosen, context, secret=secret, report=report, collect=collect)
        schedule_nudges(connection, context, chosen)
    occurrence_rows.planned_through(connection, context.occurrence.id, person_id=last, finished=not more)
    return more


def _chunk(connection: Connection, context: OccurrenceContext, size: int) -> tuple[list[rows.Member], int, bool]:
    """Return (the next people of the occurrence, the id up to which everybody is dealt with then, whether there may be more)."""
    if context.follows:
        nudged = people_to_nudge(connection, context, limit=size)
        return nudged.members, nudged.last, nudged.more
    occurrence = context.occurrence
    chunk = rows.members_after(connection, occurrence, limit=size + 1, post_to=context.cadence.post_to)
    more = len(chunk) > size
    del chunk[size:]
    return _members(connection, chunk, context), chunk[-1].id if chunk else occurrence.planned_through, more


def _members(connection: Connection, chunk: list[rows.Member], context: OccurrenceContext) -> list[rows.Member]:
    audience, on = context.cadence.audience, context.occurrence.local_date
    if audience == EVERYONE:
        return chunk
    whole = rows.whole_people(connection, [one.id for one in chunk])
    return [one for one in chunk if context.planning.belongs(audience, whole[one.id], on=on)]


def _write(
    connection: Connection,
    candidates: list[Candidate],
    chosen: Selection,
    context: OccurrenceContext,
    *,
    secret: bytes,
    report: PlanReport,
    collect: bool,
) -> None:
    occurrence, must_deliver, counts = context.occurrence, context.cadence.must_deliver, context.cadence.counts_towards_caps
    until, fired = occurrence.until, stored_instant(connection, occurrence.fire_at)
    ids = dict(zip((one.person.id for one in candidates), allocate_ids(connection, core.deliveries, len(candidates)), strict=True))
    item_rows, known, fresh = _item_rows(chosen, ids, context)
    sizes = Counter(map(itemgetter(0), item_rows))
    instants: dict[datetime, tuple[Any, Any]] = {}
    public_id = public_ids(secret, occurrence.key)
    delivery_rows = []
    for one in candidates:
        if one.at not in instants:
            late = expiry(one.at, until, one.local.ends)
            instants[one.at] = stored_instant(connection, one.at), stored_instant(connection, late)
        send_after, expires_at = instants[one.at]
        delivery_id, skip = ids[one.person.id], one.skip
        delivery_rows.append(
            (
                delivery_id,
                occurrence.id,
                one.person.id,
                one.channel,
                public_id(one.person.id, one.channel),
                "skipped" if skip else "planned",
                skip.value if skip else "",
                one.local.week,
                one.local.day,
                one.local.quarter,
                must_deliver,
                counts,
                sizes[delivery_id],
                send_after,
                expires_at,
                0,
                fired if skip else None,
            )
        )
    skipped = sum(1 for one in candidates if one.skip is not None)
    report.skipped += skipped
    report.planned += len(candidates) - skipped
    report.items += len(item_rows)
    report.questions += len(chosen.questions)
    for slug, people in chosen.short.items():
        report.short_of_floor[slug] = report.short_of_floor.get(slug, 0) + people
    if must_deliver:
        log.info("event=plan.over_the_caps occurrence=%s digests=%d counted=%s", occurrence.key, len(candidates) - skipped, counts)
    rows.insert_planned(connection, delivery_rows, item_rows)
    plan_pairs(connection, known, fresh)
    insert_questions(connection, chosen.questions, ids)
    if collect:
        report.digests += _digests(candidates, chosen, context)


def _item_rows(chosen: Selection, ids: dict[int, int], context: OccurrenceContext) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the rows of the items, and (wording, day, person, statement) of the pairs with and without exposures."""
    statements = [(s.id, s.version_id) for s in context.statements]
    items: list[Any] = []
    known: list[Any] = []
    fresh: list[Any] = []
    before, position = -1, 0
    parts = (chosen.row, chosen.column, chosen.wording, chosen.reason, chosen.times_sent, chosen.showing, chosen.known)
    for row, column, wording, reason, times, showing, is_known in zip(*parts, strict=True):
        position = position + 1 if row == before else 0
        before = row
        person_id, day = chosen.who[row]
        statement_id, version_id = statements[column]
        items.append((ids[person_id], position, statement_id, version_id, wording, reason, times, showing))
        (known if is_known else fresh).append((wording, day, person_id, statement_id))
    return items, known, fresh


def _digests(candidates: list[Candidate], chosen: Selection, context: OccurrenceContext) -> Iterator[PlannedDigest]:
    said: dict[int, list[tuple[str, str]]] = {}
    for row, column, reason in zip(chosen.row, chosen.column, chosen.reason, strict=True):
        said.setdefault(chosen.who[row][0], []).append((context.statements[column].slug, reason))
    asked = Counter(one.person_id for one in chosen.questions)
    why = {one.person_id: one.reason for one in chosen.questions}
    for one in candidates:
        yield PlannedDigest(
            person_id=one.person.id,
            email=one.person.email,
            name=one.person.name,
            cadence=context.cadence.slug,
            zone=context.occurrence.zone,
            channel=one.channel,
            skip=one.skip.value if one.skip else "",
            send_after=one.at,
            items=tuple(said.get(one.person.id, ())),
            questions=asked[one.person.id],
            asks=why.get(one.person.id, ""),
        )
