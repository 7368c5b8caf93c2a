"""What the memory model adds to the choice: predictions for the moment of sending, targets, floors, slices and rests.

For adaptive turns only. Open showings count as seen with the chance that holds for a silent one, so that the 72 hours
until they are closed bring no second showing. Formulas: ``domain.memory.model``; the rule: ``domain.planning.selection.choose``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.attention import attention
from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.memory.model import PairStates, after_sighting, org_offset, org_slope, person_offset, predicted_recall, recall
from cadence.domain.planning import selection
from cadence.domain.planning.recipients import in_slice
from cadence.domain.planning.selection import Counts, Group
from cadence.domain.planning.trace import Rule
from cadence.operations.planning.company import Turn
from cadence.operations.planning.floors import pressing
from cadence.operations.planning.scene import LONGER, Scene
from cadence.operations.planning.wear_out import hold_worn_out
from cadence.store.planning import chunks as rows

#: days of a quarter: a text is settled when its meaning stands for longer
_QUARTER = timedelta(days=91)
#: P(seen | silent) of somebody of whom nothing is known yet
SEEN_AT_FIRST = float(attention(np.zeros(1), np.zeros(1)).seen_if_silent[0])


def look(connection: Connection, scene: Scene) -> None:
    """Fill in what is predicted and pressing; hold back worn-out pairs."""
    scene.predicted = predict(connection, scene)
    scene.sliced = _slices(scene)
    hold_worn_out(connection, scene)
    scene.pressing = pressing(connection, scene)


def targets(turn: Turn) -> Floats:
    """Return the awareness below which each statement of the turn is wanted."""
    if turn.cadence.target_awareness is not None:
        return np.full(len(turn.statements), turn.cadence.target_awareness)
    limits = turn.limits
    return np.array(
        [
            (limits.later_target_awareness if turn.now - s.meaning_at >= _QUARTER else limits.target_awareness)[s.kind]
            for s in turn.statements
        ]
    )


def predict(connection: Connection, scene: Scene) -> Floats:
    """Return m-hat of every pair at the person's instant of sending, people x statements."""
    grid, shape = scene.grid, scene.grid.planned_day.shape
    assert grid.encoded is not None
    assert grid.stability is not None
    assert grid.difficulty is not None
    assert grid.seen_day is not None
    assert grid.folded_day is not None
    ids = scene.ids
    seen = np.where(np.isfinite(grid.seen_day), grid.seen_day, scene.day[:, None])
    states = PairStates(
        encoded=np.where(scene.fresh, 0.0, grid.encoded).ravel(),
        stability=grid.stability.ravel(),
        difficulty=grid.difficulty.ravel(),
        seen_at=seen.ravel(),
    )
    still_open = np.flatnonzero(((grid.planned_day > grid.folded_day) & ~scene.fresh).ravel())
    if len(still_open):
        known = rows.seen_if_silent(connection, ids)
        silent = np.array([known.get((one.person.id, one.channel), SEEN_AT_FIRST) for one in scene.people])
        planned = grid.planned_day.ravel()[still_open]
        states = states.put(still_open, after_sighting(states.take(still_open), planned, silent[still_open // shape[1]]))
    offsets, sums = rows.recall_offsets(connection, ids), np.array(scene.turn.company.sums)
    person = np.array([offsets.get(i, (0.0, 0.0)) for i in ids]).reshape(-1, 2)
    theta = person_offset(person[:, 0], person[:, 1], org_offset(sums))
    plain = recall(states, np.repeat(scene.day, shape[1]))
    return predicted_recall(plain, np.repeat(theta, shape[1]), org_slope(sums)).reshape(shape)


def choose(scene: Scene, allowed: Mask, quota: Counts, groups: Sequence[Group]) -> Mask:
    """Return what each person is shown, by the one rule of planner and simulation."""
    turn = scene.turn
    assert scene.predicted is not None
    limits = selection.SelectionLimits(
        target=targets(turn),
        min_gap_days=np.where(scene.fewer, LONGER * turn.min_gap_days, turn.min_gap_days),
        max_gap_days=turn.cadence.max_gap_days,
        most_per_digest=turn.cadence.max_statements,
    )
    none_yet = np.zeros(scene.predicted.shape, dtype=np.int64)  # the rest after ten sightings is told by ``allowed``
    return selection.choose(
        scene.predicted,
        scene.since,
        none_yet,
        quota,
        limits=limits,
        allowed=allowed & turn.trace.allow(Rule.NOT_REACHED, ~scene.unreached),
        pressing=scene.pressing,
        groups=groups,
        trace=turn.trace,
    )


def _slices(scene: Scene) -> Mask:
    """Return the pairs that are held on a fixed cadence; ``allowed`` of these is whether it is their turn."""
    turn, sliced = scene.turn, np.zeros(scene.grid.planned_day.shape, dtype=np.bool_)
    for one in turn.limits.slices:
        for k, statement in enumerate(turn.statements):
            if statement.slug == one.statement:
                sliced[:, k] = [in_slice(one.statement, p.person.id, one.share) for p in scene.people]
                its_turn = np.ones_like(sliced)
                its_turn[:, k] = ~sliced[:, k] | (scene.since[:, k] >= one.every_days)
                scene.allowed &= turn.trace.allow(Rule.SLICE_WAITS, its_turn, about=one, since=scene.since)
    return sliced
