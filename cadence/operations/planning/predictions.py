"""What the memory model adds to the choice: predictions for the moment of sending, targets, floors, slices and rests.

For adaptive occurrences only. Open showings count as seen with the chance that holds for a silent one, so that the 72 hours
until they are closed bring no second showing. Formulas: ``domain.memory.model``; the rule: ``domain.planning.selection.choose``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.planning import selection
from cadence.domain.planning.recipients import in_slice
from cadence.domain.planning.selection import CappedStatements, Counts
from cadence.domain.planning.trace import Rule
from cadence.operations.measuring.remembered import remember
from cadence.operations.planning.batch import LONGER, CandidateBatch
from cadence.operations.planning.context import OccurrenceContext
from cadence.operations.planning.floors import pressing
from cadence.operations.planning.wear_out import hold_worn_out

#: days of a quarter: a text is settled when its meaning stands for longer
_QUARTER = timedelta(days=91)


def look(connection: Connection, batch: CandidateBatch) -> None:
    """Fill in what is predicted and pressing; hold back worn-out pairs."""
    batch.predicted = predict(connection, batch)
    batch.sliced = _slices(batch)
    hold_worn_out(connection, batch)
    batch.pressing = pressing(connection, batch)


def targets(context: OccurrenceContext) -> Floats:
    """Return the awareness below which each statement of the occurrence is wanted."""
    if context.cadence.target_awareness is not None:
        return np.full(len(context.statements), context.cadence.target_awareness)
    limits = context.limits
    return np.array(
        [
            (limits.later_target_awareness if context.now - s.meaning_at >= _QUARTER else limits.target_awareness)[s.kind]
            for s in context.statements
        ]
    )


def predict(connection: Connection, batch: CandidateBatch) -> Floats:
    """Return m-hat of every pair at the person's instant of sending, people x statements."""
    found = remember(
        connection,
        batch.grid,
        ids=batch.ids,
        channels=[one.channel for one in batch.people],
        day=batch.day,
        fresh=batch.fresh,
        sums=batch.context.planning.sums,
    )
    batch.context.trace.keep(remembered=found)
    return found.predicted(batch.day)


def choose(batch: CandidateBatch, allowed: Mask, quota: Counts, groups: Sequence[CappedStatements]) -> Mask:
    """Return what each person is shown, by the one rule of planner and simulation."""
    context = batch.context
    assert batch.predicted is not None
    limits = selection.SelectionLimits(
        target=targets(context),
        min_gap_days=np.where(batch.fewer, LONGER * context.min_gap_days, context.min_gap_days),
        max_gap_days=context.cadence.max_gap_days,
        most_per_digest=context.cadence.max_statements,
    )
    tried = ~batch.waiting if batch.pressing is None else ~batch.waiting | batch.pressing
    none_yet = np.zeros(batch.predicted.shape, dtype=np.int64)  # the rest after ten sightings is told by ``allowed``
    return selection.choose(
        batch.predicted,
        batch.since,
        none_yet,
        quota,
        limits=limits,
        allowed=allowed & context.trace.allow(Rule.NOT_REACHED, tried, unanswered=batch.grid.unanswered, since=batch.since),
        pressing=batch.pressing,
        groups=groups,
        trace=context.trace,
    )


def _slices(batch: CandidateBatch) -> Mask:
    """Return the pairs that are held on a fixed cadence; ``allowed`` of these is whether their day has come."""
    context, sliced = batch.context, np.zeros(batch.grid.planned_day.shape, dtype=np.bool_)
    for one in context.limits.slices:
        for k, statement in enumerate(context.statements):
            if statement.slug == one.statement:
                sliced[:, k] = [in_slice(one.statement, p.person.id, one.share) for p in batch.people]
                its_turn = np.ones_like(sliced)
                its_turn[:, k] = ~sliced[:, k] | (batch.since[:, k] >= one.every_days)
                batch.allowed &= context.trace.allow(Rule.SLICE_WAITS, its_turn, about=one, since=batch.since)
    return sliced
