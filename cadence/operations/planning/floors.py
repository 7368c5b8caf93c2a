"""Which pairs of an adaptive occurrence go first: a newcomer's core set, slices whose day has come, floors that are reached now or never.

Rules: ``domain.planning.floors`` and ``selection.pressing_floors``.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.planning import selection
from cadence.domain.planning.calendars import resolve
from cadence.domain.planning.caps import day_number, quarter
from cadence.domain.planning.floors import Outlook, fair, outlook, weekly_rules
from cadence.domain.planning.occurrences import occurrences_between
from cadence.domain.planning.selection import Counts
from cadence.operations.planning.batch import CandidateBatch
from cadence.operations.planning.context import OccurrenceContext
from cadence.store.planning import chunks as rows

#: the kinds a newcomer meets first, in reading order
CORE = frozenset({"purpose", "vision", "value", "strategy", "priority"})


def pressing(connection: Connection, batch: CandidateBatch) -> Mask | None:
    """Return the pairs that go first: a newcomer's core set, pairs of a slice whose day has come, floors that are reached now or never."""
    context = batch.context
    first_of_all = np.asarray(batch.sliced & batch.allowed) if batch.sliced is not None else np.zeros_like(batch.allowed)
    newcomers = np.array([one.newcomer for one in batch.people])
    if newcomers.any():
        core = np.array([s.kind in CORE for s in context.statements])
        first_of_all |= newcomers[:, None] & core & (batch.grid.version == 0) & (batch.grid.planned_day == selection.NEVER)
    ahead, floors = _ahead(context), _fair_floors(batch)
    if _may_be_tight(floors, ahead):
        pressed, _ = selection.pressing_floors(
            _shown_this_quarter(connection, batch),
            floors,
            _under_the_floor(batch),
            slots_left=ahead.slots,
            room_left=ahead.room,
        )
        first_of_all |= pressed
    return first_of_all if first_of_all.any() else None


def short_of_floor(connection: Connection, batch: CandidateBatch, chosen: Mask) -> dict[str, int]:
    """Return for each statement how many people cannot reach its floor any more in this quarter, after what is ``chosen``."""
    ahead, floors = _ahead(batch.context), _fair_floors(batch)
    if floors.max(initial=0.0) <= ahead.slots - 1:
        return {}
    lacks = np.where(_under_the_floor(batch), floors - _shown_this_quarter(connection, batch) - chosen, 0.0)
    short = (lacks > ahead.slots - 1).sum(axis=0)
    return {s.slug: int(n) for s, n in zip(batch.context.statements, short, strict=True) if n}


def _may_be_tight(floors: Floats, ahead: Outlook) -> bool:
    return bool(floors.max(initial=0.0) >= ahead.slots or floors.sum(axis=1).max(initial=0.0) > ahead.room)


def _under_the_floor(batch: CandidateBatch) -> Mask:
    return np.asarray(batch.allowed & ~batch.sliced) if batch.sliced is not None else batch.allowed


def _ahead(context: OccurrenceContext) -> Outlook:
    """Return what is left of the quarter for this cadence, in the zone of its people."""
    today = context.occurrence.local_date
    day = day_number(today)
    following = today + timedelta(days=quarter(day)[1] + 1 - day)
    ends = resolve(datetime.combine(following, time()), context.here)
    later = occurrences_between(
        context.cadence.schedule,
        context.here,
        context.occurrence.fire_at,
        ends,
        starts_on=context.cadence.starts_on,
        ends_on=context.cadence.ends_on,
    )
    days = [day_number(due.local_date) for due in later if due.fire_at < ends]
    rules = () if context.cadence.must_deliver else (
        *weekly_rules(digests=context.limits.digests_per_week, statements=context.limits.statements_per_week),
        *(rule for rule in context.cap_rules if not rule.is_about_statements and not rule.channels),
    )  # fmt: skip
    return outlook(day, days, min_gap_days=context.min_gap_days, most_per_digest=context.cadence.max_statements, rules=rules)


def _fair_floors(batch: CandidateBatch) -> Floats:
    """Return the floor of each pair for this quarter: less for who, or what, came later."""
    context = batch.context
    first, last = quarter(day_number(context.occurrence.local_date))
    own = context.cadence.floor
    floor = np.array([context.limits.floor[s.kind] if own is None else float(own) for s in context.statements])
    published = np.array([day_number(s.meaning_at.date()) for s in context.statements], dtype=np.float64)
    started = np.array(
        [first if p.person.started_on is None else day_number(p.person.started_on) for p in batch.people],
        dtype=np.float64,
    )
    since = np.maximum(np.maximum(published, started[:, None]), first)
    return fair(np.broadcast_to(floor, since.shape), first=first, last=last, since=since)


def _shown_this_quarter(connection: Connection, batch: CandidateBatch) -> Counts:
    if batch.shown is not None:
        return batch.shown
    ids, statements = batch.ids, [s.id for s in batch.context.statements]
    first, last = quarter(day_number(batch.context.occurrence.local_date))
    shown = np.zeros((len(ids), len(statements)), dtype=np.int64)
    row, column = {i: n for n, i in enumerate(ids)}, {i: n for n, i in enumerate(statements)}
    for person_id, statement_id, times in rows.shown_in(connection, ids, first=first, last=last):
        if statement_id in column:
            shown[row[person_id], column[statement_id]] = times
    batch.shown = shown
    return shown
