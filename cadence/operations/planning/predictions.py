"""What the memory model adds to the choice: predictions for the moment of sending, targets, floors, slices and rests.

For adaptive occurrences only. Open showings count as seen with the chance that holds for a silent one, so that the 72 hours
until they are closed bring no second showing. Formulas: ``domain.memory.model``; the rule: ``domain.planning.selection.choose``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.attention import attention
from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.memory.model import PairStates, after_sighting, next_due, org_offset, org_slope, person_offset, predicted_recall, recall
from cadence.domain.planning import selection
from cadence.domain.planning.recipients import in_slice
from cadence.domain.planning.selection import CappedStatements, Counts
from cadence.domain.planning.trace import Rule
from cadence.operations.planning.batch import LONGER, CandidateBatch
from cadence.operations.planning.context import OccurrenceContext
from cadence.operations.planning.floors import pressing
from cadence.operations.planning.wear_out import hold_worn_out
from cadence.store.planning import chunks as rows
from cadence.store.planning.exposure_grids import ExposureGrid

#: days of a quarter: a text is settled when its meaning stands for longer
_QUARTER = timedelta(days=91)
#: P(seen | silent) of somebody of whom nothing is known yet
SEEN_AT_FIRST = float(attention(np.zeros(1), np.zeros(1)).seen_if_silent[0])


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkMemory:
    """The memory of a chunk's pairs, open showings counted as seen by chance. ``theta``: one offset per person."""

    states: PairStates
    theta: Floats
    slope: float
    #: people x statements
    shape: tuple[int, int]

    def predicted(self, day: Floats) -> Floats:
        """Return m-hat of every pair at each person's ``day`` (since 1970), people x statements."""
        plain = recall(self.states, np.repeat(day, self.shape[1]))
        return predicted_recall(plain, np.repeat(self.theta, self.shape[1]), self.slope).reshape(self.shape)

    def due(self, person: int, column: int, *, last: float, target: float, min_gap_days: float, max_gap_days: float) -> float:
        """Return the day on which one pair is wanted: at the target, within the gaps after ``last``; minus infinity for one never shown."""
        place = np.array([person * self.shape[1] + column])
        gaps = {"min_gap_days": min_gap_days, "max_gap_days": max_gap_days}
        found = next_due(
            self.states.take(place), self.theta[[person]], np.array([last]), target=np.array([target]), slope=self.slope, **gaps
        )
        return float(found[0])


def remember(
    connection: Connection,
    grid: ExposureGrid,
    *,
    ids: Sequence[int],
    channels: Sequence[str],
    day: Floats,
    fresh: Mask,
    sums: tuple[float, float, float, float],
) -> ChunkMemory:
    """Return what is remembered by people ``ids``, to be asked on ``day``; an open showing was on ``channels``, one for each person."""
    shape = grid.planned_day.shape
    assert grid.encoded is not None
    assert grid.stability is not None
    assert grid.difficulty is not None
    assert grid.seen_day is not None
    assert grid.folded_day is not None
    seen = np.where(np.isfinite(grid.seen_day), grid.seen_day, day[:, None])
    states = PairStates(
        encoded=np.where(fresh, 0.0, grid.encoded).ravel(),
        stability=grid.stability.ravel(),
        difficulty=grid.difficulty.ravel(),
        seen_at=seen.ravel(),
    )
    still_open = np.flatnonzero(((grid.planned_day > grid.folded_day) & ~fresh).ravel())
    if len(still_open):
        known = rows.seen_if_silent(connection, ids)
        silent = np.array([known.get(one, SEEN_AT_FIRST) for one in zip(ids, channels, strict=True)])
        planned = grid.planned_day.ravel()[still_open]
        states = states.put(still_open, after_sighting(states.take(still_open), planned, silent[still_open // shape[1]]))
    offsets, whole = rows.recall_offsets(connection, ids), np.array(sums)
    person = np.array([offsets.get(i, (0.0, 0.0)) for i in ids]).reshape(-1, 2)
    theta = person_offset(person[:, 0], person[:, 1], org_offset(whole))
    return ChunkMemory(states=states, theta=theta, slope=org_slope(whole), shape=(shape[0], shape[1]))


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
    none_yet = np.zeros(batch.predicted.shape, dtype=np.int64)  # the rest after ten sightings is told by ``allowed``
    return selection.choose(
        batch.predicted,
        batch.since,
        none_yet,
        quota,
        limits=limits,
        allowed=allowed & context.trace.allow(Rule.NOT_REACHED, ~batch.unreached, unanswered=batch.grid.unanswered),
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
