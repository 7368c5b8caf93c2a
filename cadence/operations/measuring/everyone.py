"""Everyone whom the figures are about: predictions and counts of all people, added up in chunks.

Owns the walk over all active people, by the same prediction as the planner's (``remembered``); only sums leave it, so that memory does
not grow with the company. What is made of the sums: ``domain.measuring.know_it``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.measuring.answering_habits import Ints, Noise
from cadence.domain.measuring.people_sums import PeopleSums
from cadence.domain.measuring.separation import SEGMENTS
from cadence.domain.memory.forgetting import Floats, Mask
from cadence.operations.measuring.remembered import fresh_pairs, remember
from cadence.store.measuring import know_it as rows
from cadence.store.measuring.segments import combinations
from cadence.store.planning.chunks import CurrentStatement, company_sums
from cadence.store.planning.exposure_grids import exposures_of

_CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Everyone:
    """Sums over the audience of each statement, in all and by the groups of each of ``SEGMENTS``."""

    whole: PeopleSums
    #: kind -> name -> row of the sums
    names: dict[str, dict[str, int]]
    groups: dict[str, PeopleSums]

    def of(self, kind: str, name: str) -> PeopleSums | None:
        """Return the sums of a group, None where nobody is in it."""
        row = self.names[kind].get(name)
        return None if row is None else self.groups[kind].take(row)


def add_up_everyone(
    connection: Connection,
    statements: Sequence[CurrentStatement],
    members: Mapping[str, Sequence[int] | None],
    *,
    noise: Noise,
    now: datetime,
) -> Everyone:
    """Return the sums over everybody as of ``now``. members: audience -> ids of its people, None is everyone."""
    day = now.timestamp() / 86_400.0
    sums = company_sums(connection, before_day=int(day))
    names = {kind: _places(connection, place) for place, kind in enumerate(SEGMENTS)}
    inside = {name: None if ids is None else np.sort(np.asarray(ids, dtype=np.int64)) for name, ids in members.items()}
    whole = PeopleSums.empty(len(statements))
    groups = {kind: PeopleSums.empty(len(statements), groups=len(rows_of)) for kind, rows_of in names.items()}
    for page in rows.everyone(connection, page=_CHUNK):
        ids = np.array(page.ids, dtype=np.int64)
        predicted, shown = _predicted(connection, statements, page, day=day, sums=sums)
        member = np.stack([_among(ids, inside[one.audience]) for one in statements], axis=1)
        each = PeopleSums.each(
            member=member, believed=predicted, shown=shown, noise=noise.of(ids), asked=page.asked, answered=page.answered
        )
        whole += each.total()
        for place, kind in enumerate(SEGMENTS):
            at = np.array([names[kind][one[place]] for one in page.names], dtype=np.int64)
            groups[kind] += each.by_group(at, len(names[kind]))
    return Everyone(whole=whole, names=names, groups=groups)


def _predicted(
    connection: Connection,
    statements: Sequence[CurrentStatement],
    page: rows.PeopleChunk,
    *,
    day: float,
    sums: tuple[float, float, float, float],
) -> tuple[Floats, Floats]:
    """Return m-hat on ``day`` and how often today's meaning was delivered, people x statements."""
    grid = exposures_of(connection, page.ids, [one.id for one in statements], remembered=True)
    fresh = fresh_pairs(grid, statements)
    days = np.full(len(page.ids), day)
    found = remember(connection, grid, ids=page.ids, channels=page.channels, day=days, fresh=fresh, sums=sums)
    return found.predicted(days), np.where(fresh, 0.0, grid.times_sent)


def _places(connection: Connection, place: int) -> dict[str, int]:
    named = sorted({names[place] for names in combinations(connection, members=None)})
    return {name: row for row, name in enumerate(named)}


def _among(ids: Ints, members: Ints | None) -> Mask:
    if members is None:
        return np.ones(len(ids), dtype=np.bool_)
    place = np.minimum(np.searchsorted(members, ids), max(len(members) - 1, 0))
    return members[place] == ids if len(members) else np.zeros(len(ids), dtype=np.bool_)
