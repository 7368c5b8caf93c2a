"""What people remember of the statements, by the kept memory: one prediction for the planner, its trace and every figure.

Owns how the states of many pairs become m-hat on a day, showings that are still open among them. The model:
``domain.memory.model``; what is sent because of it: ``operations.planning.predictions``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.attention import seen_at_first
from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.memory.model import PairStates, after_sighting, next_due, org_offset, org_slope, person_offset, predicted_recall, recall
from cadence.store.planning import chunks as rows
from cadence.store.planning.chunks import CurrentStatement
from cadence.store.planning.exposure_grids import ExposureGrid
from cadence.store.responding.answering import prior


def fresh_pairs(grid: ExposureGrid, statements: Sequence[CurrentStatement]) -> Mask:
    """Return the pairs that met another meaning of the statement than today's."""
    fresh = np.empty(grid.version.shape, dtype=np.bool_)
    for k, statement in enumerate(statements):
        version = grid.version[:, k]
        fresh[:, k] = version != 0
        for same in statement.same_meaning:
            fresh[:, k] &= version != same
    return fresh


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
        known, at_first = rows.seen_if_silent(connection, ids), seen_at_first(prior(connection))
        silent = np.array([known.get(one, at_first) for one in zip(ids, channels, strict=True)])
        planned = grid.planned_day.ravel()[still_open]
        states = states.put(still_open, after_sighting(states.take(still_open), planned, silent[still_open // shape[1]]))
    offsets, whole = rows.recall_offsets(connection, ids), np.array(sums)
    person = np.array([offsets.get(i, (0.0, 0.0)) for i in ids]).reshape(-1, 2)
    theta = person_offset(person[:, 0], person[:, 1], org_offset(whole))
    return ChunkMemory(states=states, theta=theta, slope=org_slope(whole), shape=(shape[0], shape[1]))
